import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from eventstudy.errors import DesignError, UnknownNameError
from eventstudy.inference import NO_VARIANCE, cross_section, formula_columns, within_correlation

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
    frame = sample()
    found = cross_section("car ~ C(stance) + intensity", frame, frame["date"].to_numpy())
    kwds = {"groups": frame["date"], "use_correction": False}
    theirs = smf.ols("car ~ C(stance) + intensity", frame).fit(cov_type="cluster", cov_kwds=kwds)
    for name, one in found.coefficients.items():
        assert one.value == pytest.approx(theirs.params[name], rel=1e-10)
        assert one.se == pytest.approx(math.sqrt(one.correction) * theirs.bse[name], rel=1e-8)
        assert one.df <= found.n_clusters - 1
    assert list(found.terms) == ["C(stance)", "intensity"]
    assert found.terms["intensity"].p_value == pytest.approx(found.coefficients["intensity"].p_value)


def test_a_stance_on_balanced_dates_is_a_t_of_date_means():
    """Raises against folds, the same series on every date: the t and df of the two-sample t of the date means."""
    frame = sample(n_dates=10)
    found = cross_section("car ~ C(stance)", frame, frame["date"].to_numpy()).coefficients["C(stance)[T.raise]"]
    means = frame.groupby("date")["car"].mean().to_numpy()
    pooled = math.sqrt((means[:5].var(ddof=1) + means[5:].var(ddof=1)) / 5)
    assert found.value == pytest.approx(means[:5].mean() - means[5:].mean())
    assert found.se == pytest.approx(pooled)
    assert found.df == pytest.approx(8, rel=1e-6)


def test_hc3_without_clusters():
    """Without clusters the standard errors are statsmodels' HC3."""
    frame = sample(n_series=1, n_dates=30)
    found = cross_section("car ~ intensity", frame, None)
    assert found.coefficients["intensity"].se == pytest.approx(
        smf.ols("car ~ intensity", frame).fit(cov_type="HC3").bse["intensity"]
    )


def test_what_rests_on_one_date_has_no_p():
    """A stance that only one date has: an estimate, but no standard error and no p, and the reason."""
    frame = sample()
    frame["stance"] = np.where(frame["date"] == 3, "raise", "fold")
    one = cross_section("car ~ C(stance)", frame, frame["date"].to_numpy()).coefficients["C(stance)[T.raise]"]
    assert math.isfinite(one.value)
    assert math.isnan(one.se)
    assert math.isnan(one.p_value)
    assert one.note == NO_VARIANCE


@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("car ~ C(stance) + intensity", ["car", "stance", "intensity"]),
        ("np.abs(car) ~ C(phase, Treatment(reference='war'))*intensity - 1", ["car", "phase", "intensity"]),
        ("car ~ Q('my column') + I(intensity**2)", ["car", "my column", "intensity"]),
        ("car ~ 1", ["car"]),
    ],
)
def test_columns_of_a_formula(formula, columns):
    """The columns a formula uses are found, its functions and levels are not taken for columns."""
    assert formula_columns(formula, COLUMNS) == columns


@pytest.mark.parametrize(
    ("formula", "error", "words"),
    [
        ("car ~ stanse", UnknownNameError, "no column 'stanse'; did you mean 'stance'?"),
        ("car ~ Q('my colum')", UnknownNameError, "did you mean 'my column'?"),
        ("car ~ np.logg(car)", UnknownNameError, "no function 'np.logg'; did you mean 'log'?"),
        ("car ~ open('secret')", UnknownNameError, "no function 'open'"),
        ("car ~ car.__class__", UnknownNameError, "no function 'np.__class__'"),
        ("car ~ [x for x in (1, 2)]", UnknownNameError, "no column"),
        ("car", DesignError, "is no formula"),
        ("car ~", DesignError, "is no formula"),
        ("car ~ C(stance", DesignError, "is no formula"),
    ],
)
def test_wrong_formulas(formula, error, words):
    """A wrong formula is one line that says what would be right; a formula runs nothing but the known functions."""
    with pytest.raises(error) as found:
        formula_columns(formula, COLUMNS)
    assert words in str(found.value)
    assert "\n" not in str(found.value)


def test_formulas_that_only_the_engine_refuses():
    """What the formula engine refuses is a design error too: a text on the left, more coefficients than rows."""
    frame = sample()
    for formula in ("stance ~ car", "car ~ 1 + +"):
        with pytest.raises(DesignError, match="cannot be read"):
            cross_section(formula, frame, None)
    with pytest.raises(DesignError, match="coefficients for 4 rows"):
        cross_section("car ~ C(stance) + intensity + I(intensity**2)", frame[frame["date"] == 3], None)


def test_correlation_within_clusters():
    """Residuals that are equal within clusters have the highest correlation, lonely ones none."""
    assert within_correlation(np.array([1.0, 1.0, -1.0, -1.0]), np.array([0, 0, 1, 1])) == 0.95
    assert within_correlation(np.array([1.0, -1.0, 2.0]), np.array([0, 1, 2])) == 0.0


@pytest.mark.slow
@pytest.mark.parametrize(("n_dates", "few"), [(8, False), (15, False), (15, True)])
def test_size_by_clusters(n_dates, few):
    """With eight dates or more the clustered p of the stance rejects at most 5 % within the Monte-Carlo band; the usual
    clustered t rejects far more where one stance has few dates.
    """
    rejected, usual = [], []
    for seed in range(200):
        frame = sample(n_dates, seed=seed, few=few)
        found = cross_section("car ~ C(stance) + intensity", frame, frame["date"].to_numpy())
        p = found.coefficients["C(stance)[T.raise]"].p_value
        rejected.append(p <= 0.05)
        cr1 = found.fit.results.get_robustcov_results("cluster", groups=frame["date"], use_t=True)
        usual.append(cr1.pvalues[1] <= 0.05)
    assert np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    if few:
        assert np.mean(usual) > 0.12
