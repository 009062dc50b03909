"""Reading a sentence: who did what when, or why it is no event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from eventstudy.news.actors import ActorTable
from eventstudy.news.clauses import Clause, split_clauses
from eventstudy.news.dates import When, find_times
from eventstudy.news.kinds import Action, find_actions, find_tense, kind_rank
from eventstudy.news.sentences import Sentence
from eventstudy.news.subject import Subject, find_subject

_PERFECT = re.compile(r"\b(?:has|have)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_PLUPERFECT = re.compile(r"\bhad\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_MODAL = re.compile(r"\b(?:will|would|could|may|might|should|must|can|cannot|to|if|not|never|if)\b", re.IGNORECASE)
_ATTRIBUTION = re.compile(r"[,”\"]\s*[^,]{0,80}$")
_QUESTION = re.compile(r"question|moderator|reporter|journalist|^q\b", re.IGNORECASE)
#: Behind a verb of saying a time belongs to it if it stands this near; further on it belongs to what is said.
_NEAR = 32
#: In the first sentences a perfect tense tells the news itself.
_LEAD = 2


@dataclass(frozen=True)
class Told:
    """What one clause tells.

    Parameters
    ----------
    subject : Subject
        Who acts.
    action : Action
        What was done.
    time : str
        Day, month or year; empty where the clause names none.
    when : When or None
        The expression that says so.
    shift : int or None
        Days from another event: of the sentence's main clause, or of the last event told before.
    clause : Clause
        Where it stands in the sentence.
    """

    subject: Subject
    action: Action
    time: str
    when: When | None
    shift: int | None
    clause: Clause


@dataclass(frozen=True)
class Context:
    """What the sentences before have left behind.

    Parameters
    ----------
    published : date
        The day the article came out.
    table : ActorTable
        The names.
    last, last_person : Subject or None
        What 'it' and 'he' stand for.
    """

    published: date
    table: ActorTable
    last: Subject | None = None
    last_person: Subject | None = None

    def after(self, subject: Subject) -> Context:
        """Return the context behind a clause with this subject."""
        return replace(self, last=subject, last_person=subject if subject.person else self.last_person)


def read_sentence(sentence: Sentence, context: Context) -> tuple[list[Told], str, Context]:
    """Read one sentence of the body.

    Parameters
    ----------
    sentence : Sentence
        The sentence; what is quoted in it tells stance, not deeds.
    context : Context
        What 'it', 'he' and 'Wednesday' mean here.

    Returns
    -------
    (told, reason, context) : tuple
        What its clauses tell, main clause first; why the main clause is no event, or empty; the context behind it.
    """
    plain = sentence.plain()
    if context.table.comments(plain) and not _official(plain, context):
        return [], "commentator", replace(context, last=None, last_person=None)
    main, *others = split_clauses(plain)
    told, reason, context = _read_main(main, plain, sentence, context)
    found = [told] if told else []
    for clause in others:
        minor = _read_minor(clause, main, context)
        if minor:
            found.append(minor)
    return found, reason, context


def _official(plain: str, context: Context) -> bool:
    """Whether an actor, not the commentator, speaks: its name stands first and before any word for one."""
    comment = context.table.comments(plain)
    mentions = context.table.mentions(plain)
    actions = find_actions(plain)
    if comment is None or not mentions or not actions:
        return False
    return mentions[0].start < comment.start() and actions[0].start < comment.start()


def _read_main(clause: Clause, plain: str, sentence: Sentence, context: Context) -> tuple[Told | None, str, Context]:
    if sentence.label and _QUESTION.search(sentence.label):
        return None, "no actor", context
    actions = find_actions(clause.text)
    subject = find_subject(clause.text, actions, context.table, context.last, context.last_person)
    if sentence.label:
        subject = _labelled(sentence.label, context) or subject
        actions = actions or (Action("statement", "", 0, 0),)
    behind = context.after(subject) if subject else context
    times = find_times(clause.text, context.published)
    reason = _not_news(clause.text, actions, times, sentence)
    if reason:
        return None, reason, behind
    if not actions:
        return None, "no action", behind
    if subject is None:
        return None, "no actor", behind
    action, time = _deed(clause.text, actions, times, subject, context, labelled=bool(sentence.label))
    reported = action is not actions[0]  # 'said it had frozen': the tense is that of reported speech
    if time is None and not reported and _is_undated(clause.text, plain, action, sentence):
        return None, "undated", behind
    shift = time.shift if time and time.standing == "relative" else None
    return Told(subject, action, time.time if time else "", time, shift, clause), "", behind


def _labelled(label: str, context: Context) -> Subject | None:
    mentions = context.table.mentions(label.title() if label.isupper() else label)
    if not mentions:
        return None
    last = mentions[-1]
    return Subject((last.code,), last.person, -1, -1, 1.0)


def _not_news(text: str, actions: Sequence[Action], times: Sequence[When], sentence: Sentence) -> str:
    """Say why a clause is a plan or history rather than news, or return ''."""
    past = [one for one in times if one.standing == "past"]
    said = any(action.kind == "statement" and _ATTRIBUTION.search(text[: action.start]) for action in actions)
    plan = find_tense(text, "scheduled")
    first = actions[0].start if actions else len(text)
    if sentence.label:
        return ""
    if plan and plan.start() <= first and not said:
        return "scheduled"
    if not actions and any(one.standing == "scheduled" for one in times):
        return "scheduled"
    if find_tense(text, "background") and not past:
        return "background"
    leading = [one for one in times if one.standing == "background" and (one.start < first or not _speaks(actions))]
    return "background" if leading and not past else ""


def _speaks(actions: Sequence[Action]) -> bool:
    return bool(actions) and kind_rank(actions[0].kind) >= kind_rank("statement")


def _deed(
    text: str, actions: Sequence[Action], times: Sequence[When], subject: Subject, context: Context, *, labelled: bool
) -> tuple[Action, When | None]:
    """Return the act that names the event, and the time that belongs to it."""
    first = actions[0]
    usable = [one for one in times if one.standing in {"past", "relative"}]
    if labelled:
        return Action("statement", "", 0, 0), None
    if first.kind != "statement":
        return first, min(usable, key=lambda one: abs(one.start - first.end), default=None)
    for action in actions[1:]:
        if action.kind != "statement" and _own(text, first, action, subject, context):
            return action, min(usable, key=lambda one: one.start, default=None)
    near = [one for one in usable if one.start < first.end + _NEAR]
    return first, near[0] if near else None


def _own(text: str, verb: Action, action: Action, subject: Subject, context: Context) -> bool:
    """Whether what is said is the speaker's own deed: 'said it had frozen', not 'said they would freeze'."""
    between = text[verb.end : action.start]
    if _MODAL.search(between):
        return False
    named = [one.code for one in context.table.mentions(between)]
    if named:
        return named[0] in subject.codes
    return bool(re.search(r"\b(?:it|he|she|they|we|its)\b", between))


