import ast
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import DesignError, EventStudyError, UnknownNameError, Window
from eventstudy.inference import least_squares, regressions

# -- dummies --------------------------------------------------------------------------------------------------------


T = 300
NONE = np.empty((T, 0))

#: Sessions, dates, span and event sessions of several series on common dates.
D, SPAN = 200, Window(0, 1)
DAYS = np.datetime64("2021-01-01") + np.arange(D)
POSITIONS = [20, 50, 51, 90, 130, 160, 185]


def pooled(y, positions, labels, span, covariance="HAC"):
    """Return dummies and regression of labelled events over all sessions."""
    made = regressions.event_dummies(T, positions, labels, span)
    return made, regressions.dummy_regression(y, NONE, made, np.arange(T), covariance)


def test_overlapping_events_are_told_apart():
    """Where raises and folds overlap, the regression finds both true paths; the plain mean of ARs mixes them."""
    span = Window(0, 2)
    raise_path, fold_path = np.array([-0.05, -0.03, -0.02]), np.array([0.04, 0.02, 0.01])
    positions = [40, 41, 90, 92, 140, 141, 200, 240, 260, 262]
    labels = ["raise", "fold"] * 5
    y = np.random.default_rng(2).normal(size=T) * 1e-4
    for position, label in zip(positions, labels, strict=True):
        y[position : position + 3] += raise_path if label == "raise" else fold_path
    made, fit = pooled(y, positions, labels, span)
    for label, path in (("raise", raise_path), ("fold", fold_path)):
        rows = regressions.restrictions(made, label, span, 1)
        assert rows @ fit.results.params == pytest.approx(path, abs=5e-4)
        assert least_squares.estimate(fit, rows.sum(axis=0)).value == pytest.approx(path.sum(), abs=5e-4)
    plain = np.mean([y[p : p + 3].sum() for p, label in zip(positions, labels, strict=True) if label == "raise"])
    assert abs(plain - raise_path.sum()) > 0.03


def test_pooled_dummies_of_separate_events_are_means():
    """Without overlap the pooled coefficient is the mean AR, and its t close to the t of the ARs with m - 1."""
    positions, y = [30, 80, 130, 180, 230, 280], np.random.default_rng(4).normal(size=T)
    made, fit = pooled(y, positions, ["raise"] * 6, Window(0, 0), "HAC")
    found = least_squares.estimate(fit, regressions.restrictions(made, "raise", Window(0, 0), 1)[0])
    others = np.delete(y, positions).mean()
    ar = y[positions] - others
    t = scipy.stats.ttest_1samp(ar, 0.0)
    assert found.value == pytest.approx(ar.mean())
    assert found.statistic == pytest.approx(t.statistic, rel=0.05)
    assert found.df == pytest.approx(5, rel=0.05)


def test_all_sessions_outside_the_sample_are_left_out():
    """An event whose window leaves the sample keeps the sessions that it has."""
    made = regressions.event_dummies(5, [0, 4], ["raise", "raise"], Window(-1, 1))
    assert made.to_numpy().tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0], [1, 0, 0], [0, 1, 0]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("m", "n", "volatility"), [(2, 1, 3), (3, 1, 1), (3, 3, 3), (5, 3, 3), (8, 1, 3), (8, 3, 1), (20, 3, 3)]
)
def test_size_of_the_pooled_test(m, n, volatility):
    """On m dates without an effect, however volatile, at most 5 % are rejected within the Monte-Carlo band; the plain
    robust t against 1.96 rejects far more while the dates are few.
    """
    rng, span, rejected, plain = np.random.default_rng(11), Window(0, n - 1), [], []
    for _ in range(600):
        y = rng.normal(size=T)
        positions = np.sort(rng.choice(np.arange(10, T - 10), m, replace=False))
        touched = np.unique(positions[:, None] + np.arange(n))
        y[touched] *= volatility
        made, fit = pooled(y, positions, ["raise"] * m, span)
        weights = regressions.restrictions(made, "raise", span, 1).sum(axis=0)
        found = least_squares.estimate(fit, weights)
        rejected.append(found.p_value <= 0.05)
        plain.append(abs(found.value) > 1.96 * np.sqrt(weights @ fit.robust @ weights))
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
    if m <= 5:
        assert np.mean(plain) > 0.10


