"""Raises against folds, read off the artists and recomputed in plain loops."""

from itertools import combinations, product

import numpy as np
import pytest

import eventstudy as es
from eventstudy.charts import raise_fold
from eventstudy.news.stance import net_stance

SERIES = "imoex"


def plain_market_paths(result, series):
    """Return one path a session with its net stance and phase: loops over the tables."""
    rows = result.matches[(result.matches["series"] == series) & (result.matches["status"] == "used")]
    phases = dict(zip(result.events["id"], result.events["phase"], strict=True))
    by_session = {}
    for row in rows.sort_values(["event_time", "event_id"]).to_dict("records"):
        by_session.setdefault(row["session"], []).append(row)
    found = []
    for session in sorted(by_session):
        members = by_session[session]
        one = result.abnormal[
            (result.abnormal["series"] == series) & (result.abnormal["event_id"] == members[0]["event_id"])
        ]
        path = [0.0]
        for value in one.sort_values("tau")["ar"]:
            path.append(path[-1] + value)
        if not any(np.isnan(path)):
            found.append((net_stance(m["stance"] for m in members), phases[members[0]["event_id"]], path))
    return found


def within_phases(paths, raised):
    """Return the weighted difference of the means within phases, in loops; `raised` are the places of the raises."""
    total, weights = 0.0, 0.0
    for phase in sorted({phase for _, phase, _ in paths}):
        mine = [np.array(p) for k, (_, g, p) in enumerate(paths) if g == phase and k in raised]
        others = [np.array(p) for k, (_, g, p) in enumerate(paths) if g == phase and k not in raised]
        if mine and others:
            weight = len(mine) * len(others) / (len(mine) + len(others))
            total = total + weight * (np.mean(mine, axis=0) - np.mean(others, axis=0))
            weights += weight
    return total / weights


def test_lines_are_the_means_over_sessions_and_their_difference(result, drawn, look):
    """The bold lines are the means over sessions with raises and with folds; the last their difference in phases."""
    paths = plain_market_paths(result, SERIES)
    means = {s: 100 * np.mean([p for stance, _, p in paths if stance == s], axis=0) for s in ("raise", "fold")}
    lines = [look.named(ax, "mean")[""].get_ydata() for ax in drawn["raise-fold"]]
    assert lines[0] == pytest.approx(means["raise"], abs=1e-10)
    assert lines[1] == pytest.approx(means["fold"], abs=1e-10)
    both = [p for p in paths if p[0] in ("raise", "fold")]
    raised = [k for k, (stance, *_) in enumerate(both) if stance == "raise"]
    assert lines[2] == pytest.approx(100 * within_phases(both, raised), abs=1e-10)


def test_the_p_is_that_of_every_way_to_deal_the_labels(result, drawn, look):
    """The p of the difference over the span equals full enumeration of the labels within phases, in loops."""
    paths = [p for p in plain_market_paths(result, SERIES) if p[0] in ("raise", "fold")]
    strata = {}
    for k, (stance, phase, _) in enumerate(paths):
        strata.setdefault(phase, []).append((k, stance == "raise"))
    deals = [list(combinations([k for k, _ in rows], sum(r for _, r in rows))) for rows in strata.values()]
    ends = [(stance, phase, path[-1:]) for stance, phase, path in paths]
    differences = [abs(within_phases(ends, [k for group in deal for k in group])[0]) for deal in product(*deals)]
    observed = abs(within_phases(ends, [k for k, (stance, *_) in enumerate(paths) if stance == "raise"])[0])
    p = np.mean([d >= observed - 1e-12 for d in differences])
    assert look.words(drawn["raise-fold"][2], "count") == f"permutation p = {p:.2f} within phases, whole span"


def test_the_band_of_the_difference_holds_nine_of_ten_deals(result, drawn, look):
    """The grey band of the difference is where labels alone put it: nine of ten deals, by a simulation of another seed.

    Drawn here by shuffling labels within phases 2,000 times; the quantiles differ by Monte-Carlo error alone.
    """
    paths = [p for p in plain_market_paths(result, SERIES) if p[0] in ("raise", "fold")]
    labels, phases = np.array([s == "raise" for s, *_ in paths]), np.array([phase for _, phase, _ in paths])
    last = [(stance, phase, 100 * np.array(path[-1:])) for stance, phase, path in paths]
    rng = np.random.default_rng(11)
    ends = []
    for _ in range(2000):
        dealt = labels.copy()
        for phase in set(phases):
            dealt[phases == phase] = rng.permutation(dealt[phases == phase])
        ends.append(within_phases(last, np.flatnonzero(dealt))[0])
    vertices = look.named(drawn["raise-fold"][2], "band")[""].get_paths()[0].vertices
    edge = vertices[vertices[:, 0] == 5, 1]
    spread = np.std(ends)
    assert np.array([edge.min(), edge.max()]) == pytest.approx(np.quantile(ends, [0.05, 0.95]), abs=0.12 * spread)


def test_the_footnote_gives_the_p_of_every_window(result, drawn, look):
    """Under the panels stands the permutation p of each window, as in the table of tests."""
    tests = result.tests[(result.tests["series"] == SERIES) & (result.tests["test"] == "label_permutation")]
    footnote = look.words(drawn["raise-fold"][0], "footnote")
    for row in tests.to_dict("records"):
        assert f"{row['window']} p {row['p_value']:.2f}".replace("-", "−") in footnote


def test_one_sided_studies_are_refused(case):
    """Without a single fold there is nothing to compare, and the error says so."""
    events = case.events[case.events["stance"] != "fold"]
    study = es.EventStudy(events, case.prices[["brent"]], tests=[], windows=["0:0"]).fit()
    with pytest.raises(es.NothingUsableError, match="no raise or no fold"):
        raise_fold(study)
