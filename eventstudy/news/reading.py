"""Reading a sentence: who did what when, or why it is no event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple

from eventstudy.files import bundled_toml
from eventstudy.news.dates import When, find_times
from eventstudy.news.grammar import PRESENT, Text
from eventstudy.news.sentences import Clause, Sentence, split_clauses
from eventstudy.news.vocabulary import ActorTable, Mention, any_of

#: Kinds of verbs that the table of phrases does not have, by their group in ``grammar.toml``.
_OF_GROUPS = {"force": "attack", "say": "statement", "scold": "statement", "deny": "statement", "talk": "talks",
              "accept": "agreement", "welcome": "statement", "urge": "statement"}  # fmt: skip


class Action(NamedTuple):
    """Words that name something done: its kind, the words, where they stand, and whether a table knew the kind."""

    kind: str
    text: str
    start: int
    end: int
    known: bool = True


@cache
def _tables() -> dict[str, dict[str, re.Pattern[str]]]:
    """Return what finds the phrases of each kind, their first verb in all its finite forms, and of each tense."""
    raw, forms = bundled_toml("eventstudy.news", "kinds.toml"), PRESENT

    def inflected(phrase: str) -> str:
        first, *rest = phrase.split()
        words = dict.fromkeys(form for word in first.split("/") for form in (word, *forms.get(word, ())))
        return " ".join(["/".join(words), *rest])

    return {
        "kinds": {kind: any_of(map(inflected, phrases)) for kind, phrases in raw["kinds"].items()},
        "tense": {tense: any_of(phrases) for tense, phrases in raw["tense"].items()},
    }


@lru_cache(maxsize=256)
def find_actions(text: str) -> tuple[Action, ...]:
    """Return what a text says was done, in the order of the text: the phrases of the table, and any other finite verb.

    Examples
    --------
    >>> [(action.kind, action.text) for action in find_actions("The bank froze all his assets, a spokesman said.")]
    [('sanction', 'froze all his assets'), ('statement', 'said')]
    >>> find_actions("The council shelved the plan.")
    (Action(kind='act', text='shelved', start=12, end=19, known=False),)
    """
    verbs = Text(text).finite_verbs()
    finite = {start for start, *_ in verbs}
    found: list[Action] = []
    for kind, pattern in _tables()["kinds"].items():
        for match in pattern.finditer(text):
            word = match.group().split()[0].lower()
            # A form that may be a noun or an infinitive tells only where the grammar takes it for the verb.
            sure = match.start() in finite or word.endswith(("ed", "ing")) or word not in _doubtful()
            if sure and not any(match.start() < one.end and one.start < match.end() for one in found):
                found.append(Action(kind, match.group(), match.start(), match.end()))
    # What is said has a verb of its own: 'said Russian aircraft breached its airspace'.
    said = [end for _, end, group, _ in verbs if group.partition("_")[0] in {"say", "deny", "scold"}]
    reported = Text(" " * said[0] + text[said[0] :]).finite_verbs() if said else []
    for start, end, group, side in [*verbs, *reported]:
        if not any(start < one.end and one.start < end for one in found):
            found.append(Action(_kind_of(group.partition("_")[0], side), text[start:end], start, end, known=False))
    return tuple(sorted(found, key=lambda one: one.start))


def _kind_of(group: str, side: str) -> str:
    if side == "talks" and group in {"up", "keep", "defer", "done"}:
        return "talks"
    if side == "coercion" and group in {"up", "down", "coerce"}:
        return "sanction"
    return _OF_GROUPS.get(group, "act")


@cache
def _doubtful() -> frozenset[str]:
    """Return the present forms of verbs, which may be nouns or infinitives."""
    return frozenset(form for past, forms in PRESENT.items() for form in forms if form != past)


def kind_rank(kind: str) -> int:
    """Return how early a kind stands in the table: the lower one names an event that has several."""
    return list(_tables()["kinds"]).index(kind)


def find_tense(text: str, tense: str) -> re.Match[str] | None:
    """Return the first match of a text that marks it as ``scheduled``, ``background`` or ``earlier``."""
    return _tables()["tense"][tense].search(text)


_PERFECT = re.compile(r"\b(?:has|have)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_PLUPERFECT = re.compile(r"\bhad\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_MODAL = re.compile(r"\b(?:will|would|could|may|might|should|must|can|cannot|to|if|not|never)\b", re.IGNORECASE)
#: Words right before a verb that make it a plan, a wish or a possibility.
_UNDONE = re.compile(r"\b(?:will|would|could|may|might|should|must|can|to|shall)\s+(?:\w+ly\s+|be\s+|soon\s+){0,2}$",
                     re.IGNORECASE)  # fmt: skip
_REFUSED = re.compile(r"\s+(?:not|never)\b", re.IGNORECASE)
_PASSIVE = re.compile(r"\b(?:was|were|been|being|is|are|gets?|got)\s+(?:\w+ly\s+|not\s+)?$", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|never)\s+(?:\w+\s+)?$", re.IGNORECASE)
_SAYS = re.compile(
    r"(?:sa(?:id|ys?)|told|tells?|announce|confirm|report|disclos|reveal|claim|stat|add)\w*", re.IGNORECASE
)
_ATTRIBUTION = re.compile(r"[,”\"]\s*[^,]{0,80}$")
_QUESTION = re.compile(r"question|moderator|reporter|journalist|^q\b", re.IGNORECASE)
_GOVERNED = re.compile(
    r"\b(?:of|with|against|between|to|on|in|for|by|from|at|toward|towards|over|near|into|about|under|behind|across|around"
    r"|off|inside|via|than|like|including|amid|after)\s+"
    r"(?:the\s+|its\s+|both\s+|an?\s+|[\w-]{1,20}(?:er|ian|ish|n)\s+)?(?:\w{1,20}\s+){0,1}$",
    re.IGNORECASE,
)
_BY = re.compile(r"\bby\s+(?:the\s+)?(?:[\w-]{1,20}\s+){0,2}$", re.IGNORECASE)
_JOINED = re.compile(
    r"(?:[’']s)?(?:,| and| &|, and| as well as| together with|,? along with)\s+(?:the |its )?(?:[a-z]+ ){0,2}$"
)
_HE = re.compile(r"\b(?:he|she)\b", re.IGNORECASE)
_THEY = re.compile(
    r"\b(?:it|they|we|its|the (?:\w+ )?(?:minist(?:ry|er)|secretary|president|spokes\w+|government|chancellor"
    r"|ambassador|envoy))\b",
    re.IGNORECASE,
)
#: How far behind a verb of saying its subject may stand: 'said the foreign minister'.
_INVERTED = 24
#: Behind a verb of saying a time belongs to it if it stands this near; further on it belongs to what is said.
_NEAR = 32
#: In the first sentences a perfect tense tells the news itself.
_LEAD = 2
_DEEDS = frozenset({"attack", "sanction", "deployment", "act"})


class Subject(NamedTuple):
    """Who acts: codes in the order of the text, the speaker's family name, offsets (-1: a pronoun), how sure it is."""

    codes: tuple[str, ...]
    person: str
    start: int
    end: int
    sure: float


