"""Articles and headlines to proposed events: the walk through the sentences, and several articles together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from eventstudy.cells import find_zone, parse_times
from eventstudy.errors import InputError
from eventstudy.events.clock import read_iso, read_time
from eventstudy.events.schema import proposal, without_marks
from eventstudy.news.dates import find_times
from eventstudy.news.reading import TENSES, Reader, Report, Sentence, is_headlines, masked, outside, split_sentences
from eventstudy.news.stance_coder import Coder, Evidence, StanceReading, code_stance
from eventstudy.news.vocabulary import PATTERNS, ActorTable, Lexicon, default_actors, expression

_HEADLINE = 110
_PLACE = attrgetter("start", "end")
_NO_DAY, _DAY = len("2022-01"), len("2022-01-27")


@dataclass(frozen=True)
class ProposedEvent:
    """An event extracted from an article, to be confirmed by a person.

    Parameters
    ----------
    time : str
        Its day; its month or year where the article says no more.
    actor, target, speaker : str
        Codes, several separated by ``;``; the family name of the person who spoke for the actor, or empty.
    kind, stance : str
        What was done, and whether it raised, held or folded.
    headline : str
        The sentence, shortened.
    confidence, sure : float
        0 .. 1: of stance, actor and date together; of actor and date alone.
    evidence : tuple of Evidence
        The spans that decided, with offsets into the article `source` names first.
    source, note : str
        Where it stands, several separated by ``;``; how the date was found.
    published_at : str
        When it could be known first: the publication of what reports it.
    """

    time: str
    actor: str
    target: str
    speaker: str
    kind: str
    stance: str
    headline: str
    confidence: float
    evidence: tuple[Evidence, ...]
    source: str
    note: str
    sure: float
    published_at: str = ""

    @property
    def has_day(self) -> bool:
        """Whether its day is known, so that it can be confirmed as it is."""
        return len(self.time) > _NO_DAY

    def record(self) -> dict[str, Any]:
        """Return a row of the event schema with ``confidence`` and ``evidence``."""
        row = {name: value for name, value in vars(self).items() if name not in {"speaker", "sure"}}
        row["evidence"] = [asdict(one) for one in self.evidence]
        return proposal(precision="minute" if "T" in self.time else "day", **row)

    def joined(self, other: ProposedEvent) -> ProposedEvent:
        """Put a less sure report of the event into this one, whose stance stays; a disagreement stands in the note."""
        note, source, evidence = self.note, self.source, self.evidence
        if self.stance != other.stance and other.source != source:
            says = f"{other.source or 'another source'} says {other.stance} ({other.confidence:.2f})"
            note = "; ".join(filter(None, (note, says)))
        if other.source and other.source not in source.split("; "):
            # Another article's spans have other offsets: the surer report's evidence stays.
            source = "; ".join(filter(None, (source, other.source)))
        else:
            evidence = tuple(sorted(dict.fromkeys((*evidence, *other.evidence)), key=_PLACE))
        return replace(
            self,
            target=";".join(dict.fromkeys(filter(None, (*self.target.split(";"), *other.target.split(";"))))),
            speaker=self.speaker or other.speaker,
            sure=max(self.sure, other.sure),
            published_at=min(filter(None, (self.published_at, other.published_at)), default=""),
            note=note,
            source=source,
            evidence=evidence,
        )


@dataclass(frozen=True)
class SetAside:
    """A passage that is not an event of the article, and why.

    Parameters
    ----------
    text, start, end : str, int, int
        The characters ``start:end`` of the article.
    reason : str
        ``scheduled``, ``background``, ``undated``, ``caption``, ``commentator``, ``no actor``, ``no action``,
        ``no move``, ``duplicate``, ``clutter`` or ``void``.
    source, time : str
        The article; of what is ``scheduled``, the day (or month) it names.
    """

    text: str
    start: int
    end: int
    reason: str
    source: str = ""
    time: str = ""


class Extraction(NamedTuple):
    """What one or several articles report: proposed events, and what was set aside with the reason."""

    events: tuple[ProposedEvent, ...]
    set_aside: tuple[SetAside, ...]

    def records(self) -> list[dict[str, Any]]:
        """Return the events as rows of the schema, in order of time."""
        return [event.record() for event in self.events]


def merge(
    events: Iterable[ProposedEvent], *, by_stance: bool = False
) -> tuple[tuple[ProposedEvent, ...], tuple[ProposedEvent, ...]]:
    """Merge events of one date, actor, kind, speaker (and, `by_stance`, stance); return too what went into others."""

    def is_same(a: ProposedEvent, b: ProposedEvent) -> bool:
        if (a.time, a.kind, set(a.actor.split(";"))) != (b.time, b.kind, set(b.actor.split(";"))):
            return False
        # In one article the raise and the fold of an actor's day are two deeds.
        parted = by_stance or (a.source == b.source and "hold" not in {a.stance, b.stance})
        # A statement without a speaker joins any other of its actor and day.
        return (not a.speaker or not b.speaker or a.speaker == b.speaker) and (a.stance == b.stance or not parted)

    merged: list[ProposedEvent] = []
    repeats = []
    for event in sorted(events, key=lambda one: (-one.confidence, one.source, one.headline, one.stance)):
        k = next((k for k, known in enumerate(merged) if is_same(known, event)), None)
        if k is None:
            merged.append(event)
        else:
            merged[k] = merged[k].joined(event)
            repeats.append(event)
    merged.sort(key=lambda one: (one.time, one.source, min((span.start for span in one.evidence), default=0)))
    return tuple(merged), tuple(repeats)


def headline_of(sentence: str) -> str:
    """Shorten a sentence to one line, at a word.

    Examples
    --------
    >>> headline_of("They met.")
    'They met.'
    """
    line = " ".join(InputError.require("a sentence must be a text", sentence, str).split())
    return line if len(line) <= _HEADLINE else line[:_HEADLINE].rsplit(" ", 1)[0].rstrip(",;:") + " …"


#: How sure a date is: named in the sentence, the dateline's, that of the event before, or the day of publication.
_NAMED, _DATELINE, _TAKEN_OVER, _ASSUMED = 1.0, 0.9, 0.85, 0.75
#: How sure a kind is that no table names.
_UNKNOWN_VERB = 0.7
#: In characters: what is longer is a table or a listing, no sentence.
_LONGEST = 2000
_CLOCK, _COMES = expression(PATTERNS["roles"]["hours"]), expression(PATTERNS["clauses"]["comes"])


def extract_events(
    article_text: str,
    published: str | date | None,
    zone: str | None = None,
    source: str = "",
    *,
    headlines: bool | None = None,
    lexicon: Lexicon | None = None,
    actors: ActorTable | None = None,
    coder: Coder | None = None,
    embeddings: bool = False,
) -> Extraction:
    r"""Extract proposed, dated events from an article or a list of headlines.

    Parameters
    ----------
    article_text : str
        Plain text in English, the page's clutter may still be in it; or headlines, one a line.
    published : str, date or datetime
        When it came out: ``2022-01-27``, ``2022-01-27T08:30``, or with an offset. Weekdays are counted from it.
        Headlines that all begin with their own full date need none.
    zone : str, optional
        IANA name of the zone in which its weekdays and clocks are to be understood; `published` with an offset is moved
        there.
    source : str
        Name of the article, for the rows.
    headlines : bool, optional
        Whether each line is a headline; default: found from its lines (several short ones without full stops).
    lexicon, actors, coder : Lexicon, ActorTable, Coder, optional
        Phrases for the stance, names and codes, and a coder that answers instead of the bundled one, all of your own,
        from `read_lexicon`, `read_actors` and `read_coder`.
    embeddings : bool
        False, as older scripts say it: the sentence encoder read worse than the head and is gone.

    Returns
    -------
    Extraction
        Proposed events in order of time, each with ``published_at`` (when its report came out), and every passage that
        was set aside with its reason. Control characters are read as blanks; offsets are those of the text given.

    Raises
    ------
    InputError
        If `published` is missing, no time, or of no year that markets have seen; if `embeddings` is true.

    Examples
    --------
    >>> found = extract_events("Iran rejected the offer on Tuesday. Talks will resume next week.", "2022-01-27")
    >>> [(event.time, event.published_at, event.actor, event.stance) for event in found.events]
    [('2022-01-25', '2022-01-27', 'IRN', 'raise')]
    >>> [passage.reason for passage in found.set_aside]
    ['scheduled']
    >>> lines = "Riyadh recalls envoy from Doha\nTehran rejects IAEA demand\nKyiv and Moscow swap prisoners"
    >>> [event.actor for event in extract_events(lines, "2023-05-12").events]
    ['SAU', 'IRN', 'UKR;RUS']
    """
    if embeddings:
        raise InputError("the sentence encoder is gone, it read worse than the trained head; leave embeddings out")
    article_text = without_marks(InputError.require("an article must be a text", article_text, str), " ")
    listed = is_headlines(article_text) if headlines is None else headlines
    sentences = _settled(split_sentences(article_text, headlines=listed))
    dated = listed and sentences and all(re.search(r"(?:19|20)\d\d", one.stamp) for one in sentences)
    day, instant = (date(9000, 1, 1), "") if dated and not published else _publication(published, zone, source)
    walk = _Walk(
        today=day, published=day, article=instant, zone=zone or "", source=source, listed=bool(listed),
        actors=actors or default_actors(), code=partial(code_stance, lexicon=lexicon, coder=coder),
    )  # fmt: skip
    for sentence in sentences:
        walk.read(sentence)
    for title, event in walk.titles:  # one whose actor acts in the body would be counted twice
        if any(set(event.actor.split(";")) & set(one.actor.split(";")) for one in walk.events):
            walk.put_aside(title, "duplicate")
        else:
            walk.events.append(event)
    events, _ = merge(walk.events, by_stance=listed)  # within an article several sides report one event: no duplicate
    return Extraction(events, tuple(sorted(walk.aside, key=lambda one: one.start)))


def extract_all(extractions: Sequence[Extraction]) -> Extraction:
    """Put several articles together: what they share by date, actor and kind is one event with all its sources.

    Parameters
    ----------
    extractions : sequence of Extraction
        One an article, in any order.

    Returns
    -------
    Extraction
        Evidence and stance of a shared event are those of the surest report, whose source stands first; a source that
        says otherwise is named in the note; the repeats are set aside as ``duplicate``.
    """
    given = InputError.require("articles are put together from a list of what each of them gave", extractions, Iterable)
    extractions = [InputError.require("an article's events must be an Extraction", one, Extraction) for one in given]
    events, repeats = merge([event for one in extractions for event in one.events])
    doubles = tuple(SetAside(one.headline, -1, -1, "duplicate", one.source) for one in repeats)
    return Extraction(events, (*(passage for one in extractions for passage in one.set_aside), *doubles))


@dataclass(kw_only=True)
class _Walk(Reader):
    """The walk through an article: what stays the same, and what each sentence leaves to the next."""

    published: date
    article: str  # when it came out, as far as it is known
    zone: str
    source: str
    code: Callable[[str], StanceReading]
    listed: bool
    events: list[ProposedEvent] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    titles: list[tuple[Sentence, ProposedEvent]] = field(default_factory=list)
    speaker: str = "no actor"  # `event` where the last words were an actor's, else why they were set aside
    day: str = ""  # of the line
    told: str = ""  # the day that was named last, which 'a day later' counts from
    paragraph: tuple[str, str] = ("", "")  # that of the event before in the paragraph; whose alone it is, if anybody's
    named_days: dict[str, str] = field(default_factory=dict)  # by actor, that of its last event with one
    instant: str = ""  # when a headline with a clock came out
    doubt: str = ""  # why its clock counts for nothing
    dateline: tuple[str, str] = ("", "")  # its day, and as it is written

    def read(self, sentence: Sentence) -> None:
        """Read one sentence."""
        title = sentence.role == "title"
        self.paragraph = ("", "") if sentence.opens else self.paragraph
        if (sentence.role != "body" and not title) or len(sentence.text) > _LONGEST:
            self.put_aside(sentence, "caption" if sentence.role == "caption" else "clutter")
            return
        # A paragraph all of which stands in quotation marks.
        spoken = any(end - start >= len(sentence.text) - 2 for start, end in sentence.quoted)
        if spoken and not sentence.label and not title:
            self._quotation(sentence)
            return
        self._stamped(sentence)
        plain = self.actors.recased(masked(sentence.text, outside(sentence.quoted, len(sentence.text))))
        reports, reason = self._reports(sentence, plain)
        made, void, dated = list[ProposedEvent](), False, None
        now = str(self.today) if _COMES.search(plain) else ""
        for one in reports:
            event, named = self._propose(sentence, plain, one, reports, dated.time if dated else now)
            if event.stance == "none":
                void |= "void:" in event.note
                continue
            dated = dated or (event if named else None)
            made.append(event)
        if title and not self.listed:
            self.titles += [(sentence, event) for event in made]
        else:
            self.events += made
        if not made:
            self.put_aside(sentence, reason or ("void" if void else "no move" if reports else "scheduled"))
        if not title:
            self._name_day(dated, plain)

    def _reports(self, sentence: Sentence, plain: str) -> tuple[list[Report], str]:
        """Return what is no plan of what a sentence says, and why it is no event; a title stands by itself."""
        before, title = self.known.copy(), sentence.role == "title"
        if title:
            self.known.clear()
        reports, reason = self.read_sentence(sentence, plain)
        if title:
            self.known |= before  # whom a title names 'we' and 'the ministry' may be until the text names another
        else:
            self.speaker = reason or "event"
        return [one for one in reports if not self._is_plan(sentence, plain, one)], reason

    def _name_day(self, dated: ProposedEvent | None, plain: str) -> None:
        """Keep the day of a sentence's event for what follows; 'a day later' counts from any day of the past in it."""
        past = [one.time for one in find_times(plain, self.today) if one.standing == "past"]
        if latest := dated.time if dated else "".join(past[-1:]):
            # A day long past is what the paragraph tells of before its news, not the day of what follows; one before
            # the day told of so far is that of this actor alone.
            week, so_far = (self.today - timedelta(days=7)).isoformat(), self.told or self.dateline[0]
            holds = dated is not None and dated.has_day and dated.time >= week
            self.paragraph = (latest, dated.actor * (latest < so_far)) if dated and holds else ("", "")
            if dated and holds:
                self.named_days |= dict.fromkeys(dated.actor.split(";"), latest)
            self.told = latest

    def put_aside(self, sentence: Sentence, reason: str) -> None:
        """Set a sentence aside, with the day of what is scheduled."""
        time = ""
        if reason == "scheduled" and (plan := TENSES["scheduled"].search(sentence.text)):
            named = find_times(sentence.text, self.today)
            days = [one for one in named if one.time and (one.standing == "scheduled" or one.start > plan.start())]
            time = min(days, key=lambda one: one.standing != "scheduled").time if days else ""
        self.aside.append(SetAside(sentence.text, sentence.start, sentence.end, reason, self.source, time))

    def _stamped(self, sentence: Sentence) -> None:
        """Take the date or clock before a line for its time; a dateline's day holds until the next."""
        days, times = ([one for one in find_times(text, self.published) if one.time]
                       for text in (sentence.dateline, sentence.stamp))  # fmt: skip
        if days:
            self.dateline = (days[0].time, sentence.dateline)
        self.day, self.today, self.instant, self.doubt = times[0].time if times else "", self.published, "", ""
        if not self.listed:
            return
        if len(self.day) == _DAY:
            self.today = date.fromisoformat(self.day)
        if clock := _CLOCK.search(sentence.stamp, times[0].end if times else 0):
            hour, rest = re.split("[:h.]", clock.group(), maxsplit=1)
            try:
                written = parse_times([f"{self.today} {hour}:{rest}"], where=lambda _: "its clock")[0][0]
                known = read_time(written, self.zone, "its {}".format, zone_from="--zone")
            except InputError as error:
                self.doubt = str(error)
                return
            moment = datetime.fromisoformat(known.written)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=find_zone(self.zone)[0])
            # A list that came out at three in the afternoon has its evening clocks from the day before.
            while not times and len(self.article) > _DAY and moment > datetime.fromisoformat(self.article):
                moment -= timedelta(days=1)
            self.today, self.instant = moment.date(), moment.isoformat(timespec="minutes")

    def _quotation(self, sentence: Sentence) -> None:
        """Give a paragraph in quotation marks to whoever spoke before it."""
        if self.speaker != "event" or not self.events:
            self.put_aside(sentence, self.speaker if self.speaker != "event" else "no actor")
            return
        spoken, last = self._stance(sentence, sentence.text, [(0, len(sentence.text))]), self.events[-1]
        grown = replace(last, evidence=(*last.evidence, *spoken.evidence))
        if spoken.label != "none" and spoken.confidence * last.sure > last.confidence:
            sure = round(spoken.confidence * last.sure, 3)
            grown = replace(grown, stance=spoken.label, confidence=sure, headline=headline_of(sentence.text))
        self.events[-1] = grown

    def _is_plan(self, sentence: Sentence, plain: str, one: Report) -> bool:
        """Whether somebody says what another actor is going to do: a plan beside the statement."""
        said = plain[one.action.end :]
        plan = TENSES["scheduled"].search(said) if one.action.kind == "statement" and not sentence.label else None
        named = self.actors.mentions(said[: plan.start()]) if plan else ()
        return any(mention.code not in one.subject.codes for mention in named)

    def _propose(
        self, sentence: Sentence, plain: str, one: Report, reports: Sequence[Report], main_day: str
    ) -> tuple[ProposedEvent, bool]:
        """Make an event of what a clause says; also say whether its day was named."""
        time, note, sure_day = self._date_of(one, main_day)
        (codes, person, start, end, sure_actor), action, when, clause = one
        text, spans = self.actors.recased(sentence.text), list(clause.spans)
        own = spans
        if clause.role == "main":  # it has all that no other event's clause has
            own = outside([span for other in reports if other is not one for span in other.clause.spans], len(text))
        reading = self._stance(sentence, text, own)
        if reading.label == "none" and len(reports) > 1:
            reading = self._stance(sentence, text, spans)
        named = [(start, end, f"actor: {';'.join(codes)}"), (action.start, action.end, f"kind: {action.kind}")]
        named += [(when.start, when.end, f"time: {when.time or when.shift}")] if when else []
        begin = sentence.start
        evidence = [Evidence(sentence.text[a:b], a + begin, b + begin, rule, 0.0) for a, b, rule in named if 0 <= a < b]
        sure = round(sure_day * sure_actor * (1.0 if action.known else _UNKNOWN_VERB), 3)
        others = dict.fromkeys(mention.code for mention in self.actors.mentions(plain))
        minor = clause.role in {"relative", "coordinate"}
        if self.instant and time == str(self.today):
            time = self.instant
        known = self.instant or self.article
        late = f"its day lies after the publication, {known}: is --published right?" * (time[:_DAY] > known[:_DAY] > "")
        known = time if late else self.instant or (self.listed and len(self.day) == _DAY and self.day) or known or time
        event = ProposedEvent(
            time=time,
            actor=";".join(codes),
            target=";".join(code for code in others if code not in codes),
            speaker=person,
            kind=action.kind,
            stance=reading.label,
            headline=headline_of(" ".join(sentence.text[a:b] for a, b in spans) if minor else sentence.text),
            confidence=round(reading.confidence * sure, 3),
            evidence=tuple(sorted((*evidence, *reading.evidence), key=_PLACE)),
            source=self.source,
            note="; ".join(filter(None, (note, self.doubt, late, reading.note))),
            sure=sure,
            published_at=known,
        )
        return event, sure_day == _NAMED

    def _date_of(self, one: Report, main_day: str) -> tuple[str, str, float]:
        """Return an event's time, how it was found, and how sure it is."""
        published = self.today.isoformat()
        article = f"article of {published}"
        if one.when and one.when.time:
            return one.when.time, f"'{one.when.text.strip()}' in an {article}", _NAMED
        shift = one.when.shift if one.when else one.clause.shift
        if shift is not None:
            base = main_day or self.told or self.day or self.dateline[0] or published
            shifted = base  # a month stays a month
            with suppress(ValueError):
                shifted = min((date.fromisoformat(base[:10]) + timedelta(days=shift)).isoformat(), published)
            return shifted, f"{shift:+d} days from {base}, {article}", _NAMED
        day, actor = self.paragraph
        own = not actor or set(actor.split(";")) & set(one.subject.codes)
        doubt = ", which could be two days" * (len(self.day) < _DAY)
        for time, how, sure in (
            (main_day, "day of the clause before", _TAKEN_OVER),
            (self.day, f"the date before the line{doubt}", _NAMED),
            (day if own else "", "day of the sentence before", _TAKEN_OVER),
            (
                max((self.named_days.get(code, "") for code in one.subject.codes), default=""),
                "day of the actor before",
                _TAKEN_OVER,
            ),
            (self.dateline[0], f"dateline '{self.dateline[1]}'", _DATELINE),
        ):
            if time:
                return time, f"{how}, {article}", sure
        return published, "no day in the sentence: day of publication", _ASSUMED

    def _stance(self, sentence: Sentence, text: str, spans: Sequence[tuple[int, int]]) -> StanceReading:
        """Read the stance of what lies in the spans, the rest blank; offsets are the article's."""
        reading, begin = self.code(masked(text, spans)), sentence.start
        moved = (replace(one, text=sentence.text[one.start : one.end], start=one.start + begin, end=one.end + begin)
                 for one in reading.evidence)  # fmt: skip
        return replace(reading, evidence=tuple(moved))


