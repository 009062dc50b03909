"""What the reader of a study's tables must know before believing them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.study.estimated import Estimated
from eventstudy.study.pairs import Pairs
from eventstudy.study.placebos import PairPlacebos

#: What of the matches tells whether to be cautious.
_LOOKED_AT = ("event_id", "series", "session", "timing", "net_stance", "reason", "overlaps")


def cautions(estimated: Estimated, pairs: Pairs, placebos: PairPlacebos) -> tuple[str, ...]:
    """Return the cautions of a study, one a line; empty when there is nothing to beware of.

    Parameters
    ----------
    estimated : Estimated
        The study.
    pairs : Pairs
        Its used pairs.
    placebos : PairPlacebos
        Their placebos.
    """
    return tuple(filter(None, (*_of_matches(estimated.matches.table), *_of_inference(estimated, pairs, placebos))))


def _of_matches(table: pd.DataFrame) -> list[str]:
    used = table.loc[table["status"] == "used", list(_LOOKED_AT)]
    n_out, n_day = len(table) - len(used), int(used["timing"].eq("day").sum())
    n_closed = int(used["reason"].str.contains("closure:").sum())
    n_early = int(used["reason"].str.contains("look-back:").sum())
    overlapping = used["overlaps"].ne("").groupby(used["event_id"]).any()
    mixed = used.loc[used["net_stance"] == "mixed"].groupby("series", sort=False)["session"].unique()
    sessions = "; ".join(
        f"{name} {', '.join(f'{day:%Y-%m-%d}' for day in sorted(days))}" for name, days in mixed.items()
    )
    return [
        f"{n_out} of {len(table)} pairs of event and series are excluded; the reasons stand in matches"
        if n_out
        else "",
        f"the windows of {int(overlapping.sum())} of {len(overlapping)} events overlap with another event's"
        if overlapping.any()
        else "",
        f"{n_closed} pairs have a window across a market closure; see gap_days" if n_closed else "",
        f"{n_early} pairs count news toward a price that was struck before it" if n_early else "",
        f"{n_day} of {len(used)} used pairs are matched by day, not by hour" if n_day else "",
        f"raises and folds in one session, left out of raise-fold: {sessions}" if sessions else "",
    ]


def _of_inference(estimated: Estimated, pairs: Pairs, placebos: PairPlacebos) -> list[str]:
    short = [np.stack([cells.from_residuals for cells in of_windows], axis=1) for of_windows in placebos.cells]
    n_short, model = int(pairs.look_up(short).sum()), estimated.design.model
    names = {name for name, at in zip(pairs.names, pairs.sessions, strict=True) if len(at)}
    apart, alone = sorted(names - set(estimated.pool)), len(names) == 1
    why = "the sample has too few placebo sessions" if model.everywhere else f"{model.name} is not fitted elsewhere"
    return [
        f"{n_short} placebo p-values rest on estimation residuals: {why}" if n_short else "",
        f"not pooled with the others, being in a unit of its own: {', '.join(apart)}" if apart and not alone else "",
    ]
