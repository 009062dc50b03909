"""The JSON envelope of what is computed from a study beside its own tables: regressions, a factor, a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from eventstudy.study.design import Design
from eventstudy.study.envelope import SCHEMA_VERSION, records, to_csv, to_json
from eventstudy.study.inputs import StudyInput


def method_envelope(
    design: Design,
    inputs: Sequence[StudyInput],
    options: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    warnings: Sequence[str],
) -> dict[str, Any]:
    """Return what a method found as plain values, under the same keys as the envelope of a study.

    Parameters
    ----------
    design : Design
        The study's choices.
    inputs : sequence of StudyInput
        What went in.
    options : mapping of str to any
        The method's name under ``method``, and its own choices; they stand in ``design``.
    tables : mapping of str to DataFrame
        Its tables, and those of the study that a reader needs beside them.
    warnings : sequence of str
        What a reader must know.

    Returns
    -------
    dict
        ``schema_version, version, design, seed, inputs, warnings, tables``; no clock, path or machine in it.
    """
    from eventstudy.version import version

    return {
        "schema_version": SCHEMA_VERSION,
        "version": version(),
        "design": design.as_dict() | dict(options),
        "seed": design.seed,
        "inputs": [asdict(item) for item in inputs],
        "warnings": list(warnings),
        "tables": {name: records(table) for name, table in tables.items()},
    }


def method_files(envelope: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """Return the files of a result folder by name: one JSON named after the method, and one CSV a table."""
    written = {f"{name}.csv": to_csv(table).encode() for name, table in tables.items()}
    return {f"{envelope['design']['method']}.json": to_json(envelope).encode(), **written}
