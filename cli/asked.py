"""What a command was asked: its options as one value, and the events, prices and instruments that they name."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from eventstudy.cli.output import TextTable, bar, put, warn
from eventstudy.errors import DataMissingError, DesignError, InputError, UnknownNameError, did_you_mean
from eventstudy.options import DESIGN
from eventstudy.window import Window

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from eventstudy.markets.instrument import Instrument
    from eventstudy.markets.providers import Fetched
    from eventstudy.study import EventStudy, StudyResult

#: The name under which the events of all bundled cases are asked for at once.
ALL_CASES = "all"

#: Where the choices of a design file wait for which a command has no option.
WAITING = "eventstudy.design"

#: Calendar days that surely hold a number of sessions: weekends, holidays, and a fortnight of closure.
_DAYS_A_SESSION, _SPARE_DAYS = 1.6, 21

#: Sessions before the first estimation window that a placebo wants: days without news to be held against.
_PLACEBO_SESSIONS = 250

#: Options that say how a price file is read, beside --map.
_OF_A_FILE = ("time_format", "decimal", "column", "sheet")

#: The parts of a price file that --map names; others are those of an event file.
_PRICE_PARTS = ("close", "date", "name", "price", "return", "volume")


class Sources(NamedTuple):
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
    columns: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def named(self, words: Sequence[str]) -> list[str]:
        """Return factors as the prices name them, after their roles: ``mkt_rf=SPX`` is ``mkt_rf=sp500``."""
        parts = [word.rpartition("=") for word in words]
        return [f"{role}{equals}{self.columns[name]}" for role, equals, name in parts]


class Asked(SimpleNamespace):
    """What the options of a command say, by their names; `context` is the call, `notes` are said when it ends."""

    notes: list[str]

    def given(self, *names: str) -> dict[str, Any]:
        """Return some of the options."""
        return {name: getattr(self, name) for name in names}

    def told(self) -> dict[str, dict[str, Any]]:
        """Return what the options say of columns, as `eventstudy.markets.identity.identify` takes it."""
        from eventstudy.markets.identity import read_closures, told_by_words

        of = vars(self)
        words = {name.rstrip("_"): of.get(name) or () for name in ("as_", "exchange", "close", "orientation")}
        told = told_by_words(words, of.get("instrument") or ())
        for name, said in (read_closures(of["closures"]) if of.get("closures") else {}).items():
            told[name] = {**told.get(name, {}), **said}
        return told

    def choices(self, **usual: Any) -> dict[str, Any]:
        """Return what `EventStudy` takes; `usual` stands in for windows or tests that nobody named."""
        asked = {name: value for name, value in vars(self).items() if name in DESIGN and name != "series"}
        for name in ("windows", "lags", "leads", "tests"):
            if asked.get(name) is None:
                asked.pop(name, None)
        asked["returns_kind"] = asked.pop("returns", None)
        waiting = self.context.meta.get(WAITING, {})
        return {"tests": "default", **usual, **asked, **waiting, **({"tests": []} if usual.get("tests") == [] else {})}

    def read(
        self,
        *,
        case: str | None = None,
        series: Sequence[str] | None = None,
        regressors: Sequence[str] = (),
        span: Window = Window(-130, 5),  # noqa: B008  # frozen
    ) -> Sources:
        """Read what the options name; what came from where is said on stderr when the command ends.

        Parameters
        ----------
        case, series
            In place of those asked for. The case ``all``: the events of all cases, and of each series the bundled
            figures that cover most of them.
        regressors : sequence of str
            Further columns the model needs, by name or alias.
        span : Window
            From the first session of the estimation window to the last of the event windows.

        Returns
        -------
        Sources
            Without a provider a case's own prices are taken where there is a case, else the whole of a bundled series
            where one covers the middle event, and the network for the others.

        Raises
        ------
        DesignError
            If the options do not say where events or prices come from, or say it twice.
        """
        from eventstudy.markets.identity import retell, said_of

        sources = _read(self, case or self.case, series or self.series, regressors, span)
        if told := self.told():
            sources = sources._replace(instruments=retell(sources.instruments, told))
        if self.prices and "as_" in vars(self):
            studied = {*(sources.series or map(str, sources.prices)), *sources.columns.values()}
            taken: dict[str, list[str]] = {}
            for name in (name for name in sources.instruments if name in studied):
                taken.setdefault(said_of(sources.instruments[name]), []).append(name)
            lines = (f"{', '.join(columns)}: {said}" for said, columns in taken.items())
            sources = sources._replace(notes=(*sources.notes, *lines))
        self.notes = [*sources.notes]
        return sources

    def study(self, **usual: Any) -> EventStudy:
        """Read the data, and return the study on them that the choices mean."""
        from eventstudy.study import EventStudy
        from eventstudy.study.design import make_design

        if (path := vars(self).get("design")) is not None and path.is_dir():
            raise DesignError(f"'{path}' is a folder; this command takes a design file, such as {path}/design.toml")
        chosen = self.choices(**usual)
        # A wrong choice is said before any file is read.
        design = make_design(returns=chosen["returns_kind"], **{k: v for k, v in chosen.items() if k != "returns_kind"})
        sources = self.read(regressors=design.model.regressors, span=Window(design.estimation.first, design.span.last))
        if (label := chosen["group_by"]) not in sources.events:
            for ours, _, theirs in (pair.partition("=") for pair in vars(self).get("columns") or ()):
                if theirs == label:
                    said = f"column '{label}' is read as {ours} (--map {ours}={label}); write --group-by {ours}"
                    raise UnknownNameError(said)
        elif label == "stance":
            self.notes += labels_unused(sources.events)
        market, factors = self.market, self.factors
        chosen |= {"market": sources.columns.get(market, market), "factors": factors and sources.named(factors)}
        kind = vars(self).get("data_kind", "prices")
        name = kind if kind in {"returns", "volumes"} else "prices"
        given: dict[str, Any] = {name: sources.prices, "bars": kind.partition("-")[2] or None}
        given |= {"instruments": sources.instruments, "series": sources.series}
        return EventStudy(sources.events, **given, **chosen)

    def fit(self, **usual: Any) -> StudyResult:
        """Run the study of the options, with a bar where somebody watches."""
        study = self.study(**usual)
        with self.bar("Estimates and placebos") as progress:
            return study.fit(progress=progress)

    def result(self) -> StudyResult:
        """Return the study of a result folder, or run the one that the options and a design file describe."""
        if self.design is not None and self.design.is_dir():
            from eventstudy.study.folder import read_folder

            return read_folder(self.design)
        return self.fit()

    def fetch(self, names: Sequence[str], first: str | date, last: str | date, **how: Any) -> Fetched:
        """Fetch prices, from the cache where they are; on a terminal a bar shows how far."""
        from eventstudy.markets.fetch import fetch_prices

        if self.refresh and self.offline:
            raise DesignError("--refresh fetches anew and --offline forbids it; leave one of them out")
        how |= self.given("refresh", "offline")
        with self.bar("Fetching prices", len(names)) as progress:
            return fetch_prices(names, first, last, progress=progress, **how)

    def bar(self, what: str, total: int | None = None) -> AbstractContextManager[Callable[..., None]]:
        """Show how far the block is, where somebody watches."""
        return bar(what, total, quiet=self.quiet)

    def warn(self, lines: Iterable[str], most: int | None = None, rest: str = "--detail") -> None:
        """Write lines to stderr, unless they are not wanted; of more than `most` the first, and where the rest are."""
        warn(lines, quiet=vars(self).get("quiet", False), most=most, rest=rest)

    def put(self, frame: Any, *tables: TextTable, values: Callable[[], Any] | None = None) -> None:
        """Write what was found in the format asked for, see `eventstudy.cli.output.put`."""
        put(self.how, frame, tables, values)


#: What --map, --set, --time-format and --sheet are called, of an event file.
_READ_EVENTS = {"--map": "columns", "--set": "values", "--time-format": "time_format", "--sheet": "sheet"}


def _read(
    asked: Asked, case: str | None, series: Sequence[str] | None, regressors: Sequence[str], span: Window
) -> Sources:
    from eventstudy.cases import case_events
    from eventstudy.matching import unknown_series

    if case is None and asked.events is None:
        raise DesignError("no events: name a bundled case with --case, or a file with --events")
    ours, theirs, form = _readings(asked)
    if asked.prices and asked.provider is not None:
        raise DesignError("prices from a file and from a provider: leave out --prices or --provider")

    def events(form: str | None = None) -> pd.DataFrame:
        if asked.events is not None:
            return read_event_file(asked.events, ours | ({"time_format": [form]} if form else {}))
        if given := [option for option, name in _READ_EVENTS.items() if ours[name]]:
            raise DesignError(f"{given[0]} says how an event file is read; name it with --events")
        return case_events(str(case))

    if asked.prices:
        figures, dated = _figures(asked, theirs, form)
        found, too = _in_form(events, form)
        if form and not (dated or too):
            raise DesignError(f"neither the events nor the prices have times written as {form} (--time-format)")
        made = _of_files(figures, " and ".join(file.name for file in asked.prices), series, regressors)
    else:
        found, every_case = events(), case == ALL_CASES and asked.provider is None
        if case is None or every_case or asked.provider is not None:
            made = _of_bundle(asked, found, every_case, series or (), regressors, span)
        else:
            made = _of_case(case, series, regressors)
    figures, instruments, chosen, columns, notes, there = made
    notes = (*found.attrs.pop("notes", ()), *unknown_series(found, map(str, there)), *notes)
    return Sources(found, figures, instruments, chosen, columns, notes)


#: Prices, what their columns are, those asked for, the column of each word, notes, and what there is altogether.
_Made = tuple[Any, Any, Any, dict[str, str], Sequence[str], Iterable[Any]]


def _of_files(prices: pd.DataFrame, source: str, series: Sequence[str] | None, regressors: Sequence[str]) -> _Made:
    from eventstudy.markets.identity import identify_frame

    unread, words = prices.attrs["unread"], (*(series or ()), *regressors)
    columns = {word: column_of(word, prices, source) for word in words if word not in unread}
    if why := next((why for name, why in unread.items() if series is None or name in words), None):
        raise InputError(why)
    chosen = None if series is None else tuple(columns[word] for word in series)
    return prices, identify_frame(prices), chosen, columns, prices.attrs["read"].splitlines(), prices


def _of_case(name: str, series: Sequence[str] | None, regressors: Sequence[str]) -> _Made:
    from eventstudy.cases import case_row, case_series, load_case

    there = list(case_series(name))
    columns = {word: column_of(word, there, f"the case {name}") for word in (*(series or ()), *regressors)}
    studied = [one for one in case_row(name)["headline"] if one not in columns.values()]
    chosen = tuple(studied) if series is None else tuple(columns[word] for word in series)
    case = load_case(name, [one for one in there if one in {*chosen, *columns.values()}])
    return case.prices, case.instruments, chosen, columns, (), there


def _of_bundle(
    asked: Asked,
    events: pd.DataFrame,
    every_case: bool,
    series: Sequence[str],
    regressors: Sequence[str],
    span: Window,
) -> _Made:
    """Take the bundled series of each instrument that covers the middle event, or most of all cases; fetch others."""
    from datetime import date, timedelta

    import pandas as pd

    from eventstudy.markets.bundled import join_series, series_labels
    from eventstudy.markets.instrument import find_instrument

    if not series:
        none = "the events of all cases have no series of their own; name some with" if every_case else None
        none = none or "no prices: name a file with --prices, or instruments with"
        raise DesignError(f"{none} --series ruble,brent")
    columns = {word: find_instrument(word).name for word in (*series, *regressors)}
    wanted = list(dict.fromkeys(columns.values()))
    days = sorted(date.fromisoformat(str(time)[:10]) for time in events["time"])
    here: dict[str, Any] = {}
    most: dict[str, int] = {}
    for label in series_labels().values() if asked.provider in {None, "auto"} else ():
        covered = days if every_case else [days[len(days) // 2]]
        n = sum(label.first <= day <= label.last for day in covered)
        if n > most.get(label.instrument, 0):
            here[label.instrument], most[label.instrument] = label, n
    here = {name: here[name] for name in wanted if name in here}
    notes = [f"{name}: bundled figures {label.name}, {label.first} .. {label.last}" for name, label in here.items()]
    instruments = {name: find_instrument(name) for name in here}
    frames = [join_series([label.name]) for label in here.values()]
    if elsewhere := [name for name in wanted if name not in here]:
        sessions = max(0, _PLACEBO_SESSIONS - span.first), max(0, span.last)
        before, after = (timedelta(days=int(_DAYS_A_SESSION * n) + _SPARE_DAYS) for n in sessions)
        fetched = asked.fetch(elsewhere, days[0] - before, days[-1] + after, provider=asked.provider or "auto")
        frames.append(fetched.prices)
        instruments |= fetched.instruments
        notes += fetched.notes
    prices = pd.concat(frames, axis=1, sort=True)[wanted]
    return prices, instruments, tuple(dict.fromkeys(columns[word] for word in series)), columns, notes, prices


def _readings(asked: Asked) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    """Return how the events are read, how the prices are, and the form of times that either may have."""
    from eventstudy.events.schema import COLUMNS

    events, prices = asked.events, asked.prices or []
    said, own = _by_file(vars(asked), prices)
    ours = {name: said.get(name) for name in _READ_EVENTS.values()}
    theirs = {name: said.get(name) for name in ("decimal", "column")}
    if not prices:
        if given := [name for name, value in theirs.items() if value]:
            raise DesignError(f"--{given[0]} says how a price file is read; name it with --prices")
        return ours, {}, None
    theirs |= {"files": own, "time_zone": said.get("time_zone")}
    pairs = pairs_of(ours["columns"], "--map")
    parts = {part: column for part, column in pairs.items() if events is None or part not in COLUMNS}
    if events is not None and (foreign := [part for part in parts if part not in _PRICE_PARTS]):
        raise DesignError(
            f"--map {foreign[0]}={parts[foreign[0]]}: '{foreign[0]}' is no column of the event schema and no part of a "
            f"price file ({', '.join(_PRICE_PARTS)}); {did_you_mean(foreign[0], [*COLUMNS, *_PRICE_PARTS])}"
        )
    theirs["map"] = parts
    ours["columns"] = [f"{part}={column}" for part, column in pairs.items() if part not in parts]
    forms = ours["time_format"] or []
    dated = [form for form in forms if form.startswith(("date=", "prices="))]
    bare = [form for form in forms if form.startswith("%") or form in {"dmy", "mdy", "ymd"}]
    if twice := next((found for found in (dated, bare) if len(found) > 1), None):
        raise DesignError(f"--time-format {twice[0]} and {twice[1]}: write events=CODES and prices=CODES, each once")
    ours["time_format"] = [form for form in forms if form not in {*dated, *bare}] or None
    theirs["time_format"] = dated[0].partition("=")[2] if dated else None
    sheet = said.get("sheet") or ""
    sheets = pairs_of(sheet.split(","), "--sheet") if "=" in sheet else {}
    ours["sheet"], theirs["sheet"] = sheets.get("events"), sheets.get("prices")
    if sheet and not sheets:  # of the workbooks among them, else of the prices
        of_events = bool(events) and events.suffix.lower().startswith(".xls")
        of_prices = any(path.suffix.lower().startswith(".xls") for path in prices)
        ours["sheet"], theirs["sheet"] = sheet if of_events else None, sheet if of_prices or not of_events else None
    if bare and events is None:
        theirs["time_format"] = bare[0]
    elif bare and dated:
        ours["time_format"] = bare
    else:
        return ours, theirs, bare[0] if bare else None
    return ours, theirs, None


def _by_file(said: Mapping[str, Any], prices: Sequence[Path]) -> tuple[dict[str, Any], dict[Path, dict[str, Any]]]:
    """Part what is said of one price file, ``gazp.csv:date=Day``, from what is said of all."""
    said, own = dict(said), {file: dict[str, Any]() for file in prices}
    for name in (*_OF_A_FILE, "columns"):
        key = "map" if name == "columns" else name
        option, rest = f"--{key.replace('_', '-')}", list(said.get(name) or ())
        for file in prices:
            begins = f"{file}:", f"{file.name}:"
            mine = [word for word in rest if word.startswith(begins)]
            words = [word.removeprefix(begins[0]).removeprefix(begins[1]) for word in mine]
            if len(words) > 1 and key not in {"map", "column"}:
                raise DesignError(f"{option} says twice how {file.name} is read; leave one of them out")
            if words:
                own[file][key] = pairs_of(words, option) if key == "map" else words if key == "column" else words[0]
        rest = [word for word in rest if not any(word.startswith((f"{file}:", f"{file.name}:")) for file in prices)]
        if len(rest) > 1 and key in {"decimal", "sheet"}:
            raise DesignError(f"{option} is given twice; leave one of them out")
        said[name] = (rest or [None])[0] if key in {"decimal", "sheet"} else rest or None
    return said, own


def _in_form(read: Callable[[str | None], pd.DataFrame], form: str | None) -> tuple[pd.DataFrame, bool]:
    """Return a table read with its times in a form, or without where they are not written so, and whether they are."""
    try:
        return read(form), form is not None
    except InputError as error:
        if form is None or "(--time-format)" not in str(error):
            raise
        return read(None), False


def _figures(asked: Asked, reading: Mapping[str, Any], form: str | None) -> tuple[pd.DataFrame, bool]:
    """Return the figures of all price files by session, and whether any has its times in the form."""
    import pandas as pd

    from eventstudy.markets.prices import read_prices

    kind = vars(asked).get("data_kind", "prices")
    how = {**reading, "figures": "bars" if kind.startswith("bars") else kind, "lenient": True, "check": False}
    files = how.pop("files")

    def one(file: Path, form: str | None) -> pd.DataFrame:
        own = files[file] | {"map": how["map"] | files[file].get("map", {})}
        return read_prices(file, **how | {"time_format": how["time_format"] or form} | own)

    read = [_in_form(partial(one, file), None if "time_format" in files[file] else form) for file in asked.prices]
    tables, dated = [table for table, _ in read], any(obeyed for _, obeyed in read)
    if len(tables) == 1:
        return tables[0], dated
    names = [str(name) for table in tables for name in (*table, *table.attrs["unread"])]
    sources = [str(table.attrs["source"]) for table in tables]
    if twice := next((name for name in names if names.count(name) > 1), None):
        having = (of for of, table in zip(sources, tables, strict=True) if twice in (*table, *table.attrs["unread"]))
        raise InputError(
            f"two price files have a series '{twice}' ({' and '.join(having)}); give each its own name, in the heading"
        )
    joined = pd.concat(tables, axis=1, sort=True)
    for key in ("layout", "unread"):
        joined.attrs[key] = {name: value for table in tables for name, value in table.attrs[key].items()}
    joined.attrs["read"] = "\n".join(table.attrs["read"] for table in tables)
    joined.attrs["source"] = " and ".join(dict.fromkeys(sources))
    return joined, dated


def read_event_file(path: Path | str, said: Mapping[str, Any]) -> pd.DataFrame:
    """Read an event file as `columns`, `values`, `time_format` and `sheet` say; a terminal is not read as stdin."""
    from eventstudy.events.schema import read_events

    if str(path) == "-" and sys.stdin.isatty():
        raise DesignError("- reads events from a pipe, and there is none; name a file")
    forms: dict[str, str] = {}
    for word in said.get("time_format") or ():
        column, equals, form = word.partition("=")
        of, form = (column, form) if equals and "%" not in column else ("time", word)
        of = "time" if of == "events" else of
        if of not in {"time", "published_at"}:
            raise DesignError(
                f"--time-format {word}: '{of}' is no column of times of an event file; write time=CODES or "
                "published_at=CODES, or prices=CODES for a price file beside it"
            )
        if of in forms:
            raise DesignError(f"--time-format says twice how {of} is written")
        forms[of] = form
    pairs = {name: pairs_of(said.get(name), word) for name, word in (("columns", "--map"), ("values", "--set"))}
    return read_events(path, sheet=said.get("sheet"), time_format=forms, **pairs)


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


def column_of(word: str, prices: Iterable[Any], source: str) -> str:
    """Return the column meant by a name or an alias."""
    from eventstudy.markets.identity import same_column
    from eventstudy.markets.instrument import entry_of, instrument_names

    columns = list(map(str, prices))
    meant = [word] if word in columns else [name for name in columns if same_column(name, word)]
    if len(meant) > 1:
        raise DesignError(f"{source}: '{word}' is {' and '.join(meant)}; name one of them")
    if meant:
        return meant[0]
    entry = entry_of(word)
    if entry is None:
        near = did_you_mean(word, [*columns, *instrument_names()])
        raise UnknownNameError(f"{source} has no series '{word}'; {near}")
    raise DataMissingError(f"{source} has no figures for '{entry.name}'; it has: {', '.join(columns)}")


def labels_unused(events: pd.DataFrame) -> list[str]:
    """Say of events without a stance which column looks like labels that means could be taken by."""
    from eventstudy.events.schema import DEFAULTS

    if events["stance"].ne("").any():
        return []
    for name in events.columns.difference([*DEFAULTS, "id"], sort=False):
        labels = [label for label in map(str, events[name].dropna().unique()) if label]
        are_words = all(len(label) <= _LONGEST_LABEL and label[0].isalpha() for label in labels)
        if are_words and 1 < len(labels) <= min(_MOST_LABELS, len(events) // 2):
            option = f"--group-by {shlex.quote(str(name))}"
            return [f"the events have no stance; {option} takes means by its labels {', '.join(labels)}"]
    return []


#: A column of more words, or of longer ones, is hardly one of labels.
_MOST_LABELS, _LONGEST_LABEL = 6, 24