class Told(NamedTuple):
    """What one clause tells: who, what, when (or how many days from another event), and where it stands."""

    subject: Subject
    action: Action
    when: When | None
    shift: int | None
    clause: Clause


class Context(NamedTuple):
    """What the sentences before have left behind: the day, the names, and what 'it' and 'he' stand for."""

    published: date
    table: ActorTable
    last: Subject | None = None
    last_person: Subject | None = None

    def after(self, subject: Subject) -> Context:
        """Return the context behind a clause with this subject."""
        return self._replace(last=subject, last_person=subject if subject.person else self.last_person)


def read_sentence(sentence: Sentence, plain: str, context: Context) -> tuple[list[Told], str, Context]:
    """Read one sentence.

    Parameters
    ----------
    sentence : Sentence
        The sentence; what is quoted in it tells stance, not deeds.
    plain : str
        Its text with the quotations blank and capitals on names alone.
    context : Context
        What 'it', 'he' and 'Wednesday' mean here.

    Returns
    -------
    (told, reason, context) : tuple
        What its clauses tell, main clause first; why the main clause is no event, or empty; the context behind it.
    """
    comment = context.table.words["commentators"].search(plain)
    if comment and (sentence.role == "body" or find_actions(plain)) and not _acts_before(plain, comment, context.table):
        told = _deed_reported_by_others(plain, context)
        return [told] if told else [], "" if told else "commentator", context._replace(last=None, last_person=None)
    main, *others = split_clauses(plain)
    told, reason, context = _read_main(main, plain, sentence, context)
    found = [told] if told else []
    for clause in others:
        minor = _read_minor(clause, main, context)
        if minor and not (told and minor.subject.codes == told.subject.codes and minor.action.kind == told.action.kind):
            found.append(minor)
    return found, reason, context


