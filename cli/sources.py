"""From the data options to events, prices and instruments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from eventstudy.cli.output import bar
from eventstudy.errors import DataMissingError, DesignError, InputError, UnknownNameError, did_you_mean
from eventstudy.window import Window

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from eventstudy.markets.bundled import SeriesLabel
    from eventstudy.markets.instrument import Instrument
    from eventstudy.markets.providers import Fetched

#: The name under which the events of all bundled cases are asked for at once.
ALL_CASES = "all"

#: Where events come from when they are piped.
STDIN = Path("-")

#: Calendar days that surely hold a number of sessions: weekends, holidays, and a fortnight of closure.
_DAYS_A_SESSION, _SPARE_DAYS = 1.6, 21

#: Sessions before the first estimation window that a placebo wants: days without news to be held against.
PLACEBO_SESSIONS = 250


class DataOptions(SimpleNamespace):
    """What the options of a command say, by their names."""

    def given(self, *names: str) -> dict[str, Any]:
        """Return some of the options."""
        return {name: getattr(self, name) for name in names}

    def told(self) -> dict[str, dict[str, Any]]:
        """Return what the options say of columns, as `eventstudy.markets.identity.identify` takes it."""
        from eventstudy.markets.identity import read_closures, told_by_words

        options = {"as": self.as_, **self.given("exchange", "close", "orientation")}
        told = told_by_words({word: texts or () for word, texts in options.items()}, self.instrument or ())
        for name, said in (read_closures(self.closures) if self.closures else {}).items():
            told[name] = {**told.get(name, {}), **said}
        return told


@dataclass(frozen=True, eq=False)
class Sources:
    """What a command works on.

    Parameters
    ----------
    events, prices : DataFrame
        The events table and the prices, a column an instrument.
    instruments : mapping of str to Instrument
        What the columns are.
    series : tuple of str, optional
        The columns asked for; None for all.
    columns : mapping of str to str
        Which column each word of the options means: a word may be an alias.
    notes : tuple of str
        What came from where, and what to beware of.
    """

    events: pd.DataFrame
    prices: pd.DataFrame
    instruments: Mapping[str, Instrument]
    series: tuple[str, ...] | None
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def named(self, words: Sequence[str]) -> list[str]:
        """Return factors as the prices name them, after their roles: ``mkt_rf=SPX`` is ``mkt_rf=sp500``."""
        parts = [word.rpartition("=") for word in words]
        return [f"{role}{equals}{self.columns[name]}" for role, equals, name in parts]


def read_sources(
    asked: DataOptions,
    *,
    case: str | None = None,
    series: Sequence[str] | None = None,
    regressors: Sequence[str] = (),
    span: Window = Window(-130, 5),  # noqa: B008  # frozen
) -> Sources:
    """Read what the data options name.

    Parameters
    ----------
    asked : DataOptions
        The options. Without a provider a case's own prices are taken where there is a case, else the whole of a bundled
        series where one covers the middle event, and the network for the others.
    case, series
        In place of those asked for. The case ``all``: the events of all cases, and of each series the bundled figures
        that meet most of them.
    regressors : sequence of str
        Further columns the model needs, by name or alias.
    span : Window
        From the first session of the estimation window to the last of the event windows.

    Raises
    ------
    DesignError
        If the options do not say where events or prices come from, or say it twice.
    """
    sources = _read(asked, case or asked.case, series or asked.series, regressors, span)
    if not hasattr(asked, "as_"):
        return sources
    from eventstudy.markets.identity import retell, said_of

    told = asked.told()
    instruments = retell(sources.instruments, told) if told else sources.instruments
    lines: tuple[str, ...] = ()
    if asked.prices:
        studied = {*(sources.series or map(str, sources.prices)), *sources.columns.values()}
        taken: dict[str, list[str]] = {}
        for name in (name for name in instruments if name in studied):
            taken.setdefault(said_of(instruments[name]), []).append(name)
        lines = tuple(f"{', '.join(columns)}: {said}" for said, columns in taken.items())
    return replace(sources, instruments=instruments, notes=(*sources.notes, *lines))


def _read(
    asked: DataOptions, case: str | None, series: Sequence[str] | None, regressors: Sequence[str], span: Window
) -> Sources:

    events, prices = asked.events, asked.prices
    kind = vars(asked).get("data_kind", "prices")
    figures = "bars" if kind.startswith("bars") else kind
    if case is None and events is None:
        raise DesignError("no events: name a bundled case with --case, or a file with --events")

    ours, theirs, form = _readings(vars(asked), events, prices or [])

    def table() -> pd.DataFrame:
        return _events(case, events, ours)

    if prices and asked.provider is not None:
        raise DesignError("prices from a file and from a provider: leave out --prices or --provider")
    if prices:
        read = [_in_form(lambda how, file=file: _prices(file, figures, theirs, how), form) for file in prices]  # type: ignore[misc]
        figures_of, in_form = _joined([table for table, _ in read]), any(obeyed for _, obeyed in read)
        found, also = _in_form(
            lambda how: _events(case, events, {**ours, **({"time_format": [how]} if how else {})}), form
        )
        if form and not (in_form or also):
            raise DesignError(f"neither the events nor the prices have times written as {form} (--time-format)")
        return _of_file(found, figures_of, " and ".join(file.name for file in prices), series, regressors)
    if case == ALL_CASES and asked.provider is None:
        return _of_bundle(table(), series, regressors, span, asked)
    if case is not None and case != ALL_CASES and asked.provider is None:
        return _of_case(case, table(), series, regressors)
    if not series:
        raise DesignError("no prices: name a file with --prices, or instruments with --series ruble,brent")
    return _fetched(table(), series, regressors, span, asked)


#: The parts of a price file that --map names; others are those of an event file.
_PRICE_PARTS = {"date", "price", "close", "volume", "return", "name"}


def _readings(
    reading: Mapping[str, Any], events: Path | None, prices: Sequence[Path]
) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """Return how the events are read, how the prices are, and the form of times that either may have."""
    from eventstudy.events.schema import COLUMNS

    ours = {key: reading.get(key) for key in ("columns", "values", "time_format", "sheet")}
    theirs = {key: reading.get(key) for key in ("decimal", "column")}
    if not prices:
        if given := [key for key, value in theirs.items() if value]:
            raise DesignError(f"--{given[0]} says how a price file is read; name it with --prices")
        return ours, {}, None
    pairs = pairs_of(ours.get("columns"), "--map")
    parts = pairs if events is None else {part: column for part, column in pairs.items() if part not in COLUMNS}
    if events is not None and (foreign := [part for part in parts if part not in _PRICE_PARTS]):
        raise DesignError(
            f"--map {foreign[0]}={parts[foreign[0]]}: '{foreign[0]}' is no column of the event schema and no part of a "
            f"price file ({', '.join(sorted(_PRICE_PARTS))}); {did_you_mean(foreign[0], [*COLUMNS, *_PRICE_PARTS])}"
        )
    theirs["map"] = parts
    ours["columns"] = [f"{part}={column}" for part, column in pairs.items() if part not in parts]
    forms = list(ours.get("time_format") or ())
    dated = [form for form in forms if form.startswith(("date=", "prices="))]
    bare = [form for form in forms if form.startswith("%") or form in {"dmy", "mdy", "ymd"}]
    if twice := next((found for found in (dated, bare) if len(found) > 1), None):
        raise DesignError(f"--time-format {twice[0]} and {twice[1]}: write events=CODES and prices=CODES, each once")
    ours["time_format"] = [form for form in forms if form not in {*dated, *bare}] or None
    theirs["time_format"] = dated[0].partition("=")[2] if dated else None
    books = [
        any(path.suffix.lower().startswith(".xls") for path in paths) for paths in ([events] if events else [], prices)
    ]
    sheets = pairs_of(reading["sheet"].split(","), "--sheet") if "=" in (reading.get("sheet") or "") else {}
    ours["sheet"] = sheets.get("events", reading.get("sheet") if not sheets and books[0] else None)
    theirs["sheet"] = sheets.get("prices", reading.get("sheet") if not sheets and (books[1] or not books[0]) else None)
    if bare and (events is None or dated):
        key, of = ("time_format", theirs) if events is None else ("time_format", ours)
        of[key] = bare[0] if events is None else bare
        return ours, theirs, None
    return ours, theirs, bare[0] if bare else None


def _in_form(read: Callable[[str | None], pd.DataFrame], form: str | None) -> tuple[pd.DataFrame, bool]:
    """Return a table read with its times in a form, or without where they are not written so, and whether they are."""
    try:
        return read(form), form is not None
    except InputError as error:
        if form is None or "(--time-format)" not in str(error):
            raise
        return read(None), False


def _prices(path: Path, figures: str, reading: Mapping[str, Any], form: str | None) -> pd.DataFrame:
    from eventstudy.markets.prices import read_prices

    how = {**reading, "time_format": reading["time_format"] or form}
    return read_prices(path, figures=figures, lenient=True, check=False, **how)  # type: ignore[arg-type]


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join the figures of several files by session, every session of any of them."""
    import pandas as pd

    if len(tables) == 1:
        return tables[0]
    names = [str(name) for table in tables for name in (*table, *table.attrs["unread"])]
    if twice := next((name for name in names if names.count(name) > 1), None):
        files = " and ".join(
            str(table.attrs["source"]) for table in tables if twice in (*table, *table.attrs["unread"])
        )
        raise InputError(f"two price files have a series '{twice}' ({files}); give each its own name, in the heading")
    joined = pd.concat([*tables], axis=1, sort=True)
    joined.attrs = {
        "layout": {name: proven for table in tables for name, proven in table.attrs["layout"].items()},
        "unread": {name: why for table in tables for name, why in table.attrs["unread"].items()},
        "read": "\n".join(table.attrs["read"] for table in tables),
        "source": " and ".join(dict.fromkeys(str(table.attrs["source"]) for table in tables)),
    }
    return joined


