"""Tables for a reader of what regressions found: few columns, few digits, units in the cells."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from eventstudy.cli.output import TextTable, unrepeated
from eventstudy.wording import probability, quantity, signed

if TYPE_CHECKING:
    from eventstudy.study.grid import GridResult
    from eventstudy.study.method import MethodResult

#: Below this p a diagnostic finds fault.
FAULTY = 0.05

_WORDS = {
    "car": "CAR = 0",
    "path": "whole path = 0",
    "difference": "no difference",
    "every-series": "every series = 0",
}


def dummies_view(found: MethodResult) -> TextTable:
    """Show the effects by series, stance and window."""
    rows = [
        (str(row["series"]), str(row["stance"]), str(row["window"]), _WORDS[str(row["test"])], *_effect_cells(row))
        for row in found.effects.to_dict("records")
    ]
    return TextTable(
        title="Event dummies over the whole sample",
        columns=("series", "stance", "window", "tested", "effect", "se", "law", "p", "adj. p", "dates", "made of"),
        rows=unrepeated(rows, 3),
        left=("series", "stance", "window", "tested", "law", "made of"),
        notes=(
            "All events of a label share one path, so overlapping events are told apart. made of: the variance is HAC",
            "with its lags, corrected for few dates, or OLS (one date), which takes the event's sessions for no more",
            "volatile than others. adj. p: Holm over the series. Events one by one: --format json, or --out.",
        ),
    )


def _effect_cells(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    return (
        *_amounts(row, "estimate", "se"),
        _law(row),
        *(probability(row[name]) if row[name] == row[name] else "" for name in ("p_value", "p_adjusted")),
        str(row["n_dates"]),
        str(row["covariance"]) if row["p_value"] == row["p_value"] else str(row["note"]),
    )


def _amounts(row: Mapping[Hashable, Any], *names: str) -> tuple[str, ...]:
    """Write quantities in the unit of a row; what is missing is empty, a standard error has no sign."""
    written = ["" if row[name] != row[name] else quantity(row[name], str(row["unit"]), 2) for name in names]
    short = [text.replace("index points", "pts") for text in written]
    return tuple(text.lstrip("+") if name == "se" else text for name, text in zip(names, short, strict=True))


def _law(row: Mapping[Hashable, Any]) -> str:
    if row["p_value"] != row["p_value"]:
        return ""
    if row["law"] == "F":
        return f"F({row['restrictions']:.0f}, {row['df']:.0f})"
    return f"t({row['df']:.0f})"


def responses_view(found: MethodResult, contrast: tuple[str, str] | None) -> TextTable:
    """Show the response by series and horizon."""
    rows = [
        (
            *(str(row[name]) for name in ("series", "h")),
            *_amounts(row, "estimate", "low", "high"),
            *(_law(row), probability(row["p_value"])),
            *(str(row[name]) for name in ("n_dates", "n_obs", "note")),
        )
        for row in found.responses.to_dict("records")
    ]
    shock = str(found.responses["shock"].iloc[0])
    first, second = contrast or ("", "")
    unit = (
        "a point of intensity"
        if shock != "stance"
        else f"{first} ({second}: the sign changed)"
        if first
        else "an event"
    )
    return TextTable(
        title=f"The path after {unit}",
        columns=("series", "h", "response", "low", "high", "law", "p", "dates", "sessions", "note"),
        rows=unrepeated(rows),
        left=("series", "law", "note"),
        notes=(
            "response: change from the session before the event to the h-th after it. low, high: 95 % band at that h",
            "alone. dates: event dates among the sessions of the regression. HAC, corrected for few dates.",
        ),
    )


def explain_view(found: MethodResult, formula: str) -> TextTable:
    """Show the coefficients by window and term."""
    rows = []
    for row in found.coefficients.to_dict("records"):
        numbers = ["" if row[name] != row[name] else signed(row[name], 4) for name in ("estimate", "se")]
        p, law = probability(row["p_value"]), _law(row)
        rows.append((str(row["window"]), str(row["term"]), *numbers, law, p, str(row["note"])))
    first = found.coefficients.iloc[0]
    size = (
        f"{first['n_obs']} market events of {first['n_events']} events on {first['n_dates']} dates, "
        f"{first['n_clusters']} clusters, R² {first['r2']:.2f} (window {first['window']}). 0.01 is 1 %."
    )
    return TextTable(
        title=formula,
        columns=("window", "term", "estimate", "se", "law", "p", "note"),
        rows=unrepeated(rows),
        left=("window", "term", "law", "note"),
        notes=(size, "Standard errors and degrees of freedom are those of few clusters."),
    )


def quantiles_view(found: MethodResult) -> TextTable:
    """Show where each CAR stands among its own residuals."""
    rows = []
    for row in found.quantiles.to_dict("records"):
        p_values = [row[name] for name in ("sq_lower", "sq_upper", "sq_p", "sq_floor")]
        head = (str(row[name]) for name in ("event_id", "series", "window"))
        rows.append((*head, *_amounts(row, "car"), *map(probability, p_values), str(row["sq_n"])))
    return TextTable(
        title="Each event among the residuals of its own estimation window",
        columns=("event", "series", "window", "CAR", "p of a fall", "p of a rise", "p", "smallest p", "draws"),
        rows=unrepeated(rows),
        left=("event", "series", "window"),
        notes=(
            "p: two-sided, twice the smaller. Nothing is assumed of the law of returns, but that it stays the same.",
        ),
    )


def factor_view(found: MethodResult) -> TextTable:
    """Show the loadings by series, a column a stance."""
    table = found.loadings.pivot_table(index="series", columns="stance", values="loading", sort=False)
    stances = list(dict.fromkeys(found.factor["stance"]))
    rows = [(str(name), *(signed(table.loc[name, stance], 2) for stance in stances)) for name in table.index]
    facts = found.factor.set_index("stance")
    for words, column, write in (
        ("share", "share", lambda value: "" if value != value else f"{100 * value:.0f} %"),  # noqa: PLR0124  # NaN
        ("p", "p_value", probability),
        ("event days", "n_event_days", str),
        ("other days", "n_other_days", str),
    ):
        rows.append((words, *(write(facts.loc[stance, column]) for stance in stances)))
    return TextTable(
        title="What event days have in common that other days have not",
        columns=("series", *("all" if stance == "*" else stance for stance in stances)),
        rows=tuple(rows),
        left=("series",),
        notes=(
            "loading: effect of news of one standard deviation, in units of the market's volatility the day before;",
            "its sign is free, and set so that the largest is positive. share: how much of the rise of covariance is",
            "this one factor. p: against sets of other days of the same number.",
        ),
    )


def grid_view(found: GridResult) -> TextTable:
    """Show how many specifications agree, by series and stance."""
    rows = []
    for row in found.summary.to_dict("records"):
        n = int(row["n_specifications"])
        counts = (f"{row[name]} of {n}" for name in ("n_agrees_sign", "n_significant_agreeing"))
        events = sorted({row["fewest_events"], row["most_events"]})
        rows.append(
            (
                *(str(row[name]) for name in ("series", "stance")),
                *_amounts(row, "reference", "lowest", "median", "highest"),
                *counts,
                *(probability(row[name]) for name in ("smallest_p", "largest_p")),
                "–".join(map(str, events)),
            )
        )
    return TextTable(
        title="The same question under every design of the grid",
        columns=(
            *("series", "stance", "first", "lowest", "middle", "highest"),
            *("same sign", "and p ≤ 0.05", "smallest p", "largest p", "events"),
        ),
        rows=unrepeated(rows),
        left=("series", "stance"),
        notes=(
            *(f"{name}: {', '.join(values)}" for name, values in found.grid.as_dict().items()),
            "CAAR over all designs. first: the first design, whose sign the others are held against.",
        ),
    )


def diagnostics_view(found: MethodResult) -> TextTable:
    """Show how many fits of each series each diagnostic finds fault with."""
    table = found.diagnostics
    faulty = (table["p_value"] <= FAULTY).groupby([table["series"], table["test"]], sort=False).mean()
    watson = table[table["test"] == "durbin_watson"].groupby("series", sort=False)["statistic"]
    tests = ("ljung_box", "arch_lm", "jarque_bera", "cusum")
    return TextTable(
        title="What the residuals of the fits tell",
        columns=("series", "fits", "correlated", "ARCH", "not normal", "break", "Durbin-Watson"),
        rows=tuple(
            (
                str(series),
                str(len(values)),
                *(f"{100 * faulty[series, test]:.0f} %" for test in tests),
                f"{values.median():.2f}",
            )
            for series, values in watson
        ),
        left=("series",),
        notes=(
            "Share of the fits in which the diagnostic has p below 5 %: Ljung-Box (10 lags), ARCH-LM (5 lags),",
            "Jarque-Bera, CUSUM. Of a sound model 5 % would. Durbin-Watson: median, 2 without autocorrelation.",
            "ARCH says that volatility is not constant: believe the volatility-scaled placebo p.",
        ),
    )
