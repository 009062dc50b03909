"""`eventstudy demo`, `run`, `match` and `sample`: a study from options, and the whole job on a bundled case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from eventstudy.cli.app import DESIGN_FILE, SHARED, command
from eventstudy.cli.asked import Asked
from eventstudy.cli.output import TextTable, folded_lines, on_terminal, put, say, show, sparkline, write
from eventstudy.cli.views import ends_table, short_quantity, table_of
from eventstudy.errors import DesignError, NetworkError, NothingUsableError, require_known
from eventstudy.options import OUTPUT, Option
from eventstudy.wording import probability

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from eventstudy.study import StudyResult
    from eventstudy.tasks import Progress

#: The bundled case that `demo` shows, and the window.
_CASE, _WINDOW = "raise-or-fold-2022", "0:0"

#: What `--format csv` and `parquet` write for each kind of row.
_FRAMES = {"stance": "average", "event": "car", "test": "tests", "tau": "aar"}

#: From so many columns on a table has room for more than the answer; a path has at least so many sessions, and so many
#: bars at most.
_WIDE, _SHORTEST, _LONGEST = 100, 3, 16

#: Sentences that are said before the tables, at most.
_SENTENCES = 7


@command(
    "case",
    Option("out", "--out DIR", "path", Path("eventstudy-demo"), "Where charts and tables go.", OUTPUT),
    "quiet",
)
def demo(asked: Asked) -> None:
    """Show the whole job on bundled data: match, measure, compare raises with folds, say it, draw it.

    Example: eventstudy demo --out my-demo
    """
    from eventstudy.cases import case_row, load_case
    from eventstudy.reading import read_record
    from eventstudy.report import sentence
    from eventstudy.study import EventStudy

    of = load_case(asked.case or _CASE, case_row(asked.case or _CASE)["headline"])
    # Moscow's shares where they are among the headline markets, else the first market, and the one beside it.
    first = "imoex" if "imoex" in of.headline else of.headline[0]
    second = next(name for name in of.headline if name != first)
    with asked.bar("Studying") as progress:
        study = EventStudy(of.events, of.prices, instruments=of.instruments, series=of.headline)
        result = study.fit(progress=progress)
        answers = {(a.series, a.stance): a for a in result.answers if a.window == _WINDOW and a.n}
        shown = dict.fromkeys((of.focus[-1], of.spotlight))
        told = [sentence(result, event, first, _WINDOW) for event in shown]
        told += [answer.sentence for (series, _), answer in answers.items() if series == first and answer.is_contrast]
        readings = read_record(shown)
        told += [readings[event].sentence for event in shown if event in readings]
    labels = [*(result.contrast or ("*",)), *([str(result.design.contrast)] if result.contrast else [])]
    rows = []
    for series in result.series:
        row = {"series": series}
        for k, answer in enumerate(answers.get((series, label)) for label in labels):
            if answer is not None:
                row[f"caar {k}"] = short_quantity(answer.caar, answer.unit)
                days = float("nan") if answer.is_contrast else answer.days
                row[f"p {k}"] = probability(answer.p_value, days)
        rows.append(row)
    columns = [column for k, label in enumerate(labels) for column in ((label, f"caar {k}", "n"), ("p", f"p {k}", "n"))]
    write(f"{of.title}\n\n")
    say(told)
    show(table_of(rows, "demo", columns, window=_WINDOW))
    with asked.bar("Drawing and writing") as progress:
        paths = write_everything(result, asked.out, (first, second), progress)
    write(f"Charts, tables and a page to send on ({len(paths)} files): {asked.out}/\nNext:\n"
          f"  eventstudy run --case {of.name} --series {first}\n"
          f"  eventstudy ask {second} --case {of.name} --after raise\n"
          "  eventstudy sample\n")  # fmt: skip
    n = len(result.warnings)
    asked.warn([f"{n} warnings about these data stand in {asked.out}/study.json"] if n else [])


def write_everything(result: StudyResult, folder: Path, series: Sequence[str], progress: Progress) -> list[Path]:
    """Write the result folder, the charts of some series and the report; return charts, envelope and page."""
    from eventstudy import charts
    from eventstudy.files import write_files
    from eventstudy.report import to_html, write_report
    from eventstudy.study.folder import folder_files
    from eventstudy.tasks import steps

    drawn = []
    for name, kind in steps([("", ""), *((name, kind) for name in series for kind in ("timeline", "car"))], progress):
        if not kind:
            page = to_html(write_report(result, window=_WINDOW, charts=("heatmap", "multiples")))
            written = write_files(folder, {**folder_files(result), "report.html": page.encode()})
            continue
        drawn.append(folder / "charts" / f"{kind}-{name}.png")
        charts.save(charts.KINDS[kind].draw(result, series=name), drawn[-1])
    return [*drawn, written[0], written[-1]]


@command(
    Option("name", "[NAME]", "text", None, "One of them, or all; without a name they are listed.",
           offered="cli.run:sample_files"),
    Option("out", "--out DIR", "path", Path(), "Where to; default here.", OUTPUT),
)  # fmt: skip
def sample(asked: Asked) -> None:
    """Write the sample files with which the documentation works.

    Example: eventstudy sample fed-decisions --out my-folder
    """
    from eventstudy.files import write_files

    files = sample_files()
    if asked.name is None:
        write("".join(f"{name:<16}{file.name}\n" for name, file in files.items() if name != "all"))
        write("Write one, or all, with: eventstudy sample NAME --out DIR\n")
        return
    wanted = [files[require_known(asked.name, files, "sample")]]
    wanted = [file for file in files.values() if file.is_file()] if asked.name == "all" else wanted
    written = write_files(asked.out, {file.name: file.read_bytes() for file in wanted})
    write("".join(f"{path}\n" for path in written))


def sample_files() -> dict[str, Path]:
    """Return the sample files by their short names, the first two words of the file's; ``all`` is their folder."""
    import re
    from importlib.resources import files

    folder = Path(str(files("eventstudy.datasets"))) / "samples"
    found = (path for path in sorted(folder.iterdir()) if path.is_file())
    return {"-".join(re.split(r"[ _-]", path.stem.lower())[:2]): path for path in found} | {"all": folder}