@pytest.mark.slow
def test_size_of_one_date():
    """One date has the ordinary variance: right where the date is as volatile as others, and then only. The robust
    t that it replaces rejects nearly always.
    """
    rng, rates = np.random.default_rng(12), {}
    for volatility in (1, 3):
        rejected, robust = [], []
        for _ in range(500):
            y = rng.normal(size=T)
            y[150] *= volatility
            made, fit = pooled(y, [150], ["raise"], Window(0, 0))
            found = least_squares.estimate(fit, regressions.restrictions(made, "raise", Window(0, 0), 1)[0])
            rejected.append(found.p_value <= 0.05)
            robust.append(abs(found.value) > 1.96 * np.sqrt(fit.robust[1, 1]))
        rates[volatility] = (np.mean(rejected), np.mean(robust))
    assert abs(rates[1][0] - 0.05) <= 0.03
    assert rates[1][1] > 0.8
    assert rates[3][0] > 0.4


@pytest.mark.slow
def test_size_of_the_joint_test():
    """The test that a whole path is zero rejects at most its level on few dates, where Wald's chi-squared does not."""
    rng, span, rejected, chi = np.random.default_rng(13), Window(0, 2), [], []
    for _ in range(400):
        y = rng.normal(size=T)
        positions = np.sort(rng.choice(np.arange(10, T - 10, 4), 8, replace=False))
        made, fit = pooled(y, positions, ["raise"] * 8, span)
        rows = regressions.restrictions(made, "raise", span, 1)
        rejected.append(least_squares.joint_test(fit, rows).p_value <= 0.05)
        values, covariance = rows @ fit.results.params, rows @ fit.robust @ rows.T
        chi.append(scipy.stats.chi2.sf(values @ np.linalg.solve(covariance, values), 3) <= 0.05)
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert np.mean(chi) > 0.15


# -- several series on common dates ------------------------------------------------------------------------------------


@pytest.fixture
def fits():
    """Three series that move together on common dates, under the same events."""
    rng = np.random.default_rng(21)
    common = rng.normal(size=D)
    made = regressions.event_dummies(D, POSITIONS, ["raise"] * len(POSITIONS), SPAN)
    returns = [common + 0.5 * rng.normal(size=D) for _ in range(3)]
    none = np.empty((D, 0))
    return returns, made, [regressions.dummy_regression(y, none, made, np.arange(D), "HAC") for y in returns]


def test_equals_the_stacked_regression_clustered_by_date(fits):
    """Before the correction the covariance across series is statsmodels' Driscoll-Kraay of the stacked regression."""
    import statsmodels.api as sm

    returns, made, each = fits
    weights = regressions.restrictions(made, "raise", SPAN, 1).sum(axis=0)
    mean, joint = regressions.common_dates(each, [weights] * 3, [DAYS] * 3, 1)
    maxlags = int(mean.covariance.split("(")[1].split(")")[0])
    design = np.column_stack([np.ones(D), made.to_numpy()])
    stacked = np.kron(np.eye(3), design)
    # statsmodels sums the scores of rows with one time; rows are ordered by time within series.
    kwds = {"time": np.tile(np.arange(D), 3), "maxlags": maxlags, "use_correction": False}
    theirs = sm.OLS(np.concatenate(returns), stacked).fit(cov_type="hac-groupsum", cov_kwds=kwds).cov_params()
    pick = np.kron(np.eye(3), weights)
    scale = np.sqrt([least_squares.estimate(fit, weights).correction for fit in each])
    value, covariance = (
        [least_squares.estimate(fit, weights).value for fit in each],
        pick @ theirs @ pick.T * np.outer(scale, scale),
    )
    assert (mean.value, mean.se) == pytest.approx((np.mean(value), np.sqrt(covariance.mean())), rel=1e-9)
    expected = least_squares.hotelling(np.array(value), covariance, mean.df, mean.covariance)
    assert (joint.statistic, joint.df, joint.p_value) == pytest.approx(
        (expected.statistic, expected.df, expected.p_value), rel=1e-9
    )


def test_correlated_series_are_hardly_more_than_one(fits):
    """The mean over three series that move together is hardly better known than one of them."""
    _, made, each = fits
    weights = regressions.restrictions(made, "raise", SPAN, 1).sum(axis=0)
    mean, _ = regressions.common_dates(each, [weights] * 3, [DAYS] * 3, 1)
    single = np.mean([least_squares.estimate(fit, weights).se for fit in each])
    assert mean.se > 0.8 * single


