"""The bundled series: real figures that come with the package, each with its label."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from eventstudy.errors import require_known
from eventstudy.markets.identity import CATALOGUE
from eventstudy.markets.instrument import read_catalogue
from eventstudy.markets.prices import read_prices


@dataclass(frozen=True)
class SeriesLabel:
    """What a bundled series is: its origin, size and traps, as written in ``datasets/catalogue.toml``.

    Parameters
    ----------
    name : str
        Identifier of the series, e.g. ``"ecb-usd-rub"``.
    title, unit, institution, package, licence, traps : str
        What it is, in which unit, whose figures, read from where, under which terms, and what to beware of.
    instrument : str
        The catalogue instrument it is a history of.
    file : str
        Path below ``datasets/``.
    stamp : str
        The stamp rule of its prices.
    first, last : date
        First and last session.
    rows : int
        Number of sessions.
    sha256 : str
        Digest of the file.
    """

    name: str
    title: str
    instrument: str
    file: str
    unit: str
    institution: str
    package: str
    stamp: str
    licence: str
    first: date
    last: date
    rows: int
    sha256: str
    traps: str


def series_labels() -> dict[str, SeriesLabel]:
    """Return the labels of all bundled series by name."""
    return {
        name: SeriesLabel(name, **{**row, **{end: date.fromisoformat(row[end]) for end in ("first", "last")}})
        for name, row in sorted(read_catalogue()["series"].items())
    }


def load_series(name: str) -> pd.Series:
    """Return one bundled series as published.

    Parameters
    ----------
    name : str
        Identifier of the series.

    Returns
    -------
    Series, shape (T,)
        Prices as quoted, indexed by session, named after the instrument.

    Raises
    ------
    UnknownNameError
        If there is no such series.

    Examples
    --------
    >>> round(float(load_series("ecb-usd-rub")["2022-02-24"]), 2)
    85.75
    """
    labels = series_labels()
    series = _read_series(labels[require_known(name, labels, "bundled series")]).copy()
    series.attrs = {"layout": {str(series.name): CATALOGUE}}
    return series


@cache
def _read_series(label: SeriesLabel) -> pd.Series:
    """Read one file of figures, once a process: a case has dozens and several cases share them."""
    with files("eventstudy.datasets").joinpath(label.file).open("r", encoding="utf-8") as lines:
        frame = pd.read_csv(lines, index_col="session", parse_dates=["session"])
    return read_prices(frame.rename(columns={"price": label.instrument}), check=False)[label.instrument]


def join_series(names: list[str]) -> pd.DataFrame:
    """Return the named bundled series side by side, a column an instrument, over the union of their sessions."""
    labels = series_labels()
    found = [_read_series(labels[require_known(name, labels, "bundled series")]) for name in names]
    # By arrays: pandas unites the sessions of thirty series one by one, which was most of the loading of a case.
    sessions = np.unique(np.concatenate([series.index.to_numpy() for series in found]))
    prices = np.full((len(sessions), len(found)), np.nan)
    for k, series in enumerate(found):
        prices[np.searchsorted(sessions, series.index.to_numpy()), k] = series
    frame = pd.DataFrame(prices, pd.DatetimeIndex(sessions, name="session"), [series.name for series in found])
    frame.attrs["layout"] = dict.fromkeys(map(str, frame), CATALOGUE)
    return frame
