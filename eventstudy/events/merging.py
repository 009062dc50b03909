"""Several event tables to one, by what their rows say and not by their order; proposals behind a table, decided on."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from eventstudy.errors import InputError, did_you_mean, require_known
from eventstudy.events.schema import STANCES, check_events, events_of
from eventstudy.files import inert_frame, path_of, write_files
from eventstudy.tables import SURROGATE, content_of, records_of

CONFLICTS = ("reason", "id", "other_id", "file", "other_file", "column", "value", "other_value")

_FILE = "\0file"


class Merged(NamedTuple):
    """A checked events table in order of time; what contradicts, a row a cell; rows another of which says the same."""

    events: pd.DataFrame
    conflicts: pd.DataFrame
    duplicates: int


def merge_events(tables: Mapping[str, pd.DataFrame]) -> Merged:
    """Put event tables together.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Checked events tables by the name of their file; their order plays no part.

    Returns
    -------
    Merged
        Of rows with one id the confirmed one stays; of several the surest (``confidence``), then the fullest. What the
        others say differently is reported under ``same id``. Rows of one day, actor and kind with different stances all
        stay, and are reported under ``same day, actor and kind``.

    Raises
    ------
    InputError
        If there is nothing to merge.

    Examples
    --------
    >>> a = check_events(pd.DataFrame({"id": ["x"], "time": ["2022-01-27"], "stance": ["raise"]}))
    >>> merged = merge_events({"a.csv": a.assign(status="proposed"), "b.csv": a.assign(stance="hold")})
    >>> merged.conflicts[["file", "column", "value", "other_value"]].values.tolist()
    [['b.csv', 'stance', 'hold', 'raise'], ['b.csv', 'status', 'confirmed', 'proposed']]
    """
    if not tables:
        raise InputError("no event files to merge")
    together = _together(table.assign(**{_FILE: name}) for name, table in tables.items())
    names = sorted(name for name in map(str, together.columns) if name not in {_FILE, "time", "id"})
    texts = together[["time", "id", *names, _FILE]].astype(str)
    confidence = pd.to_numeric(together.get("confidence", pd.Series(dtype=float)), errors="coerce").fillna(1.0)
    keys = [together["status"].ne("confirmed"), -confidence, (texts == "").sum(axis=1), texts.agg("\x1f".join, axis=1)]
    rank = pd.concat(keys, axis=1, ignore_index=True)
    ordered = together.loc[rank.sort_values([*rank]).index]
    different = ordered[~texts.loc[ordered.index].drop(columns=_FILE).duplicated()]
    kept = different[~different["id"].duplicated()].sort_values(["time", "id"])
    acts = kept[(kept["actor"] != "") & (kept["kind"] != "") & (kept["stance"] != "")]
    found = [*_conflicts("same id", different[different["id"].duplicated(keep=False)].groupby("id"), ["time", *names])]
    found += _conflicts("same day, actor and kind", acts.groupby([acts["time"].str[:10], "actor", "kind"]), ["stance"])
    merged = check_events(kept.drop(columns=_FILE), "the merged events")
    return Merged(merged, pd.DataFrame(found, columns=list(CONFLICTS)), len(together) - len(different))


def _conflicts(reason: str, groups: Iterable[tuple[Any, pd.DataFrame]], names: list[str]) -> Iterator[tuple[str, ...]]:
    """Return what rows of a group say differently in some names from the first of them."""
    for _, group in groups:
        first, *others = group.to_dict("records")
        for other in others:
            for name in [name for name in names if str(first[name]) != str(other[name])]:
                ids = (first["id"], other["id"], first[_FILE], other[_FILE])
                yield (reason, *ids, name, str(first[name]), str(other[name]))


def append_events(
    known: pd.DataFrame | None, rows: Sequence[Mapping[str, Any]], source: str
) -> tuple[pd.DataFrame, int]:
    """Put proposals behind a table, those left out that it has.

    Parameters
    ----------
    known : DataFrame, optional
        A checked events table.
    rows : sequence of dict
        Rows of the event schema.
    source : str
        What to call the table in messages.

    Returns
    -------
    events : DataFrame
        Checked.
    added : int
        How many of the rows are new: of no id that is there, and of no day, actor and kind with the same headline, or
        with an article that went into a row of several.
    """

    def act_of(row: Mapping[Any, Any]) -> tuple[str, frozenset[str], str]:
        return str(row.get("time", ""))[:10], frozenset(str(row.get("actor", "")).split(";")), str(row.get("kind", ""))

    def sources_of(row: Mapping[Any, Any]) -> set[str]:
        return {part.strip() for part in str(row.get("source", "")).split(";") if part.strip()}

    there = [] if known is None else known.astype(object).to_dict("records")
    acts = defaultdict[Any, list[Mapping[Any, Any]]](list)
    for row in there:
        acts[act_of(row)].append(row)
    ids = {row["id"] for row in there}

    def is_there(row: Mapping[str, Any]) -> bool:
        others = [(sources_of(other), row.get("headline", "") == other["headline"]) for other in acts[act_of(row)]]
        mine = sources_of(row)
        shared = any(same or (mine & its and max(len(mine), len(its)) > 1) for its, same in others)
        return shared or row.get("id") in ids

    new = [dict(row) for row in rows if not is_there(row)]
    tables = [known, pd.DataFrame(new, dtype=object) if new else None]
    if known is None and not new:
        raise InputError(f"{source}: no events to write")
    return check_events(_together(table for table in tables if table is not None), source), len(new)


def _together(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return tables one below the other, '' where a cell is missing."""
    joined = pd.concat([table.astype(object) for table in tables], ignore_index=True).astype(object)
    joined[joined.isna()] = ""
    return joined


