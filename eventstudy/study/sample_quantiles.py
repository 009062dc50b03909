"""The sample-quantile test of every event, series and window of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from eventstudy.inference import sample_quantiles
from eventstudy.inference.nonparametric import NULL_QUANTILE
from eventstudy.study.estimated import Estimated
from eventstudy.study.samples import stack_pairs
from eventstudy.study.tables import unit_of, used_rows

_CALM = (
    "the residuals are those of the estimation window: where it was calmer than the days of the event the p is too "
    "small, see placebo_p"
)


@dataclass(frozen=True, eq=False)
class QuantileResult:
    """Where every CAR of a study stands among the residuals of its own estimation window.

    Parameters
    ----------
    quantiles : DataFrame
        Keyed by event_id, series and window.
    warnings : tuple of str
        What a reader must know.
    """

    quantiles: pd.DataFrame
    warnings: tuple[str, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the table by name."""
        return {"quantiles": self.quantiles}


def quantiles(estimated: Estimated) -> QuantileResult:
    """Place every CAR among the residuals of its own estimation window.

    Parameters
    ----------
    estimated : Estimated
        A study matched and estimated: `EventStudy.estimated`.

    Returns
    -------
    QuantileResult
        One-sided and two-sided p, the number of draws and the smallest p they can give. See
        `eventstudy.inference.sample_quantiles`.
    """
    design, matches = replace(estimated.design, tests=()), estimated.matches
    stack = stack_pairs(matches, estimated.estimates, design)
    frames = [_of_window(estimated, stack.car[:, w], stack.residual, w) for w in range(len(design.windows))]
    table = pd.concat(frames, ignore_index=True)
    order = [pd.Categorical(table[name], categories=list(known)).codes for name, known in _keys(estimated)]
    table = table.iloc[np.lexsort(order[::-1])].reset_index(drop=True)
    return QuantileResult(table, tuple(_cautions(table, design.windows[0].n_sessions != design.span.n_sessions)))


def _keys(estimated: Estimated) -> list[tuple[str, Sequence[str]]]:
    windows = [str(window) for window in estimated.design.windows]
    return [("event_id", estimated.matches.events), ("series", estimated.matches.series), ("window", windows)]


def _of_window(estimated: Estimated, car: np.ndarray, residual: np.ndarray, w: int) -> pd.DataFrame:
    window, matches = estimated.design.windows[w], estimated.matches
    used = [used_rows(matches, s)[0] for s in range(len(matches.series))]
    found = sample_quantiles(car, residual, window.n_sessions)
    repeats = [len(rows) for rows in used]
    return pd.DataFrame(
        {
            "event_id": np.array(matches.events, dtype=object)[np.concatenate(used)],
            "series": np.repeat(np.array(matches.series, dtype=object), repeats),
            "window": str(window),
            "stance": np.concatenate([matches.stances[rows, s] for s, rows in enumerate(used)]),
            "unit": np.repeat([unit_of(estimate) for estimate in estimated.estimates], repeats),
            "car": car,
            "sq_lower": found.p_lower,
            "sq_upper": found.p_upper,
            "sq_p": found.p_value,
            "sq_n": found.n_draws,
            "sq_floor": np.where(found.n_draws > 0, 2.0 / (found.n_draws + 1), np.nan),
            "law": "exact",
            "null": NULL_QUANTILE,
            "note": ["no CAR" if np.isnan(value) else "" for value in car],
        }
    )


def _cautions(table: pd.DataFrame, several: bool) -> list[str]:
    missing = int(table["sq_p"].isna().sum())
    return [
        _CALM,
        *(["sums over neighbouring sessions overlap: for long windows they are fewer draws than sq_n says"] * several),
        *([f"{missing} of {len(table)} have no p; see note"] if missing else []),
    ]
