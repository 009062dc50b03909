"""Write ``datasets/atlas.json``, the answers to every bundled event: ``make atlas``."""

import json
from pathlib import Path

import pandas as pd

from eventstudy.cases import load_case
from eventstudy.report.atlas import COLUMNS, FIGURES, WINDOWS, cases
from eventstudy.study import EventStudy


def make_atlas(names: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Answer every event of some cases, by default of all, in every headline market, by one study a case."""
    made, keys = [], ["event_id", "series", "window"]
    for name in cases() if names is None else names:
        case = load_case(name)
        # The first labels in the case decide nothing here: every event stands for itself, so no contrast is tested.
        study = EventStudy(case.events, case.prices, series=list(case.headline), windows=list(WINDOWS), tests=[])
        result = study.fit()
        pairs = result.matches[["event_id", "series", "session", "status", "reason"]]
        every = pairs.merge(pd.DataFrame({"window": WINDOWS}), how="cross").assign(case=name)
        made.append(every.merge(result.car[[*keys, "unit", *FIGURES, "note"]], how="left", on=keys))
    atlas = pd.concat(made, ignore_index=True)
    atlas["session"] = atlas["session"].dt.strftime("%Y-%m-%d").fillna("")
    atlas["unit"] = atlas["unit"].fillna("")
    atlas["note"] = atlas["note"].where(atlas["note"].fillna("") != "", atlas["reason"]).fillna("")
    for column in FIGURES:
        atlas[column] = [float(f"{value:.6g}") for value in atlas[column].astype(float)]
    return atlas[list(COLUMNS)]


def to_file(atlas: pd.DataFrame) -> bytes:
    """Return the file that is shipped: the names of the columns and the rows, JSON without spaces, a row a line."""
    rows = atlas.astype(object).where(atlas.notna(), None).to_numpy().tolist()
    lines = ",\n".join(json.dumps(row, separators=(",", ":"), ensure_ascii=True) for row in rows)
    return f'{{"columns":{json.dumps(list(atlas))},"rows":[\n{lines}\n]}}\n'.encode("ascii")


if __name__ == "__main__":
    (Path(__file__).parents[1] / "datasets" / "atlas.json").write_bytes(to_file(make_atlas()))
