"""What a chart is about: which series and window, in which unit, its finding in words, and the lines under it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.charts.layout import Words, axes_points, day_range, note, number_ticks, ruler, wrap
from eventstudy.charts.style import LIGHT, Look, Style
from eventstudy.errors import DesignError, InputError, NothingUsableError, did_you_mean, require_known
from eventstudy.markets.bundled import load_series, series_labels
from eventstudy.markets.history import History
from eventstudy.markets.instrument import find_instrument, instrument_names
from eventstudy.study.answer import Answer, events_in_words
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import quantity, short_p, true_minus, window_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: From this p on a finding is none.
_CLEAR = 0.05


class Unit(NamedTuple):
    """How abnormal returns are written: what they are called, their unit, times what."""

    name: str
    symbol: str
    scale: float


def chosen_history(result: StudyResult, series: str | None, *, priced: bool = False) -> History:
    """Return the history that a chart is about: by default that of the first series (with prices, if `priced`).

    Raises
    ------
    UnknownNameError
        If the study has no such series.
    DesignError
        If the study is of bars, or prices are needed and it is of returns, volumes or variances.
    """
    known = [name for name in result.series if not priced or result.histories[name].prices is not None]
    name = (known or list(result.series))[0] if series is None else require_known(series, result.series, "series")
    history = result.histories[name]
    if history.bar is not None:
        raise DesignError(f"'{name}' is in bars, and charts are of sessions; its numbers are in the tables")
    if priced and (history.prices is None or history.instrument.returns == "level"):
        what = "returns" if history.instrument.returns != "level" else f"levels ({history.instrument.unit})"
        raise DesignError(f"'{name}' came as {what}, so there is no price to draw; give prices to the study")
    return history


def chosen_window(result: StudyResult, window: str | None) -> tuple[str, int]:
    """Return a window of the study, by default its first, and which one it is."""
    windows = [str(known) for known in result.design.windows]
    name = require_known(window, windows, "window of this study") if window else windows[0]
    return name, windows.index(name)


def unit_of(unit: str) -> Unit:
    """Return how returns of a unit are written: in per cent, logs never without the word, else as they are.

    Examples
    --------
    >>> unit_of("log return").symbol, unit_of("simple return").symbol, unit_of("index points").name
    ('log %', '%', 'abnormal change')
    """
    if not unit or unit.endswith(" return"):
        return Unit(f"abnormal {unit or 'return'}", "log %" if unit.startswith("log") else "%", 100.0)
    return Unit("abnormal change", unit, 1.0)


def return_unit(result: StudyResult, series: str) -> Unit:
    """Return how the abnormal returns of a series are written."""
    return unit_of(result.estimates[series].unit)


def looks_of(result: StudyResult, words: Words) -> dict[str, Look]:
    """Return the look of every label: a stance's own; others take those of raise, fold, hold and mixed in turn."""
    style = words.get("style", LIGHT)
    looks = dict(style.looks)
    every = dict.fromkeys([*result.groups, *result.matching.events.labels.tolist()])
    others = [label for label in every if label and label not in looks]
    first = [label for label in result.contrast or () if label in others]
    in_turn = ("raise", "fold", "hold", "mixed")
    for k, label in enumerate(dict.fromkeys([*first, *others])):
        looks[label] = style.look(in_turn[k % len(in_turn)])
    return looks | {"": style.look(ALL)}


def figure(value: float, unit: str) -> str:
    """Write a return with its sign and unit; a log return never without the word.

    Examples
    --------
    >>> figure(-0.0753, "log return"), figure(-0.0753, "simple return")
    ('−7.5 % (log)', '−7.5 %')
    """
    return quantity(value, unit) + " (log)" * (unit == "log return")


def p_of(answer: Answer, *, family: bool = False) -> str:
    """Write the p of an answer, or where there is one that of all series at once."""
    joint = family and bool(np.isfinite(answer.family_p)) and not answer.is_contrast
    p, days = (answer.family_p, answer.family_days) if joint else (answer.p_value, answer.days)
    return "family " * joint + short_p(p, float("nan") if answer.is_contrast else days)


