import numpy as np
import pandas as pd
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

import eventstudy as es
from eventstudy import find_instrument
from eventstudy.markets import (
    Finding,
    align,
    check_history,
    data_warnings,
    histories_from_bars,
    histories_from_prices,
    histories_from_returns,
    load_series,
    series_labels,
    without_splits,
)

RUBLE = load_series("ecb-usd-rub").loc["2018":"2021"]


def history(values, name="mystery", start="2021-01-04"):
    """Return the history of prices on successive weekdays of a series nobody knows."""
    index = pd.bdate_range(start, periods=len(values))
    return histories_from_prices(pd.DataFrame({name: np.asarray(values, dtype=float)}, index=index))[name]


def column(series, name="mystery"):
    """Return the history of a dated series under a name."""
    told = {} if name == "mystery" else {name: {"as": name}}
    return histories_from_prices(series.rename(name).to_frame(), told)[name]


def calm(n=200, seed=1, sigma=0.005):
    """Return prices that walk quietly."""
    return 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, sigma, n)))


def kinds(findings):
    """Return the kinds found."""
    return [finding.kind for finding in findings]


def of_kind(history, *kinds, against=None):
    """Return the findings of some kinds."""
    return tuple(finding for finding in check_history(history, against) if finding.kind in kinds)


def check_against(history, reference):
    """Return what looks wrong in a history when it is held against another."""
    return of_kind(history, "alignment", "quote", "few-common", against=reference)


def only(findings, kind):
    """Return the one finding of a kind."""
    (found,) = [finding for finding in findings if finding.kind == kind]
    return found


# --- on its own ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_quiet_prices_raise_no_finding(seed):
    """A thousand prices that walk as prices do have nothing wrong with them."""
    assert check_history(history(calm(1000, seed))) == ()


@pytest.mark.parametrize("name", ["Yield", "UST 10Y Yield", "bund_spread", "Policy rate"])
def test_a_yield_of_which_returns_are_taken_is_warned_of(name):
    """2.50 to 2.54 per cent is no return of 1.6 %: the study names `--returns difference`, which ends the warning."""
    prices = pd.DataFrame({name: calm() / 40}, index=pd.bdate_range("2021-01-04", periods=200, name="date"))
    for kind, n in ((None, 1), ("difference", 0)):
        found = es.event_study(["2021-09-01"], prices, returns_kind=kind, windows=["0:0"], tests=[]).warnings
        assert sum("--returns difference takes changes as they are" in line for line in found) == n
    assert not of_kind(history(calm(), name), "yield")  # a fund at 100
    for other in ("yielding", "SPDR High Yield Bond ETF", "HYG high-yield bond"):
        assert not of_kind(history(calm() / 40, other), "yield")
    empty = prices.assign(**{"Other yield": np.nan})
    assert es.event_study(["2021-09-01"], empty, series=[name], windows=["0:0"], tests=[]).warnings


def test_a_stale_run_is_found_from_its_first_to_its_last_session():
    """Five sessions at one price are a run, four are none; a run at the end counts."""
    prices = calm(60)
    prices[10:14] = prices[10]
    prices[20:25] = prices[20]
    prices[54:] = prices[54]
    first, second = of_kind(history(prices), "stale")
    assert (str(first.first), str(first.last), first.n) == ("2021-02-01", "2021-02-05", 5)
    assert (second.n, second.last) == (6, history(prices).sessions[-1])
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("eventstudy.markets.quality.RULES.stale_run", 4)
        assert len(of_kind(history(prices), "stale")) == 3


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 8)), min_size=1, max_size=15), st.integers(2, 5))
def test_runs_are_those_one_counts_by_hand(stretches, shortest):
    """Stale runs are the stretches of equal neighbours that are long enough."""
    prices = [price for price, n in stretches for _ in range(n)]
    counted, start = [], 0
    for k in range(1, len(prices) + 1):
        if k == len(prices) or prices[k] != prices[start]:
            counted += [(start, k - 1)] if k - start >= shortest else []
            start = k
    series = history(prices)
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("eventstudy.markets.quality.RULES.stale_run", shortest)
        found = [(finding.first, finding.last) for finding in of_kind(series, "stale")]
    assert found == [(series.sessions[a], series.sessions[b]) for a, b in counted]


