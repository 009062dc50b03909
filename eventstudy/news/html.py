"""Web pages: the article's text, and its publication time from the page's meta tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from eventstudy.errors import InputError

#: Meta tags and properties that carry the time of publication, the surest first.
_TAGS = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "dc.date.issued",
    "dc.date",
    "pubdate",
    "publishdate",
    "date",
)
_LINKED_DATA = re.compile(r'"datePublished"\s*:\s*"([^"]+)"')


@dataclass(frozen=True)
class Page:
    """The article of a web page.

    Parameters
    ----------
    text : str
        A paragraph a line.
    published : str
        As the page's meta tags say; empty where they do not.
    """

    text: str
    published: str


class _MetaTags(HTMLParser):
    """Collects the meta tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the first value of every name."""
        given = dict(attrs)
        name = given.get("property") or given.get("name") or given.get("itemprop")
        value = given.get("content") or (given.get("datetime") if tag == "time" else None)
        if name and value:
            self.found.setdefault(name.lower(), value)


def is_html(text: str) -> bool:
    """Whether a text is a web page.

    Examples
    --------
    >>> is_html("<!DOCTYPE html><html></html>"), is_html("The talks ended.")
    (True, False)
    """
    return bool(re.match(r"\s*(?:<!doctype html|<html|<\?xml[^>]*>\s*<html)", text, re.IGNORECASE))


def published_in(html: str) -> str:
    """Return the publication time a page's meta tags give, or ''.

    Examples
    --------
    >>> published_in('<meta property="article:published_time" content="2022-01-27T08:12:00+00:00">')
    '2022-01-27T08:12:00+00:00'
    """
    tags = _MetaTags()
    tags.feed(html)
    linked = _LINKED_DATA.search(html)
    candidates = [tags.found[name] for name in _TAGS if name in tags.found] + ([linked.group(1)] if linked else [])
    return next((value for value in candidates if re.match(r"\d{4}-\d{2}-\d{2}", value)), "")


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
    return Page(text, published_in(html))
