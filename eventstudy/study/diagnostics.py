"""Diagnostics of every fit of a study."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from eventstudy.inference.diagnostics import FEWEST, diagnose
from eventstudy.study.estimated import Estimated
from eventstudy.study.samples import stack_pairs

_COLUMNS = ("event_id", "series", "test", "statistic", "law", "df", "p_value", "n_obs", "null")


@dataclass(frozen=True, eq=False)
class DiagnosticResult:
    """What the residuals of every used pair tell of its model.

    Parameters
    ----------
    diagnostics : DataFrame
        Keyed by event_id, series and test.
    warnings : tuple of str
        What a reader must know.
    """

    diagnostics: pd.DataFrame
    warnings: tuple[str, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the table by name."""
        return {"diagnostics": self.diagnostics}


def diagnostics(estimated: Estimated) -> DiagnosticResult:
    """Test the residuals of every used pair.

    Parameters
    ----------
    estimated : Estimated
        A study matched and estimated: `EventStudy.estimated`.

    Returns
    -------
    DiagnosticResult
        Ljung-Box, ARCH-LM, Jarque-Bera, Durbin-Watson and CUSUM; see `eventstudy.inference.diagnostics`. A pair with
        fewer than 30 residuals has no rows, and a warning counts such pairs.
    """
    matches = estimated.matches
    stack = stack_pairs(matches, estimated.estimates, replace(estimated.design, tests=()))
    rows: list[tuple[object, ...]] = []
    n_short = 0
    for i, event in enumerate(matches.events):
        for s, name in enumerate(matches.series):
            place = int(stack.row[i, s])
            if place < 0:
                continue
            n_obs, df = int(stack.n_obs[place]), int(stack.df[place])
            found = diagnose(stack.residual[place], n_obs - df)
            n_short += not found
            rows.extend((event, name, d.test, d.value, d.law, d.df, d.p_value, n_obs, d.null) for d in found)
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(dict.fromkeys(("statistic", "df", "p_value"), float))
    warning = f"{n_short} pairs have fewer than {FEWEST} residuals and are not diagnosed"
    return DiagnosticResult(table, (warning,) if n_short else ())