def _is_undated(text: str, plain: str, action: Action, sentence: Sentence) -> bool:
    """Whether the tense says that it was at some earlier day the article does not name."""
    before = text[: action.start]
    if _PLUPERFECT.search(before) or find_tense(plain[: action.start], "earlier"):
        return True
    return bool(_PERFECT.search(before)) and sentence.number >= _LEAD


def _read_minor(clause: Clause, main: Clause, context: Context) -> Told | None:
    """Read a clause beside the main one: it is news of its own only where it says who, what and when."""
    actions = find_actions(clause.text)
    usable = [one for one in find_times(clause.text, context.published) if one.standing == "past"]
    if not actions or not (usable or clause.shift is not None or clause.role == "coordinate"):
        return None
    if find_tense(clause.text[: actions[0].start], "scheduled") or find_tense(clause.text, "background"):
        return None
    before = clause.text[: actions[0].start]
    if clause.role == "coordinate" and not usable and (_PERFECT.search(before) or _PLUPERFECT.search(before)):
        return None
    subject = find_subject(clause.text, actions, context.table, None, None)
    if subject is None and clause.role == "pronoun":
        subject = _owner(main, clause, context)
    if subject is None:
        return None
    when = usable[0] if usable else None
    return Told(subject, actions[0], when.time if when else "", when, None if when else clause.shift, clause)


def _owner(main: Clause, clause: Clause, context: Context) -> Subject | None:
    """Return whose the thing is that 'which was delivered' goes on about: the last name shortly before."""
    edge = clause.spans[0][0]
    near = [one for one in context.table.mentions(main.text[:edge]) if one.start > edge - 60]
    return Subject((near[-1].code,), "", near[-1].start, near[-1].end, 0.7) if near else None


def shifted(day: str, days: int) -> str:
    """Return a day so many days on; a month stays a month.

    Examples
    --------
    >>> shifted("2022-01-27", -1)
    '2022-01-26'
    """
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except ValueError:
        return day