def _acts_before(plain: str, comment: re.Match[str], table: ActorTable) -> bool:
    """Whether an actor stands as subject before the words for a commentator, and not as his adjective."""
    before = plain[: comment.start()]
    apart = re.compile(r"[,;:]|\s\w+\s+\w+\s+\w")
    return any(_is_free(plain, one) and apart.search(before[one.end :] + "_") for one in table.mentions(before))


def _is_free(text: str, mention: Mention) -> bool:
    return not _GOVERNED.search(text[max(0, mention.start - 60) : mention.start])


def _deed_reported_by_others(plain: str, context: Context) -> Told | None:
    """Return what a commentator says that an actor did, where he names the day."""
    actions = find_actions(plain)
    times = [one for one in find_times(plain, context.published) if one.standing == "past"]
    other = _deed_of_another(plain, actions, times, context.table) if actions and times else None
    if other is None:
        return None
    return Told(other[1]._replace(sure=0.7), other[0], times[0], None, Clause("main", plain, ((0, len(plain)),)))


def _read_main(clause: Clause, plain: str, sentence: Sentence, context: Context) -> tuple[Told | None, str, Context]:
    if _QUESTION.search(sentence.label):
        return None, "no actor", context
    text, label, actions = clause.text, sentence.label, find_actions(clause.text)
    subject = find_subject(text, actions, context.table, context.last, context.last_person)
    if label:
        named = context.table.mentions(label.title() if label.isupper() else label)[-1:]
        subject = _subject_of(named, 1.0)._replace(start=-1, end=-1) if named else subject
        actions = actions or (Action("statement", "", 0, 0),)
    behind = context.after(subject) if subject else context
    times = find_times(text, context.published)
    reason = "" if label else _not_news(text, actions, times, sentence)
    dated = times or sentence.stamp
    if not reason and not (actions and (actions[0].known or dated or _told_as_done(text, actions[0], sentence))):
        reason = "no action"
    if reason or subject is None:
        return None, reason or "no actor", behind
    action, subject, when = _deed(text, actions, times, subject, context, labelled=bool(label))
    reported = action is not actions[0]  # 'said it had frozen': the tense is that of reported speech
    if when is None and not sentence.stamp and not reported and _is_undated(text, plain, action, sentence):
        return None, "undated", behind
    shift = when.shift if when and when.standing == "relative" else None
    return Told(subject, action, when, shift, clause), "", behind


def _told_as_done(text: str, action: Action, sentence: Sentence) -> bool:
    """Whether a verb that no table knows tells news without naming a day: in a title, or in the past and active."""
    word, before = action.text.split()[0].lower(), text[: action.start]
    past = word in PRESENT or word.endswith("ed")
    return sentence.role != "body" or (past and not _PASSIVE.search(before) and not _NEGATED.search(before))


