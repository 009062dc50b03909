"""Write ``datasets/atlas.json``, the answers to every bundled event: ``make atlas``."""

import json
from pathlib import Path

import pandas as pd

from eventstudy.report.atlas import make_atlas


def to_file(atlas: pd.DataFrame) -> bytes:
    """Return the file that is shipped: the names of the columns and the rows, JSON without spaces, a row a line."""
    rows = atlas.astype(object).where(atlas.notna(), None).to_numpy().tolist()
    lines = ",\n".join(json.dumps(row, separators=(",", ":"), ensure_ascii=True) for row in rows)
    return f'{{"columns":{json.dumps(list(atlas))},"rows":[\n{lines}\n]}}\n'.encode("ascii")


if __name__ == "__main__":
    (Path(__file__).parents[1] / "datasets" / "atlas.json").write_bytes(to_file(make_atlas()))