@command(
    DESIGN_FILE,
    "SOURCES data_kind time_zone DESIGN",
    SHARED["tests"]._replace(help="Tests by id, default, all or none; prints them too."),
    Option("executor", "--executor WHO", "text", None,
           "Who estimates the series: threads, processes or dask://HOST:PORT. Changes no number.",
           offered=("threads", "processes", "dask://")),
    Option("budget", "--budget MIB", "whole", 1024,
           "Memory for each table of pairs; a larger one is left out, and only --out writes it.", least=0),
    Option("by", "--by ROW", "text", "stance", "What a row of the answer is: stance, event, test or tau.", OUTPUT,
           allowed=tuple(_FRAMES), first=True),
    Option("aar", "--aar", "yes", False, "The field's table: tau, AAR, t, CAAR, t.", OUTPUT, first=True),
    "how out",
    Option("show_design", "--show-design", "yes", False, "Write the design as TOML and run nothing.", OUTPUT),
    Option("show_input", "--show-input", "yes", False, "Show how the files were understood, and stop.", OUTPUT),
    "detail quiet",
)  # fmt: skip
def run(asked: Asked) -> None:
    """Run an event study and say what each market did, by stance or event by event.

    Example: eventstudy run --case raise-or-fold-2022 --series ruble --window 0:0
    """
    from eventstudy.study.envelope import envelope

    if asked.data_kind != "prices":
        if not asked.prices:
            raise DesignError(f"--data-kind {asked.data_kind} says what a file holds; name it with --prices FILE")
        if asked.show_design:
            raise DesignError(f"a design file knows prices alone; leave out --data-kind {asked.data_kind}")
    if asked.aar and asked.by not in {"stance", "tau"}:
        raise DesignError(f"--aar is a table by session of event time; leave out --by {asked.by}")
    if asked.show_design:
        write(_design_text(asked))
        return
    study = asked.study()
    if asked.show_input:
        told = ["time", "time_zone", "stance", "series", "headline"]
        told = ["id", *(name for name in told if study.events[name].ne("").any())]
        show(ends_table(study.events[told], "Events, as understood"))
        show(ends_table(study.given.figures.reset_index(), "Figures, as understood"))
        return
    with _executor(asked.executor) as executor, asked.bar("Estimates and placebos") as progress:
        result = study.fit(executor=executor, progress=progress, budget=asked.budget * 2**20)
    if asked.out is not None:
        from eventstudy.files import write_files
        from eventstudy.study.folder import folder_files

        write_files(asked.out, folder_files(result))
    by = "tau" if asked.aar else asked.by
    sentences = (answer.sentence for answer in _headline(result)) if by == "stance" else ()
    frame = getattr(result, _FRAMES[by]) if asked.how in {"csv", "parquet"} else None
    put(asked.how, frame, _tables(result, by, asked), lambda: envelope(result), sentences)
    asked.warn(result.warnings, None if asked.detail else 3)
    if not any(answer.n for answer in result.answers):
        raise NothingUsableError("no market event stands in a mean over any window; --by event says why of each")