def _events(case: str | None, events: Path | None, reading: Mapping[str, Any]) -> pd.DataFrame:
    if events is not None:
        return read_event_file(events, **reading)
    if given := [name for name, value in reading.items() if value]:
        raise DesignError(f"--{given[0].replace('columns', 'map').replace('values', 'set').replace('_', '-')} "
                          "says how an event file is read; name it with --events")  # fmt: skip
    return _case_events(str(case))


def read_event_file(
    path: Path | str,
    columns: Sequence[str] | None = None,
    values: Sequence[str] | None = None,
    time_format: Sequence[str] | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read an event file as the options say; a terminal is not read as stdin."""
    import sys

    from eventstudy.events.schema import read_events

    if str(path) == "-" and sys.stdin.isatty():
        raise DesignError("- reads events from a pipe, and there is none; name a file")
    forms: dict[str, str] = {}
    for word in time_format or ():
        column, equals, form = word.partition("=")
        told = {column: form} if equals and "%" not in column else {"time": word}
        told = {"time" if of == "events" else of: form for of, form in told.items()}
        if of := next((of for of in told if of not in {"time", "published_at"}), ""):
            raise DesignError(
                f"--time-format {word}: '{of}' is no column of times of an event file; write time=CODES or "
                "published_at=CODES, or prices=CODES for a price file beside it"
            )
        if twice := set(told) & set(forms):
            raise DesignError(f"--time-format says twice how {twice.pop()} is written")
        forms |= told
    chosen = {"columns": pairs_of(columns, "--map"), "values": pairs_of(values, "--set"), "time_format": forms}
    return read_events(path, sheet=sheet, **chosen)


def pairs_of(words: Sequence[str] | None, option: str) -> dict[str, str]:
    """Return the pairs of an option that is repeated."""
    pairs: dict[str, str] = {}
    for word in words or ():
        ours, equals, theirs = word.partition("=")
        if not (ours and equals and theirs):
            raise DesignError(f"'{word}' is no pair of names; write {option} headline=Title")
        if ours in pairs:
            raise DesignError(f"{option} names '{ours}' twice")
        pairs[ours] = theirs
    return pairs


def _notes(events: pd.DataFrame, prices: Iterable[Any]) -> tuple[str, ...]:
    """Take the notes of an event table off it, that they be said once, with those on the series it is about."""
    from eventstudy.matching import unknown_series

    return (*events.attrs.pop("notes", ()), *unknown_series(events, map(str, prices)))


def _case_events(name: str) -> pd.DataFrame:
    from eventstudy.cases import case_events

    return case_events(name)


def _of_file(
    events: pd.DataFrame, prices: pd.DataFrame, source: str, series: Sequence[str] | None, regressors: Sequence[str]
) -> Sources:
    from eventstudy.markets.identity import identify_frame

    unread = prices.attrs["unread"]
    columns = {word: column_of(word, prices, source) for word in (*(series or ()), *regressors) if word not in unread}
    for name, why in unread.items():
        if series is None or name in (*series, *regressors):
            raise InputError(why)
    chosen = None if series is None else tuple(columns[word] for word in series)
    return Sources(
        events,
        prices,
        identify_frame(prices),
        chosen,
        columns,
        (*_notes(events, prices), *prices.attrs["read"].splitlines()),
    )


def _of_case(name: str, events: pd.DataFrame, series: Sequence[str] | None, regressors: Sequence[str]) -> Sources:
    from eventstudy.cases import case_row, case_series, load_case

    there = list(case_series(name))
    columns = {word: column_of(word, there, f"the case {name}") for word in (*(series or ()), *regressors)}
    studied = [series_name for series_name in case_row(name)["headline"] if series_name not in columns.values()]
    chosen = tuple(studied) if series is None else tuple(columns[word] for word in series)
    case = load_case(name, [one for one in there if one in {*chosen, *columns.values()}])
    return Sources(events, case.prices, case.instruments, chosen, columns, _notes(events, there))


def _of_bundle(
    events: pd.DataFrame, series: Sequence[str] | None, regressors: Sequence[str], span: Window, asked: DataOptions
) -> Sources:
    """Take of each series the bundled figures that meet most events."""
    if not series:
        raise DesignError("the events of all cases have no series of their own; name some with --series ruble,brent")
    return _fetched(events, series, regressors, span, asked, _bundled_most)


def _fetched(
    events: pd.DataFrame,
    series: Sequence[str],
    regressors: Sequence[str],
    span: Window,
    asked: DataOptions,
    choose: Callable[[Sequence[str], pd.DataFrame], dict[str, SeriesLabel]] | None = None,
) -> Sources:
    import pandas as pd

    from eventstudy.markets.instrument import find_instrument

    columns = {word: find_instrument(word).name for word in (*series, *regressors)}
    wanted = list(dict.fromkeys(columns.values()))
    here = (choose or _bundled)(wanted, events) if asked.provider in {None, "auto"} else {}
    notes = [f"{name}: bundled figures {label.name}, {label.first} .. {label.last}" for name, label in here.items()]
    instruments = {name: find_instrument(name) for name in here}
    frames = [_load(label.name) for label in here.values()]
    elsewhere = [name for name in wanted if name not in here]
    if elsewhere:
        fetched = fetch_around(elsewhere, events, Window(span.first - PLACEBO_SESSIONS, span.last), asked)
        frames.append(fetched.prices)
        instruments |= fetched.instruments
        notes += fetched.notes
    prices = pd.concat(frames, axis=1, sort=True)[wanted]
    chosen = tuple(dict.fromkeys(columns[word] for word in series))
    return Sources(events, prices, instruments, chosen, columns, (*_notes(events, prices), *notes))


def _load(name: str) -> pd.DataFrame:
    from eventstudy.markets.bundled import join_series

    return join_series([name])


def _bundled(names: Sequence[str], events: pd.DataFrame) -> dict[str, SeriesLabel]:
    """Return the bundled series of each instrument that covers the middle event, where there is one."""
    from datetime import date

    from eventstudy.markets.bundled import series_labels

    middle = date.fromisoformat(sorted(str(time)[:10] for time in events["time"])[len(events) // 2])
    covering = [label for label in series_labels().values() if label.first <= middle <= label.last]
    by_name = {label.instrument: label for label in covering}
    return {name: by_name[name] for name in names if name in by_name}


def _bundled_most(names: Sequence[str], events: pd.DataFrame) -> dict[str, SeriesLabel]:
    """Return of each instrument the bundled series that covers most events, where one covers any."""
    from eventstudy.markets.bundled import series_labels

    days = [str(time)[:10] for time in events["time"]]
    covered = {
        label.name: sum(label.first.isoformat() <= day <= label.last.isoformat() for day in days)
        for label in series_labels().values()
    }
    found = {}
    for name in names:
        labels = [label for label in series_labels().values() if label.instrument == name and covered[label.name]]
        if labels:
            found[name] = max(labels, key=lambda label: covered[label.name])
    return found


def fetch_around(names: Sequence[str], events: pd.DataFrame, span: Window, asked: DataOptions) -> Fetched:
    """Fetch the prices that some events need, from the first session of a span around them to its last."""
    from datetime import date, timedelta

    days = sorted(date.fromisoformat(str(time)[:10]) for time in events["time"])
    sessions = max(0, -span.first), max(0, span.last)
    before, after = (timedelta(days=int(_DAYS_A_SESSION * n) + _SPARE_DAYS) for n in sessions)
    how = asked.given("refresh", "offline", "quiet")
    return fetch_watched(names, days[0] - before, days[-1] + after, provider=asked.provider or "auto", **how)


def fetch_watched(
    words: Sequence[str], first: str | date, last: str | date, *, quiet: bool = False, **how: Any
) -> Fetched:
    """Fetch prices, `how` as `eventstudy.markets.fetch.fetch_prices` takes it; on a terminal a bar shows how far."""
    from eventstudy.markets.fetch import fetch_prices

    if how.get("refresh") and how.get("offline"):
        raise DesignError("--refresh fetches anew and --offline forbids it; leave one of them out")
    with bar("Fetching prices", len(words), quiet=quiet) as progress:
        return fetch_prices(words, first, last, progress=progress, **how)


def column_of(word: str, prices: Iterable[Any], source: str) -> str:
    """Return the column meant by a name or an alias."""
    from eventstudy.markets.identity import same_column
    from eventstudy.markets.instrument import entry_of, instrument_names

    columns = list(map(str, prices))
    if word in columns:
        return word
    meant = [name for name in columns if same_column(name, word)]
    if len(meant) > 1:
        raise DesignError(f"{source}: '{word}' is {' and '.join(meant)}; name one of them")
    if meant:
        return meant[0]
    entry = entry_of(word)
    if entry is None:
        near = did_you_mean(word, [*columns, *instrument_names()])
        raise UnknownNameError(f"{source} has no series '{word}'; {near}")
    raise DataMissingError(f"{source} has no figures for '{entry.name}'; it has: {', '.join(columns)}")
