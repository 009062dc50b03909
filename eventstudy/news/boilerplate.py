"""Boilerplate: the lines of a page that are not its article, each with what it is instead."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Line:
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
    if headlines:
        return tuple(Line(one.group().rstrip(), one.start(), "title") for one in re.finditer(r"\S[^\n]*", text))
    lines = list(_paragraphs(text))
    roles = [_role(line) for _, line in lines]
    for k, role in enumerate(roles):
        if role == "credit" and k and roles[k - 1] in {"body", "heading"} and _touches(text, lines[k - 1], lines[k]):
            roles[k - 1] = "caption"
    for k, role in enumerate(roles):
        if role == "body":
            break
        if role == "heading" and len(lines[k][1].split()) >= _TITLE_WORDS:
            roles[k] = "title"
            break
    return tuple(Line(line, start, role) for (start, line), role in zip(lines, roles, strict=True))


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines; those of a hard-wrapped paragraph as one."""
    wrapped = _is_wrapped(text)
    pattern = r"\S[^\n]*(?:\n(?!\s*\n)[^\n]*\S[^\n]*)*" if wrapped else r"\S[^\n]*"
    for found in re.finditer(pattern, text):
        yield found.start(), found.group().rstrip()


def _is_wrapped(text: str) -> bool:
    """Whether most lines end in mid-sentence and go on in lower case on the next."""
    lines = text.split("\n")
    pairs = [(a, b) for a, b in itertools.pairwise(lines) if a.strip() and b.strip()]
    running = sum(1 for a, b in pairs if not _ENDS.search(a.strip()) and b.strip()[:1].islower())
    return bool(pairs) and running >= max(2, len(pairs) // 3)


def _role(line_at: str) -> str:
    words = line_at.split()
    if _CREDIT.search(line_at) and len(line_at) < _CAPTION_LENGTH:
        return "credit" if len(words) <= 12 else "caption"  # noqa: PLR2004  # a credit names people, a caption tells
    if _RELATED.search(line_at) and (not _ENDS.search(line_at) or ":" in line_at[:16]):
        return "related"
    if _AUTHOR.search(line_at) and len(words) <= 16 and not _ENDS.search(line_at):  # noqa: PLR2004  # an author line is short
        return "author"
    if _CLUTTER.search(line_at) and len(words) <= 45:  # noqa: PLR2004  # a sentence of an article may say 'cookie'
        return "clutter"
    return "body" if _ENDS.search(line_at) else "heading"


def _touches(text: str, above: tuple[int, str], below: tuple[int, str]) -> bool:
    """Whether two lines follow each other without an empty line."""
    return "\n\n" not in text[above[0] + len(above[1]) : below[0]].replace(" ", "")
