"""Why pairs are left out, and what must be known of the others: few texts, and which of them stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from eventstudy.matching.events import Texts

Kind = TypeVar("Kind", bound=np.generic)

#: Texts by position of event and series.
ByPair = Mapping[tuple[int, int], str]


@dataclass(frozen=True, eq=False)
class Reasons:
    """The reasons of N events and S series.

    Parameters
    ----------
    texts : tuple of str
        The distinct texts.
    code : ndarray of int32, shape (N, S)
        Which of them is that of each pair.
    """

    texts: tuple[str, ...]
    code: NDArray[np.int32]

    @classmethod
    def of(cls, markets: Sequence[Texts], market_of: NDArray[np.intp]) -> Reasons:
        """Gather the reasons of M markets, each of shape (N,), for series of which each has one of the markets."""
        code, texts = pd.factorize(np.concatenate(markets))
        return cls(tuple(texts), spread(np.split(code.astype(np.int32), len(markets)), market_of))

    def instead(self, said: ByPair) -> Reasons:
        """Return the same with other texts for some pairs."""
        texts = {text: k for k, text in enumerate(self.texts)}
        codes = [texts.setdefault(text, len(texts)) for text in said.values()]
        code = np.array(self.code, order="F")
        code[tuple(np.array(list(said)).T)] = codes
        return Reasons(tuple(texts), code)

    def further(self, said: ByPair) -> Reasons:
        """Return the same with a text behind what is said of some pairs."""
        before = ((self.texts[self.code[pair]], pair, text) for pair, text in said.items())
        return self.instead({pair: f"{old}; {text}" if old else text for old, pair, text in before})

    def counts(self, pairs: NDArray[np.bool_] | None = None) -> dict[str, int]:
        """Return how many pairs (all, or of those marked) each text is said of, the commonest first."""
        code = self.code.ravel() if pairs is None else self.code[pairs]
        counts = pd.Series(code).value_counts()
        return dict(zip((self.texts[k] for k in counts.index.tolist()), counts.tolist(), strict=True))

    def column(self) -> ExtensionArray:
        """Return the text of every pair, event by event and series by series."""
        return spelled(self.texts, self.code.ravel())


def spelled(texts: Sequence[str], code: NDArray[np.signedinteger]) -> ExtensionArray:
    """Return a column of text from its distinct texts and which of them stands where.

    Examples
    --------
    >>> list(spelled(["fold", "raise"], np.array([1, 0, 1])))
    ['raise', 'fold', 'raise']
    """
    return pd.Series(list(texts)).array.take(code)


def spread(markets: Sequence[NDArray[Kind]], market_of: NDArray[np.intp]) -> NDArray[Kind]:
    """Return what is known of N events in M markets for S series, shape (N, S); a single column is not copied.

    Parameters
    ----------
    markets : sequence of ndarray, shape (N,), length M
        What is known of each market.
    market_of : ndarray of int64, shape (S,)
        The market of each series.
    """
    if all(market is markets[0] for market in markets):
        return np.broadcast_to(markets[0][:, None], (len(markets[0]), len(market_of)))
    return np.stack(markets)[market_of].T
