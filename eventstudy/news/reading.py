"""Reading a sentence: who did what when, or why it is no event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from eventstudy.files import bundled_toml
from eventstudy.news.dates import When, find_times
from eventstudy.news.grammar import PRESENT, Text
from eventstudy.news.sentences import Clause, Sentence, masked, split_clauses
from eventstudy.news.vocabulary import PATTERNS, ActorTable, Mention, any_of, expression

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
    verbs = Text(text).finite_verbs()
    finite = {start for start, *_ in verbs}
    found = []
    for kind, pattern in _KINDS.items():
        for match in pattern.finditer(text):
            word = match.group().split()[0].lower()
            # A form that may be a noun or an infinitive counts only where the grammar takes it for the verb.
            if match.start() in finite or word.endswith(("ed", "ing")) or word not in _DOUBTFUL:
                found.append((kind, *match.span(), True))
    # What is said has a verb of its own: 'said Russian aircraft breached its airspace'.
    said = [end for _, end, group, _ in verbs if group.partition("_")[0] in {"say", "deny", "scold"}]
    for start, end, group, side in [*verbs, *(Text(" " * said[0] + text[said[0] :]).finite_verbs() if said else ())]:
        base = group.partition("_")[0]
        talks = side == "talks" and base in {"up", "keep", "defer", "done"}
        sanction = side == "coercion" and base in {"up", "down", "coerce"}
        kind = "talks" if talks else "sanction" if sanction else _RAW["groups"].get(base, "act")
        found.append((kind, start, end, False))
    kept: list[Action] = []
    for kind, start, end, known in found:
        if not any(start < one.end and one.start < end for one in kept):
            kept.append(Action(kind, text[start:end], start, end, known))
    return tuple(sorted(kept, key=lambda one: one.start))


_ACTS = {name: expression(pattern) for name, pattern in PATTERNS["acts"].items()}
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
    last: Subject | None = None
    last_person: Subject | None = None

    def read_sentence(self, sentence: Sentence, plain: str) -> tuple[list[Report], str]:
        """Return what a sentence's clauses say, the main one first, and why that is no event; quotations are blank."""
        comment = self.actors.words["commentators"].search(plain)
        before = plain[: comment.start()] if comment else ""
        # Whether an actor stands as subject before the words for a commentator, and not as his adjective.
        apart = re.compile(r"[,;:]|\s\w+\s+\w+\s+\w")
        acts = any(apart.search(before[one.end :] + "_") for one in self._free(before))
        if comment and not acts and (sentence.role == "body" or find_actions(plain)):
            self.last = self.last_person = None
            times = [one for one in find_times(plain, self.today) if one.standing == "past"]
            other = self._deed_of_another(plain, find_actions(plain), times) if times else None
            if not other:
                return [], "commentator"
            whole = Clause("main", plain, ((0, len(plain)),))
            return [Report(other[1]._replace(sure=0.7), other[0], times[0], whole)], ""
        main, *others = split_clauses(plain)
        first, reason = self._read_main(main, plain, sentence)
        found = [first] if first else []
        for clause in others:
            minor = self._read_minor(clause, main)
            same = (first.subject.codes, first.action.kind) if first else None
            if minor and (minor.subject.codes, minor.action.kind) != same:
                found.append(minor)
        return found, reason

    def _free(self, text: str) -> list[Mention]:
        """Return the actors that no preposition governs."""
        behind = _ACTS["governed"]
        return [
            one for one in self.actors.mentions(text) if not behind.search(text[max(0, one.start - 60) : one.start])
        ]

    def _read_main(self, clause: Clause, plain: str, sentence: Sentence) -> tuple[Report | None, str]:
        """Read the main clause: an event, or why it is none."""
        text, label, topic = clause.text, sentence.label, _ACTS["topic"].match(clause.text)
        if topic and self._free(text[topic.end() :]):  # in 'Turkey offensive: Trump lifts sanctions' it does not act
            text = masked(text, [(topic.end(), len(text))])
        actions = find_actions(text)
        if _ACTS["question"].search(label):
            return None, "no actor"
        subject = self._subject(text, actions, pronouns=True)
        if label:
            named = self.actors.mentions(label.title() if label.isupper() else label)[-1:]
            subject = Subject.of(label, (), named[0], 1.0)._replace(start=-1, end=-1) if named else subject
            actions = actions or (Action("statement", "", 0, 0),)
        if subject:
            self.last, self.last_person = subject, subject if subject.person else self.last_person
        times = find_times(text, self.today)
        if sentence.role != "body":  # in 'to meet again on Thursday' the day of a headline is still to come
            times = tuple(one for one in times if not _ACTS["ahead"].search(text[: one.start].rstrip()))
        reason = "" if label else _not_news(text, actions, times, sentence)
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
        action, subject, when = statement if label else self._deed(text, actions, times, subject)
        # In 'said it had frozen' the tense is that of reported speech; else it may say: at some earlier, unnamed day.
        if when is None and not sentence.stamp and action is actions[0]:
            before = text[: action.start]
            earlier = _ACTS["pluperfect"].search(before) or TENSES["earlier"].search(plain[: action.start])
            if earlier or (_ACTS["perfect"].search(before) and sentence.number >= _LEAD):
                return None, "undated"
        return Report(subject, action, when, clause), ""

    def _deed(self, text: str, actions: _Actions, times: _Times, who: Subject) -> tuple[Action, Subject, When | None]:
        """Return the act that names the event, whose it is, and the time that belongs to it."""
        first = actions[0]
        usable = [one for one in times if one.standing in {"past", "relative"}]
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

    def _read_minor(self, clause: Clause, main: Clause) -> Report | None:
        """Read a clause beside the main one: it is news of its own only where it says who, what and when."""
        coordinate = clause.role == "coordinate"
        actions = [one for one in find_actions(clause.text) if one.known or coordinate]
        when = next((one for one in find_times(clause.text, self.today) if one.standing == "past"), None)
        if not actions or not (when or clause.shift is not None or coordinate):
            return None
        before = clause.text[: actions[0].start]
        old = TENSES["background"].search(clause.text)
        if old or TENSES["scheduled"].search(before) or _ACTS["undone"].search(before):
            return None
        subject = self._subject(clause.text, actions, pronouns=False)
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
        # The doer behind its verb: 'were frozen by Washington', 'said Peskov'.
        behind = next(
            (one for one in mentions if one.start >= verb.end and (
                (said and not clause[verb.end : one.start].strip(" ,"))
                or _ACTS["by"].search(clause[max(0, one.start - 60) : one.start]))), None)  # fmt: skip
        suffered = deed and not verb.text.endswith("ing") and _ACTS["passive"].search(clause[: verb.start])
        by = deed and behind and clause[verb.end :].lstrip().startswith("by ")
        free = next((one for one in self._free(clause) if one in before), None)
        if free and not by and not suffered:
            return Subject.of(clause, before, free, 1.0)
        if behind or suffered:
            return Subject.of(clause, mentions, behind, 1.0) if behind else None
        head = clause[: verb.end + _INVERTED * said]
        for pronoun, known in ((_ACTS["he"], self.last_person), (_ACTS["they"], self.last)) if pronouns else ():
            if known and pronoun.search(head):
                return Subject(known.codes, known.person, -1, -1, 0.8)
        before = [one for one in before if not _ACTS["place"].search(clause[max(0, one.start - 60) : one.start])]
        return Subject.of(clause, before, before[0], 0.8) if before else None


def _not_news(text: str, actions: _Actions, times: _Times, sentence: Sentence) -> str:
    """Say why a clause is a plan or history rather than news, or return ''."""
    said = any(action.kind == "statement" and _ACTS["attribution"].search(text[: action.start]) for action in actions)
    plan, first = TENSES["scheduled"].search(text), actions[0].start if actions else len(text)
    planned = plan is not None and plan.start() <= first and not _ACTS["refused"].match(text, plan.end())
    if (
        (planned and (not said or sentence.role == "title"))
        or (actions and _ACTS["undone"].search(text[:first]) and not said)
        or (not actions and any(one.standing == "scheduled" for one in times))
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
