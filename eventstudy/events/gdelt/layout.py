"""Where the columns of GDELT's event files lie: version 1 (57 or 58 columns) and version 2 (61)."""

from __future__ import annotations

from dataclasses import dataclass

TAB, NEWLINE = b"\t", b"\n"

# The first 35 columns are the same in both versions.
DAY = 1
ACTOR1_COUNTRY, ACTOR1_GROUP = 7, 8
ACTOR2_COUNTRY, ACTOR2_GROUP = 17, 18
EVENT_CODE, ROOT_CODE, QUAD_CLASS = 26, 28, 29
GOLDSTEIN, MENTIONS, ARTICLES, TONE = 30, 31, 33, 34


@dataclass(frozen=True)
class Layout:
    """The columns in which the versions differ; version 2 has three more, one a place.

    Parameters
    ----------
    version : int
        1 or 2.
    n_columns : int
        Columns of a row.
    action_country : int
        FIPS code of the country where it happened.
    added : int
        When the row was added: a day in version 1, a second (UTC) in version 2.
    url : int or None
        An article that tells of it; files before April 2013 have none.
    """

    version: int
    n_columns: int
    action_country: int
    added: int
    url: int | None


LAYOUTS: dict[int, Layout] = {
    57: Layout(1, 57, 51, 56, None),
    58: Layout(1, 58, 51, 56, 57),
    61: Layout(2, 61, 53, 59, 60),
}
