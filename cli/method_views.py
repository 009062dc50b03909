"""Tables for a reader: few columns, few digits, units in the cells. What a column is says how its cells are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eventstudy.cli.output import TextTable, cell, unrepeated
from eventstudy.cli.views import KEYS, short_quantity
from eventstudy.wording import probability, quantity, signed

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.study.result import MethodResult

Row = Mapping[Any, Any]

#: Below this p a diagnostic finds fault.
FAULTY = 0.05

_WORDS = {
    "car": "CAR = 0",
    "path": "whole path = 0",
    "difference": "no difference",
    "every-series": "every series = 0",
}


def _number(write: Callable[[Any, Row], str], missing: str = "") -> Callable[[Any, Row], str]:
    """Return how a number is written that may be missing."""
    return lambda value, row: missing if value is None or value != value else write(value, row)  # noqa: PLR0124  # NaN


def _law(_: object, row: Row) -> str:
    if row["p_value"] != row["p_value"]:
        return ""
    return f"F({row['restrictions']:.0f}, {row['df']:.0f})" if row["law"] == "F" else f"t({row['df']:.0f})"


def _price(value: float, _: Row) -> str:
    return f"{value:,.2f}" if value >= 10 else f"{value:.4f}"  # noqa: PLR2004  # small prices need more digits


#: How the cells of a column are written, by its kind: a value, and the row that it stands in.
KINDS: dict[str, Callable[[Any, Row], str]] = {
    "text": lambda value, _: cell(value),
    "law": _law,
    "day": _number(lambda value, _: f"{value:%Y-%m-%d}"),
    "n": lambda value, _: cell(value),
    "fixed": _number(lambda value, _: f"{value:.2f}"),
    "amount": _number(lambda value, row: short_quantity(value, str(row["unit"]))),
    "spread": _number(lambda value, row: short_quantity(value, str(row["unit"])).lstrip("+")),
    "bare": _number(lambda value, row: quantity(value, str(row["unit"]), 2).split(" ")[0]),
    "decimal": _number(lambda value, _: signed(value, 4)),
    "loading": _number(lambda value, _: signed(value, 2)),
    "ratio": _number(lambda value, _: signed(value), "n/a"),
    "percent": _number(lambda value, _: quantity(value, "simple return", 2), "n/a"),
    "cost": _number(lambda value, _: f"{100 * value:.2f} %"),
    "share": _number(lambda value, _: f"{100 * value:.0f} %"),
    "rate": _number(lambda value, _: f"{100 * value:.0f}"),
    "price": _number(_price),
    "p": _number(lambda value, _: probability(value)),
    "p-days": _number(lambda value, row: probability(value, row["days"])),
}

#: Kinds that are words, and are set flush left.
_FLUSH_LEFT = {"text", "law", "day"}


def table_of(
    frame: pd.DataFrame,
    title: str,
    columns: str | Sequence[str | tuple[str, str, str]],
    notes: Sequence[str] = (),
    *,
    repeated: bool = False,
) -> TextTable:
    """Return some columns of a frame as a table for a reader, on a terminal or in LaTeX.

    Parameters
    ----------
    frame : DataFrame
        The rows; ``unit``, ``days``, ``law`` and the like of a row are there for the kinds that need them.
    title : str
        What it shows.
    columns : str, or sequence of str or (str, str, str)
        Each ``heading=name:kind``, words apart: the heading (``_`` is a space) is the name where it is left out, the
        kind, one of `KINDS`, ``text``. Several names with ``+`` between them are one column. Names that a user gave are
        told as a tuple of the three.
    notes : sequence of str
        Lines below it.
    repeated : bool
        Whether the first column is written in each row; else only where it differs from the row above.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"series": ["imoex", "imoex"], "car": [0.01, -0.02], "unit": "simple return"})
    >>> table_of(frame, "Two", "series CAR=car:amount").rows
    (('imoex', '+1.00 %'), ('', '−2.00 %'))
    """
    spec = [_column(word) if isinstance(word, str) else word for word in
            (columns.split() if isinstance(columns, str) else columns)]  # fmt: skip
    rows = [
        tuple(" ".join(KINDS[kind](row[one], row) for one in name.split("+")) for _, name, kind in spec)
        for row in frame.to_dict("records")
    ]
    left = tuple(head for head, _, kind in spec if kind in _FLUSH_LEFT)
    heads = tuple(head for head, *_ in spec)
    return TextTable(title, heads, tuple(rows) if repeated else unrepeated(rows), left, tuple(notes))


def _column(word: str) -> tuple[str, str, str]:
    text, _, kind = word.partition(":")
    head, _, name = text.rpartition("=")
    return (head or name.replace("+", " ")).replace("_", " ").strip(), name, kind or "text"


def dummies_view(found: MethodResult) -> TextTable:
    """Show the effects by series, stance and window."""
    effects = found.effects
    made_of = effects["covariance"].where(effects["p_value"].notna(), effects["note"])
    return table_of(
        effects.assign(test=effects["test"].map(_WORDS), covariance=made_of),
        "Event dummies over the whole sample",
        f"{'+'.join(KEYS)} tested=test effect=estimate:amount se:spread law:law p=p_value:p adj._p=p_adjusted:p "
        "dates=n_dates:n made_of=covariance",
        (
            "All events of a label share one path, so overlapping events are told apart. made of: the variance is HAC",
            "with its lags, corrected for few dates, or OLS (one date), which takes the event's sessions for no more",
            "volatile than others. adj. p: Holm over the series. Events one by one: --format json, or --out.",
        ),
    )


def responses_view(found: MethodResult, contrast: tuple[str, str] | None) -> TextTable:
    """Show the response by series and horizon."""
    unit = f"{contrast[0]} ({contrast[1]}: the sign changed)" if contrast else "an event"
    if found.responses["shock"].iloc[0] != "stance":
        unit = "a point of intensity"
    return table_of(
        found.responses,
        f"The path after {unit}",
        "series h:n response=estimate:amount low:amount high:amount law:law p=p_value:p dates=n_dates:n "
        "sessions=n_obs:n note",
        (
            "response: change from the session before the event to the h-th after it. low, high: 95 % band at that h",
            "alone. dates: event dates among the sessions of the regression. HAC, corrected for few dates.",
        ),
    )


def explain_view(found: MethodResult, formula: str) -> TextTable:
    """Show the coefficients by window and term."""
    first = found.coefficients.iloc[0]
    size = (
        f"{first['n_obs']} market events of {first['n_events']} events on {first['n_dates']} dates, "
        f"{first['n_clusters']} clusters, R² {first['r2']:.2f} (window {first['window']}). 0.01 is 1 %."
    )
    return table_of(
        found.coefficients,
        formula,
        "window term estimate:decimal se:decimal law:law p=p_value:p note",
        (size, "Standard errors and degrees of freedom are those of few clusters."),
    )


def quantiles_view(found: MethodResult) -> TextTable:
    """Show where each CAR stands among its own residuals."""
    return table_of(
        found.quantiles,
        "Each event among the residuals of its own estimation window",
        "event=event_id series window CAR=car:amount p_of_a_fall=sq_lower:p p_of_a_rise=sq_upper:p p=sq_p:p "
        "smallest_p=sq_floor:p draws=sq_n:n",
        ("p: two-sided, twice the smaller. Nothing is assumed of the law of returns, but that it stays the same.",),
    )


def factor_view(found: MethodResult) -> TextTable:
    """Show the loadings by series, a column a stance, and below them the figures of each factor."""
    import pandas as pd

    stances = list(dict.fromkeys(found.factor["stance"]))
    loadings = found.loadings.pivot_table(index="series", columns="stance", values="loading", sort=False)[stances]
    facts = found.factor.set_index("stance").T
    rows = {str(name): [KINDS["loading"](value, {}) for value in row] for name, row in loadings.iterrows()}
    for words, name, kind in (
        ("share", "share", "share"),
        ("p", "p_value", "p"),
        ("event days", "n_event_days", "n"),
        ("other days", "n_other_days", "n"),
    ):
        rows[words] = [KINDS[kind](facts.loc[name, stance], {}) for stance in stances]
    shown = pd.DataFrame.from_dict(rows, orient="index", columns=stances).reset_index(names="series")
    return table_of(
        shown,
        "What event days have in common that other days have not",
        ["series", *(("all" if stance == "*" else stance, stance, "n") for stance in stances)],
        (
            "loading: effect of news of one standard deviation, in units of the market's volatility the day before;",
            "its sign is free, and set so that the largest is positive. share: how much of the rise of covariance is",
            "this one factor. p: against sets of other days of the same number.",
        ),
    )


def grid_view(found: MethodResult) -> TextTable:
    """Show how many specifications agree, by series and stance."""
    of = found.summary
    n = of["n_specifications"].astype(str)
    fewest, most = of["fewest_events"].astype(str), of["most_events"].astype(str)
    shown = of.assign(
        same=of["n_agrees_sign"].astype(str) + " of " + n,
        both=of["n_significant_agreeing"].astype(str) + " of " + n,
        events=fewest.where(fewest == most, fewest + "–" + most),
    )
    return table_of(
        shown,
        "The same question under every design of the grid",
        "series stance first=reference:amount lowest:amount middle=median:amount highest:amount same_sign=same:n "
        "and_p_≤_0.05=both:n smallest_p:p largest_p:p events:n",
        (
            *(f"{name}: {', '.join(values)}" for name, values in found.grid.as_dict().items()),
            "CAAR over all designs. first: the first design, whose sign the others are held against.",
        ),
    )


def diagnostics_view(found: MethodResult) -> TextTable:
    """Show how many fits of each series each diagnostic finds fault with."""
    table = found.diagnostics
    by_test = table.assign(faulty=table["p_value"] <= FAULTY).groupby(["series", "test"], sort=False)
    shares, watson = by_test["faulty"].mean().unstack(), by_test["statistic"].median().unstack()["durbin_watson"]  # noqa: PD010  # a column a test
    fits = by_test.size().unstack()["durbin_watson"]  # noqa: PD010  # a column a test
    return table_of(
        shares.assign(fits=fits, watson=watson).reindex(table["series"].unique()).reset_index(),
        "What the residuals of the fits tell",
        "series fits:n correlated=ljung_box:share ARCH=arch_lm:share not_normal=jarque_bera:share break=cusum:share "
        "Durbin-Watson=watson:fixed",
        (
            "Share of the fits in which the diagnostic has p below 5 %: Ljung-Box (10 lags), ARCH-LM (5 lags),",
            "Jarque-Bera, CUSUM. Of a sound model 5 % would. Durbin-Watson: median, 2 without autocorrelation.",
            "ARCH says that volatility is not constant: believe the volatility-scaled placebo p.",
        ),
    )


def power_view(found: MethodResult) -> TextTable:
    """Show the smallest detectable effect of every series, stance and window."""
    return table_of(
        found.power,
        "The smallest effect this study could have seen (80 % power, 5 % level)",
        "series stance window n:n one_window=one_event:spread smallest=smallest_placebo:spread "
        "closed_form=smallest_closed:spread measured=caar:amount note",
        (
            "one window: what the market does in one, by the volatility known before the events. smallest: the effect",
            "on every event that the placebo p would have seen in 80 of 100 cases; closed form: the same for normal",
            "returns of independent events. measured: the CAAR over n market events, as in the averages.",
        ),
        repeated=True,
    )


def size_view(found: MethodResult) -> TextTable:
    """Show the rejection rate of every test at each level, with its band, and whether that contains the level."""
    table = found.size
    rates = [f"{100 * row['rate']:.1f} ({100 * row['low']:.1f}-{100 * row['high']:.1f}){'*' if row['holds'] else ' '}"
             for row in table.to_dict("records")]  # fmt: skip
    keys = ["window", "test", "scope"]
    studies = table.groupby(keys, sort=False)["n_studies"].max()
    levels = [f"at_{100 * level:g}_%" for level in table["level"]]
    by_level = table.assign(rate=rates, level=levels).pivot_table("rate", keys, "level", "first", "", sort=False)
    return table_of(
        by_level.assign(studies=studies).reindex(studies.index).reset_index(),
        "Rejections in 100 simulated studies, where there is nothing to find",
        ["window", "test", "of=scope", *(f"{name}:n" for name in by_level), "studies:n"],
        (
            "In brackets the 95 % band of the simulation; * where it lies between 0.5 and 1.5 times the level:",
            "the p of that test can be believed on data like these. Few studies never show that.",
            "pool: all series at once; each series: one after the other; family: the smallest family p of all series.",
        ),
        repeated=True,
    )
