"""The bundled figures where they cover what is asked, else the network, and a note of which was used for what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pandas as pd

from eventstudy.errors import DataMissingError, NetworkError
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.prices import check_prices
from eventstudy.markets.providers.bundled import BundledProvider, held
from eventstudy.markets.providers.protocol import Fetched, Provider, Request

#: Series whose bundled dates are named when the network fails.
_NAMED = 3


def _no_word(_: str) -> None:
    """Say nothing of progress."""


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
    progress: Callable[[str], None] = _no_word

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
                at_hand = [f"{one.name} {dates}" for one in instruments if (dates := held(one))]
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
        return f"; bundled: {held(instrument) or 'none'}"


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