# --- decisions: the file is whole after every one ---------------------------------------------------------------

#: Columns that a person may change while confirming.
EDITABLE = ("stance", "time", "time_zone", "actor", "target", "kind", "headline")


class Proposals(NamedTuple):
    """An event file some rows of which are proposed (see `read_proposals`).

    Parameters
    ----------
    path : Path
        The file, CSV or JSON.
    rows : tuple of dict
        Its rows, in order.
    rejected : tuple of dict
        Rows that were turned down.
    content, kept : bytes
        What the file, and that of the rejects, held when they were last read or written.
    """

    path: Path
    rows: tuple[dict[str, Any], ...]
    rejected: tuple[dict[str, Any], ...] = ()
    content: bytes | str = b""
    kept: bytes | str = b""

    @property
    def waiting(self) -> list[int]:
        """Positions of the rows that are proposed."""
        return [k for k, row in enumerate(self.rows) if row.get("status") == "proposed"]

    @property
    def rejects(self) -> Path:
        """Where rejected rows are kept, with their evidence."""
        return self.path.with_name(f"{self.path.stem}.rejected{self.path.suffix}")

    def accept(self, position: int, changes: Mapping[str, str] | None = None) -> Proposals:
        """Return the file with a row ``confirmed``, not written yet.

        Parameters
        ----------
        position : int
            Which row.
        changes : mapping of str to str, optional
            New values of `EDITABLE` columns; what they were is kept in ``note``.

        Raises
        ------
        InputError
            If the row would break the schema, e.g. its day is not known.
        """
        old = self.rows[position]
        changed = {name: value for name, value in (changes or {}).items() if value != str(old.get(name, ""))}
        for name in changed:
            require_known(name, EDITABLE, "column to change:")
        word, known = changed.get("stance", ""), {*STANCES, *(str(row.get("stance") or "") for row in self.rows)}
        if word and word.casefold() not in map(str.casefold, known):  # alone it would be a label of the user's own
            raise InputError(f"'{word}' is not a stance; {did_you_mean(word, sorted(filter(None, known)))}")
        notes = [str(old.get("note", "")), *(f"{name} was '{old.get(name, '')}'" for name in changed)]
        new = {**old, **changed, "status": "confirmed", "note": "; ".join(filter(None, notes))}
        if "time" in changed:
            new["precision"] = ""
            if old.get("published_at", "") in {"", old.get("time")}:
                new["published_at"] = ""
        check_events([{name: value for name, value in new.items() if name != "evidence"}], "the event")
        return self._replace(rows=(*self.rows[:position], new, *self.rows[position + 1 :]))

    def reject(self, position: int) -> Proposals:
        """Return the file without a row, which is kept, with its evidence, in the file of rejects."""
        rows = (*self.rows[:position], *self.rows[position + 1 :])
        return self._replace(rows=rows, rejected=(*self.rejected, self.rows[position]))

    def save(self) -> Proposals:
        """Write the file, and the rejects beside it, each whole or not at all; return it with what it now holds.

        Raises
        ------
        InputError
            If somebody else has changed one of them meanwhile, or they cannot be written.
        """
        for path, content in ((self.path, self.content), (self.rejects, self.kept))[: 1 + bool(self.rejected)]:
            if (path.read_bytes() if path.is_file() else b"") != content:
                raise InputError(f"{path.name} was changed by somebody else meanwhile; this decision is not written")
        # The rejects first: a row that stands in both files is better than one that stands in none.
        parts = [(self.rejects.name, self.rejected)] * bool(self.rejected) + [(self.path.name, self.rows)]
        contents = {}
        for name, rows in parts:
            if self.path.suffix.lower() == ".json":
                text = json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n"
                if SURROGATE.search(text):  # half a character, which is none in UTF-8
                    text = json.dumps(list(rows), indent=1) + "\n"
            elif rows:
                checked = check_events(pd.DataFrame(list(rows)), self.path.name)
                text = inert_frame(checked).to_csv(index=False, lineterminator="\n")
            else:
                text = "time,stance\n"
            contents[name] = text.encode()
        write_files(self.path.parent, contents, revised=True)
        return self._replace(content=contents[self.path.name], kept=contents.get(self.rejects.name, self.kept))


def read_proposals(path: str | Path) -> Proposals:
    """Read an event file that is to be confirmed.

    Parameters
    ----------
    path : str or Path
        CSV, or JSON as ``events extract --format json`` writes it; there a proposal may lack its day.

    Returns
    -------
    Proposals
        Its rows, and those rejected before.

    Raises
    ------
    DataMissingError, InputError, UnknownNameError
        If there is no such file, it cannot be read, or is neither CSV nor JSON.
    """
    path = path_of(path, "event file")
    content, name = content_of(path, "event file")
    require_known(path.suffix.lower(), (".csv", ".json"), "ending of a file to confirm:")
    proposals = Proposals(path, _rows(content, name), content=content)
    if not proposals.rejects.is_file():
        return proposals
    kept, name = content_of(proposals.rejects)
    return proposals._replace(rejected=_rows(kept, name), kept=kept)


def _rows(content: bytes | str, name: str) -> tuple[dict[str, Any], ...]:
    """Return the rows of a CSV, checked, or of a JSON file, as they are."""
    rows: Any = records_of(content, name) if name.lower().endswith(".json") else None
    if rows is None:
        rows = events_of(content, name).astype(object).fillna("").to_dict("records")
    if not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{name}: the events must be a list of objects, one an event")
    return tuple(rows)