def test_a_series_with_one_date_has_no_joint_test(fits):
    """Where a series has one date, there is no covariance across series, and the reason is given."""
    returns, _, each = fits
    one = regressions.event_dummies(D, [20], ["raise"], SPAN)
    lonely = regressions.dummy_regression(returns[0], np.empty((D, 0)), one, np.arange(D), "HAC")
    weights = regressions.restrictions(one, "raise", SPAN, 1).sum(axis=0)
    mean, joint = regressions.common_dates([each[0], lonely], [weights] * 2, [DAYS] * 2, 1)
    assert mean is None
    assert math.isnan(joint.p_value)
    assert "too few dates" in joint.note


# -- projections ----------------------------------------------------------------------------------------------------


NO_CONTROLS = np.empty((400, 0))


@pytest.mark.parametrize(("horizon", "lags"), [(0, 0), (2, 0), (0, 2), (3, 1)])
def test_no_hole_is_spanned(horizon, lags):
    """A change over a missing return is missing, at every horizon that reaches it, and so is every lag that it is."""
    returns, shock = np.random.default_rng(30).normal(size=400), (np.arange(400) % 20 == 5).astype(float)
    returns[100] = np.nan
    _, fit, counts = regressions.project(returns, shock, NO_CONTROLS, horizon, lags)
    # The hole, the sessions whose horizon or lags reach it, and those without a whole horizon or all lags at the ends.
    assert counts["n_missing"] == (1 + horizon + lags) + horizon + lags
    by_hand = [returns[t : t + horizon + 1].sum() for t in range(lags, 400 - horizon)
               if not np.isnan(returns[t - lags : t + horizon + 1]).any()]  # fmt: skip
    assert np.asarray(fit.results.model.endog) == pytest.approx(by_hand)


def test_recovers_a_known_response():
    """A shock that moves the price by 2, then 3, then 1.5 in all is found at its horizons, from raises and folds."""
    rng = np.random.default_rng(31)
    returns, shock = rng.normal(size=400) * 0.01, np.zeros(400)
    at = np.arange(20, 380, 15)
    shock[at] = rng.choice([-1.0, 1.0], len(at))
    for lag, step in enumerate((2.0, 1.0, -1.5)):
        returns[at + lag] += step * shock[at]
    for horizon, truth in ((0, 2.0), (1, 3.0), (2, 1.5), (5, 1.5)):
        found, _, counts = regressions.project(returns, shock, NO_CONTROLS, horizon, 2)
        assert found.value == pytest.approx(truth, abs=0.03)
        assert found.p_value < 1e-4
        assert counts["n_dates"] == len(at)


def test_equals_statsmodels():
    """Coefficient and variance are those of statsmodels' OLS with HAC on the same rows, times the correction."""
    import statsmodels.api as sm

    rng = np.random.default_rng(32)
    returns, shock, control = rng.normal(size=400), np.zeros(400), rng.normal(size=(400, 1))
    shock[rng.choice(400, 20, replace=False)] = 1.0
    returns[100] = np.nan
    found, fit, counts = regressions.project(returns, shock, control, 3, 1)
    rows = [t for t in range(1, 397) if not any(np.isnan(returns[t - 1 : t + 4]))]
    y = [returns[t : t + 4].sum() for t in rows]
    x = [[1, shock[t], control[t, 0], returns[t - 1], shock[t - 1], control[t - 1, 0]] for t in rows]
    theirs = sm.OLS(y, np.array(x)).fit(cov_type="HAC", cov_kwds={"maxlags": fit.maxlags})
    assert found.value == pytest.approx(theirs.params[1], rel=1e-9)
    assert found.se == pytest.approx(np.sqrt(found.correction) * theirs.bse[1], rel=1e-8)
    assert (counts["n_obs"], counts["n_missing"]) == (len(rows), 400 - len(rows))
    assert fit.maxlags >= 3


def test_lags_of_hac_reach_the_horizon():
    """HAC has at least as many lags as the horizon has sessions."""
    shock = (np.arange(400) % 20 == 5).astype(float)
    returns = np.random.default_rng(33).normal(size=400)
    assert regressions.project(returns, shock, NO_CONTROLS, 12, 1)[1].maxlags == 12


def test_without_events_there_is_no_response():
    """A series without a shock, or hardly longer than its coefficients, has no number but a reason."""
    returns = np.random.default_rng(34).normal(size=400)
    found, fit, _ = regressions.project(returns, np.zeros(400), NO_CONTROLS, 0, 1)
    assert fit is None
    assert found.note == "no event in the sample"
    shock = np.arange(12) == 6
    short, *_ = regressions.project(returns[:12], shock.astype(float), NO_CONTROLS[:12], 0, 2)
    assert "coefficients" in short.note


