"""The figures that come with the package, as a provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from eventstudy.errors import DataMissingError
from eventstudy.markets.bundled import SeriesLabel, load_series, series_labels
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.providers.protocol import Fetched, Request, side_by_side


@dataclass(frozen=True)
class BundledProvider:
    """Real figures that need no network; what is missing is never filled from elsewhere.

    Examples
    --------
    >>> from eventstudy.markets.providers import make_request
    >>> fetched = BundledProvider().fetch(make_request("ruble", "2022-02-21", "2022-02-25"))
    >>> round(float(fetched.prices["ruble"].iloc[-1]), 2)
    82.53
    """

    name: ClassVar[str] = "bundled"

    def fetch(self, request: Request) -> Fetched:
        """Return the bundled prices of each instrument, from one series each.

        Parameters
        ----------
        request : Request
            What is wanted. A series that covers only a part of the dates gives that part.

        Returns
        -------
        Fetched
            Prices as quoted.

        Raises
        ------
        DataMissingError
            If nothing is bundled for an instrument in these dates, or adjusted prices are asked of one that pays
            dividends.
        """
        labels = {one.name: _label_for(one, request) for one in request.instruments}
        columns = {name: load_series(label.name) for name, label in labels.items()}
        prices = side_by_side(columns, request, "the bundled data")
        sources = {name: f"bundled {label.name}" for name, label in labels.items()}
        return Fetched(prices, {one.name: one for one in request.instruments}, (), sources)

    def covers(self, instrument: Instrument, request: Request) -> bool:
        """Whether one bundled series of the instrument spans all dates of the request."""
        if request.adjusted and instrument.dividends:
            return False
        return any(label.first <= request.first and request.last <= label.last for label in _labels_of(instrument))


def _labels_of(instrument: Instrument) -> list[SeriesLabel]:
    return [label for label in series_labels().values() if label.instrument == instrument.name]


def _label_for(instrument: Instrument, request: Request) -> SeriesLabel:
    """Return the series that covers most of the dates; of equals the one that ends last."""
    if request.adjusted and instrument.dividends:
        raise DataMissingError(
            f"the bundled figures of '{instrument.name}' are prices as traded, dividends not added back; "
            "adjusted ones are at yahoo"
        )
    labels = _labels_of(instrument)
    if not labels:
        raise DataMissingError(f"no bundled figures for '{instrument.name}'; {_elsewhere(instrument)}")
    best = max(labels, key=lambda label: (_common_days(label, request.first, request.last), label.last))
    if not _common_days(best, request.first, request.last):
        raise DataMissingError(
            f"no bundled figures for '{instrument.name}' in {request.span}; there are: {held(instrument)}"
        )
    return best


def held(instrument: Instrument) -> str:
    """Say which dates the bundled series of an instrument span; nothing where there is none."""
    return ", ".join(f"{label.first} .. {label.last}" for label in _labels_of(instrument))


def _common_days(label: SeriesLabel, first: date, last: date) -> int:
    return max(0, (min(label.last, last) - max(label.first, first)).days + 1)


def _elsewhere(instrument: Instrument) -> str:
    providers = [ticker.provider for ticker in instrument.tickers]
    return f"take --provider {' or '.join(providers)}" if providers else "no other provider has it"
