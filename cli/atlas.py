"""`eventstudy atlas`: every bundled event and what markets did, as a table or as a site of pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.options import CHOICES, DATA, OUTPUT, CaseOption, Format, FormatOption, names

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.cli.output import TextTable


def atlas(
    case: CaseOption = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="Only events of a kind, e.g. tariff.", rich_help_panel=DATA),
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option("--actor", metavar="CODE", help="Only events by an actor, e.g. RUS.", rich_help_panel=DATA),
    ] = None,
    series: Annotated[
        str | None, typer.Option("--series", metavar="A,B", help="Only these markets.", rich_help_panel=DATA)
    ] = None,
    window: Annotated[
        str | None,
        typer.Option("--window", metavar="A:B", help="0:0 or 0:1; a table has one.", rich_help_panel=CHOICES),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", min=1, help="How many rows of a table, smallest p first.", rich_help_panel=CHOICES)
    ] = 25,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Compute it again instead of reading what is shipped.", rich_help_panel=CHOICES),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write it as a site of pages.", rich_help_panel=OUTPUT)
    ] = None,
    how: FormatOption = Format.table,
) -> None:
    """Say what each headline market did on every bundled event."""
    from eventstudy.cli.output import emit, folded, write
    from eventstudy.errors import require_known
    from eventstudy.report.atlas import WINDOWS, finding, make_atlas, read_atlas, with_events, write_site

    if window is None and how is Format.table:
        window = WINDOWS[0]
    found = read_atlas(case, kind, actor, names(series))
    if window is not None and out is None:
        found = found[found["window"] == require_known(window, WINDOWS, "window of the atlas")].reset_index(drop=True)
    if fresh:
        again = with_events(make_atlas(tuple(dict.fromkeys(found["case"]))))
        found = found[["event_id", "series", "window"]].merge(again, how="left", on=["event_id", "series", "window"])
        found = found[list(again)]
    if out is not None:
        paths = write_site(out, found)
        write(f"{folded(finding(found))}\nThe atlas: {out}/index.html and {len(paths) - 1} pages of events\n")
        return
    if how is Format.table:
        write(f"{folded(finding(found, window or WINDOWS[0]))}\n\n")
    emit(found, how, _view(found[found["p_value"].notna()], top))


def _view(rows: pd.DataFrame, top: int) -> TextTable:
    from eventstudy.cli.output import TextTable
    from eventstudy.wording import probability, quantity

    shown = rows.sort_values(["p_value", "day"], kind="stable").head(top)
    cells = tuple(
        (str(row["event_id"])[:34], str(row["series"]),
         quantity(row["move"], row["unit"], 2).replace("index points", "pts"),
         probability(row["p_value"], row["days"]), probability(row["family_p"], row["family_days"]))
        for row in shown.to_dict("records")
    )  # fmt: skip
    more = len(rows) - len(shown)
    notes = ["p: against days without news; family p: with all markets of the case."]
    notes += [f"{more:,} more rows: --top N, or --format csv for all."] if more else []
    columns = ("event", "market", "move", "p", "family p")
    return TextTable("The least ordinary moves", columns, cells, ("event", "market"), tuple(notes))
