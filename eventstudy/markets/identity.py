"""What a column is: its name says which instrument; when it is struck, only the file's layout or its user."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.cells import find_zone
from eventstudy.errors import DesignError, InputError, UnknownNameError, did_you_mean, require_known
from eventstudy.files import read_text, toml_of
from eventstudy.markets import instrument as catalogue
from eventstudy.markets.calendar import OWN_CALENDARS, Closure, exchange_between
from eventstudy.markets.instrument import Instrument, entry_of, find_instrument, unknown_instrument
from eventstudy.markets.stamp import UNKNOWN, Hours, Stamp
from eventstudy.returns import RETURN_KINDS

#: What a user says of a column: an instrument whole, or some of `WORDS`.
InstrumentLike = Instrument | Mapping[str, Any]
Instruments = Mapping[str, InstrumentLike]

#: What can be said of a column.
WORDS = ("as", "exchange", "close", "time_zone", "orientation", "unit", "returns", "label", "closures")

#: The key under which something is said of every column.
EVERY = "*"

#: Words of a layout. ``catalogue``: the figures are bundled ones. ``file``: the column is called after its file, which
#: says nothing of it. ``yfinance``: Yahoo's, and its name is a symbol of Yahoo's. Beside them ``yahoo``, ``fred``,
#: ``moex`` and the code of an exchange; empty: nothing is proven.
CATALOGUE, FILE = "catalogue", "file"

_FIXINGS = {"TARGET": "ecb", "NBP": "nbp", "CBR": "cbr"}
_FX_DAY = Stamp("fx-day", "17:00", "America/New_York", "end of the foreign-exchange day, 17:00 New York")


def identify(
    columns: Iterable[str] | pd.DataFrame,
    instruments: Instruments | None = None,
    layout: Mapping[str, str] | None = None,
) -> dict[str, Instrument]:
    """Return what the columns of a frame are.

    Parameters
    ----------
    columns : iterable of str, or DataFrame
        Their names, or a frame whose ``attrs["layout"]`` says what is proven of them. Through names, aliases and
        symbols a name gives instrument, label, unit and orientation, never an hour: ``usdrub``, ``USD/RUB``, ``RUB=X``
        and ``RUBUSD`` are the ruble, the last one the other way round.
    instruments : mapping of str to Instrument or mapping, optional
        What the user says, by column or any name of it; ``"*"`` for every column. An `Instrument` is taken as it is.
        Otherwise ``as`` (the catalogue's instrument, its stamp included), ``exchange`` (a code such as ``XTKS``;
        ``TARGET``, ``NBP``, ``CBR`` for their fixings, ``FX`` for 17:00 New York), ``close`` (``"16:00
        America/New_York"``, ``"16:00 ET"``, or a clock beside ``time_zone``), ``orientation`` (1 or -1), ``unit``,
        ``returns``, ``label``, ``closures`` (a list of tables with ``first``, ``last``, ``why``).
    layout : mapping of str to str, optional
        What the file's layout proves of each column: see `CATALOGUE` and `FILE`. In one of yfinance's a name in
        capitals is a symbol of Yahoo's: ``GOLD`` is a share there, and ``GC=F`` gold.

    Returns
    -------
    dict of str to Instrument
        Each under its column's name.

    Raises
    ------
    DesignError, InputError, UnknownNameError
        If something is said of a column that is not there, or cannot be read.

    Examples
    --------
    >>> found = identify(["USDRUB=X", "7203.T"], {"7203.T": {"exchange": "XTKS"}})
    >>> found["USDRUB=X"].label, found["USDRUB=X"].orientation, found["USDRUB=X"].stamp.known
    ('Ruble', -1, False)
    >>> found["7203.T"].stamp.label, found["7203.T"].calendar
    ('close of XTKS, 15:30 Tokyo (15:00 before 2024-11-05)', 'XTKS')
    """
    names, proven = list(map(str, columns)), layout or getattr(columns, "attrs", {}).get("layout", {})
    words, found = _by_column(names, instruments or {}), {}
    for name in names:
        if isinstance(whole := words.get(name), Instrument):
            found[name] = _with_words(whole, name, whole)
            continue
        of = proven.get(name, "")
        one = (None if of == FILE else entry_of(name, of)) or unknown_instrument(name)
        of = "yahoo" if of == "yfinance" else of
        code = catalogue.yahoo_exchange(name) if of == "yahoo" else of
        if ticker := one.ticker(of):
            one = one.struck_at(ticker.stamp)
        elif of == "yahoo" and re.fullmatch(r"[A-Z0-9]{2,}-(USD|EUR|GBP|BTC)", name):
            one = one.struck_at(Stamp("day-end-utc", "24:00", "UTC", "end of the date in UTC"))
        elif re.fullmatch("[A-Z0-9]{4}", code):
            one = at_exchange(one, code)
        elif of != CATALOGUE and not of == one.stamp.name == "moex":
            one = one.struck_at(UNKNOWN)
        found[name] = _with_words(one, name, words.get(name, {}))
    return found


def _by_column(names: list[str], instruments: Instruments) -> dict[str, InstrumentLike]:
    """Return what is said of each column, whatever name of it was used; single words win over those for all."""
    for_all, there = instruments.get(EVERY, {}), set(names)
    found: dict[str, InstrumentLike] = dict.fromkeys(names, for_all) if for_all else {}
    for key, said in instruments.items():
        if not isinstance(key, str) or not isinstance(said, (Mapping, Instrument)):
            raise DesignError(f"instruments[{key!r}]: give an Instrument or words such as {{'exchange': 'XTKS'}}")
        if key == EVERY:
            continue
        meant = [key] if key in there else [name for name in names if same_column(name, key)]
        if not meant and not isinstance(said, Instrument):  # which may be for a column of other figures
            raise UnknownNameError(f"there is no column '{key}'; {did_you_mean(key, names)}")
        for name in meant:
            before = found.get(name, {})
            whole = isinstance(said, Instrument) or isinstance(before, Instrument)
            found[name] = said if whole else {**dict(before), **dict(said)}  # type: ignore[arg-type]
    return found


def same_column(name: str, word: str) -> bool:
    """Whether a word means a column: it is its name, capitals aside, or both are names of one instrument."""
    entry = entry_of(name)
    return name.casefold() == word.casefold() or (entry is not None and entry == entry_of(word))


def _with_words(instrument: Instrument, name: str, said: InstrumentLike) -> Instrument:
    """Return an instrument with what is said of it, under its column's name."""
    if isinstance(said, Instrument):
        return said if said.name == name else replace(said, name=name)
    for key in said:
        require_known(key, WORDS, f"word about the column '{name}'")
    if "as" in said:
        instrument = find_instrument(str(said["as"]))
    if "exchange" in said and "close" not in said:
        instrument = at_exchange(instrument, str(said["exchange"]).strip())
    if "close" in said or "time_zone" in said:
        instrument = _closing(instrument, name, said)
    if "orientation" in said:
        if str(said["orientation"]).removeprefix("+") not in {"1", "-1"}:
            raise InputError(f"column '{name}': orientation {said['orientation']!r} must be 1 or -1")
        instrument = replace(instrument, orientation=int(said["orientation"]), up="")
    if "returns" in said:
        instrument = instrument.with_returns(require_known(str(said["returns"]), RETURN_KINDS, "return kind"))  # type: ignore[arg-type]
    if "closures" in said:
        instrument = replace(instrument, closures=_closures(said["closures"], name))
    return replace(instrument, name=name, **{key: str(said[key]) for key in ("unit", "label") if key in said})  # type: ignore[arg-type]


def update_instruments(instruments: Mapping[str, Instrument], changes: Instruments) -> dict[str, Instrument]:
    """Return instruments with more that is said of them, in the words of `identify`; what is said now wins."""
    words = _by_column(list(instruments), changes)
    return {name: _with_words(one, name, words.get(name, {})) for name, one in instruments.items()}


def at_exchange(instrument: Instrument, code: str) -> Instrument:
    """Return an instrument struck at the close of an exchange, changes of its hours followed, on its sessions.

    Raises
    ------
    UnknownNameError
        If there is no such exchange.
    """
    if code in OWN_CALENDARS:
        stamp = catalogue.stamp_named(_FIXINGS[code]) if code in _FIXINGS else _FX_DAY
        hours = find_instrument("ruble").hours
        return replace(instrument, stamp=stamp, hours=hours, calendar=code, dated_late=int(code == "CBR"))
    codes = catalogue.exchanges_called(code) or [code.upper() if re.fullmatch("[a-z]{4}", code) else code]
    if len(codes) > 1:
        raise UnknownNameError(f"'{code}' is a name of several exchanges; give the code of one: {', '.join(codes)}")
    (code,) = codes
    exchange = exchange_between(code, np.datetime64("2022-01-03"), np.datetime64("2022-12-30"))
    clocks = [clock for _, clock in exchange.closes]
    later = tuple((day, clock) for day, clock in exchange.closes if day is not None)
    city = exchange.zone.rpartition("/")[2].replace("_", " ")
    before = f" ({clocks[-2]} before {later[-1][0]})" if later else ""
    stamp = Stamp(code, clocks[0], exchange.zone, f"close of {code}, {clocks[-1]} {city}{before}", changes=later)
    hours = Hours(code, exchange.opens, clocks[-1], exchange.zone)
    return replace(instrument, stamp=stamp, hours=hours, calendar=code, dated_late=0)


def _closing(instrument: Instrument, name: str, said: Mapping[str, Any]) -> Instrument:
    """Return an instrument struck at a clock that the user says."""
    if "exchange" in said and "close" in said:
        raise DesignError(f"column '{name}': say its exchange or its close, not both")
    clock, _, zone = str(said.get("close", "")).strip().partition(" ")
    zone = str(said.get("time_zone", zone)).strip()
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d|24:00", clock) or not zone:
        written = " ".join(filter(None, (clock, zone)))
        raise InputError(f"column '{name}': '{written}' is no close; write \"16:00 America/New_York\"")
    try:
        found, _ = find_zone(zone)
    except InputError as error:
        raise InputError(f"column '{name}': {error}") from None
    zone = str(found)
    if not isinstance(found, ZoneInfo):  # an offset, which zones of whole hours have, with the other sign
        hours = (found.utcoffset(None) or timedelta()) / timedelta(hours=1)
        if hours % 1:
            raise InputError(f"column '{name}': {zone} is an offset; write the zone, e.g. Asia/Kolkata")
        zone = f"Etc/GMT{-int(hours):+d}"
    struck = instrument.struck_at(Stamp("close", clock, zone, f"{clock} {found}, as you say"))
    known = entry_of(instrument.name) is not None
    return struck if known else replace(struck, hours=Hours("all-day", "00:00", "24:00", zone))


def _closures(rows: Any, name: str) -> tuple[Closure, ...]:
    """Return closures that were said of a column, as rows or as JSON."""

    def closure(row: Any) -> Closure:
        try:
            first, last = (date.fromisoformat(str(row[end])[:10]) for end in ("first", "last"))
            return Closure(first, last, str(row.get("why", "closed, as you say")))
        except (TypeError, KeyError, ValueError, AttributeError):
            wrong = f"{row!r} must be {{ first = 2022-02-28, last = 2022-03-23 }}"
            raise InputError(f"closure of '{name}': {wrong}") from None

    every = json.loads(rows) if isinstance(rows, str) else rows
    return tuple(row if isinstance(row, Closure) else closure(row) for row in every)


def instrument_words(options: Mapping[str, Iterable[str]], tables: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """Return what options say of columns.

    Parameters
    ----------
    options : mapping of str to iterable of str
        By word: ``{"exchange": ["7203.T=XTKS"], "orientation": ["-1"]}``; without a column it holds for all.
    tables : iterable of str
        ``NAME.word=value``, as the tables ``[instruments.NAME]`` of a design are passed on.

    Returns
    -------
    dict of str to dict
        As `identify` takes them.

    Raises
    ------
    DesignError
        If a text of `tables` is not of that form, or options say two things of one column.

    Examples
    --------
    >>> instrument_words({"close": ["AAPL=16:00 America/New_York"], "as": ["ruble"]}, ["RUB=X.orientation=-1"])
    {'AAPL': {'close': '16:00 America/New_York'}, '*': {'as': 'ruble'}, 'RUB=X': {'orientation': '-1'}}
    """
    found: dict[str, dict[str, Any]] = {}
    for word, texts in options.items():
        for text in texts:
            # Names of columns and instruments may have an equals sign: data=RUB=X, RUB=X=ruble, RUB=X.
            parts = text.split("=")
            cuts = [("=".join(parts[:k]), "=".join(parts[k:])) for k in (*range(1, len(parts)), 0)]
            fits = (cut for cut in cuts if word == "as" and entry_of(cut[1]))
            name, value = map(str.strip, next(fits, text.rpartition("=")[::2]))
            if found.setdefault(name or EVERY, {}).setdefault(word, value) != value:
                said = found[name or EVERY][word]
                raise DesignError(f"--{word} says '{said}' and '{value}' of {name or 'all columns'}")
    for text in tables:
        match = re.fullmatch(rf"(.+)\.({'|'.join(WORDS)})=(.*)", text)
        if match is None:
            raise DesignError(f"'{text}' must be NAME.word=value, e.g. gazp.exchange=XMOS; words: {', '.join(WORDS)}")
        found.setdefault(match[1], {})[match[2]] = match[3]
    return found


def read_closures(path: str | Path) -> dict[str, dict[str, Any]]:
    """Read closures of one's own from a TOML file: by column a list of ``{ first, last, why }``, for `identify`.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    path = Path(path)
    tables = toml_of(read_text(path), path.name)
    tables = tables.get("closures", tables)
    for name, rows in tables.items() if isinstance(tables, dict) else [("closures", None)]:
        if not isinstance(rows, list):
            raise InputError(f"{path.name}: {name} must be a list of closures: [{{ first = 2022-02-28, last = ... }}]")
    return {name: {"closures": rows} for name, rows in tables.items()}


def said_of(instrument: Instrument) -> str:
    """Say in a line what a column was taken for.

    Examples
    --------
    >>> found = identify(["USDRUB", "mine"])
    >>> print(said_of(found["USDRUB"]), said_of(found["mine"]), sep=chr(10))
    Ruble (RUB per USD), turned so that a rise is its gain; hour of the price unknown
    as quoted; hour of the price unknown
    """
    quote = f" ({instrument.quote})" if instrument.quote else ""
    what = "as quoted" if instrument.label == instrument.name else f"{instrument.label}{quote}"
    turned = ", turned so that a rise is its gain" if instrument.orientation < 0 else ""
    return f"{what}{turned}; {instrument.stamp.label}"
