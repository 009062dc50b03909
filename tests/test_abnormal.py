import math
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import ConstantMean, FactorModel, MarketAdjusted, MarketModel, Window, Zero
from eventstudy.models import abnormal_returns, buy_and_hold, cumulated

PLAIN = SimpleNamespace(**run_path(str(Path(__file__).parent / "reference" / "plain.py")))

ESTIMATION = Window(-130, -11)
SPAN = Window(-3, 6)
MODELS = [Zero(), ConstantMean(), MarketAdjusted("m"), MarketModel("m"), FactorModel("a", "b", "c")]
EVERY_MODEL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)

windows = st.builds(lambda first, n: Window(first, first + n), st.integers(-3, 3), st.integers(0, 3))


def sample(k, n=260, seed=3):
    """Returns that move with k regressors."""
    rng = np.random.default_rng(seed)
    x = rng.standard_t(5, size=(n, k)) * 0.01
    return 0.0005 + x @ np.linspace(1.1, -0.3, k) + rng.standard_t(5, size=n) * 0.012, x


def cumulate(y, x, fits, positions, window, kind, *, partial=False):
    """CAR, its standard error, SCAR and BHAR of one series."""
    every = fits.spread(positions, np.bincount(positions, fits.n_obs, len(y)).astype(int))
    car, se, n = (of[positions] for of in cumulated(y[:, None], x, every, window, partial=partial))
    bhar = buy_and_hold(abnormal_returns(y, x, fits, positions, window), kind, partial=partial)
    return SimpleNamespace(car=car[:, 0], se=se[:, 0], scar=car[:, 0] / se[:, 0], n=n, bhar=bhar)


def study(model, y, x, positions, window=None, kind="log", span=SPAN):
    """Fit a model, then abnormal returns over the span, then CARs over a window."""
    usable = np.isfinite(y) & np.isfinite(x).all(axis=1)
    positions = np.atleast_1d(positions)
    fits = model.fit(y, x, usable, positions, ESTIMATION)
    abnormal = abnormal_returns(y, x, fits, positions, span)
    return fits, abnormal, None if window is None else cumulate(y, x, fits, positions, window, kind)


def plain(model, y, x, position):
    """Normal return of every session, and the variance of a sum of abnormal returns, by the formulas alone."""
    rows = range(position + ESTIMATION.first, position + ESTIMATION.last + 1)
    if model.form == "fixed":
        differences = [y[row] - sum(x[row]) for row in rows]
        s = PLAIN.sd(differences)
        return [sum(row) for row in x], lambda n, _: s**2 * n
    beta, s, _, inverted = PLAIN.least_squares([y[row] for row in rows], [x[row] for row in rows])
    normal = [beta[0] + sum(b * v for b, v in zip(beta[1:], row, strict=True)) for row in x]
    return normal, lambda n, x_sum: PLAIN.forecast_variance(s, inverted, n, x_sum)


@EVERY_MODEL
def test_abnormal_returns_equal_plain_loops(model):
    """Actual, normal, abnormal, its standard error and the standardised one are those of the formulas, for each tau."""
    y, x = sample(len(model.regressors))
    _, abnormal, _ = study(model, y, x, [150, 200])
    for i, position in enumerate((150, 200)):
        normal, variance = plain(model, y, x, position)
        for j, tau in enumerate(SPAN.taus):
            row = position + tau
            ar, se = y[row] - normal[row], math.sqrt(variance(1, x[row]))
            assert abnormal.rows[i, j] == row
            assert abnormal.actual[i, j] == y[row]
            assert abnormal.normal[i, j] == pytest.approx(normal[row], rel=1e-10, abs=0)
            assert abnormal.ar[i, j] == pytest.approx(ar, rel=1e-10, abs=0)
            assert abnormal.se[i, j] == pytest.approx(se, rel=1e-10, abs=0)
            assert abnormal.sar[i, j] == pytest.approx(ar / se, rel=1e-10, abs=0)


@pytest.mark.one_in(3)
@EVERY_MODEL
@pytest.mark.parametrize("window", [Window(0, 0), Window(-1, 1), Window(0, 6), Window(2, 5), Window(-3, -2)], ids=str)
@pytest.mark.parametrize("kind", ["log", "simple"])
def test_cumulated_returns_equal_plain_loops(model, window, kind):
    """CAR, its standard error, SCAR and BHAR are those of the formulas, over windows before, at and after the event."""
    y, x = sample(len(model.regressors))
    _, _, cumulated = study(model, y, x, [200], window, kind)
    normal, variance = plain(model, y, x, 200)
    rows = [200 + tau for tau in window.taus]
    car = sum(y[row] - normal[row] for row in rows)
    se = math.sqrt(variance(len(rows), [sum(x[row][j] for row in rows) for j in range(x.shape[1])]))
    bhar = PLAIN.compound([y[row] for row in rows], kind) - PLAIN.compound([normal[row] for row in rows], kind)
    assert cumulated.car[0] == pytest.approx(car, rel=1e-10, abs=0)
    assert cumulated.se[0] == pytest.approx(se, rel=1e-10, abs=0)
    assert cumulated.scar[0] == pytest.approx(car / se, rel=1e-10, abs=0)
    assert cumulated.bhar[0] == pytest.approx(bhar, rel=1e-10, abs=0)


