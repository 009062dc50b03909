"""Time zones by name, by abbreviation or by offset; never by the spelling of an abbreviation."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from eventstudy.cells import brief
from eventstudy.errors import InputError, did_you_mean
from eventstudy.files import bundled_toml

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_INVERTED = re.compile(r"Etc/GMT([+-])(\d+)", re.IGNORECASE)

#: No zone has a longer name.
_LONGEST_NAME = 60

#: The names of all zones; to list them reads their whole tree.
_names = cache(available_timezones)

#: Abbreviations of a zone the whole year round, and what the zone's own table calls those in other languages.
_ALL_YEAR = {"ET", "CT", "MT", "PT"}
_CALLED = {"MEZ": "CET", "MESZ": "CEST", "МСК": "MSK"}


def names_zone(word: str, zone: str) -> bool:
    """Whether an abbreviation is one of a zone that is given beside it, which then says which is meant."""
    return word.upper() in bundled_toml("eventstudy", "zones.toml").get(zone, "").split()


@cache
def find_zone(word: str) -> tuple[tzinfo, str]:
    """Return the zone that a name, an abbreviation or an offset means.

    Parameters
    ----------
    word : str
        An IANA name (``Europe/Moscow``), an abbreviation (``MSK``, ``EDT``) or an offset (``UTC+3``).

    Returns
    -------
    zone : tzinfo
        Its ``str`` is the name that means the same here.
    called : str
        What its clocks must be called at the time, for an abbreviation of one season; else empty.

    Raises
    ------
    InputError
        If the word is unknown, means several zones, or is one of the inverted names ``Etc/GMT+3``.

    Examples
    --------
    >>> str(find_zone("MSK")[0]), find_zone("EST")[1], str(find_zone("UTC+3")[0])
    ('Europe/Moscow', 'EST', 'UTC+03:00')
    """
    word = word[1:-1] if word[:1] + word[-1:] == "()" else word
    short, known = word.upper(), bundled_toml("eventstudy", "zones.toml")
    if zones := [zone for zone, words in known.items() if short in words.split()]:
        if len(zones) > 1:
            raise InputError(f"'{word}' is {' or '.join((', '.join(zones[:-1]), zones[-1]))}; write which")
        checked = zones[0] != "UTC" and short not in _ALL_YEAR
        return ZoneInfo(zones[0]), _CALLED.get(short, short) if checked else ""
    if inverted := _INVERTED.fullmatch(word):
        sign, hours = inverted.groups()
        other = "-" if sign == "+" else "+"
        raise InputError(
            f"'{word}' is UTC{other}{hours}: the signs of these names are inverted; "
            f"write UTC{other}{hours} if that is meant, else UTC{sign}{hours}"
        )
    if (offset := _OFFSET.fullmatch(word)) and int(offset[2]) <= 14:  # noqa: PLR2004  # the largest there is
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-span if offset[1] == "-" else span), ""
    if word in known:
        return ZoneInfo(word), ""
    hint = "write an IANA name such as Europe/Moscow, or UTC+3"
    if len(word) > _LONGEST_NAME:
        raise InputError(f"'{brief(word)}' is not a time zone; {hint}")
    names = {name.casefold(): name for name in _names() - {"localtime", "Factory"}}
    if name := names.get(word.casefold()):
        return ZoneInfo(name), ""
    if len(word) > len("AEST") or not short.isalpha():  # never by spelling for an abbreviation
        place = word.casefold().removesuffix(" time").replace(" ", "_")
        city = [name for name in names.values() if name.rpartition("/")[2].casefold() == place]
        near = did_you_mean(city[0] if city else word, sorted(names.values()))
        hint = near if near.startswith("did") else hint
    raise InputError(f"'{brief(word)}' is not a time zone; {hint}")
