"""`eventstudy signals`: what past events alone made one expect, at every event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.groups import grouped
from eventstudy.cli.of_a_study import Data
from eventstudy.cli.options import (
    CHOICES,
    OUTPUT,
    AsOfOption,
    Format,
    FormatOption,
    OutOption,
    ProposedOption,
    QuietOption,
)
from eventstudy.cli.study_options import SeedOption
from eventstudy.cli.trading_options import Frame, FrameOption, MinEventsOption, read_markets, written
from eventstudy.wording import probability, quantity

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Any

    from eventstudy.cli.output import TextTable
    from eventstudy.trading.export import Frames
    from eventstudy.trading.signals import Signals


@grouped()
def signals(
    *,
    data: Data,
    hold: Annotated[int, typer.Option("--hold", min=1, help="Sessions held.", rich_help_panel=CHOICES)] = 5,
    min_events: MinEventsOption = 5,
    include_proposed: ProposedOption = False,
    as_of: AsOfOption = None,
    draws: Annotated[
        int, typer.Option("--draws", min=1, help="Placebo sets behind each p.", rich_help_panel=CHOICES)
    ] = 999,
    seed: SeedOption = 0,
    everything: Annotated[
        bool, typer.Option("--all", help="Also show events without a signal, and why.", rich_help_panel=OUTPUT)
    ] = False,
    frame: FrameOption = None,
    how: FormatOption = Format.table,
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Say at every event what the events before it, and nothing later, made one expect of each market.

    csv, json and parquet have every event, with a signal or without. --out writes them with the frames that backtest
    libraries take.
    """
    from eventstudy.cli.output import warn
    from eventstudy.trading.export import signal_frames
    from eventstudy.trading.market import Choices
    from eventstudy.trading.signals import make_signals

    # A wrong choice is said before any file is read.
    Choices(hold, min_events, include_proposed, draws, seed)
    sources = read_markets(data, hold, quiet=quiet)
    made = make_signals(
        sources.events,
        sources.prices,
        instruments=sources.instruments,
        series=sources.series,
        as_of=as_of,
        hold=hold,
        min_events=min_events,
        include_proposed=include_proposed,
        draws=draws,
        seed=seed,
    )
    if out is not None:
        from eventstudy.files import write_files
        from eventstudy.trading.export import signal_files

        write_files(out, signal_files(made, signal_frames(made)))
    _write(made, frame, how, everything=everything)
    warn(made.setting.notes, quiet=quiet)


def _write(made: Signals, frame: Frame | None, how: Format, *, everything: bool) -> None:
    from eventstudy.cli.output import emit, write
    from eventstudy.study.envelope import to_json
    from eventstudy.trading.export import signals_envelope

    if frame is not None:
        from eventstudy.trading.export import signal_frames

        write_frame(signal_frames(made), frame, how)
    elif how == Format.json:
        write(to_json(signals_envelope(made)))
    else:
        emit(written(made.table, how), how, signals_view(made, everything=everything))


def write_frame(frames: Frames, frame: Frame, how: Format) -> None:
    """Write one frame to stdout."""
    from eventstudy.cli.output import emit
    from eventstudy.cli.views import frame_view

    table = written(frames.tables()[frame.attribute].reset_index(), how)
    emit(table, how, frame_view(table, f"{frame.value.capitalize()} by session", list(table.columns)))


def signals_view(made: Signals, *, everything: bool) -> TextTable:
    """Show the signals, or every event with the reason where there is none."""
    from eventstudy.cli.output import TextTable

    table = made.table
    shown = table if everything else table[table["direction"] != 0]
    before, rows = "", []
    for row in shown.to_dict("records"):
        rows.append((row["event_id"] if row["event_id"] != before else "", *_cells(row, everything=everything)))
        before = row["event_id"]
    hold, missing = made.setting.choices.hold, int((table["direction"] == 0).sum())
    columns = ("event", "series", "stance", "in", "out", "side", "expected", "n", "apart", "kept", "p")
    notes = [
        "in, out: sessions at whose price one gets in and out. expected: the mean reaction to past events of the",
        "stance, shrunk (kept: the share left of it), at today's volatility. n: past events; apart: their holding",
        "periods that do not overlap. p: their mean against past days without news.",
    ]
    if missing and not everything:
        notes.append(f"{missing} of {len(table)} have no signal; --all shows them with the reason.")
    return TextTable(
        title=f"Signals, {hold} session{'s' * (hold > 1)} held: {len(table) - missing} of {len(table)}",
        columns=(*columns, "why not") if everything else columns,
        rows=tuple(rows),
        left=("event", "series", "stance", "in", "out", "side", "why not"),
        notes=tuple(notes),
    )


def _cells(row: Mapping[Hashable, Any], *, everything: bool) -> tuple[str, ...]:
    is_signal = row["direction"] != 0
    cells = (
        *(str(row[name]) for name in ("series", "stance")),
        *(_day(row[name]) for name in ("entry_session", "exit_session")),
        {1: "long", -1: "short"}.get(row["direction"], ""),
        quantity(row["expected"], row["unit"], 2) if is_signal else "",
        *(str(row[name]) for name in ("n", "n_apart")),
        f"{100 * row['shrinkage']:.0f} %" if row["shrinkage"] == row["shrinkage"] else "",
        probability(row["p_value"], row["days"]) if row["p_value"] == row["p_value"] else "",
    )
    return (*cells, "" if is_signal else str(row["reason"])) if everything else cells


def _day(value: Any) -> str:
    return "ahead" if value != value else f"{value:%Y-%m-%d}"  # noqa: PLR0124  # NaT differs from itself