@pytest.mark.slow
@pytest.mark.parametrize(("m", "horizon"), [(5, 5), (10, 0), (10, 10), (25, 10)])
def test_size(m, horizon):
    """Without an effect at most 5 % are rejected within the Monte-Carlo band, overlapping horizons notwithstanding; the
    plain HAC t rejects more.
    """
    rng, rejected, plain = np.random.default_rng(35), [], []
    for _ in range(500):
        shock = np.zeros(400)
        at = rng.choice(np.arange(10, 385), m, replace=False)
        shock[at] = rng.choice([-1.0, 1.0], m)
        found, fit, _ = regressions.project(rng.normal(size=400), shock, NO_CONTROLS, horizon, 1)
        rejected.append(found.p_value <= 0.05)
        plain.append(abs(found.value) > 1.96 * np.sqrt(fit.robust[1, 1]))
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)
    assert np.mean(plain) > np.mean(rejected)


# -- cross section --------------------------------------------------------------------------------------------------


COLUMNS = ("car", "stance", "intensity", "phase", "my column")


def sample(n_dates=12, n_series=4, seed=41, few=False):
    """CARs of several series on common dates; the stance belongs to the date and has no effect."""
    rng = np.random.default_rng(seed)
    is_raise = np.arange(n_dates) < (2 if few else n_dates // 2)
    return pd.DataFrame(
        {
            "car": np.repeat(rng.normal(size=n_dates), n_series) + 0.5 * rng.normal(size=n_dates * n_series),
            "stance": np.repeat(np.where(is_raise, "raise", "fold"), n_series),
            "intensity": np.repeat(rng.normal(size=n_dates), n_series),
            "date": np.repeat(np.arange(n_dates), n_series),
        }
    )


def test_coefficients_and_clusters_are_statsmodels():
    """Coefficients are statsmodels'; standard errors its clustered ones without a factor, times ours."""
    import statsmodels.formula.api as smf

    frame = sample()
    _, coefficients, terms = regressions.cross_section("car ~ C(stance) + intensity", frame, frame["date"].to_numpy())
    kwds = {"groups": frame["date"], "use_correction": False}
    theirs = smf.ols("car ~ C(stance) + intensity", frame).fit(cov_type="cluster", cov_kwds=kwds)
    for name, one in coefficients.items():
        assert one.value == pytest.approx(theirs.params[name], rel=1e-10)
        assert one.se == pytest.approx(math.sqrt(one.correction) * theirs.bse[name], rel=1e-8)
        assert one.df <= frame["date"].nunique() - 1
    assert list(terms) == ["C(stance)", "intensity"]
    assert terms["intensity"].p_value == pytest.approx(coefficients["intensity"].p_value)


def test_other_columns_do_not_matter():
    """A column that the formula does not use may hold anything, lists too."""
    frame = sample()
    fit = regressions.cross_section("car ~ C(stance)", frame.assign(members=[["a"]] * len(frame)), None)[0]
    plain = regressions.cross_section("car ~ C(stance)", frame, None)[0]
    np.testing.assert_array_equal(fit.results.params, plain.results.params)


def test_a_stance_on_balanced_dates_is_a_t_of_date_means():
    """Raises against folds, the same series on every date: the t and df of the two-sample t of the date means."""
    frame = sample(n_dates=10)
    found = regressions.cross_section("car ~ C(stance)", frame, frame["date"].to_numpy())[1]["C(stance)[T.raise]"]
    means = frame.groupby("date")["car"].mean().to_numpy()
    pooled = math.sqrt((means[:5].var(ddof=1) + means[5:].var(ddof=1)) / 5)
    assert found.value == pytest.approx(means[:5].mean() - means[5:].mean())
    assert found.se == pytest.approx(pooled)
    assert found.df == pytest.approx(8, rel=1e-6)


def test_hc3_without_clusters():
    """Without clusters the standard errors are statsmodels' HC3."""
    import statsmodels.formula.api as smf

    frame = sample(n_series=1, n_dates=30)
    found = regressions.cross_section("car ~ intensity", frame, None)
    assert found[1]["intensity"].se == pytest.approx(
        smf.ols("car ~ intensity", frame).fit(cov_type="HC3").bse["intensity"]
    )


def test_what_rests_on_one_date_has_no_p():
    """A stance that only one date has: an estimate, but no standard error and no p, and the reason."""
    frame = sample()
    frame["stance"] = np.where(frame["date"] == 3, "raise", "fold")
    one = regressions.cross_section("car ~ C(stance)", frame, frame["date"].to_numpy())[1]["C(stance)[T.raise]"]
    assert math.isfinite(one.value)
    assert math.isnan(one.se)
    assert math.isnan(one.p_value)
    assert one.note == least_squares.NO_VARIANCE


@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("car ~ C(stance) + intensity", ["car", "stance", "intensity"]),
        ("np.abs(car) ~ C(phase, Treatment(reference='war'))*intensity - 1", ["car", "phase", "intensity"]),
        ("car ~ Q('my column') + I(intensity**2)", ["car", "my column", "intensity"]),
        ("car ~ C(stance, Treatment) + C(Q('my column'), Sum)", ["car", "stance", "my column"]),
        ("car ~ 1", ["car"]),
        (
            f"car ~ {' + '.join(['intensity'] * 9)} + stance:phase + stance:intensity + phase:intensity + stance*phase",
            ["car", "intensity", "stance", "phase"],
        ),
    ],
)
def test_columns_of_a_formula(formula, columns):
    """The columns a formula uses are found, its functions and levels are not taken for columns."""
    assert regressions.formula_columns(formula, COLUMNS) == columns