def finding(answer: Answer, *, family: bool = False, pair: tuple[str, str] | None = None) -> str:
    """Say what an answer found in a line, by its own number and p: the title of every chart about means.

    Parameters
    ----------
    answer : Answer
        A row of `StudyResult.average`.
    family : bool
        Whether the p is that of all series at once, where there is one.
    pair : (str, str), optional
        Of a contrast, its two labels.

    Examples
    --------
    >>> finding(Answer("a", "raise", "0:0", "simple return", 7, 7, 0, caar=-0.0753, p_value=0.012, label="Shares"))
    'Shares lost an abnormal 7.5 % after 7 raises, p 0.012'
    >>> finding(Answer("a", "fold", "0:0", "log return", 1, 1, 0, caar=0.0112, p_value=0.4, label="Shares"))
    'Shares: nothing unusual after 1 fold, abnormal +1.1 % (log), p 0.40'
    """
    who, p, number = answer.label or answer.series, p_of(answer, family=family), figure(answer.caar, answer.unit)
    tested = answer.family_p if p.startswith("family") else answer.p_value
    bare, clear = number.lstrip("+−"), tested <= _CLEAR
    if answer.is_contrast:
        first, second = pair or answer.stance.split("-", 1)
        if not clear:
            return f"{who}: no clear difference between {first} and {second}, {number}, {p}"
        apart = f"an abnormal {bare} {'higher' if answer.caar > 0 else 'lower'}"
        return f"{who}: {apart} after {first} than after {second}, {p}"
    after = events_in_words(answer.n, answer.stance)
    if not clear:
        return f"{who}: nothing unusual after {after}, abnormal {number}, {p}"
    return f"{who} {'gained' if answer.caar > 0 else 'lost'} an abnormal {bare} after {after}, {p}"


def clearest(answers: Iterable[Answer], *, family: bool = False) -> Answer | None:
    """Return the answer with the lowest p, of equals that with the largest |z|; None if there is none.

    With `family` the family p comes first: of several series the lowest p is often that of the one with most days.

    Examples
    --------
    >>> near = Answer("koruna", "raise", "0:0", "simple return", 9, 9, 0, p_value=0.0030, z=-1.2, family_p=0.064)
    >>> far = Answer("imoex", "raise", "0:0", "simple return", 7, 7, 0, p_value=0.0033, z=-3.2, family_p=0.0044)
    >>> [clearest([near, far], family=joint).series for joint in (False, True)]
    ['koruna', 'imoex']
    """

    def rank(answer: Answer) -> tuple[float, float, float]:
        first, p = np.nan_to_num([answer.family_p if family else 0.0, answer.p_value], nan=2.0)
        return first, p, -abs(np.nan_to_num(answer.z))

    return min((answer for answer in answers if answer.n), key=rank, default=None)


def answer_of(result: StudyResult, series: str, label: str, window: str) -> Answer | None:
    """Return an answer of a study; None where no market event of the label stands in a mean."""
    wanted = (series, label, window)
    return next((a for a in result.answers if (a.series, a.stance, a.window) == wanted and a.n), None)


def least_ordinary(rows: pd.DataFrame) -> pd.Series:
    """Return the row of `car` with the smallest family p, of equals the smallest p, then the largest |z|."""
    return rows.assign(far=-rows["z"].abs()).sort_values(["family_p", "p_value", "far"], kind="stable").iloc[0]


def measured(result: StudyResult, series: str | Sequence[str], measure: str, window: str = "") -> str:
    """Return the subtitle: what is measured, over which window, of which events, when."""
    names = [series] if isinstance(series, str) else series
    over = f" over {window_in_words(window)}" if window else ""
    matches = result.matches
    days = matches.loc[matches["series"].isin(names) & (matches["status"] == "used"), "session"].dropna()
    when = f"; events {day_range(days.min().to_datetime64(), days.max().to_datetime64())}" if len(days) else ""
    return f"{measure}{over}{when}"


def price_source(history: History) -> str:
    """Say whose figures a history holds.

    Returns
    -------
    str
        The institution if the prices are those of a bundled series, price by price; else the user's file, or that they
        were supplied.
    """
    if history.prices is None:
        return "returns as supplied"
    for label in series_labels().values():
        if label.instrument == history.name:
            bundled = load_series(label.name).reindex(history.sessions.astype("datetime64[ns]"))
            if len(history) and np.array_equal(bundled.to_numpy(), history.prices):
                return label.institution
    return f"your file {history.source}" if history.source else "prices as supplied"