def test_many_zero_returns_are_worth_saying():
    """One price in eight carried over is a warning, one in forty a note."""
    for step, severity in ((8, "warning"), (40, "note")):
        prices = calm(400)
        prices[step::step] = prices[step - 1 : -1 : step]
        found = only(check_history(history(prices)), "zero-returns")
        assert (found.severity, found.n) == (severity, len(prices[step::step]))


def test_a_bad_tick_is_found():
    """A quote of 5 % off in a calm series, back on the next session, is found on its day, and only there."""
    prices = calm()
    prices[100] *= 1.05
    (found,) = check_history(history(prices))
    assert (found.kind, found.first, found.severity) == ("bad-tick", history(prices).sessions[100], "warning")
    assert "robust standard deviations" in found.detail


def test_a_jump_that_stays_is_no_bad_tick():
    """News moves a price and leaves it there: no finding; and a last price cannot be judged yet."""
    prices = calm()
    prices[100:] *= 1.05
    prices[-1] *= 1.05
    assert check_history(history(prices)) == ()


def test_a_tick_next_to_another_is_still_found():
    """Median and MAD are not moved by the ticks themselves: five of them near each other are all found."""
    prices = calm()
    spots = np.arange(90, 110, 4)
    prices[spots] *= 1.05
    found = [finding.first for finding in of_kind(history(prices), "bad-tick")]
    assert set(history(prices).sessions[spots]) <= set(found)


ALARM = {"bad-tick", "split", "unit"}


def test_the_invasion_is_no_bad_tick():
    """24 February 2022, -33 % and +20 % the day after, is not taken for a bad print; nor is any bundled crisis day."""
    found = {
        name: [
            str(tick.first) for tick in check_history(column(load_series(name), label.instrument)) if tick.kind in ALARM
        ]
        for name, label in series_labels().items()
        if name not in {"ecb-usd-cny", "ecb-usd-try", "nbp-usd-uah"}
    }
    assert {name: days for name, days in found.items() if days} == {
        "cboe-ovx-2016": ["2021-03-24"],  # no second source confirms it
        "moex-rgbi-2013": ["2022-09-26"],
        "moex-rgbi-tr-2013": ["2022-09-26"],
    }


def test_two_prints_of_the_yuan_in_2009_are_found():
    """USD/CNY left its peg for a day on 26 and on 30 March 2009, by 33 robust standard deviations, and came back."""
    found = [str(finding.first) for finding in of_kind(column(load_series("ecb-usd-cny"), "yuan"), "bad-tick")]
    assert found == ["2009-03-26", "2009-03-30", "2013-04-02"]


def test_a_move_of_a_difference_series_is_in_its_unit():
    """A tick of VIX is told in index points."""
    index = pd.DatetimeIndex(column(load_series("cboe-vix-2013"), "vix").sessions)
    prices = pd.Series(20 + np.random.default_rng(3).normal(0, 0.2, len(index)).cumsum() * 0.2, index=index)
    prices.iloc[200] += 9
    assert "index points into it" in only(check_history(column(prices, "vix")), "bad-tick").detail


def test_holes_and_phantoms_are_found_against_the_calendar():
    """A week without prices is one hole of five sessions; three holiday prices are three phantoms."""
    prices = pd.Series(calm(120), index=pd.bdate_range("2022-04-01", periods=120))
    prices = prices.drop(pd.bdate_range("2022-08-01", "2022-08-05"))
    findings = check_history(column(prices, "sp500"))
    hole, phantom = only(findings, "hole"), only(findings, "phantom")
    assert (str(hole.first), str(hole.last), hole.n) == ("2022-08-01", "2022-08-05", 5)
    assert phantom.n == 5  # Good Friday, Memorial Day, Juneteenth, Independence Day, Labor Day
    assert "2022-05-30" in phantom.detail
    assert "no session of XNYS" in phantom.detail


def test_without_a_calendar_a_long_step_is_a_note():
    """Eleven days without a price are worth a note where no calendar says what is missing."""
    prices = pd.Series(calm(40), index=pd.bdate_range("2022-04-01", periods=40)).drop(
        pd.bdate_range("2022-05-02", "2022-05-10")
    )
    found = only(check_history(column(prices)), "long-step")
    assert (str(found.first), str(found.last), found.severity) == ("2022-04-29", "2022-05-11", "note")


