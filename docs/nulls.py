"""Write ``nulls.md``, the page on what did not move markets, from the atlas that comes with the package.

Run ``python docs/nulls.py``; a test holds the page to what this writes.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from eventstudy.cases import case_events
from eventstudy.markets.instrument import find_instrument
from eventstudy.report.atlas import cases, finding, read_atlas

LEVEL = 0.05
#: An event of at least this intensity, on a scale from -10 to 10, is one that many expected to move markets.
GREAT = 8.0
#: Markets that must have an answer, and the p above which none of them may be.
ASKED, QUIET = 4, 0.2


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Return a table of Markdown."""
    return [f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *rows)]


def shares(atlas: pd.DataFrame, column: str, head: str, fewest: int) -> list[str]:
    """Tabulate by one column how many pairs are out of the ordinary, the fewest first."""
    rows = []
    for name, of in atlas.groupby(column):
        if len(of) >= fewest:
            p, family = (100 * (of[one] <= LEVEL).mean() for one in ("p_value", "family_p"))
            label = find_instrument(str(name)).label if column == "series" else str(name)
            rows.append((p, [label, f"{of['event_id'].nunique()}", f"{len(of):,}", f"{p:.0f} %", f"{family:.0f} %"]))
    return table([head, "events", "pairs", "p ≤ 0.05", "family p ≤ 0.05"], [row for _, row in sorted(rows)])


def quiet_events(atlas: pd.DataFrame) -> list[str]:
    """List great events after which no headline market of the case moved out of the ordinary."""
    events = pd.concat([case_events(name) for name in cases()]).set_index("id")
    rows = []
    for event, of in atlas.groupby("event_id", sort=False):
        answered = of["p_value"].notna()
        if (
            answered.sum() >= ASKED
            and of["p_value"].min() > QUIET
            and abs(float(events.loc[event, "intensity"])) >= GREAT
        ):
            best = of.loc[of["p_value"].idxmin()]
            move = f"{find_instrument(best['series']).label}, p {best['p_value']:.2f}"
            rows.append([best["day"], best["headline"], best["stance"], move])
    return table(["day", "event", "stance", "least ordinary"], rows)


def page() -> str:
    """Return the page."""
    atlas = read_atlas()
    first = atlas[(atlas["window"] == "0:0") & atlas["p_value"].notna()]
    n_moves = len(first.drop_duplicates(["series", "session"]))
    silent = first.groupby("event_id")["p_value"].min() > LEVEL
    lines = [
        "# What did not move markets",
        "",
        "Made by `docs/nulls.py` from the atlas that comes with the package (`eventstudy atlas`): every bundled event,",
        "in each headline market of its case, over the event session. Nothing was left out for having shown nothing.",
        "",
        finding(atlas),
        f"Of {len(silent)} events with an answer, {int(silent.sum())} ({100 * silent.mean():.0f} %) moved no headline",
        "market at p of 0.05 or less. With seven markets asked of each, chance alone would leave about 70 % so, were",
        "the markets independent; they are not, so more.",
        "",
        "Events that meet a market in one session, or stand in two cases, share its move:",
        f"the pairs have {n_moves:,} different moves.",
        "",
        "A p here says how rare such a move is on days without news, scaled by how nervous the market was. News that",
        "was expected, that came on a day with other news, or in a market with larger moves of its own has a large p.",
        "",
        "## By stance",
        "",
        *shares(first, "stance", "stance", 1),
        "",
        "## By kind",
        "",
        "Kinds with 40 pairs or more, the quietest first.",
        "",
        *shares(first, "kind", "kind", 40),
        "",
        "## By market",
        "",
        *shares(first, "series", "market", 40),
        "",
        "## By case",
        "",
        *shares(first, "case", "case", 1),
        "",
        "## Great events without an answer",
        "",
        f"Events of intensity {GREAT:g} or more in size, after which every headline market of the case has a p above",
        f"{QUIET}, before it is rounded.",
        "",
        *quiet_events(first),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    (Path(__file__).parent / "nulls.md").write_text(page(), encoding="utf-8", newline="\n")