@pytest.mark.parametrize(
    ("formula", "error", "words"),
    [
        ("car ~ stanse", UnknownNameError, "no column 'stanse'; did you mean 'stance'?"),
        ("car ~ Q('my colum')", UnknownNameError, "did you mean 'my column'?"),
        ("car ~ np.logg(car)", UnknownNameError, "no function 'np.logg'; did you mean 'log'?"),
        ("car ~ open('secret')", UnknownNameError, "no function 'open'"),
        ("car ~ C(stance)(open)", UnknownNameError, "no column 'open'"),
        ("car ~ (lambda: car)()", UnknownNameError, "no column 'lambda'"),
        ("car ~ stance.upper()", DesignError, "'.upper()' cannot stand there"),
        ("car ~ I((stance, Sum)*9)", DesignError, "cannot stand there"),
        ("car ~ I('war'*9)", DesignError, "cannot stand there"),
        ("car ~ Q(f'{stance}')", UnknownNameError, "no function 'Q'"),
        ("car ~ C(phase, levels=['war'])", DesignError, "cannot stand there"),
        ("car ~ (phase := 1)", DesignError, "cannot stand there"),
        ("car ~ I(9**9)", DesignError, "cannot stand there"),
        ("car ~ I((9)**3**3)", DesignError, "cannot stand there"),
        ("car ~ I(intensity**intensity)", DesignError, "cannot stand there"),
        ("car ~ I(1 << 9)", DesignError, "cannot stand there"),
        ("car ~ I(1e999)", DesignError, "cannot stand there"),
        ("car ~ `stance`", DesignError, "cannot stand there"),
        ("car ~ stance # phase", DesignError, "cannot stand there"),
        ("car ~ " + "*".join(["(stance + phase + intensity)"] * 8), DesignError, "100,000 terms"),
        ("car ~ Q('))') + " + "*".join(["(stance + phase + intensity)"] * 8), DesignError, "100,000 terms"),
        ("car ~ car.__class__", DesignError, "cannot stand there; write columns"),
        ("car ~ [x for x in (1, 2)]", DesignError, "cannot stand there; write columns"),
        ("car ~ intensity" + " + intensity" * 1_000, DesignError, "is too long: at most"),
        ("car ~ intensity" + "**1" * 20, DesignError, "is too long: at most"),
        ("car ~ (stance + phase)**12", DesignError, "'**12' cannot stand there; write columns"),
        ("car", DesignError, "is no formula"),
        ("car ~", DesignError, "is no formula"),
    ],
)
def test_wrong_formulas(formula, error, words):
    """A wrong formula is one line that says what would be right; a formula runs nothing but the known functions."""
    with pytest.raises(error) as found:
        regressions.formula_columns(formula, COLUMNS)
    assert words in str(found.value)
    assert "\n" not in str(found.value)