@pytest.mark.parametrize("factor", [10, 100, 1000, 0.1, 0.01, 0.001])
def test_a_change_of_unit_is_found(factor):
    """Cents for dollars, or a redenomination, from one session on is severe."""
    prices = calm()
    prices[120:] *= factor
    found = only(check_history(history(prices)), "unit")
    assert (found.first, found.severity) == (history(prices).sessions[120], "severe")


def test_a_quote_turned_over_within_a_series_is_found():
    """Rubles per dollar that become dollars per ruble are found on the day they do."""
    prices = 75 * calm() / 100
    prices[120:] = 1 / prices[120:]
    found = only(check_history(history(prices)), "unit")
    assert "inverse of the quote before" in found.detail


def test_doubling_is_no_change_of_unit():
    """A price near one is near its own inverse, and a doubling is no change of unit."""
    prices = 0.01 * calm()
    prices[120:] *= 2
    assert "unit" not in kinds(check_history(history(prices)))


# --- what every study says ------------------------------------------------------------------------------------------


@pytest.mark.one_in(4)
@pytest.mark.parametrize("kind", [None, "log", "difference"])
@pytest.mark.parametrize("name", series_labels())
def test_nothing_bundled_is_warned_of(name, kind):
    """Moscow's -33 % of 24 February 2022, the Gulf War's oil, February 2021's gas and the VIX doubled are no splits."""
    prices = load_series(name).to_frame()
    if find_instrument(str(prices.columns[0])).returns != "level":
        (history,) = histories_from_prices(prices, kind=kind).values()
        assert data_warnings(history) == ()


def test_cold_snaps_are_no_split_under_any_name():
    """Gas that quadrupled in January 2024 and came back the next session is asked about, and is no split."""
    prices = load_series("eia-henry-hub-2013").rename("mine").to_frame()
    (line,) = data_warnings(histories_from_prices(prices)["mine"])
    assert line.startswith("mine, 2024-01-12: ")
    assert line.endswith("and back: a bad print?")


def of_returns(values, kind=None):
    """Return the history of given returns on successive weekdays."""
    index = pd.bdate_range("2021-01-04", periods=len(values))
    return histories_from_returns(pd.DataFrame({"mine": values}, index=index), kind=kind)["mine"]


@pytest.mark.parametrize("kind", ["simple", "log"])
@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (1 / 2, "looks like a 2:1 split"),
        (1 / 7, "looks like a 7:1 split"),
        (1 / 6, "looks like a 6:1 split"),
        (2 / 3, "looks like a 3:2 split, unless the market itself moved so"),
        (5 / 2, "looks like a 2:5 reverse split, unless the market itself moved so"),
        (20, "looks like a 1:20 reverse split"),
        (1 / 10, "looks like a 10:1 split, or another unit"),
        (100, "looks like a 1:100 reverse split, or another unit"),
        (1 / 1000, "looks like a 1000:1 split, or another unit"),
    ],
)
def test_a_split_is_said_with_its_day(factor, said, kind):
    """From its day on every price is a part or a multiple of what it was; in given returns it shows as well."""
    prices = calm()
    prices[120:] *= factor
    day = np.datetime_as_string(history(prices).sessions[120])
    (line,) = data_warnings(histories_from_prices(pd.DataFrame({"mine": prices}, index=DAYS_200), kind=kind)["mine"])
    assert line.startswith(f"mine, {day}: from ")
    ratio = max(factor, 1 / factor)
    verb = "divides" if factor < 1 else "multiplies"
    assert line.endswith(f"{said}; --adjust-splits {verb} the prices before it by {ratio:g}")
    changes = np.diff(prices) / prices[:-1] if kind == "simple" else np.diff(np.log(prices))
    (line,) = data_warnings(of_returns([0.0, *changes], kind))
    assert line.startswith(f"mine, {day}: ")
    assert line.endswith(f"{said}; adjust for it")


DAYS_200 = pd.bdate_range("2021-01-04", periods=200)


def test_a_step_of_no_round_ratio_is_said():
    """From 100 to 0.73 and on from there is no market; by what to adjust is not guessed."""
    prices = calm()
    prices[120:] /= 137
    (line,) = data_warnings(history(prices))
    assert "a factor of about 13" in line
    assert "looks like another unit or contract; mend the file" in line


