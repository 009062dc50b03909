"""Instruments: what a series' name means, which way is up, when its price is struck, what is known of its sessions."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from eventstudy.errors import InputError, UnknownNameError, did_you_mean
from eventstudy.files import bundled_toml
from eventstudy.markets.calendar import Closure
from eventstudy.markets.stamp import UNKNOWN, Hours, Stamp
from eventstudy.returns import OWN_UNIT, ReturnKind

_TABLES = "eventstudy.markets", "instruments.toml"


@dataclass(frozen=True)
class Known:
    """A fact about the figures of certain sessions, such as a contract roll or an ex-date.

    Parameters
    ----------
    stamp : str
        Name of the stamp at which those figures are struck; figures struck otherwise are others.
    why : str
        The fact, in words for a reader.
    days : tuple of date
        The sessions.
    real : bool
        Whether it says that a jump was one of the market, so that it is no alarm.
    """

    stamp: str
    why: str
    days: tuple[date, ...] = ()
    real: bool = False


@dataclass(frozen=True)
class Ticker:
    """Under which symbol a provider has an instrument, and when the prices it gives are struck.

    Parameters
    ----------
    provider : str
        Name of the provider, e.g. ``"yahoo"``.
    symbol : str
        Its name for the instrument, e.g. ``"RUB=X"``.
    stamp : Stamp
        When the provider's price of a session is struck.
    note : str
        What to know before using it, e.g. that it is delisted and since when.
    """

    provider: str
    symbol: str
    stamp: Stamp
    note: str = ""


@dataclass(frozen=True)
class Instrument:
    """A market series under a name people use.

    Parameters
    ----------
    name : str
        The name, e.g. ``"ruble"``.
    label : str
        How it is written in a table or a sentence, e.g. ``"Moscow shares"``.
    stamp : Stamp
        When a session's price is struck.
    hours : Hours
        When it can be traded.
    calendar : str
        The sessions it should have: an exchange's ISO 10383 code (``XMOS``), ``TARGET`` (ECB), ``NBP``, ``CBR``; empty:
        the dates of its prices are all that is known.
    dated_late : int
        Days after its session that a price bears as its date: 1 for the central bank of Russia, whose rate of Tuesday
        is struck on Monday. A session is the day on which the price was struck.
    orientation : {1, -1}
        -1 for a quote whose fall is the asset's gain, so that a positive return always means that the asset gained.
    returns : {'simple', 'log', 'difference'}
        How its prices become returns.
    unit : str
        Unit of the returns; empty for decimals.
    quote : str
        What one unit of the price is.
    up : str
        What a positive return means, in words.
    group : str
        The family it belongs to, e.g. ``"energy"``.
    aliases : tuple of str
        Other names and tickers under which people ask for it.
    closures : tuple of Closure
        Known suspensions of trading.
    known : tuple of Known
        What is known of its figures on single sessions.
    dividends : bool
        Whether it pays dividends, so that adjusted and unadjusted prices differ.
    tickers : tuple of Ticker
        Where it can be had, the first choice first.
    """

    name: str
    label: str
    stamp: Stamp
    hours: Hours
    calendar: str = ""
    dated_late: int = 0
    orientation: int = 1
    returns: ReturnKind = "simple"
    unit: str = ""
    quote: str = ""
    up: str = ""
    group: str = ""
    aliases: tuple[str, ...] = ()
    closures: tuple[Closure, ...] = ()
    known: tuple[Known, ...] = ()
    dividends: bool = False
    tickers: tuple[Ticker, ...] = ()

    def ticker(self, provider: str) -> Ticker | None:
        """Return the ticker under which a provider has the instrument; None if it has it not."""
        return next((ticker for ticker in self.tickers if ticker.provider == provider), None)

    def struck_at(self, stamp: Stamp) -> Instrument:
        """Return the same instrument with prices struck at another time.

        A fixing's calendar and dates belong to the fixing: with another stamp, the dates of the prices are all that is
        known.
        """
        return self if stamp == self.stamp else replace(self, stamp=stamp, calendar="", dated_late=0)

    def with_returns(self, kind: ReturnKind | None) -> Instrument:
        """Return the same instrument with another kind of return; None: its own."""
        if kind is None or kind == self.returns:
            return self
        return replace(self, returns=kind, unit=(self.unit or "units of the quote") if kind in OWN_UNIT else "")


@cache
def stamp_named(name: str) -> Stamp:
    """Return the stamp rule of that name in the catalogue."""
    rule = bundled_toml(*_TABLES)["stamps"][name]
    return Stamp(name, **{**rule, "changes": tuple(map(tuple, rule.get("changes", ())))})


def yahoo_exchange(symbol: str) -> str:
    """Return the code of the exchange on which a symbol of Yahoo's is traded; empty where it does not say."""
    tables = bundled_toml(*_TABLES)["yahoo"]
    stem, _, suffix = symbol.rpartition(".")
    if stem:
        return str(tables["suffixes"].get(suffix, ""))
    us_share = re.fullmatch(r"[A-Z]{1,5}(-[A-Z]{1,2})?", symbol) is not None
    return str(tables["indices"].get(symbol, "XNYS" if us_share else ""))


def exchanges_called(name: str) -> list[str]:
    """Return the codes of the exchanges that people call so; none where the name is a code, or unknown."""
    return [code for code, names in bundled_toml(*_TABLES)["exchanges"].items() if name.upper() in names]