_MOVED = "is now a command of its own:"
run.moved = {  # type: ignore[attr-defined]
    "--method": f"run --method {_MOVED} eventstudy regress dummies|projections|factor|quantiles|diagnostics",
    **dict.fromkeys(("--grid", "--vary", "--grid-file"), f"run --grid {_MOVED} eventstudy grid, with the same options"),
}


def _design_text(asked: Asked) -> str:
    """Return a study as the text of a design file."""
    from eventstudy.study.design import design_to_toml, make_design

    files: list[Any] = asked.prices or [None]
    if len(files) > 1:
        raise DesignError("a design file names one price file; put the markets into one table for --show-design")
    chosen = asked.choices()
    chosen["returns"] = chosen.pop("returns_kind")
    told = asked.told()
    for said in told.values():
        if "orientation" in said:
            said["orientation"] = int(said["orientation"])
    data = {"case": asked.case, "events": asked.events, "prices": files[0], "provider": asked.provider}
    named = {name: str(value) for name, value in data.items() if value}
    return design_to_toml(make_design(series=asked.series, **chosen), named, told)


@contextmanager
def _executor(who: str | None) -> Iterator[Executor | None]:
    """Yield the executor that a word means, and shut it down; None for none."""
    if who is None:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
    from multiprocessing import get_context

    if who.startswith("dask://"):
        address = who.removeprefix("dask://")
        try:
            from distributed import Client

            client: Any = Client(f"tcp://{address}", timeout="10s", set_as_default=False)
        except ModuleNotFoundError:
            raise DesignError('a Dask cluster needs dask: pip install "raise-or-fold[dask]"') from None
        except (OSError, ValueError) as error:
            raise NetworkError(f"no Dask scheduler at {address}: {str(error).splitlines()[0]}") from None
        with client:
            yield client.get_executor()
    elif require_known(who, ("threads", "processes", "dask://HOST:PORT"), "executor") == "threads":
        with ThreadPoolExecutor() as threads:
            yield threads
    else:  # spawned, for the progress bar has a thread of its own, and a process with threads is not safely forked
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
            yield processes


def _headline(result: StudyResult) -> list[Any]:
    """Return the answers said first: of the first window, the two rows of the contrast and it, else all events.

    What is said of a market is said whole: as many markets as fit, else the pool.
    """
    first = str(result.design.windows[0])
    wanted = (*result.contrast, result.design.contrast) if result.contrast else result.groups
    series = result.series if len(result.series) <= _SENTENCES else ("*",)
    here = [answer for answer in result.answers if answer.window == first and answer.series in series]
    found = [answer for answer in here if answer.n and answer.stance in wanted]
    found = found or [answer for answer in here if answer.stance == "*"]
    ends = [k for k in range(1, len(found) + 1) if k == len(found) or found[k].series != found[k - 1].series]
    return found[: max([k for k in ends if k <= _SENTENCES], default=_SENTENCES)]


def _tables(result: StudyResult, by: str, asked: Asked) -> Iterator[TextTable]:
    """Yield the tables for a reader."""
    from eventstudy.inference import TESTS

    windows = [str(window) for window in result.design.windows]
    units = ", ".join(dict.fromkeys(of.unit for of in result.estimates.values()))
    if by == "stance":
        shown = windows if asked.detail or asked.windows or asked.how == "latex" else windows[:1]
        yield _averages(result, shown, units, detail=asked.detail)
    elif by == "event":
        cars = {(row["window"], row["event_id"], row["series"]): row for row in result.car.to_dict("records")}
        for window in windows:
            rows = []
            for event in dict.fromkeys(result.car["event_id"]):
                for series in result.series:
                    row = cars.get((window, event, series), {"event_id": event, "series": series, "move": "not used"})
                    aside = "*" if str(row.get("note")).startswith(_ASIDE) else ""
                    session = f"{row['session']:%d %b}{aside}" if "session" in row else "-"
                    rows.append({**row, "session": session})
            yield table_of(rows, "event", window=window, units=units)
    elif by == "tau":
        yield table_of(result.aar, "tau", span=result.design.span)
    if (asked.tests is not None or by == "test") and len(result.tests):
        tests = {name: test for name, test in TESTS.items() if name in result.design.tests}
        notes = [f"{name}: {of.null}. For {of.good_for}." for name, of in tests.items()]
        yield table_of(result.tests, "test", notes=notes)


#: How the note of a CAR begins that is in no mean.
_ASIDE = ("late", "closure", "contaminated", "overlap", "no scale")