def test_apples_split_of_2020_is_said():
    """From 499.23 to 129.04 dollars on 31 August 2020: four for one, on a day on which the share gained 3.4 %."""
    prices = 499.23 * calm(200, sigma=0.015) / calm(200, sigma=0.015)[119]
    prices[120:] *= 129.04 / prices[120]
    (line,) = data_warnings(history(prices))
    assert "from 499.2 to 129 looks like a 4:1 split" in line


def test_a_crash_is_no_split():
    """A half lost within 2 % by a series that moves 8 % a day, a third by one that moves 3 %: none is a split. That 38
    or 45 % lost by a calm one may be a split is said; it is not adjusted for.
    """
    for sigma, factor in ((0.08, 0.5), (0.03, 2 / 3), (0.005, 0.62), (0.005, 0.55)):
        prices = calm(sigma=sigma)
        prices[120:] *= factor * prices[119] / prices[120]
        said = data_warnings(history(prices))
        assert len(said) == (sigma == 0.005)
        assert all("the market itself, or a split on a day it moved" in line for line in said)
        frame = pd.DataFrame({"mine": prices}, index=DAYS_200)
        pd.testing.assert_frame_equal(without_splits(frame, histories_from_prices(frame))[0], frame)


@pytest.mark.one_in(8)
@pytest.mark.parametrize("sigma", [0.008, 0.015, 0.03])
@pytest.mark.parametrize("ratio", [2, 3, 4, 5, 7, 10, 15, 20, 1 / 2, 1 / 4, 1 / 20])
@pytest.mark.parametrize("moved", [-0.1, -0.06, -0.04, 0.04, 0.06, 0.1, 0.126])
def test_a_split_on_a_day_of_news_is_said_and_by_no_other_ratio(sigma, ratio, moved):
    """The share moves on the day on which it splits: that is told, and adjusted by the split's ratio or not at all."""
    prices = calm(sigma=sigma)
    prices[120:] *= (1 + moved) / ratio * prices[119] / prices[120]
    of = history(prices)
    (line,) = data_warnings(of)
    assert f"mystery, {of.sessions[120]}: from " in line
    frame = pd.DataFrame({"mine": prices}, index=DAYS_200)
    adjusted, notes = without_splits(frame, histories_from_prices(frame))
    right = frame["mine"].where(frame.index >= DAYS_200[120], frame["mine"] / ratio)
    np.testing.assert_allclose(adjusted["mine"], right if notes else frame["mine"])
    assert notes or ratio not in {2, 3, 1 / 2} or abs(moved) > 3 * sigma or abs(moved) > 0.05
    assert bool(notes) == ("--adjust-splits" in line)
    assert notes or "a split on a day it moved" in line


def test_a_yield_may_double_but_not_be_times_a_hundred():
    """A series in its own unit doubles for real; from 0.02 to 2 it has changed its unit."""
    doubled, hundredfold = calm(sigma=0.005), calm(sigma=0.005)
    doubled[120:] *= 2
    hundredfold[120:] *= 100
    rates = pd.DataFrame({"doubled": doubled, "unit": hundredfold}, index=DAYS_200)
    histories = histories_from_prices(rates, kind="difference")
    assert data_warnings(histories["doubled"]) == ()
    assert "1:100" in data_warnings(histories["unit"])[0]


def test_returns_in_per_cent_are_said():
    """A typical return of 0.7 is no market's, and less than -1 no simple return; their hundredths are fine."""
    values = np.random.default_rng(5).normal(0, 1, 200)
    (line,) = data_warnings(of_returns(values))
    assert line.startswith("mine, 2021-01-04 .. 2021-10-08: typical returns of ±0.")
    assert line.endswith("look like per cent; divide them by 100")
    assert "less than -1" in line
    assert data_warnings(of_returns(values / 100)) == ()
    assert data_warnings(of_returns(values, "difference")) == ()
    calm_bond = np.append(values / 20, -1.01)
    assert "less than -1" in data_warnings(of_returns(calm_bond))[0]


FIRST = "; all are dated the 1st: figures of a month's end belong on its last day"


