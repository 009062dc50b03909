"""`eventstudy read` and `eventstudy surprises`: what prices made of an event, and the moves that no event explains."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from eventstudy.cli.options import SHARED, Asked, Option, command
from eventstudy.cli.output import TextTable, bar, emit, folded, say, show, write
from eventstudy.cli.sources import ALL_CASES, read_event_file
from eventstudy.errors import DesignError
from eventstudy.wording import probability, true_minus

if TYPE_CHECKING:
    from eventstudy.cli.sources import Sources

_WINDOWS = ("0:0", "0:1")


def _sources(asked: Asked) -> Sources:
    """Read what the options name; without --case and --events all bundled events, without --series the headline."""
    from eventstudy.reading import HEADLINE

    case = ALL_CASES if asked.case is None and asked.events is None else asked.case
    return asked.read(case=case, series=asked.series or (HEADLINE if case == ALL_CASES else None))


@command(
    Option("event", "[EVENT_ID]", "text", None, "An event on file."),
    Option("date", "--date DATE", "text", None, "A date instead of an event.", first=True),
    Option("every", "--all", "yes", False, "Read all events, and score the readings beside base lines.", first=True),
    "SOURCES",
    SHARED["windows"]._replace(help="Window of the reaction; may be repeated.", default=_WINDOWS),
    "as_of how",
    SHARED["detail"]._replace(help="Also the earlier events that were most like it."),
    "quiet",
)
def read(asked: Asked) -> None:
    """Say whether prices took an event for a raise, a fold or nothing, by what they did after earlier ones."""
    from eventstudy.reading import reactions, read_all, read_event, scores
    from eventstudy.study import EventStudy
    from eventstudy.study.envelope import to_json

    if (asked.event is not None) + (asked.date is not None) + asked.every != 1:
        raise DesignError("name an event of the record, or a date (--date 2022-01-27), or --all")
    of = _sources(asked)
    given: dict[str, Any] = {"series": of.series, "windows": asked.windows or list(_WINDOWS)}
    given |= {"instruments": of.instruments, "as_of": asked.as_of}
    if asked.every:
        with bar("Reading every event", quiet=asked.quiet):
            found = read_all(reactions(EventStudy(of.events, of.prices, **given)))
        if asked.how == "table":
            show(_scores(scores(found)))
        asked.emit(found.assign(day=found["day"].astype(str)), _all(found))
        return
    reading = read_event(asked.event, date=asked.date, events=of.events, prices=of.prices, **given)
    if asked.how == "json":
        write(to_json(reading.record()))
        return
    if asked.how in {"csv", "parquet"}:
        emit(reading.shares, asked.how)
        return
    shares = tuple(
        (
            row["series"],
            row["window"],
            *(true_minus(f"{value:+.{n}f}") for value, n in ((row["z"], 1), (row["adds"], 2))),
        )
        for row in reading.shares.to_dict("records")
    )
    note = () if asked.detail else ("--detail: the earlier events whose reactions were most like it.",)
    title = "What each market adds to the log odds of raise against fold"
    tables = [TextTable(title, ("series", "window", "z", "adds"), shares, ("series", "window"), note)]
    if asked.detail:
        near = tuple(
            (str(row["event_id"]), f"{row['day']:%Y-%m-%d}", str(row["stance"]), f"{row['distance']:.1f}")
            for row in reading.nearest.to_dict("records")
        )
        left = ("event", "session", "stance")
        title = "The earlier events whose reactions were most like it"
        tables.append(TextTable(title, (*left, "distance"), near, left))
    if asked.how == "table":
        say([reading.sentence])
    show(*tables, how=asked.how)


def _scores(table: Any) -> Any:
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
    rows = tuple(
        (str(row["event_id"]), f"{row['day']:%d %b}", row["stance"],
         *(f"{row[name]:.2f}" for name in ("raise", "fold", "nothing")), row["says"])
        for row in found.to_dict("records")
    )  # fmt: skip
    columns = ("event", "session", "coded", "raise", "fold", "none", "traded like")
    return TextTable(
        "Coded stance against the prices' own reading", columns, rows, ("event", "session", "coded", "traded like")
    )


@command(
    "SOURCES",
    Option("since", "--since DATE", "text", None, "On this day or later.", first=True),
    Option(
        "fdr", "--fdr SHARE", "number", 0.1, "Expected share of false finds, 0.001 to 0.5.", first=True, least=0.001
    ),
    Option(
        "headlines", "--headlines FILE", "path", None, "Dated headlines, the nearest of each day beside it.", first=True
    ),
    "how quiet",
)
def surprises(asked: Asked) -> None:
    """List the days without news on file on which markets together moved out of the ordinary."""
    from eventstudy.reading import reactions
    from eventstudy.reading import surprises as find_surprises
    from eventstudy.study import EventStudy

    fdr, since = asked.fdr, asked.since
    if fdr > 0.5:  # noqa: PLR2004  # no more false finds than true ones
        raise DesignError(f"--fdr {fdr:g}: the share of false finds is 0.001 to 0.5")
    try:
        first = date.fromisoformat(since or "1900-01-01")
    except ValueError:
        raise DesignError(f"--since {since} is no date; write 2022-01-27") from None
    beside = None if asked.headlines is None else read_event_file(asked.headlines)
    of = _sources(asked)
    study = EventStudy(of.events, of.prices, instruments=of.instruments, series=of.series, windows=["0:0"])
    with bar("Looking at every day", quiet=asked.quiet):
        every = reactions(study)
        found = find_surprises(every, fdr, beside)
    if since is not None:
        if len(every.days) and every.days[-1] < first:
            raise DesignError(f"--since {since}: the last day without news is {every.days[-1]}")
        found = found[found["day"] >= since].reset_index(drop=True)
    rows = tuple(
        (f"{row['day']:%Y-%m-%d}", probability(row["p_value"]), f"{row['q_value']:.3f}", row["largest"],
         true_minus(f"{row['z']:+.1f}"), row["says"]) for row in found.to_dict("records")
    )  # fmt: skip
    told = () if beside is None else tuple(
        folded(f"{day:%Y-%m-%d}: {text or 'no headline in the file'}")
        for day, text in zip(found["day"], found["headlines"], strict=True)
    )  # fmt: skip
    asked.emit(found.assign(day=found["day"].astype(str)), TextTable(
        f"Days without news on file, out of the ordinary; false-discovery rate {fdr:g}",
        ("session", "p", "q", "moved most", "z", "traded like"), rows, ("session", "moved most", "traded like"),
        ("No known cause is an answer: the record of events is not complete.", *told),
    ))  # fmt: skip
