"""What a study could have seen, and how often its tests reject where there is nothing to find.

For `size` returns are drawn anew from the abnormal returns of days without news, block by block and for all series
together, onto the real calendars; the real events keep their dates. Studies drawn from the very line of days they are
held against would be a finite population twice over, and report 2.1 to 2.7 % where the truth is 4.8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.inference import TESTS, smallest_effect
from eventstudy.inference.parametric import LEVEL, POWER
from eventstudy.inference.placebo import ENOUGH, placebo_smallest
from eventstudy.models import ConstantMean
from eventstudy.returns import Floats, Ints
from eventstudy.statistic import drawn_p, holm
from eventstudy.study.answer import Answer, contrast_p, p_of
from eventstudy.study.design import Design
from eventstudy.study.estimates import estimate, estimate_block
from eventstudy.study.placebo import MeanPlacebos, mean_placebos, samples_of
from eventstudy.study.result import MethodResult, StudyResult
from eventstudy.study.sample import ALL, Samples, SeriesSample, contrasts_of
from eventstudy.study.tables import tests_of_contrasts, tests_of_means

#: Window, test and scope of p-values.
Key = tuple[int, str, str]

#: The levels at which tests are looked at.
LEVELS = (0.01, 0.05, 0.10)

#: What the p-values of a test are of: all series pooled, one series after the other, or the smallest of the family.
POOL, EACH, FAMILY = "pool", "each series", "family"

#: The placebo of one event, and of a mean.
_SINGLE, _MEAN = "placebo of one event", "placebo of the mean"

#: Studies estimated side by side.
_AT_ONCE = 64

#: Placebo sets of one simulated mean.
_DRAWS = 999

#: Sessions of a block that is drawn together: about a month, so that calm and nervous weeks stay together.
_BLOCK = 20

#: Keeps the seeds of simulated studies apart from those of the study itself.
_OWN_SEED = 7

#: With fewer studies than this nothing is called right, however narrow the band: at 10 % fifty could make it so.
_FEW = 100

#: Simulated studies at most: a rate of 5 % is known to 0.04 % then.
_MOST = 1_000_000

#: Two-sided 95 % point of the standard normal law.
_BAND = 1.959963984540054

_COLUMNS = ("window", "test", "scope", "level", "rate", "low", "high", "holds", "n_studies")


def size(result: StudyResult, n_studies: int = 1_000, progress: Callable[[int], object] | None = None) -> MethodResult:
    """Return how often the tests reject in studies of simulated returns without events.

    Parameters
    ----------
    result : StudyResult
        The study.
    n_studies : int
        Simulated studies.
    progress : callable, optional
        Called with 1 after each of them.

    Returns
    -------
    MethodResult
        ``size``, a row a window, test, scope and level: ``rate`` with its 95 % Monte-Carlo band ``low, high``;
        ``holds`` where the band lies between half and one and a half times the level, which few studies can never show.
        The placebo p of one event, of the mean, of the contrast, then the tests of the design.

    Raises
    ------
    DesignError
        If there are no studies, or more than a million.
    NothingUsableError
        If the series have too few days without news in common.

    Notes
    -----
    A constant-mean model is estimated on the simulated returns, whatever the study's own: they are what that left
    unexplained. What is shown is how often a test rejects under this sample's dependence between series, its tails,
    clusters of volatility and dates. Whether days of news differ from other days in more than the news no simulation
    shows.

    References
    ----------
    Künsch (1989), The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17.
    """
    if n_studies not in range(1, _MOST + 1):
        raise DesignError.must_be(f"the number of studies must be 1 to {_MOST:,}", n_studies)
    design = replace(result.design.stage, model=ConstantMean())
    quiet = {name: (np.where(of.block.news, np.nan, of.every("ar")), of.history.sessions)
             for name, of in result.samples.items()}  # fmt: skip
    by_day = pd.DataFrame({name: pd.Series(*of) for name, of in quiet.items()}).sort_index()
    # The abnormal returns of all series on common days without news.
    line, calendar = by_day[np.isfinite(by_day).all(axis=1)].to_numpy(), by_day.index.to_numpy()
    if len(line) < ENOUGH:
        short = f"{len(line)} days without news in common, and {ENOUGH} are needed"
        raise NothingUsableError(f"the series have {short}; study fewer series")
    line = line - line.mean(axis=0)
    rng = np.random.default_rng([design.seed, _OWN_SEED])
    real = estimate(result.matching, {name: of.history for name, of in result.samples.items()}, design)
    found: dict[Key, list[Floats]] = {}
    for start in range(0, n_studies, _AT_ONCE):
        n_chunk = min(_AT_ONCE, n_studies - start)
        drawn = np.stack([_blocks(len(line), len(calendar), rng) for _ in range(n_chunk)])
        of_series = dict[str, list[SeriesSample]]()
        for s, (name, of) in enumerate(real.items()):  # other returns on the sessions that have one
            simulated = line[drawn[:, np.searchsorted(calendar, of.history.sessions)], s]
            returns = np.where(np.isfinite(of.history.returns), simulated, np.nan)
            block = estimate_block(replace(of.block, y=returns.T))
            histories = [replace(of.history, returns=own, prices=None) for own in returns]
            of_series[name] = [replace(of, history=own, block=block, column=k) for k, own in enumerate(histories)]
        chunk = samples_of([Samples((name, some[k]) for name, some in of_series.items()) for k in range(n_chunk)])
        placebos = [mean_placebos(chunk, w, _DRAWS) for w in range(len(design.windows))]
        for samples, of_study in zip(chunk, zip(*placebos, strict=True), strict=True):
            for key, p in _of_means(samples, of_study, design):
                found.setdefault(key, []).append(p)
            if progress is not None:
                progress(1)
        for key, studies in _of_tests(chunk, design):
            found.setdefault(key, []).extend(studies)
    windows = list(map(str, design.windows))
    tests = {name: k for k, name in enumerate((_SINGLE, _MEAN, str(design.contrast), *TESTS))}
    scopes = {name: k for k, name in enumerate((EACH, FAMILY, POOL))}
    keys = sorted(found, key=lambda key: (key[0], tests[key[1]], scopes[key[2]]))
    table = [row for key in keys for row in _rates((windows[key[0]], *key[1:]), found[key])]
    return MethodResult({"size": pd.DataFrame(table, columns=list(_COLUMNS))})


def _blocks(n_line: int, n_days: int, rng: np.random.Generator) -> Ints:
    """Return places on a line, in blocks of successive ones that go round its end, shape (n_days,)."""
    starts = rng.integers(0, n_line, size=-(-n_days // _BLOCK))
    return np.asarray((starts[:, None] + np.arange(_BLOCK)).ravel()[:n_days] % n_line)


def _of_means(samples: Samples, placebos: Sequence[MeanPlacebos], design: Design) -> Iterator[tuple[Key, Floats]]:
    """Yield the placebo p of single events and of means of one study by window, test and scope."""
    labels, pool = [*samples.labels, ALL], samples.pool
    for w in range(len(design.windows)):
        yield (w, _SINGLE, EACH), np.concatenate([of.p[:, w] for of in samples.values()])
        yield (w, _SINGLE, FAMILY), np.fmin.reduce([of.family_p[:, w] for of in samples.values()])
        n = {(name, label): len(of.rows(label, w)) for name, of in samples.items() for label in labels}
        rows = {key: placebos[w].get(key, {}) for key in n if n[key] > 1}
        yield (w, _MEAN, EACH), np.array([row.get("p_value") for row in rows.values()], dtype=np.float64)
        by_label = [[row.get("family_p", np.nan) for (_, of), row in rows.items() if of == label] for label in labels]
        yield (w, _MEAN, FAMILY), np.array([np.fmin.reduce(of) for of in by_label if of])
        if len([name for name in pool if n[name, ALL]]) > 1:
            several = [label for label in labels if sum(n[name, label] for name in pool) > 1]
            pooled = [p_of(samples, placebos[w], pool, label, w).get("p_value") for label in several]
            yield (w, _MEAN, POOL), np.array(pooled, dtype=np.float64)


def _of_tests(chunk: Sequence[Samples], design: Design) -> Iterator[tuple[Key, list[Floats]]]:
    """Yield the p of the tests of means, of the contrast and of its tests by window, test and scope, study by study.

    All studies are one sample of the tests of means. Of contrasts one series and window comes after the other in all
    studies: they share their permutations.
    """
    means = [test for name, test in TESTS.items() if name in design.tests and not test.contrast]
    keys, found = tests_of_means(means, chunk, design) if means else ([], [])
    rows: dict[tuple[int, str], list[int]] = {}
    for g, (name, _, w) in enumerate(keys[: len(keys) // len(chunk)]):
        rows.setdefault((w, POOL if name == ALL else EACH), []).append(g)
    for made in found:
        by_study = made.p_value.reshape(len(chunk), -1)
        yield from (((w, made.test, scope), list(by_study[:, some])) for (w, scope), some in rows.items())
    contrasts = contrasts_of(chunk, design)
    p: dict[tuple[int, str], dict[str, list[float]]] = {}
    for name, w in [key for key, of in contrasts[0].items() if 0 < of.is_first.sum() < len(of.is_first)]:
        both = [of_study[name, w] for of_study in contrasts]
        p.setdefault((w, str(design.contrast)), {})[name] = [p for p, _ in contrast_p(both, w, design)]
    tests = [TESTS[name] for name in TESTS if name in design.tests]
    for some, made in tests_of_contrasts(tests, contrasts, design.seed):
        for (k, (name, w)), value in zip(some, made.p_value.tolist(), strict=True):
            p.setdefault((w, made.test), {}).setdefault(name, [np.nan] * len(chunk))[k] = value
    for (w, named), by_name in p.items():
        alone = np.array([values for name, values in by_name.items() if name != ALL]).T
        if alone.size:
            yield (w, named, EACH), list(alone)
        if alone.size and named == design.contrast:
            yield (w, named, FAMILY), [np.fmin.reduce(holm(values), keepdims=True) for values in alone]
        if ALL in by_name:
            yield (w, named, POOL), [np.array([value]) for value in by_name[ALL]]


def _rates(key: tuple[str, str, str], studies: Sequence[Floats]) -> Iterator[tuple[object, ...]]:
    """Yield a row a level: the mean over studies of the share of their p-values at or below it."""
    p, study = np.concatenate(studies), np.repeat(np.arange(len(studies)), list(map(len, studies)))
    n_known = np.bincount(study[np.isfinite(p)], minlength=len(studies))
    some = n_known > 0
    for level in LEVELS if some.any() else ():
        shares = np.bincount(study[p <= level], minlength=len(studies))[some] / n_known[some]
        rate, n = float(shares.mean()), len(shares)
        # Wilson's band, which knows that no rejection in few studies is no proof; wider where shares vary more.
        middle, spread = (rate + _BAND**2 / (2 * n)) / (1 + _BAND**2 / n), _BAND / (1 + _BAND**2 / n)
        half = spread * np.sqrt(min(rate * (1 - rate), max(shares.var(), 1e-12)) / n + _BAND**2 / (4 * n**2))
        low, high = max(middle - half, 0.0), min(middle + half, 1.0)
        yield *key, level, rate, low, high, bool(n >= _FEW and low >= level / 2 and high <= 1.5 * level), n


def power(result: StudyResult, power: float = POWER, level: float = LEVEL) -> MethodResult:
    """Return the smallest mean effect that the study would have called significant.

    Parameters
    ----------
    result : StudyResult
        The study.
    power, level : float
        The chance of seeing it, and the level at which it is seen.

    Returns
    -------
    MethodResult
        ``power``, a row an answer: ``series, stance, window, unit, n``; ``one_event``, what the market did in one such
        window by the volatility known before the events; ``smallest_placebo`` and ``smallest_closed``, the smallest
        effects on every event, in the unit of the CARs; ``caar`` and ``days`` of the answer; ``note``.

    Notes
    -----
    From the placebo: the smallest shift of z such that 80 % of the placebo date sets behind the answer's own p,
    shifted, have a p of at most 5 %; a CAR larger by one on every event moves their mean z by the mean of
    ``1 / (σ √n)``, which turns the shift into a return. In closed form: the two-sided z test of N independent events,
    each with the standard deviation ``one_event``; it knows neither windows that overlap nor heavy tails, so it is the
    smaller of the two. A contrast has neither: its p permutes labels, and its power depends on how they fall.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> from eventstudy.study import EventStudy
    >>> case = load_case("raise-or-fold-2022")
    >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
    >>> row = power(result).power.set_index("stance").loc["raise"]
    >>> bool(row["caar"] == result.answer("imoex", "raise").caar), f"{row['smallest_placebo']:.3f}"
    (True, '0.025')
    """
    rows = []
    for w, window in enumerate(result.design.windows):
        [placebos] = mean_placebos([result.samples], w, keep=True)
        asked = [(k, answer) for k, answer in enumerate(result.answers) if answer.window == str(window) and answer.n]
        rows += [(k, _power_row(result, answer, w, placebos, power, level)) for k, answer in asked]
    return MethodResult({"power": pd.DataFrame([row for _, row in sorted(rows, key=lambda row: row[0])])})


def _power_row(
    result: StudyResult, answer: Answer, w: int, placebos: MeanPlacebos, power: float, level: float
) -> dict[str, Any]:
    contrast = answer.stance == result.design.contrast
    labels = (result.contrast or ()) if contrast else (answer.stance,)
    names = result.pool if answer.series == ALL else [answer.series]
    members = [(of, k) for of in map(result.samples.__getitem__, names) for label in labels for k in of.rows(label, w)]
    by = []  # σ √n, by which the CAR of a market event is divided
    for of, k in members:
        at, n = int(of.position[k]) + min(of.design.windows[w].first, 0), of.design.windows[w].n_sessions
        of_residuals = of.from_residuals[k, w] and of.z[k, w]
        by.append(of.car[k, w] / of.z[k, w] if of_residuals else of.every("scale")[at] * np.sqrt(n))
    one = 1.0 / float(np.mean(1.0 / np.array(by)))
    together = list(dict.fromkeys(of.name for of, _ in members))
    note, smallest, closed = "", np.nan, np.nan
    if contrast:
        note = "its p permutes labels: no smallest effect"
    elif not drawn_p(0, answer.days) <= level:
        note = f"with {np.nan_to_num(answer.days):.0f} days without news no p can be {level:g} or less"
    else:  # the placebo figures that the p of the answer was held against
        of, k = members[0]
        if answer.n > 1:
            drawn = placebos[together[0] if len(together) == 1 else ALL, answer.stance].get("drawn", np.empty(0))
        else:
            drawn = result.placebo_z(str(of.ids[k]), of.name, answer.window)
        smallest = placebo_smallest(drawn, power, level) * one
    if len(together) > 1:
        note = note or "no closed form: the series move together"
    elif not contrast:
        closed = smallest_effect(one, answer.n, power, level)
    figures = {"one_event": one, "smallest_placebo": smallest, "smallest_closed": closed}
    head = {name: getattr(answer, name) for name in ("series", "stance", "window", "unit", "n")}
    return head | figures | {"caar": answer.caar, "days": answer.days, "note": note}