@pytest.mark.parametrize(
    ("freq", "said"),
    [
        ("W-FRI", "weekly figures (7 days apart): windows count these, not days"),
        ("ME", "monthly figures (31 days apart): windows count these, not days"),
        ("MS", f"monthly figures (31 days apart): windows count these, not days{FIRST}"),
        ("QS", f"quarterly figures (91.5 days apart): windows count these, not days{FIRST}"),
        ("YS", f"yearly figures (365 days apart): windows count these, not days{FIRST}"),
    ],
)
def test_figures_that_are_not_daily_are_said(freq, said):
    """Weekly, monthly, quarterly and yearly figures are named; a daily series with long closures is daily."""
    index = pd.date_range("2000-01-01", periods=25, freq=freq)
    (line,) = data_warnings(column(pd.Series(calm(25), index=index)))
    assert line == f"mystery, {index[0]:%Y-%m-%d} .. {index[-1]:%Y-%m-%d}: {said}"


def test_weekly_prices_of_periods_are_those_of_their_last_day():
    """An event meets the price of its own week, not of the next; no weekday is said to be wrong."""
    weeks = pd.period_range("2018-01-01", "2021-12-31", freq="W-SUN")
    prices = pd.Series(calm(len(weeks)), index=weeks, name="mine")
    result = es.event_study(["2021-06-16"], prices)
    assert str(result.car["session"].iloc[0])[:10] == "2021-06-20"
    assert result.car["move"].iloc[0] == pytest.approx(prices.pct_change()[pd.Period("2021-06-16", "W-SUN")], abs=1e-12)
    (said,) = [line for line in result.warnings if "days apart" in line or "dated" in line]
    assert "weekly figures (7 days apart)" in said


def test_stale_runs_are_one_line():
    """The longest run is named and the others counted; zero returns are one, too."""
    prices = calm()
    prices[10:16] = prices[10]
    prices[50:58] = prices[50]
    (line,) = data_warnings(history(prices))
    assert line.startswith("mystery, 2021-03-15 .. 2021-03-24: 8 sessions at ")
    assert line.endswith(": carried over, halted or pegged; 1 more such run")
    returns = np.diff(prices) / prices[:-1]
    (line,) = data_warnings(of_returns([0.001, *returns]))
    assert "8 sessions without a move" in line


def test_a_daily_series_that_becomes_weekly_is_said():
    """The National Bank of Poland's ruble is daily to 9 March 2022, and then of every Wednesday."""
    days = [*pd.bdate_range("2021-06-01", "2022-03-09"), *pd.date_range("2022-03-16", periods=12, freq="W-WED")]
    (line,) = data_warnings(column(pd.Series(calm(len(days)), index=days)))
    assert line == "mystery, 2022-03-09 .. 2022-06-01: weekly figures (7 days apart): windows count these, not days"


def test_a_market_that_seldom_trades_is_not_weekly():
    """Gaps of five to nine days by chance are no rarer figures."""
    for seed in range(20):
        days = pd.bdate_range("2021-01-04", periods=400)[np.random.default_rng(seed).random(400) < 0.35]
        said = data_warnings(column(pd.Series(calm(len(days)), index=days)))
        assert not any("weekly" in line for line in said)


def test_returns_of_a_month_may_be_large():
    """A typical move of 9 % in a month is none of per cent; one of 9 % a day is."""
    values = np.random.default_rng(3).normal(0, 0.13, 120)
    for freq, n in (("ME", 0), ("B", 1)):
        index = pd.date_range("2012-01-31", periods=120, freq=freq)
        of = histories_from_returns(pd.DataFrame({"mine": values}, index=index), kind="log")["mine"]
        assert sum("per cent" in line for line in data_warnings(of)) == n


def test_bars_may_stand_still_and_are_no_days():
    """A quiet hour of one-minute bars is no stale run."""
    index = pd.date_range("2022-02-24 10:00", periods=60, freq="min", tz="Europe/Moscow")
    bars = histories_from_bars(pd.DataFrame({"mine": np.repeat(calm(6), 10)}, index=index), "start")
    assert data_warnings(bars["mine"]) == ()


# --- against a reference -------------------------------------------------------------------------------------------


def simulated(lag, seed=0, ticks=12, noise=0.002):
    """Return the ECB's ruble as a careless source has it: dated `lag` sessions late, noisy, with bad ticks."""
    rng = np.random.default_rng(seed)
    values = RUBLE.shift(lag) * np.exp(rng.normal(0, noise, len(RUBLE)))
    return ticked(column(values.dropna()), seed, ticks)


