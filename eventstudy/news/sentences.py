"""Lines, sentences and clauses of an article: what is its text, who is speaking, and what stands in quotation marks."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from eventstudy.news.dates import DAYS, NUMBERS

_CLUTTER = re.compile(
    r"newsletter|subscri|sign(?:ing)?[ -]?up|e-?mail address|daily e-?mail|opt(?:ing)?[ -](?:in|out)|privacy policy"
    r"|terms of (?:use|service)|cookie|all rights reserved|©|copyright|follow us|share this|advertisement|click here"
    r"|download (?:the|our) app|(?:post|leave|add) a comment|^\d* ?comments?$|skip to|log ?in|view all|receive e-?mails"
    r"|^print$|^share$|^tags?:|for more information|###|^-?\s?ends?\s?-?$|media contact",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"^(?:read (?:more|also|next)|related|see also|more (?:on|from)|also read|watch)\b", re.IGNORECASE
)
_AUTHOR = re.compile(r"^(?:[Bb]y [A-Z][\w.’'-]+|(?i:reporting|writing|editing|edited|updated|published)\b)")
_CREDIT = re.compile(
    r"getty images|\bAFP\b[/ ]|/\s?AFP|AP photo|\bREUTERS/|via reuters|shutterstock|handout"
    r"|file (?:photo|picture|image)|photo(?:graph)?(?: by|:)|picture:|image:|\bcredit:",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?:;…][”\"’')\]]*$|[”\"]$")
_CAPTION_LENGTH = 320
_TITLE_WORDS = 5
_HEADLINE_WORDS = 30
_FEW_LINES = 3
#: In characters: a line longer than this is a listing or a book, no paragraph.
_LONGEST_LINE = 100_000


class Line(NamedTuple):
    """A line of the page: its text, where it stands, and whether it is ``body`` or something else.

    Parameters
    ----------
    text : str
        Without the blanks around it.
    start : int
        Offset of its first character.
    role : {'body', 'title', 'heading', 'caption', 'credit', 'clutter', 'related', 'author'}
        What it is.
    """

    text: str
    start: int
    role: str


def is_headlines(text: str) -> bool:
    r"""Whether a text is a list of headlines: several short lines, hardly any with a full stop, none running on.

    Examples
    --------
    >>> is_headlines("Talks end in Oslo\nRiyadh recalls envoy\nTehran rejects plan")
    True
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    plain = [line for line in lines if not line.endswith((".", ".”", '."')) and len(line.split()) <= _HEADLINE_WORDS]
    return len(lines) >= _FEW_LINES and len(plain) >= 0.9 * len(lines) and not _is_wrapped(text)


def read_lines(text: str, *, headlines: bool = False) -> tuple[Line, ...]:
    r"""Tell the lines of an article from the clutter around them.

    Parameters
    ----------
    text : str
        The page as text, a paragraph a line; a paragraph broken over lines is found by its missing full stop.
    headlines : bool
        Whether it is a list of headlines, one a line.

    Returns
    -------
    tuple of Line
        Every line that is not empty.

    Examples
    --------
    >>> text = "Sign up for our newsletter\n\nTalks end without any result\n\nThey met."
    >>> [line.role for line in read_lines(text)]
    ['clutter', 'title', 'body']
    """
    whole = r"\S[^\n]*"
    if not headlines and _is_wrapped(text):
        whole += r"(?:\n(?!\s*\n)[^\n]*\S[^\n]*)*"  # a hard-wrapped paragraph is one line
    found = ((one.group().rstrip(), one.start()) for one in re.finditer(whole, text))
    if headlines:
        return tuple(Line(line, start, "title") for line, start in found)
    lines = [Line(line, start, _role(line)) for line, start in found]
    for k, (above, line) in enumerate(itertools.pairwise(lines)):
        touching = "\n\n" not in text[above.start + len(above.text) : line.start].replace(" ", "")
        if line.role == "credit" and above.role in {"body", "heading"} and touching:
            lines[k] = above._replace(role="caption")
    for k, line in enumerate(lines):
        if line.role == "heading" and len(line.text.split()) >= _TITLE_WORDS:
            lines[k] = line._replace(role="title")
        if lines[k].role in {"body", "title"}:
            break
    return tuple(lines)


