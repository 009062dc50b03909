"""Articles to proposed events: the walk through the sentences, and several articles together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from eventstudy.errors import InputError
from eventstudy.news.actors import ActorTable, default_actors
from eventstudy.news.boilerplate import read_lines
from eventstudy.news.kinds import find_tense
from eventstudy.news.lexicon import Lexicon
from eventstudy.news.proposals import Extraction, ProposedEvent, SetAside, headline_of, merge
from eventstudy.news.reading import Context, Told, read_sentence, shifted
from eventstudy.news.sentences import Sentence, split_sentences
from eventstudy.news.stance_coder import Evidence, StanceReading, code_stance

#: How sure a date is: named in the sentence, taken over from the same actor's last event, or the day of publication.
_NAMED, _TAKEN_OVER, _ASSUMED = 1.0, 0.85, 0.75


def extract_events(
    article_text: str,
    published: str | date | None,
    zone: str | None = None,
    source: str = "",
    *,
    lexicon: Lexicon | None = None,
    actors: ActorTable | None = None,
) -> Extraction:
    """Read the dated events an article tells of, as proposals.

    Parameters
    ----------
    article_text : str
        Plain text in English, the page's clutter may still be in it.
    published : str, date or datetime
        When it came out: ``2022-01-27``, ``2022-01-27T08:30``, or with an offset. Weekdays are counted from it.
    zone : str, optional
        IANA name of the zone in which its weekdays are to be understood; `published` with an offset is moved there.
    source : str
        Name of the article, for the rows.
    lexicon : Lexicon, optional
        Phrases of your own for the stance.
    actors : ActorTable, optional
        Names and codes; default the library's.

    Returns
    -------
    Extraction
        Proposed events in order of time, and every passage that was set aside with its reason.

    Raises
    ------
    InputError
        If `published` is missing or no time.

    Examples
    --------
    >>> found = extract_events("Iran rejected the offer on Tuesday. Talks will resume next week.", "2022-01-27")
    >>> [(event.time, event.actor, event.stance) for event in found.events]
    [('2022-01-25', 'IRN', 'raise')]
    >>> [passage.reason for passage in found.set_aside]
    ['scheduled']
    """
    day = _day_of(published, zone, source)
    walk = _Walk(article_text, day, source, lexicon, actors or default_actors())
    sentences = split_sentences(read_lines(article_text))
    state = _State(Context(day, walk.actors))
    for sentence in sentences:
        state = _step(walk, state, sentence)
    events, repeats = merge(state.events)
    del repeats  # within an article the same thing is told from several sides: that is one event, not a duplicate
    return Extraction(events, state.aside)


def extract_all(extractions: Sequence[Extraction]) -> Extraction:
    """Put several articles together: what they share by date, actor and kind is one event with all its sources.

    Parameters
    ----------
    extractions : sequence of Extraction
        One an article.

    Returns
    -------
    Extraction
        Evidence and stance of a shared event are those of the article read first; the repeats are set aside as
        ``duplicate``.
    """
    events, repeats = merge([event for one in extractions for event in one.events])
    doubles = tuple(SetAside(one.headline, -1, -1, "duplicate", one.source) for one in repeats)
    return Extraction(events, (*(passage for one in extractions for passage in one.set_aside), *doubles))


@dataclass(frozen=True)
class _Walk:
    """What stays the same from the first sentence to the last."""

    text: str
    published: date
    source: str
    lexicon: Lexicon | None
    actors: ActorTable


@dataclass(frozen=True)
class _State:
    """What one sentence leaves to the next."""

    context: Context
    events: tuple[ProposedEvent, ...] = ()
    aside: tuple[SetAside, ...] = ()
    named_days: dict[str, str] = field(default_factory=dict)
    speaker: str = ""  # 'event' where the last words were an actor's, else the reason they were set aside


def _step(walk: _Walk, state: _State, sentence: Sentence) -> _State:
    """Read one sentence."""
    if sentence.role == "caption":
        return _set_aside(state, sentence, "caption", walk)
    if sentence.spoken and not sentence.label:
        return _quotation(walk, state, sentence)
    told, reason, context = read_sentence(sentence, state.context)
    state = replace(state, context=context, speaker=reason or "event")
    if reason:
        state = _set_aside(state, sentence, reason, walk)
    elif told and _tells_plans(sentence, told[0], walk):
        state = _set_aside(state, sentence, "scheduled", walk)
    main_day = ""
    for one in told:
        event, named = _propose(walk, state, sentence, one, told, main_day)
        main_day = main_day or event.time
        days = {**state.named_days, **dict.fromkeys(one.subject.codes, event.time)} if named else state.named_days
        state = replace(state, events=(*state.events, event), named_days=days)
    return state


def _tells_plans(sentence: Sentence, one: Told, walk: _Walk) -> bool:
    """Whether somebody says what another actor is going to do: a plan beside the statement."""
    if one.action.kind != "statement" or sentence.label:
        return False
    said = sentence.plain()[one.action.end :]
    plan = find_tense(said, "scheduled")
    named = walk.actors.mentions(said[: plan.start()]) if plan else ()
    return any(mention.code not in one.subject.codes for mention in named)


def _quotation(walk: _Walk, state: _State, sentence: Sentence) -> _State:
    """Give a paragraph in quotation marks to whoever spoke before it."""
    if state.speaker != "event" or not state.events:
        return _set_aside(state, sentence, state.speaker or "no actor", walk)
    spoken = _stance(walk, sentence, [(0, len(sentence.text))])
    last = state.events[-1]
    grown = replace(last, evidence=(*last.evidence, *spoken.evidence))
    if spoken.label != "none" and spoken.confidence * last.sure > last.confidence:
        grown = replace(grown, stance=spoken.label, confidence=round(spoken.confidence * last.sure, 3))
    return replace(state, events=(*state.events[:-1], grown))


def _set_aside(state: _State, sentence: Sentence, reason: str, walk: _Walk) -> _State:
    passage = SetAside(sentence.text, sentence.start, sentence.end, reason, walk.source)
    return replace(state, aside=(*state.aside, passage))


def _propose(
    walk: _Walk, state: _State, sentence: Sentence, one: Told, told: Sequence[Told], main_day: str
) -> tuple[ProposedEvent, bool]:
    """Make an event of what a clause tells; also say whether its day was named."""
    time, note, sure_day = _date_of(walk, state, one, main_day)
    spans = _own_spans(sentence, one, told)
    reading = _stance(walk, sentence, spans)
    sure = round(sure_day * one.subject.sure, 3)
    event = ProposedEvent(
        time=time,
        actor=";".join(one.subject.codes),
        target=_targets(walk, sentence, one),
        speaker=one.subject.person,
        kind=one.action.kind,
        stance=reading.label,
        headline=headline_of(one.clause.text if one.clause.role in {"relative", "coordinate"} else sentence.text),
        confidence=round(reading.confidence * sure, 3),
        evidence=tuple(sorted((*_named(sentence, one), *reading.evidence), key=lambda e: (e.start, e.end))),
        source=walk.source,
        note=note,
        sure=sure,
    )
    return event, sure_day == _NAMED


def _own_spans(sentence: Sentence, one: Told, told: Sequence[Told]) -> list[tuple[int, int]]:
    """Return where a clause stands; the main clause has all that no other event's clause has."""
    if one.clause.role != "main":
        return list(one.clause.spans)
    spans, start = [], 0
    for first, last in sorted(span for other in told if other is not one for span in other.clause.spans):
        if first > start:
            spans.append((start, first))
        start = max(start, last)
    return [*spans, (start, len(sentence.text))] if start < len(sentence.text) else spans