def _averages(result: StudyResult, windows: Sequence[str], units: str, *, detail: bool) -> TextTable:
    """Show the answers by series, stance and window; in detail all their figures, with room for them the mean paths."""
    found = [answer for answer in result.answers if answer.window in windows]
    rows = [vars(answer) | {"aside": answer.n_set_aside or None, "n_days": answer.days} for answer in found]
    blank = ("n_days", "rose", "base_rate", *(("worst", "best") if detail else ("move",)))
    for row in rows:
        row.update(dict.fromkeys(blank) if row["is_contrast"] else {})
    if not detail:
        wide = get_terminal_size().columns >= _WIDE
        others = [str(window) for window in result.design.windows if str(window) not in windows]
        notes = ["rose: share of rises; base: the same on days without news."] * wide
        notes += [f"--detail: also {', '.join(others)}; median, rises, worst, best, set aside." if others else
                  "--detail: median, rises, base rate, worst, best, and how many are set aside."]  # fmt: skip
        more = ("median:amount!", "rose:share", "base=base_rate:share") if wide else ()
        without = "stance" if all(answer.stance == "*" for answer in found) else ""  # events without labels
        return table_of(rows, "stance", more, notes, without=without, units=units)
    table = table_of(rows, "detail", units=units)
    span = result.design.span
    if not on_terminal(table) or len(span.taus) < _SHORTEST:
        return table
    for (series, stance), path in result.aar.groupby(["series", "stance"], sort=False):
        of_series = result.aar.loc[result.aar["series"] == series, "caar"]  # one scale a series
        for row in [row for row in rows if (row["series"], row["stance"]) == (series, stance)][:1]:
            row["path"] = sparkline(path["caar"].tolist(), of_series.min(), of_series.max(), _LONGEST)
    note = f"path: CAAR over {span}; a scale a series; events whose whole span counts (run --by tau)."
    with_paths = table_of(rows, "detail", ["path:n"], [note], units=units)
    return with_paths if on_terminal(with_paths) else table


@command(
    "SOURCES",
    SHARED["windows"],
    "anchor overlap include_proposed as_of adjust_splits how",
    Option("why", "--why EVENT", "text", None, "Tell the story of one event.", OUTPUT, first=True),
    "quiet",
)
def match(asked: Asked) -> None:
    """Show which session each event meets in each market, and why.

    Example: eventstudy match --case crimea-2014 --series ruble
    """
    from eventstudy.markets.quality import data_warnings, without_splits
    from eventstudy.matching import match as match_events
    from eventstudy.study.design import DEFAULT_WINDOWS, make_design
    from eventstudy.study.given import Given, known_at
    from eventstudy.study.study import unknown_hours

    span = make_design(windows=asked.windows or DEFAULT_WINDOWS, as_of=asked.as_of).span
    sources = asked.read(span=span)
    wanted = sources.series or tuple(map(str, sources.prices))
    given = Given("prices", sources.prices[list(wanted)], sources.instruments)
    known, given = known_at(sources.events, given, asked.as_of)
    adjusted: tuple[str, ...] = ()
    if asked.adjust_splits:
        figures, adjusted = without_splits(given.figures, given.histories(None))
        given = replace(given, figures=figures)
    histories = given.histories(None)
    found = match_events(known, histories, span, **asked.given("anchor", "overlap", "include_proposed"))
    table = found.table
    sessions = {name: rows["session"].dropna().unique() for name, rows in table.groupby("series")}
    checked = [
        line
        for name, history in histories.items()
        for line in (*history.notes, *data_warnings(history, sessions[name], 1 - span.first, span.last))
    ]
    asked.notes += [*adjusted, *checked, *unknown_hours(found)]
    if asked.why is not None:
        from eventstudy.report.story import story

        write(folded_lines(story(found, histories, known, asked.why)))
        return
    marks = table["moved"].map({"next": ">", "closed": "»"}).fillna(" ")
    closed = (table["status"] == "set-aside") | table["reason"].str.contains("closure:")
    cells = (table["session"].dt.strftime("%d %b") + marks + closed.map({True: "*", False: ""})).str.rstrip()
    shown = table.assign(cell=cells.where(table["status"] != "excluded", "-"), series="@" + table["series"])
    rows = []
    for event, of in shown.groupby("event_id", sort=False):
        clock = of["published_at"].iloc[0]
        row = dict(zip(of["series"], of["cell"], strict=True)) | {"event_id": event, "stance": of["stance"].iloc[0]}
        rows.append(row | {"UTC": f"{clock:%d %b %H:%M}" if clock == clock else ""})  # noqa: PLR0124  # NaT
    asked.put(table, table_of(rows, "match", [(name, f"@{name}", "text") for name in dict.fromkeys(table["series"])]))
    if not any(of.there.any() for of in found.series.values()):
        raise NothingUsableError(f"no event can be used: {next(iter(found.counts()))}")
