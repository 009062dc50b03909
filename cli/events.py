"""`eventstudy events`: bundled and user event files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli import events_import
from eventstudy.cli.events_confirm import confirm
from eventstudy.cli.events_extract import extract, score
from eventstudy.cli.events_merge import merge
from eventstudy.cli.options import Format, FormatOption

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(help="Event files: what is bundled, and whether yours is in order.", no_args_is_help=True)

app.command("extract", epilog="Example: eventstudy events extract article.txt --published 2022-01-27")(extract)
app.add_typer(events_import.app, name="import")
app.command("confirm", epilog="Example: eventstudy events confirm events.csv")(confirm)
app.command("merge", epilog="Example: eventstudy events merge mine.csv yours.csv --out all.csv")(merge)
app.command("score", epilog="Example: eventstudy events score labelled.csv")(score)

NameOrFile = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A bundled case, or an event file.")]


@app.command("list", epilog="Example: eventstudy events list")
def list_cases(how: FormatOption = Format.table) -> None:
    """List the bundled cases."""
    import pandas as pd

    from eventstudy.cases import case_events, case_names
    from eventstudy.cli.output import emit
    from eventstudy.cli.views import frame_view
    from eventstudy.markets.bundled import read_catalog

    rows = []
    for name in case_names():
        events = case_events(name)
        counts = events["stance"].value_counts()
        days = events["time"].str[:10]
        rows.append(
            {
                "case": name,
                "events": len(events),
                **{stance: int(counts.get(stance, 0)) for stance in ("raise", "hold", "fold")},
                "first": days.min(),
                "last": days.max(),
                "title": read_catalog()["cases"][name]["title"],
            }
        )
    frame = pd.DataFrame(rows)
    emit(frame, how, frame_view(frame, "Bundled cases", list(frame.columns)))


@app.command("show", epilog="Example: eventstudy events show crimea-2014")
def show_events(name: NameOrFile, how: FormatOption = Format.table) -> None:
    """Show the events of a bundled case or a file, every default filled in."""
    from eventstudy.cli.output import emit
    from eventstudy.cli.views import frame_view

    events = _events(name)
    shown = events.assign(time=events["time"].str.replace("T", " "), zone=events["time_zone"])
    view = frame_view(shown, f"Events of {name}", ["time", "zone", "stance", "kind", "actor", "headline", "id"])
    emit(events, how, view)


@app.command("check", epilog="Example: eventstudy events check my-events.csv")
def check(name: NameOrFile) -> None:
    """Check an event file against the schema; the first thing wrong is said with its row and column."""
    from eventstudy.cli.output import write

    events = _events(name)
    counts = events["stance"].value_counts()
    stances = ", ".join(f"{int(counts.get(stance, 0))} {stance}" for stance in ("raise", "hold", "fold"))
    clocked = int((events["precision"] == "minute").sum())
    days = events["time"].str[:10]
    write(
        f"{name}: {len(events)} events in order, {days.min()} .. {days.max()}: {stances}; {clocked} with a clock time\n"
    )


def _events(name: str) -> pd.DataFrame:
    from eventstudy.cases import case_events, case_names
    from eventstudy.errors import DataMissingError, did_you_mean
    from eventstudy.events.files import read_events

    if name in case_names():
        return case_events(name)
    if not Path(name).is_file():
        raise DataMissingError(f"no event file and no bundled case '{name}'; {did_you_mean(name, case_names())}")
    return read_events(name)