#: Pieces of formulas, and of Python that no formula may have.
PIECES = [
    *("car", "stance", "phase", "np", "np.log", "open", "C", "I", "Q", "Sum", "Treatment", "lambda", "for", "in", "f"),
    *("Q('my column')", "C(stance, Sum)", "'war'", "f'{car}'", "'", '"', "(", "(", ")", ")", "[", "]", "{", "}", "~"),
    *("+", "-", "*", "**", "**2", "/", ":", ":=", "=", "==", "<", "<<", ",", ".", "%", "@", "`", "#", "1", "9", "0x1"),
    *("1e9", " ", "\n", "\\", ";"),
]
CALLED = {"C", "I", "Q", "Treatment", "Sum", "center", "standardize", *map("np.{}".format, regressions.NUMPY_FUNCTIONS)}
HARMLESS = (
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.keyword, ast.Name, ast.Attribute),
    *(ast.Constant, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context, ast.Starred),
)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12))
def test_no_formula_that_is_taken_runs_anything(pieces):
    """Of what is taken Python reads columns, numbers, arithmetic and calls of the known functions, nothing else."""
    formula = "car ~ " + "".join(pieces)
    try:
        regressions.formula_columns(formula, [*COLUMNS, "lambda", "for", "in", "np", "f"])
        read = ast.parse(formula.partition("~")[2].replace(":", "+").strip(), mode="eval")
    except (EventStudyError, SyntaxError):
        return
    for node in ast.walk(read):
        assert isinstance(node, HARMLESS) or (isinstance(node, ast.Tuple) and not node.elts), formula
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            assert ast.unparse(node.func) in CALLED, formula
        if isinstance(node, ast.Attribute):
            assert ast.unparse(node) in CALLED, formula


def test_formulas_that_only_the_engine_refuses():
    """What the engine refuses is a design error too: a text or two columns left, a text times a number, more terms
    than rows.
    """
    frame = sample()
    for formula in ("stance ~ car", "car + intensity ~ stance", "car ~ 1 + +", "car ~ C(stance", "car ~ I(stance*9)"):
        with pytest.raises(DesignError, match="cannot be read"):
            regressions.cross_section(formula, frame, None)
    with pytest.raises(DesignError, match="coefficients for 4 rows"):
        regressions.cross_section("car ~ C(stance) + intensity + I(intensity**2)", frame[frame["date"] == 3], None)
    fit, *_ = regressions.cross_section("car ~ z", frame[frame["date"] == 3].assign(z=range(4)), None)  # two to spare
    assert len(fit.results.params) == 2


def test_correlation_within_clusters_by_plain_loops():
    """It is the mean product of two residuals of one cluster over the mean square, and never below zero."""
    rng = np.random.default_rng(42)
    clusters = np.repeat(np.arange(12), [1, 2, 3, 4] * 3)
    e = rng.normal(size=12)[clusters] + 1.5 * rng.normal(size=len(clusters))
    pairs = [e[i] * e[j] for i in range(len(e)) for j in range(len(e)) if i != j and clusters[i] == clusters[j]]
    expected = np.mean(pairs) / np.mean(e**2)
    assert 0.1 < expected < 0.9
    assert regressions.within_correlation(e, clusters) == pytest.approx(expected)
    assert regressions.within_correlation(np.array([1.0, -1.0, 2.0, -2.0]), np.array([0, 0, 1, 1])) == 0.0


def test_correlation_within_clusters():
    """Residuals that are equal within clusters have the highest correlation, lonely ones none."""
    assert regressions.within_correlation(np.array([1.0, 1.0, -1.0, -1.0]), np.array([0, 0, 1, 1])) == 0.95
    assert regressions.within_correlation(np.array([1.0, -1.0, 2.0]), np.array([0, 1, 2])) == 0.0


@pytest.mark.slow
@pytest.mark.parametrize(("n_dates", "few"), [(8, False), (15, False), (15, True)])
def test_size_by_clusters(n_dates, few):
    """With eight dates or more the clustered p of the stance rejects at most 5 % within the Monte-Carlo band; the usual
    clustered t rejects far more where one stance has few dates.
    """
    rejected, usual = [], []
    for seed in range(200):
        frame = sample(n_dates, seed=seed, few=few)
        found = regressions.cross_section("car ~ C(stance) + intensity", frame, frame["date"].to_numpy())
        p = found[1]["C(stance)[T.raise]"].p_value
        rejected.append(p <= 0.05)
        cr1 = found[0].results.get_robustcov_results("cluster", groups=frame["date"], use_t=True)
        usual.append(cr1.pvalues[1] <= 0.05)
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    if few:
        assert np.mean(usual) > 0.12