def _date_of(walk: _Walk, state: _State, one: Told, main_day: str) -> tuple[str, str, float]:
    """Return an event's time, how it was found, and how sure it is."""
    published = walk.published.isoformat()
    if one.time:
        return one.time, f"'{one.when.text.strip()}' in an article of {published}" if one.when else "", _NAMED
    if one.shift is not None:
        base = main_day or (state.events[-1].time if state.events else published)
        return shifted(base, one.shift), f"{one.shift:+d} days from {base}, article of {published}", _NAMED
    for code in one.subject.codes:
        if code in state.named_days and state.named_days[code][:4] == published[:4]:
            return state.named_days[code], f"day of the last dated event of {code}, article of {published}", _TAKEN_OVER
    return published, "no day in the sentence: day of publication", _ASSUMED


def _stance(walk: _Walk, sentence: Sentence, spans: Sequence[tuple[int, int]]) -> StanceReading:
    """Read the stance of what lies in the spans, the rest blank; offsets are the article's."""
    read = [" "] * len(sentence.text)
    for start, end in spans:
        read[start:end] = sentence.text[start:end]
    reading = code_stance("".join(read), walk.lexicon)
    moved = [replace(one, start=one.start + sentence.start, end=one.end + sentence.start) for one in reading.evidence]
    return replace(reading, evidence=tuple(moved))


def _named(sentence: Sentence, one: Told) -> list[Evidence]:
    """Return the spans that named actor, action and time."""
    named = [
        (one.subject.start, one.subject.end, f"actor: {';'.join(one.subject.codes)}"),
        (one.action.start, one.action.end, f"kind: {one.action.kind}"),
    ]
    if one.when:
        named.append((one.when.start, one.when.end, f"time: {one.when.time or one.when.shift}"))
    return [
        Evidence(sentence.text[start:end], start + sentence.start, end + sentence.start, rule, 0.0)
        for start, end, rule in named
        if 0 <= start < end
    ]


def _targets(walk: _Walk, sentence: Sentence, one: Told) -> str:
    others = [mention.code for mention in walk.actors.mentions(sentence.plain())]
    return ";".join(code for code in dict.fromkeys(others) if code not in one.subject.codes)


def _day_of(published: str | date | None, zone: str | None, source: str) -> date:
    """Return the day of publication in the article's zone."""
    where = f"{source}: " if source else ""
    if published is None or published == "":
        raise InputError(
            f"{where}an article needs its publication date, for 'Wednesday' means nothing without it; "
            "give --published 2022-01-27 (published='2022-01-27'), or the HTML page with its meta tags"
        )
    if isinstance(published, date) and not isinstance(published, datetime):
        return published
    try:
        moment = published if isinstance(published, datetime) else datetime.fromisoformat(published)
    except ValueError:
        raise InputError(
            f"{where}'{published}' is not a publication date; write 2022-01-27 or 2022-01-27T08:30+03:00"
        ) from None
    if zone is None or moment.tzinfo is None:
        return moment.date()
    try:
        return moment.astimezone(UTC).astimezone(ZoneInfo(zone)).date()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"{where}'{zone}' is not a time zone; write an IANA name such as Europe/Moscow") from None