def test_closed_forms_of_the_market_model():
    """Var(AR) = s²(1 + 1/M + (x-x̄)²/Sxx) and Var(CAR) = s²(n + n²/M + (Σ(x-x̄))²/Sxx), MacKinlay's closed forms."""
    y, x = sample(1)
    fits, abnormal, cumulated = study(MarketModel("m"), y, x, [200], Window(-1, 4))
    market = [float(v) for v in x[70:190, 0]]
    middle = PLAIN.mean(market)
    sxx = math.fsum((v - middle) ** 2 for v in market)
    s = fits.sigma[0]
    for j, tau in enumerate(SPAN.taus):
        expected = s * math.sqrt(1 + 1 / 120 + (x[200 + tau, 0] - middle) ** 2 / sxx)
        assert abnormal.se[0, j] == pytest.approx(expected, rel=1e-10, abs=0)
    off = math.fsum(float(x[200 + tau, 0]) - middle for tau in range(-1, 5))
    assert cumulated.se[0] == pytest.approx(s * math.sqrt(6 + 36 / 120 + off**2 / sxx), rel=1e-10, abs=0)


def test_closed_form_of_the_constant_mean_model():
    """Var(CAR) = s²(n + n²/M): six sessions on 120 observations make 6.3 s²."""
    y, x = sample(0)
    fits, _, cumulated = study(ConstantMean(), y, x, [200], Window(0, 5))
    assert cumulated.se[0] ** 2 == pytest.approx(6.3 * fits.sigma[0] ** 2, rel=1e-12, abs=0)


@given(cut=st.integers(-3, 5), position=st.integers(135, 250))
def test_cars_of_adjacent_windows_add_up(cut, position):
    """The CAR up to a session and the CAR after it make the CAR over both, whatever the session."""
    y, x = sample(1)
    _, _, before = study(MarketModel("m"), y, x, position, Window(-3, cut))
    _, _, after = study(MarketModel("m"), y, x, position, Window(cut + 1, 6))
    _, _, both = study(MarketModel("m"), y, x, position, Window(-3, 6))
    assert before.car[0] + after.car[0] == pytest.approx(both.car[0], abs=1e-14)


@given(k=st.floats(-5.0, 5.0), level=st.floats(-0.1, 0.1), window=windows)
def test_adding_the_market_leaves_the_market_models_ars_unchanged(k, level, window):
    """A series plus k times its market plus a constant has the same abnormal returns, CAR and SCAR."""
    y, x = sample(1)
    _, abnormal, cumulated = study(MarketModel("m"), y, x, [140, 200], window)
    _, moved, moved_sum = study(MarketModel("m"), y + level + k * x[:, 0], x, [140, 200], window)
    np.testing.assert_allclose(moved.ar, abnormal.ar, rtol=0, atol=1e-14)
    np.testing.assert_allclose(moved_sum.car, cumulated.car, rtol=0, atol=1e-14)
    np.testing.assert_allclose(moved_sum.scar, cumulated.scar, rtol=0, atol=1e-11)


@EVERY_MODEL
@given(scale=st.floats(1e-6, 1e6), window=windows)
def test_scaling_all_returns_scales_the_car_and_leaves_the_scar(model, scale, window):
    """Returns in per cent instead of decimals give CARs a hundred times as large and the very same SCARs."""
    y, x = sample(len(model.regressors))
    _, _, cumulated = study(model, y, x, [140, 200], window, "difference")
    _, _, scaled = study(model, y * scale, x * scale, [140, 200], window, "difference")
    np.testing.assert_allclose(scaled.car, cumulated.car * scale, rtol=1e-9)
    np.testing.assert_allclose(scaled.scar, cumulated.scar, rtol=1e-9)


@given(missing=st.integers(-3, 6), window=windows, of_market=st.booleans())
def test_a_missing_session_makes_its_own_windows_nan_and_no_other(missing, window, of_market):
    """A window that misses a session has no CAR, never one with a zero in it; every other window keeps its figures."""
    y, x = sample(1)
    _, _, whole = study(MarketModel("m"), y, x, [200], window)
    (x[:, 0] if of_market else y)[200 + missing] = np.nan
    _, abnormal, gapped = study(MarketModel("m"), y, x, [200], window)
    figures = np.concatenate([gapped.car, gapped.se, gapped.scar, gapped.bhar])
    if window.first <= missing <= window.last:
        assert np.isnan(figures).all()
    else:
        np.testing.assert_array_equal(figures, np.concatenate([whole.car, whole.se, whole.scar, whole.bhar]))
    for name in ("ar", "se", "sar"):
        assert (np.isnan(getattr(abnormal, name)[0]) == (np.array(SPAN.taus) == missing)).all()


