"""Lines, sentences and clauses of an article: what is its text, who is speaking, and what stands in quotation marks.

``patterns.toml`` says what lines, sentences and clauses look like.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from eventstudy.news.dates import DAYS, number
from eventstudy.news.vocabulary import PATTERNS, expression

_ROLES, _CLAUSES = ({name: expression(one) for name, one in PATTERNS[part].items()} for part in ("roles", "clauses"))
#: In words: a title has more, a headline no more.
_TITLE_WORDS, _HEADLINE_WORDS = 5, 30
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
    role: str  # what its line is: body, title, heading, caption, credit, clutter, related, author
    number: int  # how many sentences of the body stand before it
    label: str = ""  # in a transcript, the words before the colon that say who speaks
    stamp: str = ""  # the date or clock before what the line says
    dateline: str = ""  # the day of the dateline
    quoted: tuple[tuple[int, int], ...] = ()  # what stands in quotation marks, as offsets into `text`


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
    label, n_body = "", 0
    for line, at, role in _lines(text, headlines=headlines):
        offset, stamp, dateline, quotes = 0, "", "", list[tuple[int, int]]()
        if role in {"body", "caption", "title", "heading"}:
            offset, label, stamp, dateline = _opening(line, label)
            # One that is never closed runs to the end.
            quotes = [one.span() for one in re.finditer(r"[“\"][^”\"]*(?:[”\"]|\Z)", line)]
        whole = [(offset, len(line))]
        for start, end in _cuts(line, offset, quotes) if role in {"body", "caption"} else whole:
            near = quotes[max(bisect_right(quotes, (start,)) - 1, 0) : bisect_right(quotes, (end,))]
            quoted = tuple((max(a - start, 0), min(b, end) - start) for a, b in near if a < end and b > start)
            speaker, place = label if role == "body" else "", (at + start, at + end)
            sentences.append(Sentence(line[start:end], *place, role, n_body, speaker, stamp, dateline, quoted))
            n_body += role == "body"
    return sentences


def _lines(text: str, *, headlines: bool) -> list[tuple[str, int, str]]:
    """Return the lines of a page, where each begins and what it is."""
    whole = r"\S[^\n]*"
    if not headlines and _is_wrapped(text):
        whole += r"(?:\n(?!\s*\n)[^\n]*\S[^\n]*)*"  # a hard-wrapped paragraph is one line
    found = [(one.group().rstrip(), one.start()) for one in re.finditer(whole, text)]
    roles = ["title" if headlines else _role(line) for line, _ in found]
    for k in range(1, len(found)):
        (above, at), (_, begin) = found[k - 1], found[k]
        touching = "\n\n" not in text[at + len(above) : begin].replace(" ", "")
        if roles[k] == "credit" and roles[k - 1] in {"body", "heading"} and touching:
            roles[k - 1] = "caption"
    for k, (line, _) in enumerate(found):
        if roles[k] == "heading" and len(line.split()) >= _TITLE_WORDS:
            roles[k] = "title"
        if roles[k] in {"body", "title"}:
            break
    return [(line, at, role) for (line, at), role in zip(found, roles, strict=True)]


def _role(line: str) -> str:
    n, ends = len(line.split()), _ROLES["ends"].search(line)
    if len(line) > _LONGEST_LINE:
        return "clutter"
    if _ROLES["credit"].search(line) and len(line) < _CAPTION_LENGTH:
        return "credit" if n <= 12 else "caption"  # noqa: PLR2004  # a credit names people, a caption has a sentence
    if _ROLES["related"].search(line) and (not ends or ":" in line[:16]):
        return "related"
    if _ROLES["author"].search(line) and n <= 16 and not ends:  # noqa: PLR2004  # an author line is short
        return "author"
    if _ROLES["clutter"].search(line) and n <= 45:  # noqa: PLR2004  # a sentence of an article may say 'cookie'
        return "clutter"
    return "body" if ends else "heading"


def _opening(line: str, label: str) -> tuple[int, str, str, str]:
    """Return where the text of a line begins behind date, dateline or speaker, who speaks, the date, the dateline's."""
    begin = _ROLES["bullet"].match(line).end()  # type: ignore[union-attr]  # it matches the empty text
    stamped = _ROLES["stamp"].match(line, begin)
    if stamped and re.search(r"\d", stamped.group()):
        return stamped.end(), "", stamped.group().strip(" \t:|;,—–-[]"), ""
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
    for role in ("relative", "with", "pronoun", "coordinate", "subordinate"):
        earlier = [(start, end) for start, end, *_ in openings]
        for match in _CLAUSES[role].finditer(plain):
            start, shift = match.start(), None
            if role == "relative":
                days = DAYS[(match["unit"] or "hour").lower()] * number(match["count"] or "")
                shift = -days if match["way"].lower() == "after" else days
            # 'The U.S. and Japan said': without a verb before it an 'and' joins names.
            elif role == "coordinate" and not (verb and verb.end() <= start):
                continue
            if not any(a <= start < b for a, b in earlier):
                openings.append((start, match.end(), role, shift))
    openings.sort()
    found: list[Clause] = []
    taken: list[tuple[int, int]] = []
    for start, inner, role, shift in openings:
        if len(found) == _MOST_CLAUSES or (taken and start < taken[-1][1]):
            continue
        end = min((other for other, *_ in openings if other > inner), default=len(plain))
        if role != "coordinate" and not (role == "with" and start > 0):  # any other ends at its comma
            comma = _CLAUSES["comma"].search(plain, inner)
            end = min(end, comma.start()) if comma else end
        taken.append((start, end))
        found.append(Clause(role, masked(plain, [(inner, end)]), ((inner, end),), shift))
    rest = outside(taken, len(plain))
    return (Clause("main", masked(plain, rest), tuple(rest)), *found)


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