def _settled(sentences: list[Sentence]) -> list[Sentence]:
    """Write the slashed dates before the lines in ISO form, where these lines together settle which part is the day."""
    slashed = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")
    written = [found for one in sentences for found in slashed.findall(one.stamp)]
    try:
        days = dict(zip(written, parse_times(written, ordered=True)[0], strict=True))
    except InputError:
        return sentences
    return [one._replace(stamp=slashed.sub(lambda found: days[found.group()], one.stamp)) for one in sentences]


def _publication(published: str | date | None, zone: str | None, source: str) -> tuple[date, str]:
    """Return the day of publication in the article's zone, and the instant as far as it is known."""
    where = f"{source}: " if source else ""
    if not published:
        raise InputError(
            f"{where}an article needs its publication date, for 'Wednesday' means nothing without it; "
            "give --published 2022-01-27 (published='2022-01-27'), or the HTML page with its meta tags"
        )
    InputError.require(f"{where}the publication date must be a date or a text", published, str, date)
    text = published if isinstance(published, str) else published.isoformat()
    try:
        home, moment = find_zone(zone)[0] if zone else None, read_iso(text, "published", "a publication date")
    except InputError as error:
        raise InputError(f"{where}{error}") from None
    if not isinstance(moment, datetime) or not (moment.tzinfo or home):  # a clock without a zone names no instant
        return date.fromisoformat(text[:_DAY]), text[:_DAY]
    local = moment.astimezone(home or moment.tzinfo) if moment.tzinfo else moment.replace(tzinfo=home)
    return local.date(), local.isoformat(timespec="minutes")
