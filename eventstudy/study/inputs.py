"""What went into a study, told apart by its content and not by its file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class StudyInput:
    """One input of a study.

    Parameters
    ----------
    name : str
        ``events``, ``prices`` or ``returns``.
    sha256 : str
        Digest of the content: the same figures from CSV, Parquet or a frame have the same one.
    rows : int
        Number of rows.
    first, last : str
        First and last date in it.
    """

    name: str
    sha256: str
    rows: int
    first: str
    last: str


def describe_input(name: str, frame: pd.DataFrame) -> StudyInput:
    """Describe an events table or a frame of prices or returns.

    Parameters
    ----------
    name : str
        What it is.
    frame : DataFrame
        A checked events table (it has a column ``time``), or a checked frame indexed by session.

    Returns
    -------
    StudyInput
        Size, range and digest.
    """
    if "time" in frame:
        days = sorted(str(time)[:10] for time in frame["time"])
        rows = json.dumps([list(frame.columns), frame.astype(str).to_numpy().tolist()], ensure_ascii=False)
        return StudyInput(name, hashlib.sha256(rows.encode()).hexdigest(), len(frame), days[0], days[-1])
    values = frame.to_numpy(dtype="<f8")
    digest = hashlib.sha256(json.dumps(list(frame.columns)).encode())
    digest.update(_counted(pd.DatetimeIndex(frame.index)).tobytes())
    # One NaN has many bit patterns; written once, the digest depends on the figures alone.
    digest.update(np.ascontiguousarray(np.where(np.isnan(values), np.nan, values)).tobytes())
    first, last = (_written(frame.index[k]) for k in (0, -1))
    return StudyInput(name, digest.hexdigest(), len(frame), first, last)


def _counted(index: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Return sessions as days, and the instants of bars as nanoseconds in UTC."""
    in_utc = index if index.tz is None else index.tz_convert(None)
    return np.asarray(in_utc.to_numpy().astype("datetime64[D]" if index.tz is None else "datetime64[ns]").astype("<i8"))


def _written(session: pd.Timestamp) -> str:
    return session.date().isoformat() if session.tz is None else session.tz_convert("UTC").isoformat()
