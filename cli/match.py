"""`eventstudy match`: event -> session for every instrument, and why."""

from __future__ import annotations

from dataclasses import replace

from eventstudy.cli.options import OUTPUT, SHARED, Asked, Option, command
from eventstudy.cli.output import warn, write
from eventstudy.cli.sources import read_sources
from eventstudy.cli.views import match_view
from eventstudy.errors import NothingUsableError


@command(
    "SOURCES",
    SHARED["windows"],
    "anchor overlap include_proposed as_of adjust_splits how",
    Option("why", "--why EVENT", "text", None, "Tell the story of one event.", OUTPUT, first=True),
    "quiet",
)
def match(asked: Asked) -> None:
    """Show which session each event meets in each market, and why."""
    from eventstudy.markets.quality import data_warnings, without_splits
    from eventstudy.matching import match as match_events
    from eventstudy.study.design import DEFAULT_WINDOWS, make_design
    from eventstudy.study.given import Given, known_at
    from eventstudy.study.study import unknown_hours

    span = make_design(windows=asked.windows or DEFAULT_WINDOWS, as_of=asked.as_of).span
    sources = read_sources(asked, span=span)
    wanted = sources.series or tuple(map(str, sources.prices))
    given = Given("prices", sources.prices[list(wanted)], sources.instruments)
    known, given = known_at(sources.events, given, asked.as_of)
    adjusted: tuple[str, ...] = ()
    if asked.adjust_splits:
        figures, adjusted = without_splits(given.figures, given.histories(None))
        given = replace(given, figures=figures)
    histories = given.histories(None)
    found = match_events(known, histories, span, **asked.given("anchor", "overlap", "include_proposed"))
    sessions = {name: rows["session"].dropna().unique() for name, rows in found.table.groupby("series")}
    checked = [
        line
        for name, history in histories.items()
        for line in (*history.notes, *data_warnings(history, sessions[name], 1 - span.first, span.last))
    ]
    warn((*sources.notes, *adjusted, *checked, *unknown_hours(found)), quiet=asked.quiet)
    if asked.why is not None:
        from eventstudy.report.story import story

        write(story(found, histories, known, asked.why))
        return
    asked.emit(found.table, match_view(found.table))
    if not any(of.there.any() for of in found.series.values()):
        raise NothingUsableError(f"no event can be used: {next(iter(found.counts()))}")