def ticked(clean, seed=0, ticks=12):
    """Return a history with some of its prices a third off for a day."""
    rng = np.random.default_rng(seed)
    values = pd.Series(clean.prices, index=pd.DatetimeIndex(clean.sessions))
    spots = rng.choice(np.arange(30, len(values) - 30), ticks, replace=False)
    values.iloc[spots] *= np.exp(rng.choice([-0.4, 0.4], ticks))
    return column(values)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("lag", "word"), [(1, "late"), (-1, "early")])
def test_a_series_dated_a_session_off_is_found(lag, word, seed):
    """The ECB's ruble, moved by a session, with noise and bad ticks: the direction is found, and the ticks too."""
    findings = check_history(simulated(lag, seed), column(RUBLE, "ruble"))
    severe = [finding for finding in findings if finding.severity == "severe"]
    assert kinds(severe) == ["alignment"]
    assert f"dated a session {word}" in severe[0].detail
    assert kinds(findings).count("bad-tick") >= 10


@pytest.mark.parametrize("seed", range(5))
def test_a_series_dated_right_is_not(seed):
    """The same noise and the same ticks without the shift: Pearson's correlation is spoilt, and the ticks are named."""
    findings = check_against(simulated(0, seed), column(RUBLE, "ruble"))
    assert [(finding.kind, finding.severity) for finding in findings] == [("alignment", "warning")]
    assert "a few extreme returns" in findings[0].detail


def test_clean_and_aligned_is_no_finding():
    """Noise alone, on the right days, is nothing to report; nor is a series against itself."""
    ruble = column(RUBLE, "ruble")
    assert check_against(simulated(0, ticks=0), ruble) == ()
    assert check_history(ruble, ruble) == ()


def test_prices_struck_hours_apart_are_told():
    """A quote struck between two fixings shares its move with both sessions, and bad ticks spoil Pearson's correlation.

    So does Yahoo's daily ruble: 0.04 by Pearson and 0.48 by rank with the ECB's of its day, 0.24 with the one beside.
    """
    between = column(np.exp(0.65 * np.log(RUBLE) + 0.35 * np.log(RUBLE.shift(1))).dropna())
    found = only(check_against(between, column(RUBLE, "ruble")), "alignment")
    assert "part of each move is the reference's of the session before: the two are struck hours apart" in found.detail
    both = check_against(ticked(between), column(RUBLE, "ruble"))
    assert [finding.severity for finding in both] == ["warning", "warning"]
    assert ["hours apart" in both[0].detail, "a few extreme returns" in both[1].detail] == [True, True]


def test_real_pairs_are_aligned():
    """The bundled ruble of Warsaw and Frankfurt, Brent and WTI, shares and VIX are on the right days."""
    for one, other in [
        ("nbp-usd-rub", "ecb-usd-rub"), ("eia-brent-2013", "eia-wti-1986"), ("cboe-vix-2013", "spx-1990"),
    ]:  # fmt: skip
        pair = [column(load_series(name), series_labels()[name].instrument) for name in (one, other)]
        assert align(*pair).best_lag == 0
        assert check_against(*pair) == ()


def test_moscow_closes_before_new_york():
    """Moscow's shares share a day's move with New York's session before, which closed after them."""
    pair = [column(load_series(name), series_labels()[name].instrument) for name in ("moex-imoex-2013", "spx-1990")]
    found = only(check_against(*pair), "alignment")
    assert (found.severity, "session before" in found.detail) == ("warning", True)


