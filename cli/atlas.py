"""`eventstudy atlas`: every bundled event and what markets did, as a table or as a site of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.cli.options import DATA, OUTPUT, Asked, Option, command
from eventstudy.cli.output import TextTable, bar, folded, write
from eventstudy.cli.views import short_quantity
from eventstudy.errors import require_known
from eventstudy.wording import probability

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.cli.output import TextTable


@command(
    "case",
    Option("kind", "--kind KIND", "text", None, "Only events of a kind, e.g. tariff.", DATA),
    Option("actor", "--actor CODE", "text", None, "Only events by an actor, e.g. RUS.", DATA),
    "series",
    Option("window", "--window A:B", "text", None, "0:0 or 0:1; a table has one.", offered=("0:0", "0:1")),
    Option("top", "--top N", "whole", 25, "How many rows of a table, smallest p first.", least=1),
    Option("fresh", "--fresh", "yes", False, "Compute it again instead of reading what is shipped."),
    Option("out", "--out DIR", "path", None, "Write it as a site of pages.", OUTPUT),
    "how quiet",
)
def atlas(asked: Asked) -> None:
    """Say what each headline market did on every bundled event."""
    from eventstudy.report.atlas import WINDOWS, finding, make_atlas, read_atlas, with_events, write_site

    window, out = asked.window, asked.out
    if window is None and asked.how in {"table", "latex"}:
        window = WINDOWS[0]
    found = read_atlas(asked.case, asked.kind, asked.actor, asked.series)
    if window is not None and out is None:
        found = found[found["window"] == require_known(window, WINDOWS, "window of the atlas")].reset_index(drop=True)
    if asked.fresh:
        with bar("Computing the atlas", quiet=asked.quiet):
            again = with_events(make_atlas(tuple(dict.fromkeys(found["case"]))))
        found = found[["event_id", "series", "window"]].merge(again, how="left", on=["event_id", "series", "window"])
        found = found[list(again)]
    if out is not None:
        with bar("Writing pages", quiet=asked.quiet):
            paths = write_site(out, found)
        write(f"{folded(finding(found))}\nThe atlas: {out}/index.html and {len(paths) - 1} pages of events\n")
        return
    if asked.how == "table":
        write(f"{folded(finding(found, window or WINDOWS[0]))}\n\n")
    asked.emit(found, _view(found[found["p_value"].notna()], asked.top))


def _view(rows: pd.DataFrame, top: int) -> TextTable:

    shown = rows.sort_values(["p_value", "day"], kind="stable").head(top)
    cells = tuple(
        (str(row["event_id"]), str(row["series"]), short_quantity(row["move"], row["unit"]),
         probability(row["p_value"], row["days"]), probability(row["family_p"], row["family_days"]))
        for row in shown.to_dict("records")
    )  # fmt: skip
    more = len(rows) - len(shown)
    notes = ["p: against days without news; family p: with all markets of the case. Part of it has other days."]
    notes += [f"{more:,} more rows: --top N, or --format csv for all."] if more else []
    columns = ("event", "market", "move", "p", "family p")
    return TextTable("The least ordinary moves", columns, cells, ("event", "market"), tuple(notes))