def footnote_lines(result: StudyResult, series: str | Sequence[str], n: str, words: Words) -> tuple[str, str]:
    """Return what stands under a chart: source, sample, model and n.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str or sequence of str
        The series drawn; of a single one its stamp and number of sessions are said too.
    n : str
        How many events are drawn, in words.
    words : Words
        Whose figures they are; default what `price_source` finds out.
    """
    names = [series] if isinstance(series, str) else series
    histories, design = [result.histories[name] for name in names], result.design
    whose = words.get("source") or "; ".join(dict.fromkeys(map(price_source, histories)))
    single = isinstance(series, str)
    stamp = f"; {histories[0].instrument.stamp.label}" if single else ""
    sourced = " Events: each with its source in the events table." if (result.events["source"] != "").all() else ""
    sample = day_range(min(h.sessions[0] for h in histories), max(h.sessions[-1] for h in histories))
    sessions = f", {len(histories[0])} sessions" if single else ""
    regressors = f" on {', '.join(design.model.regressors)}" if design.model.regressors else ""
    model = f"{design.model.name}{regressors}, estimation window {true_minus(str(design.estimation))}"
    return f"Source: {whose}{stamp}.{sourced}", f"Sample: {sample}{sessions}. Model: {model}. {n}."


def name_panel(ax: Axes, name: str, colour: str, said: str, style: Style) -> None:
    """Write the name of a panel above it, and below the name what is said of it."""
    bold: dict[str, Any] = style.bold | {"color": colour, "fontsize": style.text + 1.5}
    ax.set_title(name, loc="left", pad=11 + 1.4 * style.small, gid="name", **bold)
    note(ax, said, (0, 1), (0, 8), "count", va="bottom", **style.quiet)


def unit_scales(axes: Sequence[Axes], history: History, name: str, symbol: str, *, own: bool, words: Words) -> None:
    """Write the unit on the left, and which way is up; in a new figure only the first of the row has a y-axis."""
    up, measure = history.instrument.up, ruler(words.get("style", LIGHT).text, words.get("style", LIGHT))
    parts = [f"{name}, {symbol}" if symbol else name, *([f"(up = {up})"] if up else [])]
    label = "\n".join(line for part in parts for line in wrap(part, axes_points(axes[0])[1], measure))
    for panel in axes:
        number_ticks(panel)
        if own and panel is not axes[0]:
            panel.tick_params(labelleft=False)
        else:
            panel.set_ylabel(label if panel is axes[0] else symbol)


def need_columns(frame: pd.DataFrame, columns: Sequence[str], what: str) -> pd.DataFrame:
    """Return a frame that has rows and these columns, or say what is missing."""
    for column in columns:
        if column not in frame:
            raise InputError(f"{what}: no column '{column}'; {did_you_mean(column, list(map(str, frame)))}")
    if frame.empty:
        raise NothingUsableError(f"{what}: no rows")
    return frame


def of_value(frame: pd.DataFrame, column: str, value: str | None, what: str) -> tuple[pd.DataFrame, str]:
    """Return the rows of one value of a column, by default of its first, and that value."""
    known = list(dict.fromkeys(frame[column].astype(str)))
    chosen = known[0] if value is None else require_known(value, known, what)
    return frame[frame[column].astype(str) == chosen], chosen


def series_label(series: str) -> str:
    """Return how a series is written: as the catalogue does, or by its name.

    Examples
    --------
    >>> series_label("imoex"), series_label("mine"), series_label("*")
    ('Moscow shares', 'mine', 'All series')
    """
    if series == ALL:
        return "All series"
    return find_instrument(series).label if series in instrument_names() else series


def frame_source(frame: pd.DataFrame, words: Words, what: str) -> str:
    """Return the line of the source: as given (of a study its prices'), else what the frame says of itself."""
    source = words.get("source")
    if isinstance(source, StudyResult):
        source = "; ".join(dict.fromkeys(price_source(source.histories[name]) for name in source.series))
    told = str(frame.attrs.get("source") or "")
    if not told and "source" in frame:
        told = "; ".join(dict.fromkeys(frame["source"].dropna().astype(str)))
    return f"Source: {source or told or f'the frame of {what} as supplied'}."


def frame_unit(frame: pd.DataFrame, series: str) -> Unit:
    """Return how a frame's estimates are written: by its column `unit`, or by the catalogue's unit of the series."""
    if "unit" in frame:
        return unit_of(str(frame["unit"].iloc[0]))
    return unit_of(find_instrument(series).unit if series in instrument_names() else "")


def value_words(value: object) -> str:
    """Write a window or a name with a true minus where a number follows.

    Examples
    --------
    >>> value_words("-130:-11"), value_words("market-model")
    ('−130:−11', 'market-model')
    """
    text = str(value)
    return true_minus(text) if all(character in "-0123456789:." for character in text) else text
