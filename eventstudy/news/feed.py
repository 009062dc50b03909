"""Headlines of others to proposed events: feeds (RSS, Atom), and what rows of other tables leave out."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

from eventstudy.errors import InputError
from eventstudy.events.ics import read_small
from eventstudy.events.schema import Imported, proposal
from eventstudy.news.actors import ActorTable, default_actors
from eventstudy.news.kinds import find_actions, kind_rank
from eventstudy.news.lexicon import Lexicon
from eventstudy.news.proposals import headline_of
from eventstudy.news.stance_coder import code_stance

_TAG = re.compile(r"<[^>]{0,2000}>")
_DECLARES = re.compile(rb"<!\s*(?:ENTITY|DOCTYPE[^>]*\[)", re.IGNORECASE)
_HAS_ZONE = re.compile(r"(?:[A-Za-z]|[+-]\d\d:?\d\d)\s*$")


def import_feed(path: str | Path, *, lexicon: Lexicon | None = None, actors: ActorTable | None = None) -> Imported:
    """Read the entries of a feed file.

    Parameters
    ----------
    path : str or Path
        RSS or Atom. Nothing is fetched, neither it nor what it names.
    lexicon : Lexicon, optional
        For the stance; default the library's.
    actors : ActorTable, optional
        Names and codes; default the library's.

    Returns
    -------
    Imported
        An event an entry, at the instant of its publication: what it reports may have happened before. Entries without
        a publication time, or without a title, are set aside.

    Raises
    ------
    DataMissingError, InputError
        If the file is missing, no feed, or declares entities (a few lines of them can swell to gigabytes); or
        feedparser is not installed.
    """
    path = Path(path)
    content = read_small(path, "feed")
    # In UTF-16 the marks of a declaration have a zero between their letters.
    if _DECLARES.search(content.replace(b"\0", b"")):
        raise InputError(f"{path.name} declares entities of its own; no feed needs that, and it is not read")
    parsed = _parse(content, path)
    source = " ".join(str(parsed.feed.get("title", "")).split()) or path.name
    events, aside, notes = [], [], []
    if parsed.bozo:
        notes.append(f"{path.name} is not well-formed; read as well as could be")
    for entry in parsed.entries:
        title = _plain(entry.get("title", ""))
        when = entry.get("published_parsed") or entry.get("updated_parsed")
        if not title or not when:
            reason = "no readable publication time" if title else "no title"
            aside.append({"text": title or _plain(entry.get("summary", ""))[:110], "reason": reason, "source": source})
            continue
        events.append(_event(entry, title, datetime.fromtimestamp(timegm(when), UTC), source, lexicon, actors))
    return Imported(tuple(sorted(events, key=lambda row: str(row["time"]))), tuple(aside), tuple(notes))


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
    lexicon : Lexicon, optional
        For the stance; default the library's.
    actors : ActorTable, optional
        Names and codes; default the library's. The first that a headline names acts.

    Returns
    -------
    tuple of dict
        The rows with ``confidence`` (1 for a stance that was given) and ``evidence``.
    """
    filled = []
    for row in rows:
        text, read = str(row.get("headline") or ""), dict(row)
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
    reading = code_stance(text, lexicon)
    evidence = [asdict(one) for one in reading.evidence]
    return {"stance": reading.label, "confidence": reading.confidence, "evidence": evidence}


def _parse(content: bytes, path: Path) -> Any:
    try:
        import feedparser
    except ImportError:
        raise InputError(f"{path.name}: reading feeds needs feedparser: pip install 'raise-or-fold[feeds]'") from None
    parsed = feedparser.parse(BytesIO(content))
    if not parsed.version and not parsed.entries:
        raise InputError(f"{path.name} is not a feed; RSS or Atom is")
    return parsed


def _event(
    entry: Any, title: str, instant: datetime, source: str, lexicon: Lexicon | None, actors: ActorTable | None
) -> dict[str, Any]:
    text = f"{title.rstrip('.')}. {_plain(entry.get('summary', ''))}".strip()
    actions = sorted(find_actions(text), key=lambda action: kind_rank(action.kind))
    written = str(entry.get("published") or entry.get("updated") or "")
    time = instant.isoformat(timespec="minutes")
    return proposal(
        time=time,
        published_at=time,
        headline=headline_of(title),
        **_actor_cells(title, actors),
        **_stance_cells(text, lexicon),
        kind=actions[0].kind if actions else "statement",
        source=source,
        url=str(entry.get("link", "")),
        note="" if _HAS_ZONE.search(written) else f"no zone in '{written}': taken as UTC",
    )


def _plain(html: str) -> str:
    return " ".join(unescape(_TAG.sub(" ", str(html))).split())
