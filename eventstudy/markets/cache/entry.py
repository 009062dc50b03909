"""One cached series: its figures, what was asked for to get them, and how they are written down."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

import pandas as pd

_FORMAT = 1
_DIGITS = 12
_FILE_NAME = re.compile(r"prices-[0-9a-f]{12}\.csv")


class DamagedError(Exception):
    """A cached file is not what was written."""


@dataclass(frozen=True)
class Key:
    """Which series it is.

    Parameters
    ----------
    provider, instrument, symbol : str
        Whose figures, for which instrument, under which symbol there.
    adjusted : bool
        Whether dividends are added back.
    """

    provider: str
    instrument: str
    symbol: str
    adjusted: bool = False

    @property
    def folder(self) -> str:
        """Its folder below the cache's, which holds nothing else.

        Examples
        --------
        >>> Key("yahoo", "em-bonds", "EMB", adjusted=True).folder, Key("yahoo", "^SKEW", "^SKEW").folder
        ('yahoo/em-bonds@adjusted', 'yahoo/%5ESKEW')
        """
        return f"{self.provider}/{quote(self.instrument, safe='')}" + ("@adjusted" if self.adjusted else "")


@dataclass(frozen=True)
class Revision:
    """A figure that a provider changed after it had been stored; None where there is none."""

    session: str
    before: float | None
    after: float | None


@dataclass(frozen=True, eq=False)
class Entry:
    """A cached series.

    Parameters
    ----------
    key : Key
        Which it is.
    prices : Series, shape (T,)
        Prices as the provider gave them, indexed by session.
    first, last : date
        The dates that were asked for, without a hole.
    revisions : tuple of Revision
        Figures that changed since they were first stored, the latest finding last.
    """

    key: Key
    prices: pd.Series
    first: date
    last: date
    revisions: tuple[Revision, ...] = ()

    def covers(self, first: date, last: date) -> bool:
        """Whether all of these dates were asked for when it was stored."""
        return self.first <= first and last <= self.last


def encode(entry: Entry) -> tuple[str, bytes, bytes]:
    """Write an entry down.

    Parameters
    ----------
    entry : Entry
        What to write.

    Returns
    -------
    tuple of str, bytes, bytes
        Name and content of the CSV file, and the content of the label that vouches for it. The CSV is named after its
        own digest, so that a new one never overwrites the old one: putting the label in place is what makes it count.
    """
    rows = "".join(f"{day:%Y-%m-%d},{float(price)!r}\n" for day, price in entry.prices.items())
    content = f"session,price\n{rows}".encode()
    digest = hashlib.sha256(content).hexdigest()
    file = f"prices-{digest[:_DIGITS]}.csv"
    label = {
        "format": _FORMAT,
        **asdict(entry.key),
        "query": {"first": entry.first.isoformat(), "last": entry.last.isoformat(), "interval": "1d"},
        "file": file,
        "sha256": digest,
        "rows": len(entry.prices),
        "sessions": [f"{day:%Y-%m-%d}" for day in entry.prices.index[[0, -1]]],
        "revisions": [asdict(revision) for revision in entry.revisions],
    }
    return file, content, (json.dumps(label, indent=2, ensure_ascii=False) + "\n").encode()


def read_label(content: bytes) -> dict[str, Any]:
    """Return what a label says.

    Raises
    ------
    DamagedError
        If it is cut, not UTF-8 or not ours.
    """
    try:
        label = json.loads(content.decode("utf-8"))
        needed = {"provider", "instrument", "symbol", "adjusted", "query", "file", "sha256", "revisions"}
    except ValueError as error:
        raise DamagedError(f"its label cannot be read ({type(error).__name__})") from None
    if not isinstance(label, dict) or not needed <= set(label):
        raise DamagedError("parts of its label are missing")
    if not _FILE_NAME.fullmatch(str(label["file"])):
        raise DamagedError("its label names a file that is none of ours")
    return label


def decode(label: dict[str, Any], content: bytes) -> Entry:
    """Return the entry that a label and its CSV file hold.

    Raises
    ------
    DamagedError
        If the CSV is not the one that the label vouches for, or the label says something impossible.
    """
    if hashlib.sha256(content).hexdigest() != label["sha256"]:
        raise DamagedError("its figures are not those written down")
    try:
        rows = [line.split(",") for line in content.decode("utf-8").splitlines()[1:]]
        days = pd.to_datetime([day for day, _ in rows], format="%Y-%m-%d").as_unit("ns")
        prices = pd.Series([float(price) for _, price in rows], index=days, dtype="float64")
        key = Key(label["provider"], label["instrument"], label["symbol"], label["adjusted"])
        revisions = tuple(Revision(**row) for row in label["revisions"])
        first, last = (date.fromisoformat(label["query"][end]) for end in ("first", "last"))
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedError(f"its label says something impossible ({type(error).__name__})") from None
    return Entry(key, prices, first, last, revisions)