@cache
def _catalogue() -> dict[str, Instrument]:
    """Return the instruments of `instruments.toml` by name."""
    tables, found = bundled_toml(*_TABLES), {}
    hours = {name: Hours(name, **rule) for name, rule in tables["hours"].items()}
    closures = {name: tuple(Closure(**row) for row in rows) for name, rows in tables["closures"].items()}
    for name, row in sorted(tables["instruments"].items()):
        at = {provider: entry for provider, entry in row.items() if isinstance(entry, dict)}
        tickers = [Ticker(of, **{**entry, "stamp": stamp_named(entry["stamp"])}) for of, entry in at.items()]
        words = {name.casefold(): name}  # each word once, capitals aside
        for word in (*row.get("aliases", ()), *(ticker.symbol for ticker in tickers)):
            words.setdefault(word.casefold(), word)
        facts = tables["known"].get(name, ())
        found[name] = Instrument(
            **{key: value for key, value in row.items() if key not in {*at, "stamp", "hours", "aliases", "closures"}},
            name=name,
            stamp=stamp_named(row["stamp"]),
            hours=hours[row["hours"]],
            aliases=tuple(words.values())[1:],
            closures=closures.get(row.get("closures", ""), ()),
            known=tuple(Known(**{**fact, "days": tuple(fact.get("days", ()))}) for fact in facts),
            tickers=tuple(tickers),
        )
    return found


def instrument_names() -> tuple[str, ...]:
    """Return the names of the catalogue, sorted."""
    return tuple(_catalogue())


def find_instrument(name: str) -> Instrument:
    """Return the instrument of that name or alias.

    Parameters
    ----------
    name : str
        A catalogue name (``ruble``), an alias (``usdrub``) or a ticker (``RUB=X``); capitals do not matter.

    Returns
    -------
    Instrument
        The catalogue's entry.

    Raises
    ------
    UnknownNameError
        If nobody goes by that name.
    InputError
        If it is no text.

    Examples
    --------
    >>> find_instrument("USDRUB").name
    'ruble'
    """
    if not isinstance(name, str):
        raise InputError.must_be("an instrument is asked for by its name", name)
    found = entry_of(name)
    if found is None:
        hint = "one name at a time" if "," in name else did_you_mean(name, _catalogue())
        own = " (figures of your own: --prices FILE)" if hint.startswith("known") else ""
        raise UnknownNameError(f"unknown instrument '{name}'; {hint}{own}")
    return found


def entry_of(word: str, layout: str = "") -> Instrument | None:
    """Return the catalogue's instrument that a word means, turned where it is the reversed pair; else None.

    In a layout of yfinance's what may be a share's symbol is one: GOLD is Barrick's, and gold is GC=F.
    """
    name, sign = (word, 1) if word in _catalogue() else _by_word().get(_folded(word), ("", 1))
    entry = _catalogue().get(name)
    own = entry is not None and word in {ticker.symbol for ticker in entry.tickers}
    if layout == "yfinance" and yahoo_exchange(word) and not own:
        return None
    if entry is None or sign > 0:
        return entry
    # A pair quoted the other way round: its source, hour and calendar are another one's.
    quote = " per ".join(reversed(entry.quote.split(" per ")))
    return replace(entry.struck_at(UNKNOWN), orientation=-entry.orientation, quote=quote, tickers=(), known=())


#: What a chart's ticker has before its colon.
_PLACES = {"", "amex", "cboe", "comex", "fx", "fx_idc", "index", "moex", "nasdaq", "nymex", "nyse", "sp", "tvc"}


def _folded(word: str) -> str:
    """Return a word without capitals, punctuation, the place before a colon and the kind of a Bloomberg ticker."""
    word = re.sub(r" (curncy|index|comdty|equity|govt)$", "", word.casefold().strip())
    place, _, symbol = word.rpartition(":")
    return re.sub(r"[^a-z0-9]", "", symbol if place in _PLACES else word)


@cache
def _by_word() -> dict[str, tuple[str, int]]:
    """Return the name of the instrument that each folded word means, and -1 for a reversed pair; names come first."""
    words = [(name, name, 1) for name in _catalogue()]
    words += [(alias, name, 1) for name, one in _catalogue().items() for alias in one.aliases]
    for name, one in _catalogue().items():
        if pair := re.fullmatch(r"([A-Z]{3}) per ([A-Z]{3})", one.quote):
            words += [(pair[2] + pair[1] + end, name, 1) for end in ("", "=X")]
            words += [(pair[1] + pair[2] + end, name, -1) for end in ("", "=X")]
    return {_folded(word): (name, sign) for word, name, sign in reversed(words)}


def unknown_instrument(name: str) -> Instrument:
    """Return the instrument of a column that the catalogue does not know.

    Its calendar is its own index, a rise is a gain, and nobody knows when its price is struck.
    """
    return Instrument(name=name, label=name, stamp=UNKNOWN, hours=Hours("all-day", "00:00", "24:00", "UTC"))


def read_catalogue() -> dict[str, Any]:
    """Return the tables of ``datasets/catalogue.toml``."""
    return bundled_toml("eventstudy.datasets", "catalogue.toml")


@cache
def distributions(instrument: str) -> dict[date, float]:
    """Return what a bundled fund paid out by ex-date, in USD a share; empty where nothing is on file."""
    file = files("eventstudy.datasets").joinpath(read_catalogue()["dividends"]["file"])
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    paid = (row for row in rows if row["instrument"] == instrument)
    return {date.fromisoformat(row["ex_date"]): float(row["usd_per_share"]) for row in paid}
