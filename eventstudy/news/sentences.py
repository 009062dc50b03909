"""Sentences of an article, with their place in it, who is speaking, and what stands in quotation marks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eventstudy.news.boilerplate import Line

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
#: From this share of capitals on, capitals tell no names.
_SHOUTED = 0.7


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
        characters = list(self.text)
        for start, end in self.quoted:
            characters[start:end] = " " * (end - start)
        return "".join(characters)


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
        if line.role not in {"body", "caption", "title", "heading"}:
            sentences.append(Sentence(line.text, line.start, line.start + len(line.text), line.role, number))
            continue
        offset, label, stamp, dateline = _opening(line, label)
        quotes = _quotes(line.text)
        cuts = _cuts(line.text, offset, quotes) if line.role in {"body", "caption"} else [(offset, len(line.text))]
        for start, end in cuts:
            text = line.text[start:end]
            near = quotes[max(bisect_right(quotes, (start,)) - 1, 0) : bisect_right(quotes, (end,))]
            quoted = tuple((max(a - start, 0), min(b, end) - start) for a, b in near if a < end and b > start)
            who = label if line.role == "body" else ""
            place = line.start + start, line.start + end
            sentences.append(Sentence(text, *place, line.role, number, who, stamp, dateline, quoted))
            number += line.role == "body"
    return tuple(sentences)


def _opening(line: Line, label: str) -> tuple[int, str, str, str]:
    """Return where the text of a line begins behind date, dateline or speaker, who speaks, the date, the dateline's."""
    begin = _BULLET.match(line.text).end()  # type: ignore[union-attr]  # it matches the empty text
    stamped = _STAMP.match(line.text, begin)
    if stamped and re.search(r"\d", stamped.group()):
        return stamped.end(), "", stamped.group().strip(" \t:|;,—–-[]"), ""
    dateline = _DATELINE.match(line.text)
    if dateline:
        return dateline.end(), "", "", dateline.group("day") or ""
    found = _LABEL.match(line.text)
    return (found.end(), found.group(1), "", "") if found else (begin, label, "", "")


def recased(text: str, names: re.Pattern[str], known: Mapping[str, str]) -> str:
    """Write a line of capitals or of Title Words with capitals on names alone, every character in its place."""
    long = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 3]  # noqa: PLR2004  # 'of', 'the', 'and'
    if len(long) < 2 or sum(word[0].isupper() for word in long) <= _SHOUTED * len(long):  # noqa: PLR2004
        return text
    letters = list(text if len(text.lower()) != len(text) else text.lower())
    for match in names.finditer(text):
        name = known.get(match.group().lower(), match.group())
        if match.group()[0].isupper() and len(name) == len(match.group()):
            letters[match.start() : match.end()] = name
    return "".join(letters)


def _cuts(text: str, first: int, quotes: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start = first
    for stop in _STOP.finditer(text, first):
        near = bisect_right(quotes, (stop.start(),)) - 1
        inside = near >= 0 and stop.end() < quotes[near][1]
        short = _SHORT.search(text[max(start, stop.start() - 12) : stop.start() + 1])
        if inside or (short and not (_ends_anyway(short.group()) and _FRESH.match(text, stop.end()))):
            continue
        yield start, stop.end()
        start = re.compile(r"\s*").match(text, stop.end()).end()  # type: ignore[union-attr]  # it matches the empty text
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
