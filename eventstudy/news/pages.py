"""Web pages and feeds: their text, their headlines, and when they were published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

from eventstudy.cells import parse_times
from eventstudy.errors import InputError
from eventstudy.events.clock import read_time, split_zone
from eventstudy.events.ics import LARGEST
from eventstudy.events.schema import Imported, proposal, without_marks
from eventstudy.files import path_of
from eventstudy.news.dates import find_times
from eventstudy.news.extract import headline_of
from eventstudy.news.reading import find_actions, kind_rank
from eventstudy.news.stance_coder import code_stance
from eventstudy.news.vocabulary import PATTERNS, ActorTable, Lexicon, default_actors, expression
from eventstudy.tables import content_of

_TAGS: dict[str, list[str]] = PATTERNS["tags"]
_FORMS = {name: expression(pattern) for name, pattern in PATTERNS["pages"].items()}
#: A page of more characters than this is something else.
_LARGEST_PAGE = 16_000_000
#: Zones that RFC 822, by which feeds are dated, names as offsets, whatever the season.
_RFC_822 = {"EDT": "-04:00", "EST": "-05:00", "CDT": "-05:00", "CST": "-06:00",
            "MDT": "-06:00", "MST": "-07:00", "PDT": "-07:00", "PST": "-08:00"}  # fmt: skip
#: What a feed says of an entry is read so far, in characters.
_SUMMARY = 2000
_DECLARES = re.compile(rb"<!\s*(?:ENTITY|DOCTYPE[^>]*\[)", re.IGNORECASE)


def is_html(text: str) -> bool:
    """Whether a text is a web page.

    Examples
    --------
    >>> is_html("<!DOCTYPE html><html></html>"), is_html("The talks ended.")
    (True, False)
    """
    return _FORMS["html"].match(InputError.require("a page must be a text", text, str)) is not None


def published_in(html: str) -> tuple[str, str]:
    """Return when a page was published, and where that stands; two empty texts where nothing says it.

    Examples
    --------
    >>> published_in('<meta property="article:published_time" content="2022-01-27T08:12:00+00:00">')
    ('2022-01-27T08:12:00+00:00', 'meta tags')
    >>> published_in("<p>By A. Writer, <time>18 December 2014</time></p>")
    ('2014-12-18', "the page's text")
    """
    named: dict[str, str] = {}
    texts = []
    for tag, inside, text in _FORMS["element"].findall(InputError.require("a page must be a text", html, str)):
        has = {name.lower(): unescape(a or b or c) for name, a, b, c in _FORMS["attribute"].findall(inside)}
        is_time = tag.lower() == "time"
        name = has.get("property") or has.get("name") or has.get("itemprop") or "date" * is_time
        if name and (value := has.get("content") or (has.get("datetime") if is_time else "")):
            named.setdefault(name.lower(), value)
        if is_time or _FORMS["dated"].search(f"{has.get('class')} {has.get('id')}"):
            texts.append(unescape(text))
    candidates = [named[name] for name in _TAGS["published"] if name in named] + _FORMS["linked_data"].findall(html)[:1]
    for value in candidates:
        if found := _FORMS["instant"].match(value.strip()):
            zone = re.sub("Z|UTC|GMT", "+00:00", found["zone"] or "")
            written = found["day"] + (f"T{found['clock']}{zone}" if found["clock"] else "")
            with suppress(ValueError):
                datetime.fromisoformat(written)
                changes = [_FORMS["instant"].match(named.get(name, "")) for name in _TAGS["changed"]]
                changed = max((one["day"] for one in changes if one), default="")
                late = f", changed on {changed}, from which its weekdays may count" * (changed > found["day"])
                return written, f"meta tags{late}"
    for text in (*candidates, *texts):
        for one in find_times(text, date(9999, 1, 1)):
            if re.search(r"\d{4}", one.text) and len(one.time) == len("2014-12-18"):
                return one.time, "the page's text"
    try:
        from htmldate import find_date
    except ImportError:
        return "", ""
    guess = find_date(html, original_date=True, outputformat="%Y-%m-%d")
    return (guess, "htmldate") if guess else ("", "")


def read_page(html: str, source: str = "page") -> tuple[str, str, str]:
    """Read the article of a web page.

    Parameters
    ----------
    html : str
        The page.
    source : str
        Its name, for messages.

    Returns
    -------
    text, published, found : str
        The article, a paragraph a line; its publication, '' where unknown; where that was found: ``meta tags`` (and
        when it was changed, if later), ``the page's text``, or ``htmldate``.

    Raises
    ------
    InputError
        If trafilatura is not installed, finds no article, or the page is larger than any.
    """
    if len(InputError.require("a page must be a text", html, str)) > _LARGEST_PAGE:
        raise InputError(f"{source} has {len(html):,} characters; a page has at most {_LARGEST_PAGE:,}")
    try:
        import trafilatura
    except ImportError:
        raise InputError(
            f"{source} is a web page; reading it needs trafilatura: "
            "pip install 'raise-or-fold[html]', or save it as text"
        ) from None
    try:
        text = trafilatura.extract(html, include_comments=False, include_tables=False)
    except RecursionError:
        text = None
    if not text:
        raise InputError(f"{source}: no article found in the page; save its text and give that")
    return text, *published_in(html)


def import_feed(path: str | Path, *, lexicon: Lexicon | None = None, actors: ActorTable | None = None) -> Imported:
    """Read the entries of a feed file.

    Parameters
    ----------
    path : str or Path
        RSS or Atom. Nothing is fetched, neither it nor what it names.
    lexicon, actors : Lexicon, ActorTable, optional
        Phrases of your own for the stance; names and codes, default the library's.

    Returns
    -------
    Imported
        An event an entry, at the instant of its publication: what it reports may have happened before. Entries without
        a title or a publication time, and those without an event, are set aside.

    Raises
    ------
    DataMissingError, InputError
        If the file is missing, no feed, or declares entities (a few lines of them can swell to gigabytes); or
        feedparser is not installed.
    """
    path = path_of(path, "feed")
    content, _ = content_of(path, "feed", LARGEST)
    # In UTF-16 the marks of a declaration have a zero between their letters.
    if _DECLARES.search(content.replace(b"\0", b"")):
        raise InputError(f"{path.name} declares entities of its own; no feed needs that, and it is not read")
    try:
        import feedparser
    except ImportError:
        raise InputError(f"{path.name}: reading feeds needs feedparser: pip install 'raise-or-fold[feeds]'") from None
    parsed = feedparser.parse(BytesIO(content))
    if not parsed.version and not parsed.entries:
        raise InputError(f"{path.name} is not a feed; RSS or Atom is")
    source = " ".join(str(parsed.feed.get("title", "")).split()) or path.name
    titles = [unescape(str(entry.get("title", ""))) for entry in parsed.entries]
    said = {
        f"{path.name} is not well-formed; read as well as could be": parsed.bozo,
        f"{path.name}: control characters and marks of direction left out of titles":
            any(without_marks(title) != title for title in titles),
    }  # fmt: skip
    events: list[dict[str, Any]] = []
    aside = []
    for entry in parsed.entries:
        title, summary = (
            " ".join(without_marks(unescape(_FORMS["tag"].sub(" ", str(entry.get(name, ""))))).split())[:_SUMMARY]
            for name in ("title", "summary")
        )
        text = f"{title.rstrip('.')}. {summary}".strip()
        # Its own `get` answers for `updated` with a deprecated guess; what it parses loses zones and days.
        written = [*filter(None, (dict.get(entry, key) for key in ("published", "updated")))]
        stance = _stance_cells(text, lexicon)
        reasons = {
            "no title": not title,
            "no readable publication time": not written,
            "no move": stance["stance"] == "none",
        }
        reason, time, note = next((reason for reason, holds in reasons.items() if holds), ""), "", ""
        for one in written if not reason else ():
            try:
                (time, note), reason = _published(str(one)), ""
                break
            except InputError as error:  # without the options, which feeds do not have
                reason = reason or re.split("; give|, or give", str(error))[0]
        if reason:
            aside.append({"text": title or headline_of(summary), "reason": reason, "source": source})
            continue
        kind = min((one.kind for one in find_actions(text)), key=kind_rank, default="statement")
        row = proposal(time=time, published_at=time, headline=headline_of(title), kind=kind, source=source, note=note,
                       url=str(entry.get("link", "")), **_actor_cells(title, actors), **stance)  # fmt: skip
        events.append(row)
    return Imported(
        tuple(sorted(events, key=lambda row: str(row["time"]))), tuple(aside), tuple(filter(said.get, said))
    )


def _published(written: str) -> tuple[str, str]:
    """Return when an entry was published, in UTC or, without a clock, as a day, and a note; raise why it cannot be."""
    (time,), _ = parse_times([written], where=lambda _: "its publication")
    bare, zone = split_zone(time)
    time = f"{bare}{_RFC_822[zone]}" if zone in _RFC_822 else time
    is_local = "T" in time and not zone and datetime.fromisoformat(time).tzinfo is None
    moment = read_time(f"{time}Z" if is_local else time, "", lambda _: "its publication")
    note = f"no zone in '{written}': taken as UTC" if is_local else ""
    return f"{moment.instant:%Y-%m-%dT%H:%M+00:00}" if moment.instant else str(moment.day), note


def read_headlines(
    rows: Iterable[Mapping[str, Any]],
    *,
    stance: bool = True,
    lexicon: Lexicon | None = None,
    actors: ActorTable | None = None,
) -> tuple[dict[str, Any], ...]:
    """Fill in who acted, and with which stance, where rows do not say it, from their headlines.

    Parameters
    ----------
    rows : iterable of dict
        Rows of the event schema.
    stance : bool
        Whether the stance is read too; rows whose stance was read are ``proposed``, with its evidence.
    lexicon, actors : Lexicon, ActorTable, optional
        As in `import_feed`. The first actor that a headline names acts.

    Returns
    -------
    tuple of dict
        The rows with ``confidence`` (1 for a stance that was given) and ``evidence``. Of a headline without an event
        the stance is ``none``: it is for the caller to leave that row out.
    """
    filled = []
    for row in InputError.require("headlines are read in a list of rows", rows, Iterable):
        said = "a row of headlines must be a mapping of columns to cells"
        text, read = str(InputError.require(said, row, Mapping).get("headline") or ""), dict(row)
        if not row.get("actor"):
            read |= _actor_cells(text, actors)
        if stance and not row.get("stance"):
            read |= {**_stance_cells(text, lexicon), "status": "proposed"}
        filled.append({"confidence": 1.0, "evidence": [], **read})
    return tuple(filled)


def _actor_cells(text: str, actors: ActorTable | None) -> dict[str, str]:
    codes = list(dict.fromkeys(mention.code for mention in (actors or default_actors()).mentions(text)))
    return {"actor": codes[0] if codes else "", "target": ";".join(codes[1:])}


def _stance_cells(text: str, lexicon: Lexicon | None) -> dict[str, Any]:
    reading = code_stance(text[:_SUMMARY], lexicon)
    evidence = [asdict(one) for one in reading.evidence]
    return {"stance": reading.label, "confidence": reading.confidence, "evidence": evidence}