@EVERY_MODEL
def test_sessions_outside_the_sample_are_nan(model):
    """Where the span leaves the sample its sessions have position -1 and no figures; those inside keep theirs."""
    y, x = sample(len(model.regressors), n=203)
    _, abnormal, cumulated = study(model, y, x, [200], Window(0, 5))
    outside = np.array(SPAN.taus) > 2
    assert (abnormal.rows[0] == np.where(outside, -1, 200 + np.array(SPAN.taus))).all()
    for name in ("actual", "normal", "ar", "se", "sar"):
        figures = getattr(abnormal, name)[0]
        if name == "normal" and not model.regressors:
            continue
        assert (np.isnan(figures) == outside).all(), name
    assert np.isnan([cumulated.car[0], cumulated.se[0], cumulated.scar[0], cumulated.bhar[0]]).all()


def test_before_the_sample_is_no_session_either():
    """A span that begins before the sample does not wrap round to its end."""
    y, x = sample(0)
    fits = ConstantMean().fit(y, x, np.ones(len(y), dtype=bool), np.array([1]), Window(11, 130))
    abnormal = abnormal_returns(y, x, fits, np.array([1]), SPAN)
    assert abnormal.rows[0].tolist() == [-1, -1, 0, 1, 2, 3, 4, 5, 6, 7]
    assert np.isnan(abnormal.ar[0]).tolist() == [True, True] + [False] * 8


@pytest.mark.parametrize(("kind", "expected"), [("log", math.exp(0.3) - 1), ("simple", 1.1 * 1.2 - 1)])
def test_bhar_by_hand(kind, expected):
    """Two returns of 10 % and 20 % where none is normal: e^0.3 - 1 of log returns, 32 % of simple ones."""
    y = np.array([0.01, -0.01, 0.0, 0.1, 0.2])
    fits = Zero().fit(y, np.empty((5, 0)), np.ones(5, dtype=bool), np.array([3]), Window(-3, -1))
    found = cumulate(y, np.empty((5, 0)), fits, np.array([3]), Window(0, 1), kind)
    assert found.bhar[0] == pytest.approx(expected, rel=1e-14, abs=0)


def test_differences_have_no_buy_and_hold_return():
    """Changes of an index in points add up but do not compound: CAR and SCAR are there, BHAR is NaN."""
    y, x = sample(0)
    _, _, cumulated = study(ConstantMean(), y, x, [200], Window(0, 2), "difference")
    assert np.isnan(cumulated.bhar[0])
    assert np.isfinite([cumulated.car[0], cumulated.scar[0]]).all()


@EVERY_MODEL
def test_a_cell_that_cannot_be_estimated_has_no_figures(model):
    """Without an estimate there is no standard error, and nothing divided by one."""
    y, x = sample(len(model.regressors))
    y[60:195] = 0.0
    _, abnormal, cumulated = study(model, y, x, [200], Window(0, 2))
    assert np.isnan(abnormal.se).all()
    assert np.isnan(abnormal.sar).all()
    assert np.isnan([cumulated.se[0], cumulated.scar[0]]).all()


@EVERY_MODEL
@pytest.mark.parametrize("partial", [False, True])
def test_closed_form_is_the_sum_of_abnormal_returns(model, partial):
    """CARs and BHARs of every session are those of the abnormal returns one by one, and missing where these are."""
    y, x = sample(len(model.regressors))
    y[[140, 141, 142, 143, 190]], x[205:206] = np.nan, np.nan
    fits, abnormal, _ = study(model, y, x, np.arange(len(y)))
    window, kind = Window(-1, 2), "simple"
    found = cumulate(y, x, fits, np.arange(len(y)), window, kind, partial=partial)
    actual, normal, ar = (values[:, 2:6] for values in (abnormal.actual, abnormal.normal, abnormal.ar))
    there = np.isfinite(ar)
    kept = there | (not partial) | ~there.any(axis=1, keepdims=True)
    np.testing.assert_allclose(found.car, np.where(kept, ar, 0.0).sum(axis=1), rtol=1e-12, atol=1e-16)
    growth = [np.where(kept, 1.0 + values, 1.0).prod(axis=1) for values in (actual, normal)]
    np.testing.assert_allclose(found.bhar, growth[0] - growth[1], rtol=1e-12, atol=1e-15)
    known = np.isfinite(found.car)
    assert (found.n[known] == kept[known].sum(axis=1)).all()
    assert known.sum() == (there.any(axis=1) if partial else there.all(axis=1)).sum()


@EVERY_MODEL
def test_series_side_by_side_are_cumulated_as_by_themselves(model):
    """CARs and standard errors of three series at once are, to the last bit, those of each by itself."""
    y, x = sample(len(model.regressors))
    y, every, window = np.stack([y, 2 * y, -y], axis=1), np.arange(len(y)), Window(-2, 4)
    usable = np.ones(len(y), dtype=bool)
    car, se, n = cumulated(y, x, model.fit_table(y, x, usable, ESTIMATION), window)
    for s in range(3):
        fits = model.fit_table(y[:, [s]], x, usable, ESTIMATION)
        alone = cumulate(y[:, s], x, fits, every, window, "log")
        np.testing.assert_array_equal(car[:, s], alone.car)
        np.testing.assert_array_equal(se[:, s], alone.se)
        np.testing.assert_array_equal(n, alone.n)