def test_ranks_agree_with_scipy():
    """The rank correlations are Spearman's, at each lag over the pairs that both have."""
    one, other = simulated(0, 7), column(RUBLE, "ruble")
    got = align(one, other)
    own, reference = np.diff(one.prices) / one.prices[:-1], RUBLE.pct_change().to_numpy()[1 : len(one)]
    assert got.spearman[0] == pytest.approx(scipy.stats.spearmanr(own, reference).statistic)
    assert got.spearman[1] == pytest.approx(scipy.stats.spearmanr(own[:-1], reference[1:]).statistic)
    assert got.spearman[-1] == pytest.approx(scipy.stats.spearmanr(own[1:], reference[:-1]).statistic)
    assert got.pearson[0] == pytest.approx(np.corrcoef(own, reference)[0, 1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda quote: 1 / quote, "the inverse of ruble's quote (correlation of log levels -1.00)"),
        (lambda quote: 100 / quote, "the inverse of ruble's quote, times 100 "),
        (lambda quote: 100 * quote, "the level is 100 times ruble's"),
        (lambda quote: quote / 1000, "the level is 1/1000 of ruble's"),
    ],
)
def test_a_wrong_quote_is_found_against_the_right_one(change, said):
    """Dollars per ruble, rubles per hundred dollars and kopecks are told from rubles per dollar."""
    found = only(check_history(column(change(RUBLE)), column(RUBLE, "ruble")), "quote")
    assert found.severity == "severe"
    assert said in found.detail


def test_levels_of_different_markets_are_not_compared():
    """Moscow's shares and the ruble have quotes of their own: their levels say nothing of each other."""
    pair = [column(load_series(name), series_labels()[name].instrument) for name in ("moex-imoex-2013", "ecb-usd-rub")]
    assert "quote" not in kinds(check_against(*pair))


def test_too_little_in_common_is_said():
    """Where fewer than 60 returns are common nothing is concluded, and none at all is no crash."""
    ruble = column(RUBLE, "ruble")
    (few,) = check_against(column(RUBLE.iloc[:40]), ruble)
    assert (few.kind, few.n, few.severity) == ("few-common", 39, "note")
    (none,) = check_against(history(calm(80), start="1990-01-01"), ruble)
    assert (none.kind, none.n) == ("few-common", 0)


def test_a_constant_series_has_no_correlation():
    """What does not vary is aligned with nothing, and is reported as stale instead."""
    flat = column(RUBLE * 0 + 75)
    findings = check_history(flat, column(RUBLE, "ruble"))
    assert set(kinds(findings)) == {"stale", "zero-returns"}


def test_given_returns_can_be_aligned():
    """Returns without prices are compared as they are, and have no level to judge."""
    ruble = column(RUBLE, "ruble")
    returns = pd.DataFrame({"mystery": np.log(RUBLE).diff().shift(1)})
    found = only(check_history(histories_from_returns(returns)["mystery"], ruble), "alignment")
    assert "late" in found.detail


def test_an_empty_history_has_nothing_wrong():
    """A column without a price gives no finding, with a reference or without."""
    empty = histories_from_prices(pd.DataFrame({"mystery": [np.nan]}, index=pd.to_datetime(["2022-01-03"])))["mystery"]
    assert check_history(empty) == ()
    assert check_history(empty, column(RUBLE, "ruble")) == ()


def test_the_gravest_findings_come_first():
    """What is severe stands above warnings, and these above notes; within a kind dates ascend."""
    prices = calm(400)
    prices[40::40] = prices[39:-1:40]
    prices[100] *= 1.05
    prices[300:] *= 100
    findings = check_history(history(prices))
    ranks = [["note", "warning", "severe"].index(finding.severity) for finding in findings]
    assert ranks == sorted(ranks, reverse=True)
    assert kinds(findings) == ["unit", "bad-tick", "zero-returns"]
    assert all(isinstance(finding, Finding) for finding in findings)


@pytest.mark.one_in(19)
@pytest.mark.parametrize("ratio", [1.5, 2, 2.5, 3, 4, 6, 10, 20, 25, 50, 100, 1000])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("moved", [0.0, 0.012, -0.012])
def test_prices_are_adjusted_for_any_usual_ratio(ratio, reverse, moved):
    """The study of adjusted prices is that of prices that never had the split, though the market moved on the day."""
    prices = pd.DataFrame({"mine": calm()}, index=DAYS_200)
    prices.iloc[150:] *= np.exp(moved)
    broken = prices.copy()
    broken.iloc[150:] *= ratio if reverse else 1 / ratio
    day = [f"{DAYS_200[150]:%Y-%m-%d}"]
    choices = {"windows": ["0:0"], "estimation": "-100:-11", "tests": []}
    right = es.event_study(day, prices, **choices).car["car"]
    found = es.event_study(day, broken, adjust_splits=True, **choices)
    np.testing.assert_allclose(found.car["car"], right, rtol=1e-9)
    assert any(f"by {ratio:g} (adjust_splits)" in line for line in found.warnings)
    told = es.event_study(day, broken, **choices).warnings
    assert any(day[0] in line and f"by {ratio:g}" in line and "--adjust-splits" in line for line in told)


