"""Reading an article: its lines, sentences and clauses, and of each who did what when, or why it is no event."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from eventstudy.files import bundled_toml
from eventstudy.news.dates import DAYS, When, find_times, number
from eventstudy.news.grammar import PRESENT, Text
from eventstudy.news.vocabulary import PATTERNS, ActorTable, Mention, any_of, expression

_ROLES, _CLAUSES, _ACTS, _PRONOUNS = (
    {name: expression(one) for name, one in PATTERNS[part].items()} for part in ("roles", "clauses", "acts", "pronouns")
)
#: In words: a headline has no more.
_HEADLINE_WORDS = 30
#: A list has no fewer lines.
_FEW_LINES = 3
#: In characters: a line longer than this is a listing or a book, no paragraph.
_LONGEST_LINE = 100_000
_CAPTION_LENGTH = 320
#: A sentence of more clauses is a listing: the rest belongs to the main clause.
_MOST_CLAUSES = 12


class Sentence(NamedTuple):
    """A sentence and its place."""

    text: str
    start: int
    end: int
    role: str  # what its line is: body, title (or heading), caption, credit, clutter, related, author
    number: int  # how many sentences of the body stand before it
    label: str = ""  # in a transcript, the words before the colon that say who speaks
    stamp: str = ""  # the date or clock before what the line says
    dateline: str = ""  # the day of the dateline
    quoted: tuple[tuple[int, int], ...] = ()  # what stands in quotation marks, as offsets into `text`
    opens: bool = True  # whether it is the first of its line


def is_headlines(text: str) -> bool:
    """Whether a text is a list of headlines: several short lines, hardly any with a full stop, none running on."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    plain = [line for line in lines if not line.endswith((".", ".”", '."')) and len(line.split()) <= _HEADLINE_WORDS]
    return len(lines) >= _FEW_LINES and len(plain) >= 0.9 * len(lines) and not _is_wrapped(text)


