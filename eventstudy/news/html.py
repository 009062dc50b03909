"""Web pages: the article's text, and when it was published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from html.parser import HTMLParser

from eventstudy.errors import InputError
from eventstudy.news.dates import find_times

#: Meta tags and properties that carry the time of publication, the surest first.
_TAGS = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "dc.date.issued",
    "dc.date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "date",
)
_INSTANT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ](?P<clock>\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?)?"
)
_DATED = re.compile(r"date|byline|publish|time", re.IGNORECASE)
_LINKED_DATA = re.compile(r'"datePublished"\s*:\s*"([^"]+)"')


@dataclass(frozen=True)
class Page:
    """The article of a web page.

    Parameters
    ----------
    text : str
        A paragraph a line.
    published : str
        Its publication, to the minute where the page says so; empty where nothing does.
    found : str
        Where that stands: ``meta tags``, ``the page's text``, or ``htmldate`` (its best guess).
    """

    text: str
    published: str
    found: str = ""


class _Dates(HTMLParser):
    """Collects the meta tags of a page, and what stands in elements that are called dates."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the first value of every name."""
        given = dict(attrs)
        name = given.get("property") or given.get("name") or given.get("itemprop") or ("date" if tag == "time" else "")
        value = given.get("content") or (given.get("datetime") if tag == "time" else None)
        if name and value:
            self.found.setdefault(name.lower(), value)
        self._inside = tag == "time" or bool(_DATED.search(f"{given.get('class')} {given.get('id')}"))

    def handle_data(self, data: str) -> None:
        """Keep the text of such an element."""
        if self._inside and data.strip():
            self.texts.append(data)


def is_html(text: str) -> bool:
    """Whether a text is a web page.

    Examples
    --------
    >>> is_html("<!DOCTYPE html><html></html>"), is_html("The talks ended.")
    (True, False)
    """
    return bool(re.match(r"\s*(?:<!doctype html|<html|<\?xml[^>]*>\s*<html)", text, re.IGNORECASE))


def published_in(html: str) -> tuple[str, str]:
    """Return when a page was published, and where that stands; two empty texts where nothing says it.

    Examples
    --------
    >>> published_in('<meta property="article:published_time" content="2022-01-27T08:12:00+00:00">')
    ('2022-01-27T08:12:00+00:00', 'meta tags')
    >>> published_in("<p>By A. Writer, <time>18 December 2014</time></p>")
    ('2014-12-18', "the page's text")
    """
    page = _Dates()
    page.feed(html)
    linked = _LINKED_DATA.search(html)
    candidates = [page.found[name] for name in _TAGS if name in page.found] + ([linked.group(1)] if linked else [])
    for value in candidates:
        instant = _iso(value)
        if instant:
            return instant, "meta tags"
    for text in (*candidates, *page.texts):
        days = [
            one
            for one in find_times(text, date(9999, 1, 1))
            if re.search(r"\d{4}", one.text) and len(one.time) == len("2014-12-18")
        ]
        if days:
            return days[0].time, "the page's text"
    try:
        from htmldate import find_date
    except ImportError:
        return "", ""
    guess = find_date(html, original_date=True, outputformat="%Y-%m-%d")
    return (guess, "htmldate") if guess else ("", "")


def _iso(value: str) -> str:
    """Write a time of a meta tag as ISO, or return '' where it is none."""
    found = _INSTANT.match(value.strip())
    if not found:
        return ""
    zone = {"Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00"}.get(found["zone"] or "", found["zone"] or "")
    written = found["day"] + (f"T{found['clock']}{zone}" if found["clock"] else "")
    try:
        datetime.fromisoformat(written)
    except ValueError:
        return ""
    return written


def read_page(html: str, source: str = "page") -> Page:
    """Read the article of a web page.

    Parameters
    ----------
    html : str
        The page.
    source : str
        Its name, for messages.

    Returns
    -------
    Page
        Text and publication time.

    Raises
    ------
    InputError
        If trafilatura is not installed, or finds no article.
    """
    try:
        import trafilatura
    except ImportError:
        raise InputError(
            f"{source} is a web page; reading it needs trafilatura: "
            "pip install 'raise-or-fold[html]', or save it as text"
        ) from None
    text = trafilatura.extract(html, include_comments=False, include_tables=False)
    if not text:
        raise InputError(f"{source}: no article found in the page; save its text and give that")
    return Page(text, *published_in(html))
