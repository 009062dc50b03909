"""`eventstudy read` and `eventstudy surprises`: what prices made of an event, and the moves that no event explains."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.groups import grouped
from eventstudy.cli.of_a_study import Data
from eventstudy.cli.options import CHOICES, AsOfOption, Format, FormatOption, QuietOption

if TYPE_CHECKING:
    from eventstudy.cli.sources import Sources

_WINDOWS = ("0:0", "0:1")

WindowsOption = Annotated[
    list[str] | None,
    typer.Option("--window", metavar="A:B", help="Window of the reaction; may be repeated.", rich_help_panel=CHOICES),
]


def _sources(data: Data, *, quiet: bool) -> Sources:
    """Read what the options name; without --case and --events all bundled events, without --series the headline."""
    from eventstudy.cli.sources import ALL_CASES
    from eventstudy.reading import HEADLINE

    case = ALL_CASES if data.case is None and data.events is None else data.case
    series = data.series or (",".join(HEADLINE) if case == ALL_CASES else None)
    return replace(data, case=case, series=series).read(quiet=quiet)


@grouped()
def read(
    *,
    event: Annotated[str | None, typer.Argument(metavar="[EVENT_ID]", help="An event on file.")] = None,
    date: Annotated[str | None, typer.Option("--date", metavar="DATE", help="A date instead of an event.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Read all events, and score the readings beside base lines.")
    ] = False,
    data: Data,
    window: WindowsOption = None,
    as_of: AsOfOption = None,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Say whether prices took an event for a raise, a fold or nothing, by what they did after earlier ones."""
    from eventstudy.cli.output import TextTable, emit, folded, show, write
    from eventstudy.errors import DesignError
    from eventstudy.reading import reactions, read_all, read_event, scores
    from eventstudy.study import EventStudy
    from eventstudy.study.envelope import to_json

    if (event is not None) + (date is not None) + every != 1:
        raise DesignError("name an event of the record, or a date (--date 2022-01-27), or --all")
    of = _sources(data, quiet=quiet)
    given: dict[str, Any] = {"series": of.series, "windows": window or list(_WINDOWS), "instruments": of.instruments}
    if every:
        found = read_all(reactions(EventStudy(of.events, of.prices, as_of=as_of, **given)))
        if how is Format.table:
            show(_scores(scores(found)))
        emit(found.assign(day=found["day"].astype(str)), how, _all(found))
        return
    reading = read_event(event, date=date, events=of.events, prices=of.prices, as_of=as_of, **given)
    if how is Format.json:
        write(to_json(reading.record()))
        return
    if how is not Format.table:
        emit(reading.shares, how, TextTable("", (), ()))
        return
    write(folded(reading.sentence) + "\n\n")
    shares = tuple(
        (row["series"], row["window"], f"{row['z']:+.1f}", f"{row['adds']:+.2f}")
        for row in reading.shares.to_dict("records")
    )
    show(TextTable("What each market adds to the log odds of raise against fold", ("series", "window", "z", "adds"),
                   shares, ("series", "window")))  # fmt: skip
    near = tuple(
        (str(row["event_id"]), f"{row['day']:%Y-%m-%d}", str(row["stance"]), f"{row['distance']:.1f}")
        for row in reading.nearest.to_dict("records")
    )
    show(TextTable("The earlier events whose reactions were most like it", ("event", "session", "stance", "distance"),
                   near, ("event", "session", "stance")))  # fmt: skip


def _scores(table: Any) -> Any:
    from eventstudy.cli.output import TextTable

    rows = tuple(
        (row["rule"], str(row["n"]), f"{100 * row['told']:.0f}", f"{100 * row['right']:.0f}" if row["told"] else "",
         f"{row['log_score']:.3f}", f"{row['brier']:.3f}") for row in table.to_dict("records")
    )  # fmt: skip
    return TextTable(
        "Readings of raises and folds by what was known before each, beside base lines",
        ("rule", "n", "told %", "right %", "log score", "Brier"),
        rows,
        ("rule",),
        (
            "told: events for which a stance is read. right: of those.",
            "Higher log scores and lower Brier scores are better.",
        ),
    )


def _all(found: Any) -> Any:
    from eventstudy.cli.output import TextTable

    rows = tuple(
        (str(row["event_id"]), f"{row['day']:%d %b}", row["stance"],
         *(f"{row[name]:.2f}" for name in ("raise", "fold", "nothing")), row["says"])
        for row in found.to_dict("records")
    )  # fmt: skip
    columns = ("event", "session", "coded", "raise", "fold", "none", "traded like")
    return TextTable(
        "Coded stance against the prices' own reading", columns, rows, ("event", "session", "coded", "traded like")
    )


@grouped()
def surprises(
    *,
    data: Data,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="On this day or later.")] = None,
    fdr: Annotated[
        float, typer.Option("--fdr", min=0.001, max=0.5, help="Expected share of false finds.", rich_help_panel=CHOICES)
    ] = 0.1,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """List the days without news on file on which markets together moved out of the ordinary."""
    from eventstudy.cli.output import TextTable, emit
    from eventstudy.reading import reactions
    from eventstudy.reading import surprises as find_surprises
    from eventstudy.study import EventStudy
    from eventstudy.wording import probability

    of = _sources(data, quiet=quiet)
    study = EventStudy(of.events, of.prices, instruments=of.instruments, series=of.series, windows=["0:0"])
    found = find_surprises(reactions(study), fdr)
    if since is not None:
        found = found[found["day"] >= since].reset_index(drop=True)
    rows = tuple(
        (f"{row['day']:%Y-%m-%d}", probability(row["p_value"]), f"{row['q_value']:.3f}", row["largest"],
         f"{row['z']:+.1f}", row["says"]) for row in found.to_dict("records")
    )  # fmt: skip
    emit(found.assign(day=found["day"].astype(str)), how, TextTable(
        f"Days without news on file that were out of the ordinary, false-discovery rate {fdr:g}",
        ("session", "p", "q", "moved most", "z", "traded like"), rows, ("session", "moved most", "traded like"),
        ("No known cause is an answer: the record of events is not complete.",),
    ))  # fmt: skip
