"""What holding a market for some sessions after the news has brought, against its base rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from eventstudy.charts.layout import Room, Words, axes_points, end_labels, fill_band, panels, set_reach
from eventstudy.charts.paths import band_legend, name_panel, unit_scales
from eventstudy.charts.style import LIGHT, Look, Style, drawing
from eventstudy.charts.subject import chosen_history, figure, footnote_lines, looks_of, measured, unit_of
from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.events.schema import STANCES
from eventstudy.markets.history import History
from eventstudy.matching import MIXED
from eventstudy.returns import OWN_UNIT, Floats
from eventstudy.study.answer import Answer, answers
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL, SeriesSample, band_of_mean, labels_of, make_samples
from eventstudy.trading.signals import ENTRY, Market
from eventstudy.wording import counted, quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (936.0, 420.0)
_ROOM = Room(left=0.0, right=66.0, top=46.0, bottom=58.0, outer=58.0)

#: Sessions held; least distance of two ticks, in points; market events that make a finding.
LONGEST, _TICK, _FEW = 10, 22, 3


class _Held(NamedTuple):
    """What holding brought after events of one label: answers by sessions held, and days without news."""

    answers: dict[int, Answer]
    base: Floats
    band: Floats

    @property
    def last(self) -> tuple[int, Answer]:
        """The longest that an event could be held, and its answer."""
        return max(self.answers.items())


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
    sample, held = _held(result, history, longest)
    if not held:
        raise NothingUsableError(f"no event of '{history.name}' could be held for one session")
    unit = unit_of(sample.of.unit)
    first = ", ".join(f"{of.answers[min(of.answers)].n} {'events' if x == ALL else x}" for x, of in held.items())
    words = Words(
        title or _found(held, history.instrument.label),
        subtitle or measured(result, history.name, f"Mean {unit.name.removeprefix('abnormal ')}, {ENTRY}"),
        f"Bold: the mean return, {ENTRY}, as ask has it. Dashed: the mean over days without news. Grey: where the mean "
        "of as many days without news lies in 90 of 100 draws, each given the volatility of one of the events. n below "
        "the axis: market events in the mean; it falls where other news fell while the market was held. Raw returns, "
        "not abnormal, before costs.",
        footnote_lines(result, history.name, f"n after one session = {first}", source),
        (("mean", {"linestyle": "-", "color": style.muted, "linewidth": 2.4}),
         ("days without news", {"linestyle": (0, (4, 3)), "color": style.ink, "linewidth": 1.2}), band_legend(style)),
    )  # fmt: skip
    with drawing(style):
        axes = panels(ax, len(held), len(held), words, _ROOM, _SIZE, style)
        looks, drawn = looks_of(result, style), [_lines(of, unit.scale) for of in held.values()]
        for panel, (label, of), lines in zip(axes, held.items(), drawn, strict=True):
            set_reach(panel, [line for each in drawn for line in each], 0.08)
            panel.set_xlim(0, longest)
            (k, last), name = of.last, "all events" if label == ALL else label
            aside = f" ({last.n_set_aside} set aside)" if last.n_set_aside else ""
            said = f"{figure(last.move, last.unit)} in {counted(k, 'session')}, n = {last.n}{aside}"
            name_panel(panel, name, looks[label].colour, f"{said}, {100 * last.rose:.0f} % rose", style)
            _draw(panel, lines, " %" * (unit.scale != 1), looks[label], style)
            _ticks(panel, of.answers, longest, style)
        kind = history.instrument.returns
        name = f"change, {history.instrument.unit}" if kind in OWN_UNIT else f"{kind} return"
        unit_scales(axes, history, name, "" if kind in OWN_UNIT else unit.symbol, own=ax is None, style=style)
    return axes


def _held(result: StudyResult, history: History, longest: int) -> tuple[SeriesSample, dict[str, _Held]]:
    """Return what holding brought by label, and the market events behind it, from the prices of entry on."""
    holds = range(1, longest + 1)
    matches, estimates = Market(result.matching, history).at_entries(result.histories, result.design, holds)
    design = replace(estimates[history.name].design, contrast=None)
    sample = make_samples(matches, estimates, design)[history.name]
    rows = {(a.stance, a.window): a for a in answers({history.name: sample}, design, {}) if a.n}
    held = {}
    for label in [label for label in labels_of({"": sample}) if label != MIXED] or [ALL]:
        found = {k: rows[label, str(w)] for k, w in zip(holds, design.windows, strict=True) if (label, str(w)) in rows}
        if found:
            held[label] = _Held(found, *_without_news(sample, label, holds))
    return sample, held


def _without_news(sample: SeriesSample, label: str, holds: Sequence[int]) -> tuple[Floats, Floats]:
    """Return the mean raw return on days without news by sessions held, and the half-width of the band around it."""
    of, base, band = sample.of, np.full(len(holds), np.nan), np.full(len(holds), np.nan)
    for w, window in enumerate(of.design.windows):
        moves = of.move[of.block.clear(window), w]
        moves, rows = moves[np.isfinite(moves)], sample.rows(label, w)
        if len(moves) and len(rows):
            base[w] = moves.mean()
            scale = np.abs(sample.car[rows, w] / sample.z[rows, w])
            band[w] = band_of_mean(of, sample.position[rows], scale, of.z[of.eligible[:, w], w], w)
    return base, band


def _found(held: dict[str, _Held], who: str) -> str:
    """Return the finding: of the label that was farthest from days without news when held longest."""
    # Of labels with three events and more, where there are any: one event makes no finding.
    many = {label: of for label, of in held.items() if of.last[1].n >= _FEW} or held
    label, of = max(
        many.items(), key=lambda one: np.nan_to_num(abs(one[1].last[1].move - one[1].base[one[1].last[0] - 1]))
    )
    (k, answer), stance = of.last, label in STANCES
    after = counted(answer.n, label if stance else "event") + ("" if stance or label == ALL else f" labelled {label}")
    base = float(of.base[k - 1])
    against = f", days without news {figure(base, answer.unit)}" if np.isfinite(base) else ""
    return f"{who} held for {counted(k, 'session')} after {after}: {figure(answer.move, answer.unit)}{against}"


def _lines(of: _Held, scale: float) -> tuple[Floats, ...]:
    """Return mean, base and the edges of the band from 0 sessions held on."""
    mean = np.array([of.answers[k].move if k in of.answers else np.nan for k in range(1, len(of.base) + 1)])
    return tuple(
        np.concatenate([[0.0], scale * part]) for part in (mean, of.base, of.base - of.band, of.base + of.band)
    )


def _draw(ax: Axes, lines: tuple[Floats, ...], percent: str, look: Look, style: Style) -> None:
    """Draw the mean, the band and the base line of one label."""
    mean, base, low, high = lines
    days = np.arange(len(base))
    fill_band(ax, days, low, high, style)
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    ax.plot(days, base, color=style.ink, linewidth=1.2, linestyle=(0, (4, 3)), zorder=3, gid="base")
    marker: dict[str, Any] = {"marker": look.marker, "markersize": 6.0, "markeredgecolor": style.paper}
    ax.plot(days[1:], mean[1:], color=look.colour, linewidth=2.4, markeredgewidth=0.7, zorder=5, clip_on=False,
            gid="mean", **marker)  # fmt: skip
    ends = [line[np.isfinite(line)][-1] for line in (mean, base) if np.isfinite(line).any()]
    words = quantity(ends[0], "").strip() + percent
    end_labels(ax, [(ends[0], words, "mean-label", {"color": look.colour, "fontweight": "bold"}),
                    (ends[-1], "no news", "base-label", {"color": style.muted})], style)  # fmt: skip


def _ticks(ax: Axes, found: dict[int, Answer], longest: int, style: Style) -> None:
    """Write sessions held, and below each the number of market events."""
    step = max(1, -(-longest * _TICK // int(axes_points(ax)[0])))
    counts = {0: "n"} | {k: str(answer.n) for k, answer in found.items()}
    ticks = range(0, longest + 1, step)
    ax.set_xticks(list(ticks), [f"{tick}\n{counts.get(tick, '0')}" for tick in ticks])
    ax.set_xlabel("sessions held, market events", fontsize=style.text, color=style.ink, labelpad=4)
