"""The bundled figures as a provider, and the provider that chooses between them and the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

import pandas as pd

from eventstudy.errors import DataMissingError, NetworkError
from eventstudy.markets.bundled import SeriesLabel, load_series, series_labels
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.prices import check_prices
from eventstudy.markets.providers.protocol import Fetched, Provider, Request, no_progress, side_by_side

#: Series whose bundled dates are named when the network fails.
_NAMED = 3


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
        providers = [ticker.provider for ticker in instrument.tickers]
        elsewhere = f"take --provider {' or '.join(providers)}" if providers else "no other provider has it"
        raise DataMissingError(f"no bundled figures for '{instrument.name}'; {elsewhere}")
    best = max(labels, key=lambda label: (_common_days(label, request.first, request.last), label.last))
    if not _common_days(best, request.first, request.last):
        raise DataMissingError(
            f"no bundled figures for '{instrument.name}' in {request.span}; there are: {_held(instrument)}"
        )
    return best


def _held(instrument: Instrument) -> str:
    """Say which dates the bundled series of an instrument span; nothing where there is none."""
    return ", ".join(f"{label.first} .. {label.last}" for label in _labels_of(instrument))


def _common_days(label: SeriesLabel, first: date, last: date) -> int:
    return max(0, (min(label.last, last) - max(label.first, first)).days + 1)


@dataclass(frozen=True)
class AutoProvider:
    """A provider that chooses: what needs no network first, then the catalogue's first choice.

    Parameters
    ----------
    network : mapping of str to Provider
        The providers that may be asked, by the name the catalogue's tickers use.
    bundled : BundledProvider
        The figures at hand.
    progress : callable, optional
        Called with the name of each instrument that came from the bundled figures.

    Notes
    -----
    A series is never put together from two sources. When the first choice lacks an instrument the second is asked; when
    the network fails nothing else is tried, so that the same request does not mean other figures on a bad day.
    """

    network: Mapping[str, Provider]
    bundled: BundledProvider = field(default_factory=BundledProvider)
    progress: Callable[[str], None] = no_progress

    name: ClassVar[str] = "auto"

    def fetch(self, request: Request) -> Fetched:
        """Return the prices of each instrument from the first source that has them.

        Parameters
        ----------
        request : Request
            What is wanted.

        Returns
        -------
        Fetched
            With a note an instrument on where its prices came from.

        Raises
        ------
        DataMissingError
            If no source has an instrument.
        NetworkError
            If the network is needed and fails.
        """
        parts: list[Fetched] = []
        groups: dict[str, list[Instrument]] = {}
        for instrument in request.instruments:
            groups.setdefault(self._choices(instrument, request)[0], []).append(instrument)
        for provider, instruments in groups.items():
            asked = replace(request, instruments=tuple(instruments))
            try:
                parts.append(self._provider(provider).fetch(asked))
            except DataMissingError:
                parts += [self._by_choice(one, request) for one in instruments]
            except NetworkError as error:
                at_hand = [f"{one.name} {dates}" for one in instruments if (dates := _held(one))]
                if not at_hand:
                    raise
                raise type(error)(f"{error} Bundled: {'; '.join(at_hand[:_NAMED])}.") from error
            if provider == self.bundled.name:
                for instrument in instruments:
                    self.progress(instrument.name)
        return _joined(parts, request, self._why)

    def _choices(self, instrument: Instrument, request: Request) -> list[str]:
        """Return the sources of an instrument, the first choice first."""
        network = [ticker.provider for ticker in instrument.tickers if ticker.provider in self.network]
        if not network or self.bundled.covers(instrument, request):
            return [self.bundled.name]
        return network

    def _provider(self, name: str) -> Provider:
        return self.bundled if name == self.bundled.name else self.network[name]

    def _by_choice(self, instrument: Instrument, request: Request) -> Fetched:
        """Ask one source after the other for one instrument; the first one's error is the one to tell."""
        asked = replace(request, instruments=(instrument,))
        first: DataMissingError | None = None
        for name in self._choices(instrument, request):
            try:
                return self._provider(name).fetch(asked)
            except DataMissingError as error:
                first = first or error
        raise first or DataMissingError(f"nobody has '{instrument.name}'")

    def _why(self, instrument: Instrument, request: Request) -> str:
        if self.bundled.covers(instrument, request) or not instrument.tickers:
            return ""
        return f"; bundled: {_held(instrument) or 'none'}"


def _joined(parts: list[Fetched], request: Request, why: Callable[[Instrument, Request], str]) -> Fetched:
    """Put the parts side by side in the order asked, and say where each column came from."""
    columns = {name: part.prices[name].dropna() for part in parts for name in map(str, part.prices)}
    instruments = {name: one for part in parts for name, one in part.instruments.items()}
    sources = {name: source for part in parts for name, source in part.sources.items()}
    notes = [f"{one.name}: from {sources[one.name]}{why(one, request)}" for one in request.instruments]
    notes += [note for part in parts for note in part.notes]
    return Fetched(
        check_prices(pd.concat({name: columns[name] for name in request.names}, axis=1, sort=True), "prices"),
        {name: instruments[name] for name in request.names},
        tuple(notes),
        {name: sources[name] for name in request.names},
    )