@pytest.mark.parametrize("stand_in", [999_999.0, 9_999.0, 0.0001])
def test_a_figure_that_stands_for_none_is_said(stand_in):
    """A figure more than twelve times off, from which the next day comes back, is said in every study."""
    prices = calm()
    prices[100] = stand_in
    of = history(prices)
    (line,) = data_warnings(of)
    assert f"mystery, {of.sessions[100]}" in line
    assert "mend the file" in line


def test_a_print_in_another_unit_is_said():
    """One figure a hundred times too large, and back: no split, and not adjusted for."""
    prices = calm()
    prices[120] *= 100
    (line,) = data_warnings(history(prices))
    assert "looks like a figure in another unit (factor 100)" in line


@pytest.mark.parametrize("factor", [1.3, 1.6, 4.3, 9.5, 1 / 1.3, 1 / 9.5])
@pytest.mark.parametrize("name", ["mine", "VIX"])
def test_a_price_that_leaps_and_is_straight_back_is_asked_about_in_every_study(factor, name):
    """A bad print of any factor is said with its date and factor; a fall that stays for two sessions is none."""
    prices = calm()
    prices[120] *= factor
    day, warned = f"{DAYS_200[120]:%Y-%m-%d}", name == "mine" or max(factor, 1 / factor) > 4
    frame = pd.DataFrame({name: prices}, index=DAYS_200)
    said = es.event_study([f"{DAYS_200[150]:%Y-%m-%d}"], frame, windows=["0:0"], tests=[]).warnings
    asked = [line for line in said if "a bad print?" in line]
    assert len(asked) == warned
    assert all(line.startswith(f"{name}, {day}: ") and "(factor " in line for line in asked)
    frame.iloc[121] *= factor
    assert not any("bad print" in line for line in es.read_prices(frame).attrs["warnings"])


@pytest.mark.parametrize("name", ["mine", "VIX", "DGS10"])
def test_a_split_is_seen_whatever_the_file_is_called(tmp_path, name):
    """A step of 4:1 is said and adjusted for under the name of a yield too; a doubling of one is its own, and said."""
    for ratio in (4, 2):
        prices = pd.Series(calm(), DAYS_200)
        prices[120:] /= ratio
        file = tmp_path / f"{name}.csv"
        prices.rename("Close").rename_axis("Date").to_csv(file)
        read, adjusted = es.read_prices(file), es.read_prices(file, adjust_splits=True)
        found = ratio == 4 or name == "mine"
        assert any(f"looks like a {ratio}:1 split" in line for line in read.attrs["warnings"]) == found
        assert (adjusted.iloc[0, 0] == pytest.approx(prices.iloc[0] / ratio)) == found
        assert found or f"{name}: its changes are differences" in adjusted.attrs["read"]


def test_dates_of_another_zone_are_said():
    """Figures dated Sunday to Thursday may be a day early; those of an exchange that trades so are not."""
    prices = pd.DataFrame({"mine": calm()}, index=DAYS_200 - pd.Timedelta(days=1))
    (line,) = data_warnings(histories_from_prices(prices)["mine"])
    assert "dated Sunday to Thursday: such a market (--exchange says which), or a day early" in line
    assert data_warnings(histories_from_prices(prices, {"mine": {"exchange": "XSAU"}})["mine"]) == ()


@pytest.mark.parametrize(("rule", "name"), [("W-FRI", "weekly"), ("MS", "monthly")])
def test_weekly_and_monthly_figures_are_named_and_are_no_closures(rule, name):
    """They are said to be what they are; no window spans a closure, and the event counts toward the next figure."""
    prices = pd.Series(calm(), index=pd.date_range("2006-01-06", periods=200, freq=rule), name="mine")
    event = prices.index[160] - pd.Timedelta(days=3)
    result = es.event_study([f"{event:%Y-%m-%d}"], prices, windows=["0:0"], tests=[])
    assert any(f"{name} figures" in line for line in result.warnings)
    assert not any("closure" in line for line in result.warnings)
    assert result.car["session"].tolist() == [prices.index[160]]
    assert result.answer("mine", "*", "0:0").n == 1
