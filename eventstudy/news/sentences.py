"""Sentences of an article, with their place in it, who is speaking, and what stands in quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from eventstudy.news.boilerplate import Line

_STOP = re.compile(r"[.!?…]+[”\"’')\]]*(?=\s+[“\"‘(\[]?[A-Z0-9“\"‘])")
_SHORT = re.compile(
    r"(?:^|[\s(“\"])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Maj|Adm|Sen|Rep|Gov|St|No|vs|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    r"|Sept?|Oct|Nov|Dec|Inc|Ltd|Co|Corp|e\.g|i\.e|a\.m|p\.m|(?:[A-Z]\.)+[A-Z])\.$"
)
_FRESH = re.compile(
    r"\s+[“\"‘]?(?:The|It|He|She|They|We|This|That|These|But|And|In|On|At|A|An|For|If|As|No|There|Its)\b"
)
_DATELINE = re.compile(
    r"^(?:[A-Z][A-Z.’' ]{2,}(?:,\s*[A-Z][\w.]+)?"
    r"(?:,\s*(?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8})(?:,? \d{4})?)?"
    r"\s*(?:\([^)]{2,30}\))?\s*[—–-]+\s+|\([A-Z][\w ]+\)\s*[—–-]+\s*)"
)
_LABEL = re.compile(r"^((?:[A-Z][\w.’'-]*,? ?(?:of |the |for )?){1,7}):\s+(?=[“\"‘A-Z])")


@dataclass(frozen=True)
class Sentence:
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
    quoted : tuple of (start, end)
        What stands in quotation marks, as offsets into `text`.
    """

    text: str
    start: int
    end: int
    role: str
    number: int
    label: str = ""
    quoted: tuple[tuple[int, int], ...] = ()

    @property
    def spoken(self) -> bool:
        """Whether all of it stands in quotation marks."""
        return any(end - start >= len(self.text) - 2 for start, end in self.quoted)

    def plain(self) -> str:
        """Return the text with what is quoted blanked out, so that offsets stay."""
        characters = list(self.text)
        for start, end in self.quoted:
            characters[start:end] = " " * (end - start)
        return "".join(characters)


def split_sentences(lines: tuple[Line, ...]) -> tuple[Sentence, ...]:
    """Cut the body and the captions of an article into sentences.

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
        if line.role not in {"body", "caption"}:
            continue
        offset, label = _after_label(line, label)
        for start, end in _cuts(line.text, offset):
            text = line.text[start:end]
            quoted = tuple(
                (max(a - start, 0), min(b, end) - start) for a, b in _quotes(line.text) if a < end and b > start
            )
            who = label if line.role == "body" else ""
            sentences.append(Sentence(text, line.start + start, line.start + end, line.role, number, who, quoted))
            number += line.role == "body"
    return tuple(sentences)


def _after_label(line: Line, label: str) -> tuple[int, str]:
    """Return where the text of a line begins behind its dateline or speaker's label, and who speaks."""
    dateline = _DATELINE.match(line.text)
    if dateline:
        return dateline.end(), ""
    found = _LABEL.match(line.text)
    return (found.end(), found.group(1)) if found else (0, label)


def _cuts(text: str, first: int) -> Iterator[tuple[int, int]]:
    quotes = _quotes(text)
    start = first
    for stop in _STOP.finditer(text, first):
        inside = any(a < stop.start() and stop.end() < b for a, b in quotes)
        short = _SHORT.search(text[start : stop.start() + 1])
        if inside or (short and not (_ends_anyway(short.group()) and _FRESH.match(text, stop.end()))):
            continue
        yield start, stop.end()
        start = stop.end() + len(text[stop.end() :]) - len(text[stop.end() :].lstrip())
    if text[start:].strip():
        yield start, len(text)


def _ends_anyway(short: str) -> bool:
    """Whether an abbreviation may close a sentence: `U.S.`, not `Mr.`."""
    return short.count(".") > 1


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