def _is_wrapped(text: str) -> bool:
    """Whether most lines end in mid-sentence and go on in lower case on the next."""
    lines = text.split("\n")
    pairs = [(a, b) for a, b in itertools.pairwise(lines) if a.strip() and b.strip()]
    running = sum(1 for a, b in pairs if not _ENDS.search(a.strip()) and b.strip()[:1].islower())
    return bool(pairs) and running >= max(2, len(pairs) // 3)


def _role(line: str) -> str:
    n, ends = len(line.split()), _ENDS.search(line)
    if len(line) > _LONGEST_LINE:
        return "clutter"
    if _CREDIT.search(line) and len(line) < _CAPTION_LENGTH:
        return "credit" if n <= 12 else "caption"  # noqa: PLR2004  # a credit names people, a caption tells
    if _RELATED.search(line) and (not ends or ":" in line[:16]):
        return "related"
    if _AUTHOR.search(line) and n <= 16 and not ends:  # noqa: PLR2004  # an author line is short
        return "author"
    if _CLUTTER.search(line) and n <= 45:  # noqa: PLR2004  # a sentence of an article may say 'cookie'
        return "clutter"
    return "body" if ends else "heading"


_STOP = re.compile(r"[.!?…]{1,4}[”\"’')\]]{0,3}(?=\s+[“\"‘(\[]?[A-Z0-9“\"‘])")
_SHORT = re.compile(
    r"(?:^|[\s(“\"])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Maj|Adm|Sen|Rep|Gov|St|No|vs|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    r"|Sept?|Oct|Nov|Dec|Inc|Ltd|Co|Corp|e\.g|i\.e|a\.m|p\.m|(?:[A-Z]\.)+[A-Z])\.$"
)
_FRESH = re.compile(
    r"\s+[“\"‘]?(?:The|It|He|She|They|We|This|That|These|But|And|In|On|At|A|An|For|If|As|No|There|Its)\b"
)
_PLACE = (
    r"[A-ZÀ-Þ][A-ZÀ-Þ.’'\-]{1,30}(?: [A-ZÀ-Þ][A-ZÀ-Þ.’'\-]{0,30}){0,3}(?:/[A-Z]{2,}){0,2}(?:, [A-Z][\w.]{1,20}){0,2}"
)
_MONTH_DAY = r"(?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8})(?:,? \d{4})?"
_DATELINE = re.compile(
    rf"(?:{_PLACE}(?:, ?(?P<day>{_MONTH_DAY}))?\s{{0,2}}(?:\([^)]{{2,30}}\))?\s{{0,2}}[—–-]{{1,2}}\s"
    r"|\([A-Z][\w ]{1,30}\)\s?[—–-]{1,2}\s?)"
)
#: A bullet, and a date or a clock, before what a line says.
_BULLET = re.compile(r"(?:[-–—•*·>]{1,2}\s{0,3}|\d{1,3}[.)]\s{1,3}(?=\D))?")
_CLOCK = r"(?:[01]?\d|2[0-3])[:h][0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\.?)?(?:\s?(?:GMT|UTC|Z|[+-]\d\d:?\d\d))?"
_DATE = (
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s)?(?:\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4}"
    r"|[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?|(?:le )?\d{1,2}\.? [^\W\d_]{3,9}\.?(?:,? \d{4})?)"
)
_STAMP = re.compile(
    rf"\[?(?:(?P<date>{_DATE})(?:[T,]?\s{{0,2}}(?:at )?(?P<clock>{_CLOCK}))?|(?P<alone>{_CLOCK}))\]?"
    r"(?:\s{0,3}[:|;,—–-]{1,2}\s{1,3}|\t|\s{1,4})(?=\S)"
)
_LABEL = re.compile(r"([A-Z][\w.’'-]{0,30}(?:,? (?:of |the |for )?[A-Z][\w.’'-]{0,30}){0,6}):\s{1,3}(?=[“\"‘A-Z])")


