"""What holding a market for some sessions after the news has brought, against its base rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from eventstudy.charts.layout import (
    Room,
    Words,
    axes_points,
    end_labels,
    number_ticks,
    panels,
    ruler,
    set_reach,
    signed,
    wrap,
)
from eventstudy.charts.paths import band_legend, name_panel
from eventstudy.charts.style import LIGHT, Look, Style, drawing
from eventstudy.charts.subject import chosen_history, figure, footnote_lines, looks_of, measured, unit_of
from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.matching import MIXED
from eventstudy.returns import OWN_UNIT, Floats
from eventstudy.study.answer import Answer, answers
from eventstudy.study.paths import band_of_mean
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL, SeriesSample, labels_of, make_samples
from eventstudy.trading.market import ENTRY, Market
from eventstudy.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (936.0, 420.0)
_ROOM = Room(left=0.0, right=66.0, top=46.0, bottom=58.0, outer=58.0)

#: Sessions held; least distance of two ticks, in points; market events that make a finding.
LONGEST, _TICK, _FEW = 10, 22, 3


class _Held(NamedTuple):
    """What holding brought after events of one label: answers by sessions held, and days without news."""

    answers: list[Answer | None]
    base: Floats
    band: Floats


def holding(
    result: StudyResult,
    series: str | None = None,
    ax: Sequence[Axes] | None = None,
    *,
    longest: int = LONGEST,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
) -> tuple[Axes, ...]:
    """Draw the mean return by sessions held after the news, a panel a label, against days without news.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        The series; default the study's first.
    ax : sequence of Axes, optional
        Where to draw, one for each label that a market event has; default a new figure.
    longest : int
        The most sessions held.
    title, subtitle, source : str, optional
        Words instead of the finding, of measure and dates, and of whose prices they are.
    style : Style
        The look.

    Returns
    -------
    tuple of Axes
        The panels.

    Raises
    ------
    UnknownNameError
        If the study has no such series.
    DesignError
        If there are fewer or more axes than panels, or the series is studied in levels.
    NothingUsableError
        If no event can be held.

    Notes
    -----
    Bought at the first price struck after the news was public (known by day: after that day). Mean, base rate and n
    after h sessions are those of ``eventstudy.ask(..., hold=[h])`` in its second measure, each of its own sample: the
    longer a market is held, the more events meet other news and are set aside, so n below the axis falls. Raw returns.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["brent"]).fit()
    >>> len(es.charts.holding(result, "brent", longest=5))
    3
    """
    history = chosen_history(result, series)
    if history.instrument.returns == "level":
        raise DesignError(f"a return is held, and '{history.name}' is studied in levels ({history.instrument.unit})")
    holds = range(1, longest + 1)
    matches, estimates = Market.of(result.matching, history).at_entries(result.histories, result.design, holds)
    design = replace(estimates[history.name].design, contrast=None)
    sample = make_samples(matches, estimates, design)[history.name]
    rows = {(a.stance, a.window): a for a in answers({history.name: sample}, design, {}) if a.n}
    labels = [label for label in labels_of({"": sample}) if label != MIXED] or [ALL]
    held = {}
    for label in labels:
        found = [rows.get((label, str(window))) for window in design.windows]
        if any(found):
            held[label] = _Held(found, *_without_news(sample, label, holds))
    if not held:
        raise NothingUsableError(f"no event of '{history.name}' could be held for one session")
    unit = unit_of(sample.of.unit)
    first = {label: next(filter(None, of.answers)) for label, of in held.items()}
    n = "n after one session = " + ", ".join(f"{a.n} {'events' if x == ALL else x}" for x, a in first.items())
    words = Words(
        title or _found(held, history.instrument.label),
        subtitle or measured(result, history.name, f"Mean {unit.name.removeprefix('abnormal ')}, {ENTRY}"),
        f"Bold: the mean return, {ENTRY}, as ask has it. Dashed: the mean over days without news. Grey: where the mean "
        "of as many days without news lies in 90 of 100 draws, each given the volatility of one of the events. n below "
        "the axis: market events in the mean; it falls where other news fell while the market was held. Raw returns, "
        "not abnormal, before costs.",
        footnote_lines(result, history.name, n, source),
        (("mean", {"linestyle": "-", "color": style.muted, "linewidth": 2.4}),
         ("days without news", {"linestyle": (0, (4, 3)), "color": style.ink, "linewidth": 1.2}),
         band_legend(style)),
    )  # fmt: skip
    with drawing(style):
        axes = panels(ax, len(held), len(held), words, _ROOM, _SIZE, style)
        looks, drawn = looks_of(result, style), [_lines(of, unit.scale) for of in held.values()]
        for panel, label, lines in zip(axes, held, drawn, strict=True):
            set_reach(panel, [line for each in drawn for line in each], 0.08)
            panel.set_xlim(0, longest)
            last = next(a for a in reversed(held[label].answers) if a)
            aside = f" ({last.n_set_aside} set aside)" if last.n_set_aside else ""
            said = f"{figure(last.move, last.unit)} in {counted(held[label].answers.index(last) + 1, 'session')}, "
            said += f"n = {last.n}{aside}, {100 * last.rose:.0f} % rose"
            name_panel(panel, "all events" if label == ALL else label, looks[label].colour, said, style)
            _draw(panel, lines, unit.scale != 1, looks[label], style)
            _ticks(panel, held[label].answers, longest, style)
        kind, up = history.instrument.returns, history.instrument.up
        name = f"change, {history.instrument.unit}" if kind in OWN_UNIT else f"{kind} return, {unit.symbol}"
        height, measure = axes_points(axes[0])[1], ruler(style.text, style)
        parts = [name, f"(up = {up})" if up else ""]
        label = "\n".join(line for part in parts for line in wrap(part, height, measure))
        for panel in axes:
            number_ticks(panel, style)
            if ax is None and panel is not axes[0]:
                panel.tick_params(labelleft=False)
            else:
                panel.set_ylabel(label, fontsize=style.text, color=style.ink)
    return axes


def _without_news(sample: SeriesSample, label: str, holds: Sequence[int]) -> tuple[Floats, Floats]:
    """Return the mean raw return on days without news by sessions held, and the half-width of the band around it."""
    of, base, band = sample.of, np.full(len(holds), np.nan), np.full(len(holds), np.nan)
    for w, window in enumerate(of.design.windows):
        moves = of.move[of.block.clear(window), w]
        moves, rows = moves[np.isfinite(moves)], sample.rows(label, w)
        if len(moves) and len(rows):
            base[w] = moves.mean()
            scale = np.abs(sample.car[rows, w] / sample.z[rows, w])
            band[w] = band_of_mean(of, sample.position[rows], scale, of.z[of.eligible[:, w], w], w, label)
    return base, band


def _found(held: dict[str, _Held], who: str) -> str:
    """Return the finding: of the label that was farthest from days without news when held longest."""
    last = {label: max(k for k, answer in enumerate(of.answers) if answer) for label, of in held.items()}
    ends = {label: (of.answers[last[label]], float(of.base[last[label]])) for label, of in held.items()}
    # Of labels with three events and more, where there are any: one event makes no finding.
    many = {label: end for label, end in ends.items() if end[0].n >= _FEW} or ends
    label, (answer, base) = max(many.items(), key=lambda one: np.nan_to_num(abs(one[1][0].move - one[1][1])))
    after = counted(answer.n, "event" if label == ALL else label) if label in {ALL, "raise", "hold", "fold"} else ""
    after = after or f"{counted(answer.n, 'event')} labelled {label}"
    against = f", days without news {figure(base, answer.unit)}" if np.isfinite(base) else ""
    held_for = f"{who} held for {counted(last[label] + 1, 'session')} after {after}"
    return f"{held_for}: {figure(answer.move, answer.unit)}{against}"


def _lines(of: _Held, scale: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, base and the edges of the band from 0 sessions held on."""
    mean = np.array([answer.move if answer else np.nan for answer in of.answers])
    zero = [np.concatenate([[0.0], scale * part]) for part in (mean, of.base, of.base - of.band, of.base + of.band)]
    return zero[0], zero[1], zero[2], zero[3]


