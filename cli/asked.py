"""What a command was asked: its options as one value, and the events, prices and instruments that they name."""

from __future__ import annotations

import csv
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from shutil import get_terminal_size
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import normalize

from eventstudy import events as event_files
from eventstudy import markets, study
from eventstudy.cli.output import folded, say, shortened, show, write
from eventstudy.errors import DataMissingError, DesignError, InputError, UnknownNameError, did_you_mean, shown
from eventstudy.files import write_files
from eventstudy.options import DESIGN
from eventstudy.window import Window
from eventstudy.wording import Table, counted

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.study import EventStudy, StudyResult


#: The name under which the events of all bundled cases are asked for at once.
ALL_CASES = "all"

#: Calendar days that surely hold a number of sessions: weekends, holidays, and a fortnight of closure.
_DAYS_A_SESSION, _SPARE_DAYS = 1.6, 21

#: Sessions before the first estimation window that a placebo wants: days without news to be held against.
_PLACEBO_SESSIONS = 250

#: What --map, --set, --time-format and --sheet are called, of an event file.
_READ_EVENTS = {"--map": "columns", "--set": "values", "--time-format": "time_format", "--sheet": "sheet"}

#: A column of more words, or of longer ones, is hardly one of labels.
_MOST_LABELS, _LONGEST_LABEL = 6, 24


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
    """

    events: pd.DataFrame
    prices: pd.DataFrame
    instruments: Mapping[str, markets.Instrument]
    series: tuple[str, ...] | None
    columns: Mapping[str, str]

    @property
    def what(self) -> dict[str, Any]:
        """What `EventStudy` and its like take beside events and prices."""
        return {"instruments": self.instruments, "series": self.series}

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

    def said(self) -> dict[str, dict[str, Any]]:
        """Return what the options say of columns, as `eventstudy.markets.identity.identify` takes it."""
        of = vars(self)
        words = {name.rstrip("_"): of.get(name) or () for name in ("as_", "exchange", "close", "orientation")}
        said = markets.instrument_words(words, of.get("instrument") or ())
        for name, shut in (markets.read_closures(of["closures"]) if of.get("closures") else {}).items():
            said[name] = {**said.get(name, {}), **shut}
        return said

    def choices(self, **usual: Any) -> dict[str, Any]:
        """Return what `EventStudy` takes; `usual` stands in for windows or tests that nobody named."""
        unnamed = {name for name in ("windows", "lags", "leads", "tests") if vars(self).get(name) is None}
        asked = {name: value for name, value in vars(self).items() if name in DESIGN.keys() - {"series"} - unnamed}
        asked["returns_kind"] = asked.pop("returns", None)
        waiting = vars(self).get("waiting", {})  # of a design file, what the command has no option for
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
        from eventstudy.matching import unknown_series

        case, series = case or self.case, series or self.series
        if case is None and self.events is None:
            raise DesignError("no events: name a bundled case with --case, or a file with --events")
        ours, theirs = _readings(self)
        if self.prices and self.provider is not None:
            raise DesignError("prices from a file and from a provider: leave out --prices or --provider")
        if self.prices:
            made, events = _of_files(self, theirs, series, regressors), _events(self, case, ours)
        else:
            events, every_case = _events(self, case, ours), case == ALL_CASES and self.provider is None
            if case is None or every_case or self.provider is not None:
                made = _of_bundle(self, events, every_case, series or (), regressors, span)
            else:
                from eventstudy.cases import case_row, case_series, load_case

                listed = list(case_series(case))
                columns = {word: column_of(word, listed, f"the case {case}") for word in (*(series or ()), *regressors)}
                headline = [one for one in case_row(case)["headline"] if one not in columns.values()]
                chosen = tuple(headline) if series is None else tuple(columns[word] for word in series)
                own = load_case(case, [one for one in listed if one in {*chosen, *columns.values()}])
                made = own.prices, own.instruments, chosen, columns, (), listed
        prices, instruments, chosen, columns, notes, there = made
        self.notes += [*events.attrs.pop("notes", ()), *unknown_series(events, map(str, there)), *notes]
        if said := self.said():
            instruments = markets.update_instruments(instruments, said)
        if self.prices and "as_" in vars(self):
            studied = {*(chosen or map(str, prices)), *columns.values()}
            taken: dict[str, list[str]] = {}
            for name in (name for name in instruments if name in studied):
                taken.setdefault(markets.said_of(instruments[name]), []).append(name)
            self.notes += [f"{', '.join(names)}: {what}" for what, names in taken.items()]
        return Sources(events, prices, instruments, chosen, columns)

    def study(self, **usual: Any) -> EventStudy:
        """Read the data, and return the study on them that the choices mean."""
        if (path := vars(self).get("design")) is not None and path.is_dir():
            raise DesignError(f"'{path}' is a folder; this command takes a design file, such as {path}/design.toml")
        chosen = self.choices(**usual)
        # A wrong choice is said before any file is read.
        named = {"returns" if name == "returns_kind" else name: value for name, value in chosen.items()}
        design = study.make_design(**named)
        sources = self.read(regressors=design.model.regressors, span=Window(design.estimation.first, design.span.last))
        if (label := chosen["group_by"]) not in sources.events:
            for ours, _, theirs in (pair.partition("=") for pair in vars(self).get("columns") or ()):
                if theirs == label:
                    why = f"column '{label}' is read as {ours} (--map {ours}={label}); write --group-by {ours}"
                    raise UnknownNameError(why)
        elif label == "stance" and not sources.events["stance"].ne("").any():  # does a column look like labels?
            for name in sources.events.columns.difference([*event_files.DEFAULTS, "id"], sort=False):
                labels = [label for label in map(str, sources.events[name].dropna().unique()) if label]
                are_words = all(len(label) <= _LONGEST_LABEL and label[0].isalpha() for label in labels)
                if are_words and 1 < len(labels) <= min(_MOST_LABELS, len(sources.events) // 2):
                    option = f"--group-by {shlex.quote(str(name))} takes means by its labels {', '.join(labels)}"
                    self.notes.append(f"the events have no stance; {option}")
                    break
        market, factors = self.market, self.factors
        chosen |= {"market": sources.columns.get(market, market), "factors": factors and sources.named(factors)}
        kind = vars(self).get("data_kind", "prices")
        name = kind if kind in {"returns", "volumes"} else "prices"
        chosen |= {name: sources.prices, "bars": kind.partition("-")[2] or None}
        return study.EventStudy(sources.events, **sources.what, **chosen)

    def fit(self, **usual: Any) -> StudyResult:
        """Run the study of the options, with a bar where somebody watches."""
        study = self.study(**usual)
        with self.bar("Estimates and placebos") as progress:
            return study.fit(progress=progress)

    def result(self) -> StudyResult:
        """Return the study of a result folder, or run the one that the options and a design file describe."""
        if self.design is not None and self.design.is_dir():
            return study.read_folder(self.design)
        return self.fit()

    def fetch(self, names: Sequence[str], first: str | date, last: str | date, **how: Any) -> markets.Fetched:
        """Fetch prices, from the cache where they are; on a terminal a bar shows how far."""
        if self.refresh and self.offline:
            raise DesignError("--refresh fetches anew and --offline forbids it; leave one of them out")
        how |= self.given("refresh", "offline")
        with self.bar("Fetching prices", len(names)) as progress:
            return markets.fetch_prices(names, first, last, progress=progress, **how)

    @contextmanager
    def bar(self, what: str, total: int | None = None) -> Iterator[Callable[..., None]]:
        """Show a progress bar on stderr while the block runs, where somebody watches; yield what moves it.

        It takes how many of how many were done, or what was done next; nothing for a pulse, which alone needs a thread.
        """
        if self.quiet or not sys.stderr.isatty():
            yield lambda *_: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        counts = TextColumn("{task.completed:g}/{task.total:g}") if total else TextColumn("")
        how: dict[str, Any] = {"console": Console(stderr=True), "transient": True, "auto_refresh": total is None}
        with Progress(*columns, counts, **how) as drawn:
            task = drawn.add_task(what, total=total)

            def move(*done: Any) -> None:
                of = {"completed": done[0], "total": done[1]} if done[1:] else {"advance": 1}
                drawn.update(task, refresh=True, **of)

            yield move

    def warn(self, lines: Iterable[str], most: int | None = None, rest: str = "--detail") -> None:
        """Write lines to stderr, unless they are not wanted; of more than `most` the first, and where the rest are.

        On a terminal they are folded to it; elsewhere each is one line, as a script wants it.
        """
        said = [] if vars(self).get("quiet", False) else list(map(shown, lines))
        for line in said[:most]:
            text = f"! {line if most is None else shortened(line, rest)}"
            sys.stderr.write(f"{folded(text, get_terminal_size().columns - 1) if sys.stderr.isatty() else text}\n")
        if most is not None and (n := len(said) - most) > 0:
            sys.stderr.write(f"! and {counted(n, 'more warning')}; {rest}\n")

    def write_folder(self, contents: Callable[[], Mapping[str, Any]]) -> None:
        """Write the files of a result below --out, where it is given, and say on stderr how many."""
        if self.out is not None:
            n = len(write_files(self.out, contents()))
            sys.stderr.write("" if self.quiet else f"wrote {shown(str(self.out))}: {counted(n, 'file')}\n")

    def put(
        self,
        frame: Any,
        tables: Table | Iterable[Table],
        values: Callable[[], Any] | None = None,
        sentences: Iterable[str] = (),
    ) -> None:
        """Write a result to stdout in the format asked for by `--format`.

        Parameters
        ----------
        frame : DataFrame or sequence of dict
            The rows of CSV and Parquet; unused for other formats.
        tables : Table or iterable of Table
            The text or LaTeX tables; unused for other formats.
        values : callable, optional
            Returns what JSON holds; by default the rows of the frame.
        sentences : iterable of str
            The finding, written before the tables.

        Raises
        ------
        DesignError
            If Parquet would go to a terminal.
        """
        if self.how in {"table", "latex"}:
            if self.how == "table" and (finding := list(sentences)):
                say(finding)
            show(*([tables] if isinstance(tables, Table) else tables), how=self.how)
            return
        import pandas as pd

        frame = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame, dtype=object)
        if self.how == "json":
            write(study.to_json(values() if values else study.records(frame)))
        elif self.how == "csv":
            write(study.to_csv(frame))
        elif sys.stdout.isatty():
            raise DesignError("Parquet is not for a terminal; send it into a file: --format parquet > table.parquet")
        else:
            sys.stdout.buffer.write(study.to_parquet(frame))


# --- events and prices ---------------------------------------------------------------------------------------------

#: Prices, what their columns are, those asked for, the column of each word, notes, and what there is altogether.
_Made = tuple[Any, Any, Any, dict[str, str], Sequence[str], Iterable[Any]]


def _events(asked: Asked, case: str | None, reading: Mapping[str, Any]) -> pd.DataFrame:
    """Return the events of a file, or of a case."""
    from eventstudy.cases import case_events

    if asked.events is not None:
        return read_event_file(asked.events, reading)
    if given := [option for option, name in _READ_EVENTS.items() if reading[name]]:
        raise DesignError(f"{given[0]} says how an event file is read; name it with --events")
    return case_events(str(case))


def _of_files(asked: Asked, how: Mapping[str, Any], series: Sequence[str] | None, regressors: Sequence[str]) -> _Made:
    """Put the figures of all price files side by side, by session."""
    import pandas as pd

    how = {**how, "figures": vars(asked).get("data_kind", "prices").partition("-")[0]}
    try:
        tables = [markets.read_prices(file, lenient=True, check=False, **how) for file in dict.fromkeys(asked.prices)]
    except InputError as error:
        both = "name both with --sheet events=NAME,prices=NAME"
        is_book = asked.events is not None and asked.events.suffix.lower().startswith(".xls")
        named = str(error).replace("name one with --sheet", both if is_book else "name one with --sheet")
        said, given, forms = named.partition("give --time-format ")
        of = "prices=" if given and asked.events else ""
        raise InputError(f"{said}{given}{of}{forms.replace(' or ', f' or {of}')}") from None
    names = [str(name) for table in tables for name in (*table, *table.attrs["unread"])]
    if twice := next((name for name in names if names.count(name) > 1), None):
        both = " and ".join(str(of.attrs["source"]) for of in tables if twice in (*of, *of.attrs["unread"]))
        raise InputError(f"two price files have a series '{twice}' ({both}); give each its own name, in the heading")
    prices, words = tables[0], (*(series or ()), *regressors)
    if len(tables) > 1:
        prices = pd.concat(tables, axis=1, sort=True)
        for key in ("layout", "unread"):
            prices.attrs[key] = {name: value for table in tables for name, value in table.attrs[key].items()}
        prices.attrs["source"] = " and ".join(dict.fromkeys(str(table.attrs["source"]) for table in tables))
    unread, source = prices.attrs["unread"], " and ".join(file.name for file in asked.prices)
    columns = {word: column_of(word, prices, source) for word in words if word not in unread}
    if why := next((why for name, why in unread.items() if series is None or name in words), None):
        raise InputError(why)
    chosen = None if series is None else tuple(columns[word] for word in series)
    notes = [line for table in tables for line in table.attrs["read"].splitlines()]
    return prices, markets.identify(prices), chosen, columns, notes, prices


def _of_bundle(
    asked: Asked, events: pd.DataFrame, every_case: bool, series: Sequence[str], regressors: Sequence[str], span: Window
) -> _Made:
    """Take the bundled series of each instrument that covers the middle event, or most of all cases; fetch others."""
    import pandas as pd

    if not series:
        none = "the events of all cases have no series of their own; name some with" if every_case else None
        none = none or "no prices: name a file with --prices, or instruments with"
        raise DesignError(f"{none} --series ruble,brent")
    columns = {word: markets.find_instrument(word).name for word in (*series, *regressors)}
    wanted = list(dict.fromkeys(columns.values()))
    days = sorted(date.fromisoformat(str(time)[:10]) for time in events["time"])
    covered, most = days if every_case else [days[len(days) // 2]], dict.fromkeys(wanted, 0)
    here: dict[str, Any] = dict.fromkeys(wanted)
    for label in markets.series_labels().values() if asked.provider in {None, "auto"} else ():
        n = sum(label.first <= day <= label.last for day in covered)
        if n > most.get(label.instrument, n):
            here[label.instrument], most[label.instrument] = label, n
    here = {name: label for name, label in here.items() if label}
    notes = [f"{name}: bundled figures {label.name}, {label.first} .. {label.last}" for name, label in here.items()]
    instruments = {name: markets.find_instrument(name) for name in here}
    frames = [markets.join_series([label.name]) for label in here.values()]
    if elsewhere := [name for name in wanted if name not in here]:
        sessions = max(0, _PLACEBO_SESSIONS - span.first), max(0, span.last)
        before, after = (timedelta(days=int(_DAYS_A_SESSION * n) + _SPARE_DAYS) for n in sessions)
        fetched = asked.fetch(elsewhere, days[0] - before, days[-1] + after, provider=asked.provider or "auto")
        frames.append(fetched.prices)
        instruments |= fetched.instruments
        notes += fetched.notes
    prices = pd.concat(frames, axis=1, sort=True)[wanted]
    return prices, instruments, tuple(dict.fromkeys(columns[word] for word in series)), columns, notes, prices


def _readings(asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return how the events are read, and how the price files are."""
    of, events = vars(asked), asked.events
    columns, forms, sheet = of.get("columns"), list(of.get("time_format") or ()), of.get("sheet")
    ours = {"columns": columns, "values": of.get("values"), "time_format": forms, "sheet": sheet}
    if not asked.prices:
        if given := [name for name in ("decimal", "column") if of.get(name)]:
            raise DesignError(f"--{given[0]} says how a price file is read; name it with --prices")
        return ours, {}
    pairs = pairs_of(columns, "--map")
    parts = {part: column for part, column in pairs.items() if events is None or part not in event_files.COLUMNS}
    ours["columns"] = [f"{part}={column}" for part, column in pairs.items() if part not in parts]
    # Without a name before it a form is that of the events, and a sheet too if they are a workbook.
    theirs = [form for form in forms if form.startswith(("date=", "prices=")) or not (events or "=" in form)]
    if len(theirs) > 1:
        raise DesignError(f"--time-format {theirs[0]} and {theirs[1]}: say once how dates of prices are written")
    is_book = events is not None and events.suffix.lower().startswith(".xls")
    sheets: dict[str, Any] = {"events" if is_book else "prices": sheet}
    if sheet and "=" in sheet:
        sheets = dict(pairs_of(sheet.split(","), "--sheet"))
    ours |= {"time_format": [form for form in forms if form not in theirs], "sheet": sheets.get("events")}
    how = {"map": parts, "sheet": sheets.get("prices"), "time_format": theirs[0].rpartition("=")[2] if theirs else None}
    return ours, how | {name: of.get(name) or None for name in ("decimal", "column", "time_zone")}