# -- diagnostics ----------------------------------------------------------------------------------------------------


NOISE = np.random.default_rng(4).standard_t(6, size=120)
WALK = np.cumsum(NOISE)


def diagnosed(residual, test, n_parameters=1):
    """One diagnostic by its name."""
    value, _, _, p_value, _ = regressions.diagnose(residual, n_parameters)[test]
    return SimpleNamespace(value=value, p_value=p_value)


@pytest.mark.parametrize("residual", [NOISE, WALK - WALK.mean()])
def test_ljung_box_by_plain_loops(residual):
    """M (M+2) times the sum of squared autocorrelations over M - k, at lags 1 to 10; its p from the chi-square law."""
    e, m = [x - residual.mean() for x in residual], len(residual)
    total = sum(x * x for x in e)
    rho = [sum(e[t] * e[t - k] for t in range(k, m)) / total for k in range(1, 11)]
    q = m * (m + 2) * sum(r * r / (m - k) for k, r in enumerate(rho, 1))
    assert diagnosed(residual, "ljung_box").value == pytest.approx(q)
    assert diagnosed(residual, "ljung_box").p_value == pytest.approx(scipy.special.chdtrc(10, q))


def test_arch_lm_by_least_squares():
    """The number of squares explained times the R² of their regression on the five before."""
    square = NOISE**2
    y = square[5:]
    x = np.column_stack([np.ones(len(y)), *(square[5 - k : -k] for k in range(1, 6))])
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    r2 = 1 - (left @ left) / ((y - y.mean()) @ (y - y.mean()))
    assert diagnosed(NOISE, "arch_lm").value == pytest.approx(len(y) * r2)
    assert diagnosed(NOISE, "arch_lm").p_value == pytest.approx(scipy.special.chdtrc(5, len(y) * r2))


def test_jarque_bera_by_plain_loops():
    """M/6 (S² + (K-3)²/4) from the third and fourth moments; the chi-squared p with two degrees is exp(-JB/2)."""
    m, e = len(NOISE), [x - NOISE.mean() for x in NOISE]
    second, third, fourth = (sum(x**k for x in e) / m for k in (2, 3, 4))
    expected = m / 6 * (third**2 / second**3 + (fourth / second**2 - 3) ** 2 / 4)
    found = diagnosed(NOISE, "jarque_bera")
    assert found.value == pytest.approx(expected)
    assert found.p_value == pytest.approx(math.exp(-expected / 2))


def test_durbin_watson_by_plain_loops():
    """The squared steps over the squares, and no p-value."""
    found = diagnosed(NOISE, "durbin_watson")
    steps = sum((NOISE[t] - NOISE[t - 1]) ** 2 for t in range(1, len(NOISE)))
    assert found.value == pytest.approx(steps / sum(NOISE**2))
    assert math.isnan(found.p_value)


def test_cusum_by_plain_loops():
    """The largest partial sum over s √M, s with the parameters in the denominator."""
    e, m = NOISE - NOISE.mean(), len(NOISE)
    s = math.sqrt(sum(x * x for x in e) / (m - 1))
    assert diagnosed(e, "cusum").value == pytest.approx(
        max(abs(sum(e[: t + 1])) for t in range(m)) / (s * math.sqrt(m))
    )


@pytest.mark.parametrize(
    ("residual", "test"),
    [
        (WALK - WALK.mean(), "ljung_box"),
        (np.sign(NOISE) * np.repeat([0.2, 3.0, 0.2, 3.0], 30), "arch_lm"),
        (np.where(np.arange(120) == 60, 30.0, NOISE), "jarque_bera"),
        (NOISE + np.repeat([-2.0, 2.0], 60), "cusum"),
    ],
)
def test_each_finds_its_own_fault(residual, test):
    """A random walk, changing variance, one wild day and a shift of the mean are each found by the test made for it."""
    assert diagnosed(residual, test).p_value < 0.001


def test_missing_residuals_are_left_out():
    """NaN among the residuals changes nothing; fewer than thirty are not diagnosed."""
    holes = np.insert(NOISE, [3, 50, 119], np.nan)
    assert repr(regressions.diagnose(holes, 1)) == repr(regressions.diagnose(NOISE, 1))
    assert regressions.diagnose(np.append(NOISE[:29], np.nan), 1) == {}