def _not_news(text: str, actions: Sequence[Action], times: Sequence[When], sentence: Sentence) -> str:
    """Say why a clause is a plan or history rather than news, or return ''."""
    past = any(one.standing == "past" for one in times)
    said = any(action.kind == "statement" and _ATTRIBUTION.search(text[: action.start]) for action in actions)
    plan, first = find_tense(text, "scheduled"), actions[0].start if actions else len(text)
    planned = plan is not None and plan.start() <= first and not _REFUSED.match(text, plan.end())
    if (
        (planned and (not said or sentence.role == "title"))
        or (actions and _UNDONE.search(text[:first]) and not said)
        or (not actions and any(one.standing == "scheduled" for one in times))
    ):
        return "scheduled"
    speaks = actions and kind_rank(actions[0].kind) >= kind_rank("statement")
    leading = any(one.standing == "background" and (one.start < first or not speaks) for one in times)
    old = leading or (find_tense(text, "background") and not sentence.stamp)
    return "background" if old and not past else ""


def _deed(
    text: str, actions: Sequence[Action], times: Sequence[When], subject: Subject, context: Context, *, labelled: bool
) -> tuple[Action, Subject, When | None]:
    """Return the act that names the event, whose it is, and the time that belongs to it."""
    first = actions[0]
    usable = [one for one in times if one.standing in {"past", "relative"}]
    if labelled:
        return Action("statement", "", 0, 0), subject, None
    if first.kind != "statement":
        return first, subject, min(usable, key=lambda one: abs(one.start - first.end), default=None)
    earliest = min(usable, key=lambda one: one.start, default=None)
    for action in actions[1:]:
        if action.kind != "statement" and _own(text, first, action, subject, context):
            return action, subject, earliest
    other = _deed_of_another(text, actions, usable, context.table)
    if other and not set(other[1].codes) & set(subject.codes):
        return *other, earliest
    return first, subject, next((one for one in usable if one.start < first.end + _NEAR), None)


def _own(text: str, verb: Action, action: Action, subject: Subject, context: Context) -> bool:
    """Whether what is said is the speaker's own deed: 'said it had frozen', not 'said they would freeze'."""
    between = text[verb.end : action.start]
    named = context.table.mentions(between)
    own = named[0].code in subject.codes if named else re.search(r"\b(?:it|he|she|they|we|its)\b", between)
    return bool(own) and not _MODAL.search(between)


def _deed_of_another(
    text: str, actions: Sequence[Action], times: Sequence[When], table: ActorTable
) -> tuple[Action, Subject] | None:
    """Return what the speaker says that somebody else did: 'the Pentagon said Russian aircraft breached ...'."""
    says = actions[0]
    for action in actions[1:] if _SAYS.match(says.text) else ():
        between = text[says.end : action.start]
        passive = _MODAL.search(between) or _PASSIVE.search(between)
        if action.kind == "statement" or passive or (_PLUPERFECT.search(between) and not times):
            continue
        free = [one for one in table.mentions(text[: action.end]) if one.start >= says.end and _is_free(text, one)]
        if free and free[0].start < action.start and not re.search(r"\w{3,}ing\b", text[says.end : free[0].start]):
            return action, _subject_of(_joined(text, free, free[0]), 0.9)
    return None


def _is_undated(text: str, plain: str, action: Action, sentence: Sentence) -> bool:
    """Whether the tense says that it was at some earlier day the article does not name."""
    before = text[: action.start]
    if _PLUPERFECT.search(before) or find_tense(plain[: action.start], "earlier"):
        return True
    return bool(_PERFECT.search(before)) and sentence.number >= _LEAD


