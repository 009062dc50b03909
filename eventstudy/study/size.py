"""How often every test of a study rejects where there is nothing to find: studies of simulated returns.

Returns are drawn anew from the abnormal returns of days without news, block by block and for all series together, onto
the real calendars; the real events keep their dates. Studies drawn from the very line of days they are held against
would be a finite population twice over, and report 2.1 to 2.7 % where the truth is 4.8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import NothingUsableError
from eventstudy.inference.placebo import ENOUGH
from eventstudy.markets.history import History
from eventstudy.models import ConstantMean
from eventstudy.returns import Floats
from eventstudy.study.answer import answers
from eventstudy.study.estimates import estimate
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL, Samples, contrasts_of, make_samples
from eventstudy.study.tables import tests_table

#: The levels at which tests are looked at.
LEVELS = (0.01, 0.05, 0.10)

#: What the p-values of a test are of: all series pooled, one series after the other, or the smallest of the family.
POOL, EACH, FAMILY = "pool", "each series", "family"

#: Placebo sets of one simulated mean.
_DRAWS = 999

#: Sessions of a block that is drawn together: about a month, so that calm and nervous weeks stay together.
_BLOCK = 20

#: Keeps the seeds of simulated studies apart from those of the study itself.
_OWN_SEED = 7

#: With fewer studies than this nothing is called right, however narrow the band: at 10 % fifty could make it so.
_FEW = 100

#: Two-sided 95 % point of the standard normal law.
_BAND = 1.959963984540054

_COLUMNS = ("window", "test", "scope", "level", "rate", "low", "high", "holds", "n_studies")


def size_table(
    result: StudyResult, n_studies: int = 1_000, progress: Callable[[int], object] | None = None
) -> pd.DataFrame:
    """Return how often the tests reject in studies of simulated returns without events.

    Parameters
    ----------
    result : StudyResult
        The study.
    n_studies : int
        Simulated studies.
    progress : callable, optional
        Called with 1 after each of them.

    Returns
    -------
    DataFrame
        A row a window, test, scope and level: ``rate`` with its 95 % Monte-Carlo band ``low, high``; ``holds`` where
        the band lies between half and one and a half times the level, which few studies can never show. The placebo p
        of one event, of the mean, of the contrast, then the tests of the design.

    Raises
    ------
    NothingUsableError
        If the series have too few days without news in common.

    Notes
    -----
    A constant-mean model is estimated on the simulated returns, whatever the study's own: they are what that left
    unexplained. What is shown is how a test bears this sample's dependence between series, tails and waves of
    volatility, and its dates. Whether days of news differ from other days in more than the news no simulation shows.

    References
    ----------
    Künsch (1989), The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17.
    """
    design = replace(result.design.stage, model=ConstantMean())
    calendar, line = _line(result)
    rng = np.random.default_rng([design.seed, _OWN_SEED])
    studied = {name: of.history for name, of in result.estimates.items()}
    found: dict[tuple[str, str, str], list[Floats]] = {}
    for _ in range(n_studies):
        drawn = dict(zip(studied, line[_blocks(len(line), len(calendar), rng)].T, strict=True))
        simulated = {name: _simulated(history, calendar, drawn[name]) for name, history in studied.items()}
        estimates = estimate(result.matching, simulated, simulated, design)
        samples = make_samples(result.matching, estimates, design)
        contrasts = contrasts_of(samples, design)
        rows = pd.DataFrame([vars(answer) for answer in answers(samples, design, contrasts, _DRAWS)])
        tests = tests_table(samples, design, contrasts, 2**40)
        for key, p in _p_values(samples, rows, tests, design.contrast):
            found.setdefault(key, []).append(p)
        if progress is not None:
            progress(1)
    order = {str(window): k for k, window in enumerate(design.windows)}
    table = [row for key in sorted(found, key=lambda key: order[key[0]]) for row in _rates(key, found[key])]
    return pd.DataFrame(table, columns=list(_COLUMNS))


def _line(result: StudyResult) -> tuple[NDArray[np.generic], Floats]:
    """Return all dates of a study, and the abnormal returns of all series on common days without news, shape (A, S)."""
    estimates = list(result.estimates.values())
    calendar = np.unique(np.concatenate([of.history.sessions for of in estimates]))
    table = np.full((len(calendar), len(estimates)), np.nan)
    for s, of in enumerate(estimates):
        quiet = np.where(of.block.news, np.nan, of.ar)
        table[np.searchsorted(calendar, of.history.sessions), s] = quiet
    line = table[np.isfinite(table).all(axis=1)]
    if len(line) < ENOUGH:
        raise NothingUsableError(
            f"the series have {len(line)} days without news in common, and {ENOUGH} are needed; study fewer series"
        )
    return calendar, line - line.mean(axis=0)


def _blocks(n_line: int, n_days: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return places on a line, in blocks of successive ones that go round its end, shape (n_days,)."""
    starts = rng.integers(0, n_line, size=-(-n_days // _BLOCK))
    return np.asarray((starts[:, None] + np.arange(_BLOCK)).ravel()[:n_days] % n_line)


def _simulated(history: History, calendar: NDArray[np.generic], drawn: Floats) -> History:
    """Return a history with other returns on the sessions that have one."""
    returns = np.where(np.isfinite(history.returns), drawn[np.searchsorted(calendar, history.sessions)], np.nan)
    return replace(history, returns=returns, prices=None)


def _p_values(
    samples: Samples, rows: pd.DataFrame, tests: pd.DataFrame, contrast: str | None
) -> Iterator[tuple[tuple[str, str, str], Floats]]:
    """Yield the p-values of one study by window, test and scope."""
    first = next(iter(samples.values())).of.design.windows
    for w, window in enumerate(first):
        single = np.concatenate([of.p[:, w] for of in samples.values()])
        n_events = len(next(iter(samples.values())).events)
        of_events = [
            (of.of.matches.market_events.of_event(n_events), np.append(of.family_p[:, w], 1.0))
            for of in samples.values()
        ]
        yield (str(window), "placebo of one event", EACH), single
        yield (str(window), "placebo of one event", FAMILY), np.fmin.reduce([p[event] for event, p in of_events])
        here = rows[(rows["window"] == str(window)) & (rows["n"] > 1)]
        for test, of_test in (
            ("placebo of the mean", here[here["stance"] != contrast]),
            (str(contrast), here[here["stance"] == contrast]),
        ):
            alone = of_test["series"] != ALL
            if of_test.empty:
                continue
            yield (str(window), test, EACH), of_test.loc[alone, "p_value"].to_numpy()
            by_label = of_test[alone].groupby("stance")["family_p"].min()
            yield (str(window), test, FAMILY), by_label.to_numpy()
            if (~alone).any():
                yield (str(window), test, POOL), of_test.loc[~alone, "p_value"].to_numpy()
    for key, of_test in tests.groupby(["window", "test"], sort=False):
        named, test, alone = str(key[0]), str(key[1]), of_test["series"] != ALL
        yield (named, test, EACH), of_test.loc[alone, "p_value"].to_numpy()
        if (~alone).any():
            yield (named, test, POOL), of_test.loc[~alone, "p_value"].to_numpy()


def _rates(key: tuple[str, str, str], studies: Sequence[Floats]) -> Iterator[tuple[object, ...]]:
    """Yield a row a level: the mean over studies of the share of their p-values at or below it."""
    known = [p[np.isfinite(p)] for p in studies]
    known = [p for p in known if len(p)]
    for level in LEVELS if known else ():
        shares = np.array([np.mean(p <= level) for p in known])
        rate, n = float(shares.mean()), len(shares)
        # Wilson's band, which knows that no rejection in few studies is no proof; wider where shares vary more.
        middle, spread = (rate + _BAND**2 / (2 * n)) / (1 + _BAND**2 / n), _BAND / (1 + _BAND**2 / n)
        half = spread * np.sqrt(min(rate * (1 - rate), max(shares.var(), 1e-12)) / n + _BAND**2 / (4 * n**2))
        low, high = max(middle - half, 0.0), min(middle + half, 1.0)
        yield *key, level, rate, low, high, bool(n >= _FEW and low >= level / 2 and high <= 1.5 * level), n
