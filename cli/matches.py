"""`eventstudy match`: event -> session for every instrument, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from eventstudy.cli.groups import grouped
from eventstudy.cli.of_a_study import Data
from eventstudy.cli.options import (
    CHOICES,
    OUTPUT,
    AnchorOption,
    AsOfOption,
    Format,
    FormatOption,
    OverlapOption,
    ProposedOption,
    QuietOption,
    names,
)


@grouped()
def match(
    *,
    data: Data,
    window: Annotated[
        list[str] | None,
        typer.Option("--window", metavar="A:B", help="Event window; may be repeated.", rich_help_panel=CHOICES),
    ] = None,
    anchor: AnchorOption = "stamp",
    overlap: OverlapOption = "set-aside",
    include_proposed: ProposedOption = False,
    as_of: AsOfOption = None,
    why: Annotated[
        str | None,
        typer.Option("--why", metavar="EVENT", help="Tell the story of one event.", rich_help_panel=OUTPUT),
    ] = None,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Show which session each event meets in each market, and why."""
    from eventstudy.cli.output import emit, warn, write
    from eventstudy.cli.sources import read_sources
    from eventstudy.cli.views import match_view
    from eventstudy.errors import NothingUsableError
    from eventstudy.markets.quality import data_warnings
    from eventstudy.matching import match as match_events
    from eventstudy.study.design import DEFAULT_WINDOWS, make_design
    from eventstudy.study.given import Given, known_at
    from eventstudy.study.study import unknown_hours

    span = make_design(windows=window or DEFAULT_WINDOWS, as_of=as_of).span
    fetching = data.fetching(quiet=quiet)
    sources = read_sources(
        data.case, data.events, data.prices, names(data.series), span=span, fetching=fetching, reading=data.reading
    )
    sources = data.identify(sources)
    wanted = sources.series or tuple(map(str, sources.prices))
    given = Given("prices", sources.prices[list(wanted)], sources.instruments)
    known, given = known_at(sources.events, given, as_of)
    histories = given.histories(None)
    found = match_events(known, histories, span, anchor=anchor, overlap=overlap, include_proposed=include_proposed)
    checked = (line for history in histories.values() for line in (*history.notes, *data_warnings(history)))
    warn((*sources.notes, *checked, *unknown_hours(found)), quiet=quiet)
    if why is not None:
        from eventstudy.report.story import story

        write(story(found, histories, known, why))
        return
    emit(found.table, how, match_view(found.table))
    if not any(of.there.any() for of in found.series.values()):
        raise NothingUsableError(f"no event can be used: {next(iter(found.counts()))}")