class Sentence(NamedTuple):
    """A sentence and its place.

    Parameters
    ----------
    text : str
        The characters ``start:end`` of the article.
    start, end : int
        Offsets in characters.
    role : str
        ``body`` or ``caption``.
    number : int
        How many sentences of the body stand before it.
    label : str
        In a transcript, the words before the colon that say who speaks.
    stamp, dateline : str
        The date or clock before what the line says; the day of the dateline.
    quoted : tuple of (start, end)
        What stands in quotation marks, as offsets into `text`.
    """

    text: str
    start: int
    end: int
    role: str
    number: int
    label: str = ""
    stamp: str = ""
    dateline: str = ""
    quoted: tuple[tuple[int, int], ...] = ()

    @property
    def spoken(self) -> bool:
        """Whether all of it stands in quotation marks."""
        return any(end - start >= len(self.text) - 2 for start, end in self.quoted)

    def plain(self) -> str:
        """Return the text with what is quoted blanked out, so that offsets stay."""
        return masked(self.text, outside(self.quoted, len(self.text)))


def split_sentences(lines: tuple[Line, ...]) -> tuple[Sentence, ...]:
    """Cut the lines of an article into sentences; what is no text of the article's stays whole.

    Parameters
    ----------
    lines : tuple of Line
        What `read_lines` found.

    Returns
    -------
    tuple of Sentence
        In the order of the text; a stop inside quotation marks ends no sentence.
    """
    sentences: list[Sentence] = []
    label, number = "", 0
    for line in lines:
        offset, stamp, dateline, quotes = 0, "", "", list[tuple[int, int]]()
        if line.role in {"body", "caption", "title", "heading"}:
            offset, label, stamp, dateline = _opening(line.text, label)
            quotes = _quotes(line.text)
        whole = [(offset, len(line.text))]
        for start, end in _cuts(line.text, offset, quotes) if line.role in {"body", "caption"} else whole:
            near = quotes[max(bisect_right(quotes, (start,)) - 1, 0) : bisect_right(quotes, (end,))]
            quoted = tuple((max(a - start, 0), min(b, end) - start) for a, b in near if a < end and b > start)
            place = line.start + start, line.start + end
            said = label if line.role == "body" else "", stamp, dateline
            sentences.append(Sentence(line.text[start:end], *place, line.role, number, *said, quoted))
            number += line.role == "body"
    return tuple(sentences)


def _opening(line: str, label: str) -> tuple[int, str, str, str]:
    """Return where the text of a line begins behind date, dateline or speaker, who speaks, the date, the dateline's."""
    begin = _BULLET.match(line).end()  # type: ignore[union-attr]  # it matches the empty text
    stamped = _STAMP.match(line, begin)
    if stamped and re.search(r"\d", stamped.group()):
        return stamped.end(), "", stamped.group().strip(" \t:|;,—–-[]"), ""
    if dateline := _DATELINE.match(line):
        return dateline.end(), "", "", dateline["day"] or ""
    found = _LABEL.match(line)
    return (found.end(), found[1], "", "") if found else (begin, label, "", "")


