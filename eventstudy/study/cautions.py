"""What the reader of a study's tables must know before believing them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eventstudy.matching import Matches
from eventstudy.news.stance import NET_STANCES
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.estimated import Estimated
from eventstudy.study.pairs import Pairs
from eventstudy.study.placebos import PairPlacebos


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
    return tuple(
        filter(None, (*_of_matches(estimated.matches, estimated.estimates), *_of_inference(estimated, pairs, placebos)))
    )


def _of_matches(matches: Matches, estimates: Sequence[SeriesEstimate]) -> list[str]:
    used, n_pairs = matches.used, matches.used.size
    n_used, said = int(used.sum()), matches.reasons.counts(used)
    n_day = int((matches.by_day & used).sum())
    n_closed, n_early = (sum(n for text, n in said.items() if code in text) for code in ("closure:", "look-back:"))
    overlapping = np.any(matches.overlapping & used, axis=1)[np.any(used, axis=1)]
    mixed = _mixed(matches, estimates)
    return [
        f"{n_pairs - n_used} of {n_pairs} pairs of event and series are excluded; the reasons stand in matches"
        if n_used < n_pairs
        else "",
        f"the windows of {int(overlapping.sum())} of {len(overlapping)} events overlap with another event's"
        if overlapping.any()
        else "",
        f"{n_closed} pairs have a window across a market closure; see gap_days" if n_closed else "",
        f"{n_early} pairs count news toward a price that was struck before it" if n_early else "",
        f"{n_day} of {n_used} used pairs are matched by day, not by hour" if n_day else "",
        f"raises and folds in one session, left out of raise-fold: {mixed}" if mixed else "",
    ]


def _mixed(matches: Matches, estimates: Sequence[SeriesEstimate]) -> str:
    """Name the sessions with raises and folds, series by series."""
    mixed = matches.used & (matches.net_stances == NET_STANCES.index("mixed"))
    named = []
    for s in np.flatnonzero(mixed.any(axis=0)).tolist():
        sessions = estimates[s].history.sessions[np.unique(matches.positions[mixed[:, s], s])]
        named.append(f"{matches.series[s]} {', '.join(np.datetime_as_string(sessions, 'D'))}")
    return "; ".join(named)


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
