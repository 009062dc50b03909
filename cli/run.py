"""`eventstudy demo`, `run`, `match`, `chart`, `report` and `sample`: a study, its pictures, its pages; sample files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from eventstudy import charts, markets, study
from eventstudy import report as pages
from eventstudy.cli.asked import Asked, names
from eventstudy.cli.output import declared, ends_table, say, show, table_of, write
from eventstudy.errors import DataMissingError, DesignError, InputError, NetworkError, NothingUsableError, require_known
from eventstudy.files import note_read, write_files
from eventstudy.options import DESIGN, SOURCES
from eventstudy.wording import Table, cell

if TYPE_CHECKING:
    from concurrent.futures import Executor

#: The bundled case that `demo` shows, and the window.
_CASE, _WINDOW = "raise-or-fold-2022", "0:0"

#: From so many columns on a table has room for more than the answer.
_WIDE = 100


def demo(asked: Asked) -> None:
    """Show the whole job on bundled data: match, measure, compare raises with folds, say it, draw it.

    Example: eventstudy demo --out my-demo
    """
    from eventstudy import cases, reading

    name = asked.case or _CASE
    of = cases.load_case(name, cases.case_row(name)["headline"])
    # Moscow's shares where they are among the headline markets, else the first market, and the one beside it.
    first = "imoex" if "imoex" in of.headline else of.headline[0]
    second = next(name for name in of.headline if name != first)
    with asked.bar("Studying") as progress:
        asked_about = study.EventStudy(of.events, of.prices, instruments=of.instruments, series=of.headline)
        result = asked_about.fit(progress=progress)
    answers = {(a.series, a.stance): a for a in result.answers if a.window == _WINDOW and a.n}

    with asked.bar("Reading"):
        events = dict.fromkeys((of.focus[-1], of.spotlight))
        finding = [pages.sentence(result, event, first, _WINDOW) for event in events]
        finding += [one.sentence for (series, _), one in answers.items() if series == first and one.contrast]
        readings = reading.read_record(events)
        finding += [readings[event].sentence for event in events if event in readings]
    labels = [*(result.contrast or ("*",)), *([str(result.design.contrast)] if result.contrast else [])]
    rows = [{"series": series} for series in result.series]
    for row, (k, label) in product(rows, enumerate(labels)):
        if answer := answers.get((row["series"], label)):
            p = cell(vars(answer), "p_value", "p!" if answer.contrast else "p-days!")
            row |= {f"caar {k}": cell(vars(answer), "caar", "amount!"), f"p {k}": p}
    columns = [part for k, label in enumerate(labels) for part in ((label, f"caar {k}", "n"), ("p", f"p {k}", "n"))]
    write(f"{of.title}\n\n")
    say(finding)
    show(table_of(rows, "demo", columns, window=_WINDOW))
    with asked.bar("Drawing and writing"):
        paths = write_everything(result, asked.out, (first, second))
    named = {"out": asked.out, "case": of.name, "first": first, "second": second}
    write(declared("views")["demo"]["next"].format(n=len(paths), **named))
    n = len(result.warnings)
    asked.warn([f"{n} warnings about these data stand in {asked.out}/study.json"] if n else [])


def write_everything(result: study.StudyResult, folder: Path, series: Sequence[str]) -> list[Path]:
    """Write the result folder, the report and pictures of some series; return all files written."""
    pictures = {
        f"charts/{kind}-{name}.png": charts.to_bytes(charts.KINDS[kind].draw(result, series=name), "png")
        for kind, name in product(("timeline", "car"), series)
    }
    page = pages.to_html(pages.write_report(result, window=_WINDOW, charts=("heatmap", "multiples")))
    return write_files(folder, {**study.folder_files(result), "report.html": page.encode(), **pictures})


def sample_files() -> dict[str, Path]:
    """Return the sample files by the first two words of their names, and as ``all`` their folder."""
    folder = Path(str(files("eventstudy.datasets"))) / "samples"
    there = (path for path in sorted(folder.iterdir()) if path.is_file())
    return {"-".join(re.split(r"[ _-]", path.stem.lower())[:2]): path for path in there} | {"all": folder}


def sample(asked: Asked) -> None:
    """Write the sample files with which the documentation works.

    Example: eventstudy sample fed-decisions --out my-folder
    """
    found = sample_files()
    if asked.name is None:
        write("".join(f"{name:<16}{file.name}\n" for name, file in found.items() if name != "all"))
        write("Write one, or all, with: eventstudy sample NAME --out DIR\n")
        return
    wanted = [found[require_known(asked.name, found, "sample")]]
    wanted = [file for file in found.values() if file.is_file()] if asked.name == "all" else wanted
    written = write_files(asked.out, {file.name: file.read_bytes() for file in wanted})
    write("".join(f"{path}\n" for path in written))


def run(asked: Asked) -> None:
    """Run an event study and say what each market did, by stance or event by event.

    Example: eventstudy run --case raise-or-fold-2022 --series ruble --window 0:0
    """
    if asked.data_kind != "prices":
        if not asked.prices:
            raise DesignError(f"--data-kind {asked.data_kind} says what a file holds; name it with --prices FILE")
        if asked.show_design:
            raise DesignError(f"a design file knows prices alone; leave out --data-kind {asked.data_kind}")
    if asked.aar and asked.by not in {"stance", "tau"}:
        raise DesignError(f"--aar is a table by session of event time; leave out --by {asked.by}")
    if asked.show_design:
        prices: list[Any] = asked.prices or [None]
        if len(prices) > 1:
            raise DesignError("a design file names one price file; put the markets into one table for --show-design")
        chosen, said = asked.choices(), asked.said()
        chosen["returns"] = chosen.pop("returns_kind")
        for words in said.values():
            words.update({"orientation": int(words["orientation"])} if "orientation" in words else {})
        data = {**asked.given("case", "events"), "prices": prices[0], "provider": asked.provider}
        named = {name: str(value) for name, value in data.items() if value}
        write(study.design_to_toml(study.make_design(series=asked.series, **chosen), named, said))
        return
    of = asked.study()
    if asked.show_input:
        columns = ["time", "time_zone", "stance", "series", "headline"]
        columns = ["id", *(name for name in columns if of.events[name].ne("").any())]
        show(ends_table(of.events[columns], "Events, as understood"))
        show(ends_table(of.given.figures.reset_index(), "Figures, as understood"))
        return
    with _executor(asked.executor) as executor, asked.bar("Estimates and placebos") as progress:
        result = of.fit(executor=executor, progress=progress, budget=asked.budget * 2**20)
    asked.write_folder(lambda: study.folder_files(result))
    by = "tau" if asked.aar else asked.by
    frames = {"stance": "average", "event": "car", "test": "tests", "tau": "aar"}
    frame = getattr(result, frames[by]) if asked.how in {"csv", "parquet"} else None
    finding = [answer.sentence for answer in result.finding] if by == "stance" else []
    asked.put(frame, _tables(result, by, asked), lambda: study.study_envelope(result), finding)
    asked.warn(result.warnings, None if asked.detail else 3)
    if not any(answer.n for answer in result.answers):
        raise NothingUsableError("no market event stands in a mean over any window; --by event says why of each")


@contextmanager
def _executor(who: str | None) -> Iterator[Executor | None]:
    """Yield the executor that a word means, and shut it down; None for none."""
    if who is None:
        yield None
    elif who.startswith("dask://"):
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
    else:
        raise DesignError(f"--executor {who}: write dask://HOST:PORT; threads are taken without it")


def _tables(result: study.StudyResult, by: str, asked: Asked) -> Iterator[Table]:
    """Yield the tables for a reader."""
    from eventstudy.inference import TESTS

    windows = [str(window) for window in result.design.windows]
    units = ", ".join(dict.fromkeys(of.unit for of in result.samples.values()))
    if by == "stance":
        of = windows if asked.detail or asked.windows or asked.how == "latex" else windows[:1]
        yield _averages(result, of, units, detail=asked.detail)
    elif by == "event":
        cars = {(row["window"], row["event_id"], row["series"]): row for row in result.car.to_dict("records")}
        for w, window in enumerate(windows):
            rows, kept = [], result.samples.in_means(w)
            for event, series in product(dict.fromkeys(result.car["event_id"]), result.series):
                row = cars.get((window, event, series), {"event_id": event, "series": series, "move": "not used"})
                if "session" in row:
                    aside = "" if (series, row["market_event"]) in kept or row["car"] != row["car"] else "*"
                    row["session"] = f"{row['session']:%d %b}{aside}"
                rows.append({"session": "-", **row})
            yield table_of(rows, "event", window=window, units=units)
    elif by == "tau":
        yield table_of(result.aar, "tau", span=result.design.span)
    if (asked.tests is not None or by == "test") and len(result.tests):
        tests = {name: test for name, test in TESTS.items() if name in result.design.tests}
        yield table_of(result.tests, "test", notes=[f"{k}: {of.null}. For {of.good_for}." for k, of in tests.items()])


def _averages(result: study.StudyResult, windows: Sequence[str], units: str, *, detail: bool) -> Table:
    """Show the answers by series, stance and window; in detail all their figures."""
    found = [answer for answer in result.answers if answer.window in windows]
    rows = [vars(answer) | {"aside": answer.n_set_aside or None, "n_days": answer.days} for answer in found]
    blank = ("n_days", "rose", "base_rate", *(("worst", "best") if detail else ("move",)))
    for row in rows:
        row.update(dict.fromkeys(blank) if row["contrast"] else {})
    if not detail:
        wide = get_terminal_size().columns >= _WIDE
        others = [str(window) for window in result.design.windows if str(window) not in windows]
        notes = ["rose: share of rises; base: the same on days without news."] * wide
        notes += [f"--detail: also {', '.join(others)}; median, rises, worst, best, set aside." if others else
                  "--detail: median, rises, base rate, worst, best, and how many are set aside."]  # fmt: skip
        more = ("median:amount!", "rose:share", "base=base_rate:share") if wide else ()
        table = table_of(rows, "stance", more, notes, units=units)
        some = [name for name in table.columns if name != "stance"] if all(of.stance == "*" for of in found) else None
        return table.only(some) if some else table  # events without labels
    return table_of(rows, "detail", units=units)


def match(asked: Asked) -> None:
    """Show which session each event meets in each market, and why.

    Example: eventstudy match --case crimea-2014 --series ruble
    """
    from eventstudy import matching
    from eventstudy.window import Window, span

    windows = asked.windows or DESIGN["windows"].default
    if asked.windows or asked.as_of:  # what a study would refuse
        study.make_design(windows=windows, as_of=asked.as_of)
    whole = span(tuple(map(Window.parse, windows)))
    sources = asked.read(span=whole)
    given = study.Given("prices", sources.prices[list(sources.series or sources.prices)], sources.instruments)
    known, given = study.known_at(sources.events, given, asked.as_of)
    if asked.adjust_splits:
        figures, adjusted = markets.without_splits(given.figures, given.histories(None))
        given, asked.notes = replace(given, figures=figures), [*asked.notes, *adjusted]
    histories = given.histories(None)
    found = matching.match(known, histories, whole, **asked.given("anchor", "overlap", "include_proposed"))
    table = found.table
    sessions = {name: rows["session"].dropna().unique() for name, rows in table.groupby("series")}
    for name, history in histories.items():
        asked.notes += [*history.notes, *markets.data_warnings(history, sessions[name], 1 - whole.first, whole.last)]
    asked.notes += matching.unknown_hours(found)
    if asked.why is not None:
        say(pages.story(found, histories, known, asked.why).split("\n"), "    ", end="")
        return
    marks = table["moved"].map({"next": ">", "closed": "»"}).fillna(" ")
    closed = (table["status"] == "set-aside") | table["reason"].str.contains("closure:")
    cells = (table["session"].dt.strftime("%d %b") + marks + closed.map({True: "*", False: ""})).str.rstrip()
    cells = table.assign(cell=cells.where(table["status"] != "excluded", "-"))
    cells = cells.pivot(index="event_id", columns="series", values="cell")
    rows = table.drop_duplicates("event_id").assign(UTC=table["published_at"].dt.strftime("%d %b %H:%M").fillna(""))
    rows = rows.join(cells.add_prefix("@"), on="event_id")
    asked.put(table, table_of(rows, "match", [(name, f"@{name}", "text") for name in dict.fromkeys(table["series"])]))
    if not any(of.there.any() for of in found.series.values()):
        raise NothingUsableError(f"no event can be used: {next(iter(found.counts()))}")


# --- charts and reports ------------------------------------------------------------------------------------------


def chart(asked: Asked) -> None:
    """Draw one chart and say where it is.

    Example: eventstudy chart car --case crimea-2014 --out car.svg
    """
    kind, timeline = asked.kind, asked.kind == "timeline"
    look, drawer = charts.find_style(asked.style, asked.size), charts.KINDS[kind]
    taken = {name: words for name in ("title", "subtitle", "source") if (words := getattr(asked, name))}
    takes = (*drawer.takes, "turned") if timeline else drawer.takes
    for option, name in {"of": "series", "over": "window", "event": "event_id", "turned": "turned"}.items():
        if value := getattr(asked, option):
            if name not in takes:
                raise DesignError(f"the chart {kind} does not take --{option}; leave it out")
            taken[name] = names(value) if timeline and name == "series" and "," in value else value
    if drawer.from_frame:
        try:
            drawn = drawer.draw(_frame(asked), style=look, **{"source": asked.frame.name, **taken})
        except InputError as error:
            raise InputError(f"{error}; the table is written by: {declared('views')['chart'][kind]}") from None
    elif asked.frame is not None:
        raise DesignError(f"the chart {kind} is drawn from a study, not from a table; leave out --csv")
    else:  # of a result folder, and for a price through the events, no study is run
        if asked.design is not None and asked.design.is_dir():
            result = study.folder_to_draw(asked.design)
        else:
            result = asked.study().unanswered() if timeline else asked.result()
        drawn = drawer.draw(result, style=look, **taken)
        asked.warn(_boxes(look, result))
        asked.warn(result.warnings, 3, "eventstudy run --detail")
    write(f"{charts.save(drawn, asked.out or Path(f'{kind}.png'), style=look)}\n")


def _boxes(look: charts.Style, result: study.StudyResult) -> Iterator[str]:
    """Say of which markets the font lacks letters."""
    for label in look.boxes(of.instrument.label for of in result.histories.values()):
        yield f"'{label}': PNG and PDF show boxes for letters {look.font} lacks; name a font in a --style FILE.toml"


def _frame(asked: Asked) -> Any:
    """Return the table from which a chart is drawn; refuse what says what is studied beside it."""
    import pandas as pd

    kind, rows = asked.kind, {**SOURCES, **DESIGN}
    sources = {name: asked.context.get_parameter_source(name) for name in rows}
    given = [rows[name].word.partition(" ")[0] for name, of in sources.items() if of and of.name == "COMMANDLINE"]
    if given or asked.design is not None:
        said = ", ".join(given) or str(asked.design)
        raise DesignError(f"the chart {kind} is drawn from the table of --csv; leave out {said} (--of picks a series)")
    if asked.frame is None:
        by = f"which is written by: {declared('views')['chart'][kind]}"
        raise DesignError(f"the chart {kind} is drawn from a table; name it with --csv FILE, {by}")
    try:
        note_read(asked.frame)
        return pd.read_csv(asked.frame)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read '{asked.frame}': {error}") from None


def report(asked: Asked) -> None:
    """Write a report: what was asked, the answer, the charts, the match audit, the method, how to reproduce it.

    Example: eventstudy report my-results --form html --form pdf
    """
    from eventstudy import cases
    from eventstudy.tasks import steps

    look, forms = charts.find_style(asked.style, asked.size), list(dict.fromkeys(asked.form or ["html"]))
    if asked.size and not {"html", "pdf", "markdown"} & {*forms}:
        raise DesignError("--size is the sheet of single charts, of which these forms have none; leave it out")
    if "excel" in forms and not find_spec("xlsxwriter"):  # said before the study is run
        raise DataMissingError(study.NEEDS_EXCEL)
    result = asked.result()
    kinds = pages.POSSIBLE if asked.charts == "all" else names(asked.charts)
    folder = asked.out or (asked.design if asked.design and asked.design.is_dir() else Path("eventstudy-report"))
    title = asked.title or (str(cases.case_row(asked.case)["title"]) if asked.case in cases.case_names() else None)
    paths = []
    with asked.bar("Drawing", 1) as progress:
        made = pages.write_report(result, title, asked.over, kinds, look, author=asked.author, progress=progress)
    writers: dict[str, tuple[str, Callable[[], bytes]]] = {
        "html": ("report.html", lambda: pages.to_html(made).encode()),
        "excel": ("report.xlsx", lambda: study.workbook(made.result)),
        "pdf": ("report.pdf", lambda: pages.to_pdf(made, pages.find_browser())),
        "slide": ("slide.png", lambda: pages.to_slide(made)),
        "markdown": ("report.md", lambda: pages.to_markdown(made).encode()),
    }
    with asked.bar("Writing", len(forms)) as progress:
        for form in steps(forms, progress):
            name, make = writers[form]
            drawn = made.drawings if form == "markdown" else ()
            pictures = {f"charts/{drawing.name}.svg": drawing.svg.encode() for drawing in drawn}
            paths += write_files(folder, {name: make(), **pictures})[:1]
    write("".join(f"{path}\n" for path in paths))
    asked.warn(_boxes(look, result) if {"slide", "pdf"} & {*forms} else ())
    asked.warn(f"not drawn: {name}: {why}" for name, why in made.not_drawn)
    asked.warn(result.warnings, 3, "all are in the report")