def _draw(ax: Axes, lines: tuple[Floats, Floats, Floats, Floats], in_percent: bool, look: Look, style: Style) -> None:
    """Draw the mean, the band and the base line of one label."""
    mean, base, low, high = lines
    days = np.arange(len(base))
    ax.fill_between(days, low, high, color=style.band, linewidth=0, zorder=1, gid="band")
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    ax.plot(days, base, color=style.ink, linewidth=1.2, linestyle=(0, (4, 3)), zorder=3, gid="base")
    marker: dict[str, Any] = {"marker": look.marker, "markersize": 6.0, "markeredgecolor": style.paper}
    ax.plot(days[1:], mean[1:], color=look.colour, linewidth=2.4, markeredgewidth=0.7, zorder=5, clip_on=False,
            gid="mean", **marker)  # fmt: skip
    ends = [line[np.isfinite(line)][-1] for line in (mean, base) if np.isfinite(line).any()]
    words = signed(ends[0]) + " %" * in_percent
    end_labels(ax, [(ends[0], words, "mean-label", {"color": look.colour, "fontweight": "bold"}),
                    (ends[-1], "no news", "base-label", {"color": style.muted})], style)  # fmt: skip


def _ticks(ax: Axes, found: Sequence[Answer | None], longest: int, style: Style) -> None:
    step = max(1, -(-longest * _TICK // int(axes_points(ax)[0])))
    ticks = range(0, longest + 1, step)
    counts = ["n", *(str(answer.n if answer else 0) for answer in found)]
    ax.set_xticks(list(ticks), [f"{tick}\n{counts[tick]}" for tick in ticks])
    ax.set_xlabel("sessions held, market events", fontsize=style.text, color=style.ink, labelpad=4)