def read_event_file(path: Path | str, said: Mapping[str, Any]) -> pd.DataFrame:
    """Read an event file as `columns`, `values`, `time_format` and `sheet` say; a terminal is not read as stdin."""
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
    return event_files.read_events(path, sheet=said.get("sheet"), time_format=forms, **pairs)


def write_table(path: Path, table: pd.DataFrame, *, revised: bool = False) -> None:
    """Write a table as a file, whole or not at all: CSV, or Parquet where the ending says so (see `write_files`)."""
    is_parquet = path.suffix.lower() in {".parquet", ".pq"}
    content = study.to_parquet(table) if is_parquet else study.to_csv(table).encode()
    write_files(path.parent, {path.name: content}, revised=revised)


def names(text: str | None) -> list[str] | None:
    """Split a comma-separated option, where a name with a comma stands in double quotes; None stays None."""
    if text is None:
        return None
    parts = next(csv.reader([" ".join(text.splitlines())], skipinitialspace=True), [])
    # As headings are read: an accent may be typed as a sign of its own.
    return [normalize("NFC", name.strip()) for name in parts if name.strip()]


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
    columns = list(map(str, prices))
    meant = [word] if word in columns else [name for name in columns if markets.same_column(name, word)]
    if len(meant) > 1:
        raise DesignError(f"{source}: '{word}' is {' and '.join(meant)}; name one of them")
    if meant:
        return meant[0]
    if entry := markets.entry_of(word):
        raise DataMissingError(f"{source} has no figures for '{entry.name}'; it has: {', '.join(columns)}")
    from eventstudy.models import MODELS

    mend = did_you_mean(word, columns)
    if word in {role for model in MODELS.values() for role in getattr(model, "roles", ())}:
        mend = f"name the one that is with --factors {word}=NAME"
    raise UnknownNameError(f"{source} has no series '{word}'; {mend}")
