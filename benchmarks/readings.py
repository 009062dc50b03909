"""What prices took every bundled event for, scored beside base lines: docs/readings.md and its pictures.

Run: ``python benchmarks/readings.py [--out docs]``. Each event is read by what was known before it.
"""

from __future__ import annotations

import argparse
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image  # it comes with matplotlib

import eventstudy as es
from eventstudy.charts import to_bytes
from eventstudy.reading import HEADLINE, READINGS, UNSURE, reactions, read_all, scores, surprises

#: The days that are told one by one.
_DAYS = ("2014-03-18", "2022-01-26", "2022-01-27", "2022-01-28", "2022-02-21", "2022-02-22", "2022-02-24", "2022-02-25",
         "2025-02-12", "2025-02-13")  # fmt: skip

_HEAD = """# Raise or fold, as prices read it

Written by `python benchmarks/readings.py`. Every bundled event with a reaction is read by what was known before it: by
{series}, over 0:0 and 0:1. A stance is read only where earlier readings of such odds were right four times in five,
and at most one ordinary day in twenty would have been read as one; else prices "can't tell". Prior: one half that
prices took no notice, the other half as earlier raises and folds were shared out.

Of {of_all} events {n} are read. The others have no reaction: where news is so dense that fewer than 60 of 120 sessions
before an event are without it, none can be measured. So it is from May 2025 to August 2026, but for a few days of
February.

Of {n} events {raises} were taken for a raise, {folds} for a fold, {nothing} for nothing; after {unsure} prices can't
tell. Nothing is asked at 0.80 and no event is above {top:.2f}, so it's no finding that none was taken for nothing."""

_SCORES = """## Beside base lines

{table}

Log score and Brier score of raise against fold: higher and lower is better. The readings are {ahead:+.4f} from the base
rate in log score. A rule that says only which way (the sign of the ruble) is given odds of three to one.

![reliability](images/reliability.png)"""

_SURPRISES = """## Days without news on file that were out of the ordinary

False-discovery rate 0.1. No known cause is an answer."""


def signs_of_the_ruble(case: es.Case, found: pd.DataFrame) -> list[str]:
    """Return what the sign of the ruble says of each event: its loss a raise, its gain a fold, '' without a figure."""
    series = ["ruble", "ruble-cbr"]
    of = reactions(
        es.EventStudy(case.events, case.prices, instruments=case.instruments, series=series, windows=["0:0"])
    )
    z = pd.Series(np.where(np.isnan(of.z[:, 0]), of.z[:, 1], of.z[:, 0]), index=of.events["event_id"])
    z = z.reindex(found["event_id"]).to_numpy()
    return np.select([z < 0, z > 0], ["raise", "fold"], "").tolist()


def rows(frame: pd.DataFrame, heads: list[str]) -> str:
    """Write a frame as a Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "| --- " * len(heads) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in frame.itertuples(index=False))])


def readings_table(found: pd.DataFrame) -> str:
    """Write readings, one a row."""
    columns = {
        "event": found["event_id"],
        "session": found["day"].astype(str),
        "coded": found["stance"],
        **{name: found[name].map("{:.2f}".format) for name in READINGS},
        "prices": found["says"],
    }
    return rows(pd.DataFrame(columns), list(columns))


def main() -> None:
    """Write the page and the two pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs"))
    out = parser.parse_args().out
    case = es.load_case("all")
    study = es.EventStudy(
        case.events, case.prices, instruments=case.instruments, series=list(HEADLINE), windows=["0:0", "0:1"]
    )
    of = reactions(study)
    found = read_all(of)
    table = scores(found, signs_of_the_ruble(case, found))
    better = table.set_index("rule")["log_score"]
    told = {
        "rule": table["rule"].replace("sign", "sign of the ruble"),
        "n": table["n"],
        "stance read": table["told"].map("{:.0%}".format),
        "right": table["right"].map(lambda share: "" if np.isnan(share) else f"{share:.0%}"),
        "log score": table["log_score"].map("{:.4f}".format),
        "Brier": table["brier"].map("{:.4f}".format),
    }
    said, shocks = found["says"].value_counts(), surprises(of)
    listed = shocks.assign(
        day=shocks["day"].astype(str),
        p_value=shocks["p_value"].map("{:.1e}".format),
        q_value=shocks["q_value"].map("{:.3f}".format),
        z=shocks["z"].map("{:+.1f}".format),
    )
    counts = {name: int(said.get(word, 0)) for name, word in
              (("raises", "raise"), ("folds", "fold"), ("nothing", "nothing"), ("unsure", UNSURE))}  # fmt: skip
    parts = [
        _HEAD.format(
            series=", ".join(HEADLINE), n=len(found), of_all=len(case.events), top=found["nothing"].max(), **counts
        ),
        _SCORES.format(table=rows(pd.DataFrame(told), list(told)), ahead=better["reading"] - better["base rate"]),
        "## Text against price",
        "![readings](images/readings.png)",
        readings_table(found[found["day"].astype(str).isin(_DAYS)]),
        _SURPRISES,
        rows(listed, ["session", "p", "q", "moved most", "z", "read as"]),
        "## Every event",
        readings_table(found),
    ]
    (out / "readings.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    for name in ("readings", "reliability"):
        picture = Image.open(BytesIO(to_bytes(es.charts.KINDS[name].draw(found), "png")))
        small = picture.convert("RGB").resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
        few = small.quantize(64, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(out / "images" / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