def _is_wrapped(text: str) -> bool:
    """Whether most lines end in mid-sentence and go on in lower case on the next."""
    pairs = [(a.strip(), b.strip()) for a, b in pairwise(text.split("\n")) if a.strip() and b.strip()]
    running = sum(1 for a, b in pairs if not _ROLES["ends"].search(a) and b[:1].islower())
    return bool(pairs) and running >= max(2, len(pairs) // 3)


def split_sentences(text: str, *, headlines: bool = False) -> list[Sentence]:
    """Cut an article into sentences, in their order; a line that is no text of the article's stays whole."""
    sentences: list[Sentence] = []
    label, heading, n_body = "", "", 0
    for line, at, role in _lines(text, headlines=headlines):
        offset, stamp, dateline, quotes = 0, "", "", list[tuple[int, int]]()
        if role in {"body", "caption", "title"}:
            offset, label, stamp, dateline = _opening(line, label)
            label = "" if role == "title" else label  # "Timeline: ..." speaks for nobody
            alone = _ROLES["stamp"].match(f"{line.rstrip(':')}: _")
            # A date of its own holds for what follows; "Part 1" is none.
            dated = alone and alone.end() > len(line) and any(one.time for one in find_times(line, date(2022, 1, 27)))
            heading = line if dated else heading
            if headlines:
                stamp = f"{heading} {stamp}".strip() if not stamp or _ROLES["hours"].match(stamp) else stamp
            else:
                dateline = dateline or heading
            # One that is never closed runs to the end.
            quotes = [one.span() for one in re.finditer(r"[“\"][^”\"]*(?:[”\"]|\Z)", line)]
        whole = [(offset, len(line))]
        for start, end in _cuts(line, offset, quotes) if role in {"body", "caption"} else whole:
            near = quotes[max(bisect_right(quotes, (start,)) - 1, 0) : bisect_right(quotes, (end,))]
            quoted = tuple((max(a - start, 0), min(b, end) - start) for a, b in near if a < end and b > start)
            speaker, place = label if role == "body" else "", (at + start, at + end)
            opens = start == whole[0][0]
            sentences.append(Sentence(line[start:end], *place, role, n_body, speaker, stamp, dateline, quoted, opens))
            n_body += role == "body"
    return sentences


def _lines(text: str, *, headlines: bool) -> list[tuple[str, int, str]]:
    """Return the lines of a page, where each begins and what it is."""
    whole = r"\S[^\n]*"
    if not headlines and _is_wrapped(text):
        whole += r"(?:\n(?!\s*\n)[^\n]*\S[^\n]*)*"  # a hard-wrapped paragraph is one line
    found = [(one.group().rstrip(), one.start()) for one in re.finditer(whole, text)]
    roles = ["title" if headlines and not _ROLES["explains"].match(line) else _role(line) for line, _ in found]
    for k in range(1, len(found)):
        (above, at), (_, begin) = found[k - 1], found[k]
        touching = "\n\n" not in text[at + len(above) : begin].replace(" ", "")
        if roles[k] == "credit" and roles[k - 1] in {"body", "title"} and touching:
            roles[k - 1] = "caption"
    return [(line, at, role) for (line, at), role in zip(found, roles, strict=True)]


def _role(line: str) -> str:
    n, ends = len(line.split()), _ROLES["ends"].search(line)
    if len(line) > _LONGEST_LINE:
        return "clutter"
    if _ROLES["credit"].search(line) and len(line) < _CAPTION_LENGTH:
        return "credit" if n <= 12 else "caption"  # noqa: PLR2004  # a credit names people, a caption has a sentence
    if _ROLES["explains"].match(line) or (_ROLES["related"].search(line) and (not ends or ":" in line[:16])):
        return "related"
    if _ROLES["author"].search(line) and n <= 16 and not ends:  # noqa: PLR2004  # an author line is short
        return "author"
    if _ROLES["clutter"].search(line) and n <= 45:  # noqa: PLR2004  # a sentence of an article may say 'cookie'
        return "clutter"
    return "body" if ends else "title"


def _opening(line: str, label: str) -> tuple[int, str, str, str]:
    """Return where the text of a line begins behind date, dateline or speaker, who speaks, the date, the dateline's."""
    begin = _ROLES["bullet"].match(line).end()  # type: ignore[union-attr]  # it matches the empty text
    stamped = _ROLES["stamp"].match(line, begin)
    if stamped:
        return stamped.end(), "", re.sub(r"(?<=\d)T(?=\d)", " ", stamped.group().strip(" \t:|;,—–-[]")), ""
    if dateline := _ROLES["dateline"].match(line):
        return dateline.end(), "", "", dateline["day"] or ""
    found = _ROLES["label"].match(line)
    return (found.end(), found[1], "", "") if found else (begin, label, "", "")


def _cuts(text: str, start: int, quotes: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield where the sentences of a line begin and end."""
    for stop in _ROLES["stop"].finditer(text, start):
        near = bisect_right(quotes, (stop.start(),)) - 1
        inside = near >= 0 and stop.end() < quotes[near][1]
        short = _ROLES["short"].search(text[max(start, stop.start() - 12) : stop.start() + 1])
        # An abbreviation like `U.S.` may close a sentence, `Mr.` may not.
        if inside or (short and not (short.group().count(".") > 1 and _ROLES["fresh"].match(text, stop.end()))):
            continue
        yield start, stop.end()
        start = re.compile(r"\s*").match(text, stop.end()).end()  # type: ignore[union-attr]  # it matches the empty text
    if text[start:].strip():
        yield start, len(text)


class Clause(NamedTuple):
    """One clause of a sentence."""

    role: str  # how it hangs on the sentence: main, coordinate, with, relative, pronoun, subordinate
    text: str  # as long as the sentence, everything outside the clause blank: offsets are the sentence's
    spans: tuple[tuple[int, int], ...]
    shift: int | None = None  # of a relative one: days from the main clause's event to this one's


def split_clauses(plain: str) -> tuple[Clause, ...]:
    """Cut a sentence, its quotations blanked, into clauses that together cover it; the main one first."""
    openings: list[tuple[int, int, str, int | None]] = []
    verb = _CLAUSES["verb"].search(plain)
    for role in ("relative", "with", "restrictive", "pronoun", "coordinate", "subordinate"):
        earlier = [(start, end) for start, end, *_ in openings]
        for match in _CLAUSES[role].finditer(plain):
            start, shift = match.start(), None
            if role == "relative":
                days = DAYS[(match["unit"] or "hour").lower()] * number(match["count"] or "")
                shift = -days if match["way"].lower() == "after" else days
            # 'The U.S. and Japan said': without a verb before it an 'and' joins names.
            elif role == "coordinate" and plain[start] != ";" and not (verb and verb.end() <= start):
                continue
            if not any(a <= start < b for a, b in earlier):
                openings.append((start, start if role == "restrictive" else match.end(), role, shift))
    openings.sort()
    found: list[Clause] = []
    taken: list[tuple[int, int]] = []
    for start, inner, role, shift in openings:
        if len(found) == _MOST_CLAUSES or (taken and start < taken[-1][1]):
            continue
        end = _clause_end(plain, role, start, min((k for k, *_ in openings if k > inner), default=len(plain)), inner)
        if role == "relative" and not find_actions(plain[inner:end]):
            continue  # 'two days before the exchange' is a time of the main clause
        taken.append((start, end))
        name = "pronoun" if role == "restrictive" else role
        found.append(Clause(name, masked(plain, [(inner, end)]), ((inner, end),), shift))
    rest = outside(taken, len(plain))
    return (Clause("main", masked(plain, rest), tuple(rest)), *found)


def _clause_end(plain: str, role: str, start: int, end: int, inner: int) -> int:
    """Return where a clause ends, at the next clause at the latest."""
    if role == "restrictive":  # 'the rebels who took the city refused': where the main verb begins
        return min(end, _CLAUSES[role].match(plain, start).end())  # type: ignore[union-attr]  # it opened there
    comma = None if role == "coordinate" or (role == "with" and start > 0) else _CLAUSES["comma"].search(plain, inner)
    return min(end, comma.start()) if comma else end


def outside(taken: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Return what of ``0:length`` lies outside of some spans."""
    spans, at = [], 0
    for start, end in [*sorted(taken), (length, length)]:
        if start > at:
            spans.append((at, start))
        at = max(at, end)
    return spans


def masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text with all but some spans blank, so that offsets stay."""
    characters = [" "] * len(text)
    for start, end in spans:
        characters[start:end] = text[start:end]
    return "".join(characters)


#: Present forms of verbs, which may be nouns or infinitives.
_DOUBTFUL = frozenset(form for past, forms in PRESENT.items() for form in forms if form != past)


class Action(NamedTuple):
    """Words that name something done: its kind, the words, where they stand, and whether a table knew the kind."""

    kind: str
    text: str
    start: int
    end: int
    known: bool = True


_RAW = bundled_toml("eventstudy.news", "kinds.toml")
#: The phrases of the kinds, the first verb in all its finite forms.
_KINDS = {
    kind: any_of(
        "/".join(dict.fromkeys(form for word in first.split("/") for form in (word, *PRESENT.get(word, ()))))
        + mark
        + rest
        for first, mark, rest in (phrase.partition(" ") for phrase in phrases)
    )
    for kind, phrases in _RAW["kinds"].items()
}
#: How early a kind stands in the table: the lower one names an event that has several.
kind_rank = list(_KINDS).index
#: What marks a text as ``scheduled``, ``background`` or ``earlier``.
TENSES = {tense: any_of(phrases) for tense, phrases in _RAW["tense"].items()}


@lru_cache(maxsize=256)
def find_actions(text: str) -> tuple[Action, ...]:
    """Return what a text says was done, in its order: the phrases of the table, and any other finite verb."""
    verbs = [one for one in Text(text).finite_verbs() if not _ACTS["described"].search(text[: one[0]])]
    finite = {start for start, *_ in verbs}
    found = []
    for kind, pattern in _KINDS.items():
        for match in pattern.finditer(text):
            word = match.group().split()[0].lower()
            # A form that may be a noun or an infinitive counts only where the grammar takes it for the verb; so does an
            # adjective, as in 'the recognised government' and 'in a statement issued on Sunday'.
            described = match.start() < max(finite, default=len(text)) and _ACTS["described"].search(
                text[: match.start()]
            )
            doubtful = described if word.endswith(("ed", "ing")) else word in _DOUBTFUL
            if match.start() in finite or not doubtful:
                found.append(Action(kind, match.group(), *match.span()))
    # What is said has a verb of its own: 'said Russian aircraft breached its airspace'.
    said = [end for _, end, group, _ in verbs if group.partition("_")[0] in {"say", "deny", "scold"}]
    for start, end, group, side in [*verbs, *(Text(" " * said[0] + text[said[0] :]).finite_verbs() if said else ())]:
        base = group.partition("_")[0]
        talks = side == "talks" and base in {"up", "keep", "defer", "done"}
        sanction = side == "coercion" and base in {"up", "down", "coerce"}
        kind = "talks" if talks else "sanction" if sanction else _RAW["groups"].get(base, "act")
        found.append(Action(kind, text[start:end], start, end, known=False))
    kept: list[Action] = []
    for one in found:
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: one.start))


_OWNER, _WEEKDAY = re.compile("[’']s "), re.compile(r"(?i)(?:on )?\w+day").fullmatch
#: Whom words stand for that is named anywhere, not only as who acts.
_MENTIONED = ("groups", "bodies", "north", "south", "pair")
#: How far behind a verb of saying its subject may stand: 'said the foreign minister'.
_INVERTED = 24
#: Behind a verb of saying a time belongs to it if it stands this near; further on it belongs to what is said.
_NEAR = 32
#: In the first sentences a perfect tense is the news itself.
_LEAD = 2
_DEEDS = frozenset({"attack", "sanction", "deployment", "act"})


class Subject(NamedTuple):
    """Who acts: codes in the order of the text, the speaker's family name, offsets (-1: a pronoun), how sure it is."""

    codes: tuple[str, ...]
    person: str
    start: int
    end: int
    sure: float

    @classmethod
    def of(cls, clause: str, mentions: Sequence[Mention], first: Mention, sure: float) -> Subject:
        """Make a subject of a name, a second name of the same actor beside it, and the names joined to it by 'and'."""
        group = [first]
        for one in mentions:
            if one.start < group[-1].end:
                continue
            between = clause[group[-1].end : one.start]
            beside = one.code == group[-1].code and len(between.split()) <= 3 and "," not in between  # noqa: PLR2004
            if not _ACTS["joined"].fullmatch(between) and not beside:
                break
            group.append(one)
        codes = tuple(dict.fromkeys(one.code for one in group))
        person = next((one.person for one in group if one.person), "") if len(codes) == 1 else ""
        return cls(codes, person, group[0].start, group[-1].end, sure)


class Report(NamedTuple):
    """What one clause says: who, what, when, and where it stands."""

    subject: Subject
    action: Action
    when: When | None
    clause: Clause


_Actions = Sequence[Action]
_Times = Sequence[When]


@dataclass(kw_only=True)
class Reader:
    """Reads the sentences of an article one after the other; the ones before say who 'it' and 'he' are."""

    today: date  # what 'Wednesday' is counted from
    actors: ActorTable
    known: dict[str, Subject] = field(default_factory=dict)  # by kind of pronoun, whom it stands for

    def read_sentence(self, sentence: Sentence, plain: str) -> tuple[list[Report], str]:
        """Return what a sentence's clauses say, the main one first, and why that is no event; quotations are blank."""
        comment = self.actors.words["commentators"].search(plain)
        if comment and _ACTS["sent"].match(plain, comment.end()) and self._free(plain[: comment.end() + _NEAR]):
            comment = None  # 'observers from the OSCE'
        before = plain[: comment.start()] if comment else ""
        # Whether an actor stands as subject before the words for a commentator, and not as his adjective.
        apart = re.compile(r"[,;:]|\s\w+\s+\w+\s+\w")
        acts = any(apart.search(before[one.end :] + "_") for one in self._free(before))
        if comment and not acts and (sentence.role == "body" or find_actions(plain)):
            self.known.clear()
            times = [one for one in find_times(plain, self.today) if one.standing == "past"]
            other = self._deed_of_another(plain, find_actions(plain), times) if times else None
            if not other:
                return [], "commentator"
            whole = Clause("main", plain, ((0, len(plain)),))
            return [Report(other[1]._replace(sure=0.7), other[0], times[0], whole)], ""
        main, *others = split_clauses(plain)
        first, reason = self._read_main(main, plain, sentence)
        self._mention(plain)
        found = [first] if first else []
        for clause in others:
            minor = self._read_minor(clause, main, is_title=sentence.role == "title")
            same = (first.subject.codes, first.action.kind) if first else None
            if minor and (minor.subject.codes, minor.action.kind) != same:
                found.append(minor)
        return found, reason

    def _remember(self, subject: Subject) -> None:
        """Keep who acted, for the pronouns of what follows."""
        groups = [bool(self.actors.words["groups"].fullmatch(code)) for code in subject.codes]
        fitting = {"he": bool(subject.person), "state": not all(groups), "it": True}
        self.known |= {kind: subject for kind, fits in fitting.items() if fits}

    def _mention(self, text: str) -> None:
        """Keep who was named: 'the rebels' or 'the bloc' are the last such, 'the two sides' the last two together."""
        codes = list(dict.fromkeys(one.code for one in self.actors.mentions(text)))
        for kind in _MENTIONED:
            fitting = codes if kind == "pair" else [one for one in codes if self.actors.words[kind].fullmatch(one)][-1:]
            if len(fitting) == 1 + (kind == "pair"):
                self.known[kind] = Subject(tuple(fitting), "", -1, -1, 0.8)

    def _free(self, text: str) -> list[Mention]:
        """Return the actors that no preposition governs, nor one that they are joined to."""
        found, last, mentions = list[Mention](), None, self.actors.mentions(text)
        for one in mentions:
            before = text[max(0, one.start - 60) : one.start]
            joined = last is not None and _ACTS["joined"].fullmatch(text[last.end : one.start])
            if joined:
                governed = not (found and found[-1] is last)
            else:
                seat = _ACTS["seat"].match(text, one.end) if before.strip() == "In" else None
                seated = seat and not any(one.end < other.start < seat.end() for other in mentions)
                free = seated or _ACTS["of_office"].search(before) or not _ACTS["governed"].search(before)
                governed = not free
            found += [] if governed else [one]
            last = one
        return found

    def _read_main(self, clause: Clause, plain: str, sentence: Sentence) -> tuple[Report | None, str]:
        """Read the main clause: an event, or why it is none."""
        text, label, topic = clause.text, sentence.label, _ACTS["topic"].match(clause.text)
        if topic and self._free(text[topic.end() :]):  # in 'Turkey offensive: Trump lifts sanctions' it does not act
            text = masked(text, [(topic.end(), len(text))])
        actions = find_actions(text) or self._behind_name(text)
        if _ACTS["question"].search(label):
            return None, "no actor"
        subject = self._subject(text, actions, pronouns=True)
        spoken = self.actors.mentions(label.title() if label.isupper() else label)[-1:]
        if spoken:
            subject = Subject.of(label, (), spoken[0], 1.0)._replace(start=-1, end=-1)
            actions = actions or (Action("statement", "", 0, 0),)
        if subject:
            self._remember(subject)
        # The day of 'the attack of 9 June' or 'Monday's strike' behind the verb is not when that was condemned.
        first = actions[0].start if actions else len(text)
        times = tuple(
            one
            for one in find_times(text, self.today)
            if one.start < first or not (_ACTS["of_thing"].search(text[: one.start]) or _OWNER.match(text, one.end))
        )
        if sentence.role != "body":  # in 'to meet again on Thursday' the day of a headline is still to come
            times = tuple(one for one in times if not _ACTS["ahead"].search(text[: one.start].rstrip()))
        reason = "" if spoken else _not_news(text, actions, times, sentence)
        dated = times or sentence.stamp or sentence.role != "body" or (actions and actions[0].known)
        if not reason and actions and not dated:  # any other verb is news without a day in the past and active
            word, before = "".join(actions[0].text.split()[:1]).lower(), text[: actions[0].start]
            is_, by = _ACTS["passive"].search(before), text[actions[0].end :].lstrip().startswith("by ")
            doing = is_ and word.endswith("ing")  # 'is expelling'
            undone = (is_ and not (by or doing)) or _ACTS["negated"].search(before)
            actions = () if undone or not (doing or word in PRESENT or word.endswith("ed")) else actions
        reason = reason or ("" if actions else "no action")
        if reason or subject is None:
            return None, reason or "no actor"
        statement = Action("statement", "", 0, 0), subject, None
        own = not spoken or _ACTS["own"].match(text)  # 'We condemned that test on Tuesday'
        action, subject, when = self._deed(text, actions, times, subject) if own else statement
        # In 'said it had frozen' the tense is that of reported speech; else it may say: at some earlier, unnamed day.
        if when is None and not sentence.stamp and action is actions[0]:
            before = text[: action.start]
            earlier = _ACTS["pluperfect"].search(before) or TENSES["earlier"].search(plain[: action.start])
            if earlier or (_ACTS["perfect"].search(before) and sentence.number >= _LEAD):
                return None, "undated"
        return Report(subject, action, when, clause), ""

    def _behind_name(self, text: str) -> _Actions:
        """Return the verb of a text that has no other: what may be a noun, between who acts and what he does it to."""
        free = self._free(text)
        verb = _ACTS["between"].match(text, free[0].end) if free else None
        if not verb or verb[1] not in _DOUBTFUL:
            return ()
        kind = next((kind for kind, pattern in _KINDS.items() if pattern.match(text, verb.start(1))), "act")
        return (Action(kind, verb[1], *verb.span(1), known=False),)

    def _deed(self, text: str, actions: _Actions, times: _Times, who: Subject) -> tuple[Action, Subject, When | None]:
        """Return the act that names the event, whose it is, and the time that belongs to it."""
        first = actions[0]
        usable = [
            one for one in times
            if one.standing in {"past", "relative"} or _ACTS["done_on"].fullmatch(text[first.start : one.end])
        ]  # fmt: skip
        if first.kind != "statement":
            return first, who, min(usable, key=lambda one: abs(one.start - first.end), default=None)
        earliest = min(usable, key=lambda one: one.start, default=None)
        for action in actions[1:]:
            # What is said is the speaker's own deed in 'said it had frozen', not in 'said they would freeze'.
            between = text[first.end : action.start]
            if action.kind != "statement" and not _ACTS["modal"].search(between):
                named = self.actors.mentions(between)
                if named[0].code in who.codes if named else _ACTS["own"].search(between):
                    return action, who, earliest
        other = self._deed_of_another(text, actions, usable)
        if other and not set(other[1].codes) & set(who.codes):
            return *other, earliest
        # What stands before 'that' belongs to the verb; where nothing is said, all before the next finite verb does.
        finite = [one.start for one in actions[1:] if not one.text.split()[0].endswith("ing")]
        following = finite[0] if finite and not _ACTS["says"].match(first.text) else 0
        edge = max(first.end + _NEAR, text.find(" that ", first.end), following)
        return first, who, next((one for one in usable if one.start < edge), None)

    def _deed_of_another(self, text: str, actions: _Actions, times: _Times) -> tuple[Action, Subject] | None:
        """Return what the speaker says that somebody else did: 'the Pentagon said Russian aircraft breached ...'."""
        if not actions or not _ACTS["says"].match(actions[0].text):
            return None
        says = actions[0].end
        for action in actions[1:]:
            between = text[says : action.start]
            undone = (
                _ACTS["modal"].search(between)
                or _ACTS["passive"].search(between)
                or (_ACTS["pluperfect"].search(between) and not times)
            )
            if action.kind == "statement" or undone:
                continue
            free = [one for one in self._free(text[: action.end]) if one.start >= says]
            if free and free[0].start < action.start and not re.search(r"\w{3,}ing\b", text[says : free[0].start]):
                return action, Subject.of(text, free, free[0], 0.9)
        return None

    def _read_minor(self, clause: Clause, main: Clause, *, is_title: bool) -> Report | None:
        """Read a clause beside the main one: it is news of its own only where it says who, what and when."""
        # A headline has its news side by side: 'Kyiv asks for help as Russian drones hit Kharkiv'.
        coordinate = clause.role == "coordinate" or (is_title and clause.role == "subordinate")
        actions = [one for one in find_actions(clause.text) if one.known or coordinate]
        times = [one for one in find_times(clause.text, self.today) if one.standing in {"past", "relative"}]
        when = min(times, key=lambda one: one.standing, default=None)  # a day of the past before one that is counted
        if not actions or not (when or clause.shift is not None or coordinate):
            return None
        before = clause.text[: actions[0].start]
        old = TENSES["background"].search(clause.text)
        if old or TENSES["scheduled"].search(before) or _ACTS["undone"].search(before):
            return None
        subject = self._subject(clause.text, actions, pronouns=bool(when) or clause.role in {"coordinate", "relative"})
        if subject is None and clause.role == "pronoun":
            edge = clause.spans[0][0]  # the owner of what 'which was delivered' goes on about
            near = [one for one in self.actors.mentions(main.text[:edge]) if one.start > edge - 60]
            subject = Subject.of(main.text, (), near[-1], 0.7)._replace(person="") if near else None
        perfect = _ACTS["perfect"].search(before) or _ACTS["pluperfect"].search(before)
        if subject is None or (coordinate and not when and perfect):
            return None
        return Report(subject, actions[0], when, clause)

    def _subject(self, clause: str, actions: _Actions, *, pronouns: bool) -> Subject | None:
        """Return the doer of a clause's first act, or None; the text of quotations and other clauses is blank."""
        verb = actions[0] if actions else Action("", "", len(clause), len(clause) + 1)
        deed, said = verb.kind in _DEEDS, verb.kind == "statement"
        mentions = self.actors.mentions(clause)
        before = [one for one in mentions if one.start < max(verb.start, verb.end - 1)]
        participle = verb.known or verb.text.endswith("ed") or verb.text.lower() in PRESENT
        suffered = participle and not verb.text.endswith("ing") and _ACTS["passive"].search(clause[: verb.start])
        follows = clause[verb.end :].lstrip().startswith("by ")
        # The doer behind its verb: 'were frozen by Washington', 'said Peskov'.
        behind = next(
            (one for one in mentions if one.start >= verb.end and (
                (_ACTS["inverted"].fullmatch(verb.text) and not clause[verb.end : one.start].strip(" ,"))
                or (_ACTS["by"].search(clause[max(0, one.start - 60) : one.start])
                    and (suffered or follows or _ACTS["done_by"].search(clause[max(0, one.start - 90) : one.start]))))),
            None)  # fmt: skip
        by = deed and behind and follows
        free = next((one for one in self._free(clause) if one in before), None)
        if free and not by and not (deed and suffered):
            return Subject.of(clause, before, free, 1.0)
        if behind or (deed and suffered):
            return Subject.of(clause, mentions, behind, 1.0) if behind else None
        head = clause[: verb.end + _INVERTED * said]
        says = [one for one in mentions if _ACTS["attributed"].match(clause, one.end)]
        if says and _ACTS["we"].search(head):  # 'We will respond, Iran said'
            return Subject.of(clause, (), says[-1], 0.8)
        for kind, pronoun in _PRONOUNS.items() if pronouns else ():
            if kind in self.known and pronoun.search(head):
                return self.known[kind]._replace(start=-1, end=-1, sure=0.8)
        before = [one for one in before if not _ACTS["place"].search(clause[max(0, one.start - 60) : one.start])]
        # 'Six bombers arrived in Qatar, the Pentagon says'; 'an accord was signed' by those who acted before.
        who = before[:1] or ([] if TENSES["scheduled"].search(clause) else says[-1:])
        if who:
            return Subject.of(clause, before, who[0], 0.8 if before else 0.7)
        agreed = pronouns and suffered and verb.kind == "agreement" and not mentions
        known = self.known.get("it") if agreed else None
        return known._replace(start=-1, end=-1, sure=0.6) if known else None


def _is_plan(action: Action, times: _Times, sentence: Sentence) -> bool:
    """Whether an act in the present is of a day to come: 'they take effect on 1 April', 'it meets on Monday'."""
    news = sentence.role != "body" or sentence.stamp or action.kind in {"statement", "attack"}
    if news or action.text.split()[0].lower() not in _DOUBTFUL or _ACTS["past"].search(sentence.text):
        return False
    return any(one.standing == "scheduled" or (action.kind == "talks" and _WEEKDAY(one.text)) for one in times)


def _not_news(text: str, actions: _Actions, times: _Times, sentence: Sentence) -> str:
    """Say why a clause is a plan or history rather than news, or return ''."""
    said = any(action.kind == "statement" and _ACTS["attribution"].search(text[: action.start]) for action in actions)
    plan, first = TENSES["scheduled"].search(text), actions[0].start if actions else len(text)
    planned = plan is not None and plan.start() <= first and not _ACTS["refused"].match(text, plan.end())
    if (
        (planned and (not said or sentence.role == "title"))
        or (actions and _ACTS["undone"].search(text[:first]) and not said)
        or (any(one.standing == "scheduled" for one in times) and not actions)
        or (actions and _is_plan(actions[0], times, sentence))
    ):
        return "scheduled"
    speaks = actions and kind_rank(actions[0].kind) >= kind_rank("statement")
    # 'Fired the most missiles since 2014' compares, 'has fired missiles since 2014' is history.
    compares = not (actions and _ACTS["perfect"].search(text[:first]))
    leading = any(
        one.standing == "background"
        and (one.start < first or not (speaks or (compares and one.text.lower().startswith("since"))))
        for one in times
    )
    old = leading or (TENSES["background"].search(text) and not sentence.stamp)
    return "background" if old and not any(one.standing == "past" for one in times) else ""