def _cuts(text: str, first: int, quotes: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start = first
    for stop in _STOP.finditer(text, first):
        near = bisect_right(quotes, (stop.start(),)) - 1
        inside = near >= 0 and stop.end() < quotes[near][1]
        short = _SHORT.search(text[max(start, stop.start() - 12) : stop.start() + 1])
        # An abbreviation like `U.S.` may close a sentence, `Mr.` may not.
        if inside or (short and not (short.group().count(".") > 1 and _FRESH.match(text, stop.end()))):
            continue
        yield start, stop.end()
        start = re.compile(r"\s*").match(text, stop.end()).end()  # type: ignore[union-attr]  # it matches the empty text
    if text[start:].strip():
        yield start, len(text)


def _quotes(text: str) -> list[tuple[int, int]]:
    """Return what stands between double quotation marks; one that is never closed runs to the end."""
    spans, opened = [], -1
    for found in re.finditer(r"[“”\"]", text):
        if opened < 0 and found.group() != "”":
            opened = found.start()
        elif opened >= 0 and found.group() != "“":
            spans.append((opened, found.end()))
            opened = -1
    return [*spans, (opened, len(text))] if opened >= 0 else spans


_COUNT = r"(?:a|one|two|three|four|five|six|seven|\d{1,2})"
_RELATIVE = re.compile(
    rf"\b(?:(?P<count>{_COUNT}) (?P<unit>hour|day|week)s?|hours|minutes|shortly) (?P<way>after|before) ", re.IGNORECASE
)
#: What opens a clause, by how the clause hangs on the sentence.
_OPENERS = {
    "with": re.compile(r",\s+(?:however,\s+)?with (?=[^,]{3,60}?\b\w+ing\b)"),
    "pronoun": re.compile(
        r",\s+(?:who|which|whose|where|when)\b|\b(?:that|which) (?=(?:was|were|had been|have been|has been)\b)"
    ),
    "coordinate": re.compile(
        r";\s+|,?\s+(?:and|but|while)\s+(?=(?:the\s+|its\s+)?[A-Z][\w.’'-]*(?:\s+[\w.’'-]+){0,4}?\s+"
        r"(?:said|told|had|has|have|is|was|were|\w+ed)\b)"
    ),
    "subordinate": re.compile(
        r"(?:^|(?<=[\s,]))(?:after|before|when|while|as|because|even as|although|though|if|unless|once|likening|citing)"
        r" (?=\w)",
        re.IGNORECASE,
    ),
}
_VERB = re.compile(r"\b(?:said|says|told|tells|had|has|have|is|are|was|were|will|would|[a-z]+ed|began|sent|met)\b")
#: A sentence of more clauses is a listing: the rest belongs to the main clause.
_MOST_CLAUSES = 12
_COMMA = re.compile(r",(?=\s)|[—–](?=\s)|$")


class Clause(NamedTuple):
    """One clause.

    Parameters
    ----------
    role : {'main', 'coordinate', 'with', 'relative', 'pronoun', 'subordinate'}
        How it hangs on the sentence.
    text : str
        As long as the sentence, everything outside the clause blank: offsets are the sentence's.
    spans : tuple of (start, end)
        Where it stands.
    shift : int or None
        For ``relative``: days from the main clause's event to this one's.
    """

    role: str
    text: str
    spans: tuple[tuple[int, int], ...]
    shift: int | None = None


def split_clauses(plain: str) -> tuple[Clause, ...]:
    """Cut a sentence, its quotations blanked, into clauses; the main one first.

    Parameters
    ----------
    plain : str
        The sentence.

    Returns
    -------
    tuple of Clause
        Together they cover it.

    Examples
    --------
    >>> main, earlier = split_clauses("The bank closed a day after Washington froze its assets.")
    >>> main.text.strip(), earlier.text.strip(), earlier.shift
    ('The bank closed', 'Washington froze its assets.', -1)
    """
    openings = _openings(plain)
    found: list[Clause] = []
    taken: list[tuple[int, int]] = []
    for start, inner, role, shift in openings:
        if len(found) == _MOST_CLAUSES or (taken and start < taken[-1][1]):
            continue
        end = min((other for other, *_ in openings if other > inner), default=len(plain))
        if role != "coordinate" and not (role == "with" and start > 0):  # any other ends at its comma
            comma = _COMMA.search(plain, inner)
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


def _openings(plain: str) -> list[tuple[int, int, str, int | None]]:
    """Return where clauses begin: with and without the word that opens them, how they hang, by how many days."""
    found: list[tuple[int, int, str, int | None]] = []
    for match in _RELATIVE.finditer(plain):
        count = (match["count"] or "a").lower()
        days = DAYS[(match["unit"] or "hour").lower()] * (NUMBERS.get(count) or int(count))
        found.append((match.start(), match.end(), "relative", -days if match["way"].lower() == "after" else days))
    verb = _VERB.search(plain)
    for role, pattern in _OPENERS.items():
        for match in pattern.finditer(plain):
            # 'The U.S. and Japan said': without a verb before it an 'and' joins names.
            verbless = role == "coordinate" and not (verb and verb.end() <= match.start())
            if not verbless and not any(a <= match.start() < b for a, b, *_ in found):
                found.append((match.start(), match.end(), role, None))
    return sorted(found)


def masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text with all but some spans blank, so that offsets stay."""
    characters = [" "] * len(text)
    for start, end in spans:
        characters[start:end] = text[start:end]
    return "".join(characters)