def _read_minor(clause: Clause, main: Clause, context: Context) -> Told | None:
    """Read a clause beside the main one: it is news of its own only where it says who, what and when."""
    actions = [one for one in find_actions(clause.text) if one.known or clause.role == "coordinate"]
    usable = [one for one in find_times(clause.text, context.published) if one.standing == "past"]
    if not actions or not (usable or clause.shift is not None or clause.role == "coordinate"):
        return None
    before = clause.text[: actions[0].start]
    if find_tense(before, "scheduled") or find_tense(clause.text, "background") or _UNDONE.search(before):
        return None
    perfect = _PERFECT.search(before) or _PLUPERFECT.search(before)
    subject = find_subject(clause.text, actions, context.table, None, None)
    if subject is None and clause.role == "pronoun":
        edge = clause.spans[0][0]  # the owner of what 'which was delivered' goes on about
        near = [one for one in context.table.mentions(main.text[:edge]) if one.start > edge - 60]
        subject = _subject_of(near[-1:], 0.7)._replace(person="") if near else None
    if subject is None or (clause.role == "coordinate" and not usable and perfect):
        return None
    return Told(subject, actions[0], usable[0] if usable else None, None if usable else clause.shift, clause)


def find_subject(
    clause: str, actions: Sequence[Action], table: ActorTable, last: Subject | None, last_person: Subject | None
) -> Subject | None:
    """Return who acts in a clause: the doer of its first act, or None where no actor is named.

    Parameters
    ----------
    clause : str
        Its text, quotations and other clauses blank.
    actions : sequence of Action
        What it says was done.
    table : ActorTable
        The names.
    last, last_person : Subject or None
        Who acted before in the article: what 'it' and 'he' stand for.
    """
    verb = actions[0] if actions else None
    mentions = table.mentions(clause)
    before = [one for one in mentions if verb is None or one.start < max(verb.start, verb.end - 1)]
    free = [one for one in before if _is_free(clause, one)]
    behind = _behind(clause, mentions, verb)
    deed, told = verb is not None and verb.kind in _DEEDS, verb is not None and verb.kind == "statement"
    suffered = verb and deed and _PASSIVE.search(clause[: verb.start])
    by = verb and deed and behind and clause[verb.end :].lstrip().startswith("by ")
    if free and not by and not suffered:
        return _subject_of(_joined(clause, before, free[0]), 1.0)
    if behind or suffered:
        return _subject_of(_joined(clause, mentions, behind), 1.0) if behind else None
    head = clause if verb is None else clause[: verb.end + _INVERTED * told]
    for pronoun, known in ((_HE, last_person), (_THEY, last)):
        if pronoun.search(head) and known:
            return Subject(known.codes, known.person, -1, -1, 0.8)
    return _subject_of(_joined(clause, before, before[0]), 0.8) if before else None


def _behind(clause: str, mentions: Sequence[Mention], verb: Action | None) -> Mention | None:
    """Return the doer that stands behind its verb: 'were frozen by Washington', 'said Peskov'."""
    for one in mentions:
        if verb is None or one.start < verb.end:
            continue
        inverted = verb.kind == "statement" and not clause[verb.end : one.start].strip(" ,")
        if inverted or _BY.search(clause[max(0, one.start - 60) : one.start]):
            return one
    return None


def _joined(clause: str, mentions: Sequence[Mention], first: Mention) -> list[Mention]:
    """Return a name, a second name of the same actor beside it, and the names joined to it by 'and'."""
    group = [first]
    for one in mentions:
        if one.start < group[-1].end:
            continue
        between = clause[group[-1].end : one.start]
        beside = one.code == group[-1].code and len(between.split()) <= 3 and "," not in between  # noqa: PLR2004
        if not _JOINED.fullmatch(between) and not beside:
            break
        group.append(one)
    return group


def _subject_of(group: Sequence[Mention], sure: float) -> Subject:
    codes = tuple(dict.fromkeys(one.code for one in group))
    person = next((one.person for one in group if one.person), "") if len(codes) == 1 else ""
    return Subject(codes, person, group[0].start, group[-1].end, sure)
