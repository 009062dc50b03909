import json
import math
from datetime import date
from functools import cache
from importlib.resources import as_file, files

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import eventstudy as es
from eventstudy import InputError, UnknownNameError, case_names, find_instrument, load_case
from eventstudy.cases import case_events
from eventstudy.cli.main import main
from eventstudy.events import check_events
from eventstudy.markets import histories_from_prices, load_series, read_catalogue
from eventstudy.matching import match

NAMES = (
    "all", "crimea-2014", "iran-2018-2026", "korea-2017-2019", "raise-or-fold-2022", "sanctions-2018", "shocks",
    "talks-2025", "ukraine-2022-2026", "us-china-trade",
)  # fmt: skip
case_of = cache(load_case)  # when a test asks: collection loads none
every_case = pytest.mark.parametrize("name", NAMES)


def returns_of(name, instrument, kind=None):
    """Return an instrument's returns in a case by session, as its history has them; simple ones unless asked for."""
    case = case_of(name)
    history = histories_from_prices(case.prices[[instrument]], case.instruments, kind=kind)[instrument]
    return dict(zip(history.sessions.astype(str), history.returns, strict=True))


def test_the_cases_are_those_that_are_told():
    """Eight cases, a part of one and all of them are bundled, in alphabetical order."""
    assert case_names() == NAMES


def test_an_unknown_case_is_refused():
    """A case nobody bundled is refused with the nearest, whether its events or all of it are asked for."""
    for load in (load_case, case_events):
        with pytest.raises(UnknownNameError, match=r"^unknown case 'crimea'; did you mean 'crimea-2014'\?$"):
            load("crimea")


@pytest.mark.one_in(3)
@every_case
def test_a_case_hangs_together(name):
    """What a case puts first is in it: headline instruments among its prices, focus and spotlight among its events."""
    case = case_of(name)
    ids = set(case.events["id"])
    assert (case.name, bool(case.title), bool(case.about)) == (name, True, True)
    assert set(case.headline) <= set(case.prices)
    assert set(case.focus) <= ids
    assert case.spotlight in ids
    assert list(case.instruments) == list(case.prices)
    assert all(case.instruments[column] is find_instrument(column) for column in case.prices)
    assert_frame_equal(case.events, case_events(name))


@pytest.mark.one_in(3)
@every_case
def test_a_cases_prices_are_cut_from_the_bundled_series(name):
    """Within the case's span every series has its own figures, all of them and nothing else."""
    row = read_catalogue()["cases"][name]
    case = case_of(name)
    assert date.fromisoformat(row["first"]) <= case.prices.index[0].date()
    assert case.prices.index[-1].date() <= date.fromisoformat(row["last"])
    for series in row["series"]:
        whole = load_series(series)
        assert case.prices[whole.name].dropna().equals(whole[row["first"] : row["last"]]), series


@every_case
def test_there_is_time_to_learn_before_the_first_event(name):
    """Before its first event a case has 130 sessions or more of its headline markets and of currencies beside them."""
    case = case_of(name)
    before = case.prices[case.prices.index < case.events["time"].min()[:10]]
    assert before[[*case.headline, "em-fx"]].notna().sum().min() >= 130


@every_case
def test_a_case_shows_every_kind_of_market(name):
    """Shares, oil or gas, bonds, a currency, gold and volatility are among what a reader looks at first."""
    kinds = [
        {"imoex", "sp500"}, {"brent", "ttf"}, {"em-bonds", "rgbi", "rgbi-tr", "treasuries"},
        {"ruble", "ruble-cbr", "em-fx", "shekel", "won", "yuan"}, {"vix"},
    ]  # fmt: skip
    # The case of 2022 keeps the markets it always showed; gold is among its prices.
    kinds += [{"gold"}] if name != "raise-or-fold-2022" else []
    assert all(kind & set(case_of(name).headline) for kind in kinds)
    assert "gold" in case_of(name).prices


def test_a_part_of_a_case_has_its_events_of_some_days():
    """The talks of 2025 are what the case of 2022 to 2026 has from 20 January to 31 December 2025."""
    whole, part = case_of("ukraine-2022-2026").events, case_of("talks-2025").events
    days = whole["time"].str[:10]
    expected = whole[(days >= "2025-01-20") & (days <= "2025-12-31")]
    assert part["id"].tolist() == expected["id"].tolist()
    assert len(part) > 40
    assert set(case_of("talks-2025").headline) == set(case_of("ukraine-2022-2026").headline)


def test_all_is_every_event_once_in_the_order_of_time():
    """All cases together have each event of each case once."""
    ids = case_of("all").events["id"]
    assert ids.is_unique
    assert set(ids) == {one for name in NAMES for one in case_of(name).events["id"]}
    assert case_of("all").events["time"].is_monotonic_increasing


def test_two_rubles_are_never_one_series():
    """The ECB's ruble ends on 1 March 2022 and the Bank of Russia's goes on, in columns of their own."""
    prices = case_of("all").prices
    assert str(prices["ruble"].last_valid_index().date()) == "2022-03-01"
    assert prices["ruble-cbr"].last_valid_index().year == 2026
    assert find_instrument("ruble").stamp != find_instrument("ruble-cbr").stamp


# --- known days ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "series", "session", "per_cent"),
    [
        ("crimea-2014", "imoex", "2014-03-03", -10.79),
        ("sanctions-2018", "imoex", "2018-04-09", -8.34),
        ("talks-2025", "imoex", "2025-02-13", 5.99),
        ("raise-or-fold-2022", "rgbi", "2022-02-24", -14.13),
        ("raise-or-fold-2022", "ttf", "2022-02-24", 51.1),
        ("iran-2018-2026", "ttf", "2026-03-02", 39.3),
    ],
)
def test_known_days(name, series, session, per_cent):
    """Days that are known come out in the cases as they are known, to as many decimals as they are."""
    assert round(100 * returns_of(name, series)[session], 1 if series == "ttf" else 2) == per_cent


def test_the_fall_of_a_day_stands_at_the_bank_of_russia_under_the_day_after():
    """The rate dated 25 February 2022 was set on the 24th, and that is its session: +8.09 % a dollar."""
    assert returns_of("all", "ruble-cbr")["2022-02-24"] == pytest.approx(1 / 1.0809 - 1, abs=5e-5)
    assert str(case_of("all").prices["ruble-cbr"].dropna().loc["2022-02-25":].index[0].date()) == "2022-02-25"


def test_moscow_closed_an_hour_earlier_by_the_worlds_clock_in_2014():
    """18:50 in Moscow was 14:50 UTC to 24 October 2014 and is 15:50 UTC since the clocks were set back."""
    history = histories_from_prices(case_of("crimea-2014").prices[["imoex"]])["imoex"]
    clock = {str(day): str(stamp)[11:16] for day, stamp in zip(history.sessions, history.stamps, strict=True)}
    assert (clock["2014-03-03"], clock["2014-10-24"], clock["2014-10-27"]) == ("14:50", "14:50", "15:50")


def test_bonds_in_moscow_came_back_before_shares():
    """Russian government bonds were closed to 18 March 2022: the step to the 21st, of 24 days, is -5.53 %."""
    history = histories_from_prices(load_case("all").prices[["rgbi"]])["rgbi"]
    at = int(np.flatnonzero(history.sessions == np.datetime64("2022-03-21"))[0])
    assert (round(100 * history.returns[at], 2), history.gap_days[at], len(history.holes)) == (-5.53, 24, 0)


def test_oil_below_zero_has_two_returns_missing_and_differences():
    """-36.98 dollars on 20 April 2020: no return on that day and the next, and a change in dollars on both."""
    prices = case_of("all").prices[["wti"]]
    simple, change = (histories_from_prices(prices, kind=kind)["wti"] for kind in ("simple", "difference"))
    lost = simple.sessions[1:][np.isnan(simple.returns[1:])].astype(str).tolist()
    assert lost == ["2020-04-20", "2020-04-21"]
    at = np.flatnonzero(change.sessions == np.datetime64("2020-04-20"))[0]
    assert change.returns[at : at + 2] == pytest.approx([-36.98 - 18.31, 8.91 + 36.98])


def test_total_returns_add_back_what_funds_paid():
    """On an ex-date the return of a bond fund is (close + paid) / close before - 1, on other days what it was."""
    case = case_of("raise-or-fold-2022")
    with as_file(files("eventstudy.datasets").joinpath("dividends.csv")) as path:
        paid = pd.read_csv(path).query("instrument == 'em-bonds'").set_index("ex_date")["usd_per_share"]
    closes = case.prices["em-bonds"].dropna()
    price, total = (histories_from_prices(case.prices, kind=kind)["em-bonds"] for kind in (None, "total"))
    dates = price.sessions.astype(str)
    at = int(np.flatnonzero(dates == "2022-02-01")[0])
    assert total.returns[at] == pytest.approx((closes.iloc[at] + paid["2022-02-01"]) / closes.iloc[at - 1] - 1)
    same = ~np.isin(dates, paid.index)
    np.testing.assert_array_equal(price.returns[same], total.returns[same])
    assert (total.returns[1:][~same[1:]] > price.returns[1:][~same[1:]]).all()
    assert f"distributions added back on {(~same[1:]).sum()} ex-dates, 2020-08-03" in total.notes[-1]


def test_total_returns_through_the_study_and_the_ex_date_beside_the_car():
    """A study of total returns says which distributions it added, and an ex-date stands beside the CAR that has it."""
    case = case_of("raise-or-fold-2022")
    chosen = {"events": ["2022-02-01"], "prices": case.prices, "series": ["em-bonds", "vix"], "windows": ["0:0"]}
    price, total = es.EventStudy(**chosen).fit(), es.EventStudy(**chosen, returns_kind="total").fit()
    cars = [result.car.set_index("series") for result in (price, total)]
    notes = [car.loc["em-bonds", "note"].split("2022-02-01: ex-date of ")[1] for car in cars]
    assert [note.split(" USD a share, ")[1] for note in notes] == ["not added back", "added back"]
    assert any("em-bonds: total returns" in warning for warning in total.warnings)
    assert total.design.returns == "total"
    assert cars[1].loc["em-bonds", "move"] > cars[0].loc["em-bonds", "move"]
    assert cars[1].loc["vix", "move"] == cars[0].loc["vix", "move"]


def test_total_returns_of_figures_without_distributions_are_refused():
    """Nobody's own file is adjusted in silence: without a bundled fund there is nothing to add back."""
    mine = pd.DataFrame({"em-bonds": [110.0, 109.0, 111.0]}, pd.to_datetime(["2022-01-31", "2022-02-01", "2022-02-02"]))
    with pytest.raises(InputError, match="none of these columns is one"):
        histories_from_prices(mine, kind="total")


def test_gold_settles_before_an_afternoon_announcement():
    """Gold is struck at 13:30 New York: news of 14:00 meets the next session, in the fund GLD the same one."""
    histories = histories_from_prices(case_of("all").prices[["gold", "gold-etf"]])
    matched = match(
        check_events(pd.DataFrame({"time": ["2013-09-18T14:00-04:00"], "headline": ["no taper"]})), histories
    )
    sessions = {row["series"]: str(row["session"])[:10] for _, row in matched.table.iterrows()}
    assert sessions == {"gold": "2013-09-19", "gold-etf": "2013-09-18"}


def test_risk_indices_end_before_their_provisional_month():
    """The last month of the risk index was still to be revised when it was read: it is left out."""
    assert str(load_series("gpr-1985").index[-1].date()) == "2026-04-26"


def test_loading_twice_gives_frames_of_ones_own():
    """Who changes a loaded case changes nobody else's."""
    mine = load_case("sanctions-2018")
    mine.prices.iloc[:] = 0.0
    assert_frame_equal(load_case("sanctions-2018").prices, case_of("sanctions-2018").prices)


# --- what happened -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("session", "per_cent"),
    [
        ("2022-01-13", -4.05),
        ("2022-01-14", -2.12),
        ("2022-01-18", -6.50),
        ("2022-01-24", -5.93),
        ("2022-01-26", 3.04),
        ("2022-01-27", 2.93),
        ("2022-01-28", 0.95),
        ("2022-02-21", -10.50),
        ("2022-02-24", -33.28),
        ("2022-02-25", 20.04),
        ("2022-03-24", 4.37),
    ],
)
def test_moscow_shares_in_the_winter_of_2022(session, per_cent):
    """Moscow's index moved as is known, to the basis point, simple returns from session to session."""
    assert round(100 * returns_of("raise-or-fold-2022", "imoex")[session], 2) == per_cent


def test_the_invasion_in_logs():
    """-33.28 % simple is -40.47 % in logs."""
    assert round(100 * returns_of("raise-or-fold-2022", "imoex", "log")["2022-02-24"], 2) == -40.47


@pytest.mark.parametrize(
    ("session", "rubles"),
    [
        ("2022-02-23", 80.11),
        ("2022-02-24", 85.75),
        ("2022-02-25", 82.53),
        ("2022-02-28", 103.12),
        ("2022-03-01", 105.00),
    ],
)
def test_the_dollar_in_rubles_around_the_invasion(session, rubles):
    """A dollar cost at the ECB's fixing what is known, to the kopek."""
    assert round(case_of("raise-or-fold-2022").prices.loc[session, "ruble"], 2) == rubles


def test_the_ruble_fell_when_the_dollar_rose():
    """From 80.11 to 85.75 a dollar the ruble lost 80.11/85.75 - 1 = -6.57 %, in logs ln(80.11/85.75) = -6.80 %."""
    simple, log = (returns_of("raise-or-fold-2022", "ruble", kind)["2022-02-24"] for kind in (None, "log"))
    assert simple == pytest.approx(80.112042 / 85.745319 - 1)
    assert log == pytest.approx(math.log(80.112042 / 85.745319))
    assert (round(100 * simple, 2), round(100 * log, 2)) == (-6.57, -6.80)


def test_moscow_was_closed_and_the_closure_is_a_step_of_27_days():
    """Between 25 February and 24 March 2022 Moscow's shares have no session, and the step over it is 27 days."""
    case = case_of("raise-or-fold-2022")
    history = histories_from_prices(case.prices[["imoex"]], case.instruments)["imoex"]
    position = int(np.flatnonzero(history.sessions == np.datetime64("2022-03-24"))[0])
    assert str(history.sessions[position - 1]) == "2022-02-25"
    assert history.gap_days[position] == 27
    assert np.nanmax(history.gap_days) == 27


def test_vix_is_studied_in_points():
    """VIX is differenced: its change of 24 January 2022 is in index points, not per cent."""
    case = case_of("raise-or-fold-2022")
    history = histories_from_prices(case.prices[["vix"]], case.instruments)["vix"]
    vix = case.prices["vix"].dropna()
    on_the_day = history.returns[history.sessions == np.datetime64("2022-01-24")][0]
    assert on_the_day == pytest.approx(vix.loc["2022-01-24"] - vix.loc["2022-01-21"])
    assert history.instrument.unit == "index points"


def test_fixings_of_different_hours_saw_different_days():
    """On 9 April 2018 the ruble's fall shows in Frankfurt at 14:15 and, being later, larger than in Warsaw at noon."""
    ecb = returns_of("sanctions-2018", "ruble")["2018-04-09"]
    nbp = returns_of("sanctions-2018", "ruble-nbp")["2018-04-09"]
    assert ecb < nbp < 0


def test_the_call_of_february_2025_through_the_command(capsys):
    """Shares +6.3 % over two sessions, bonds +3.2 %, the ruble +5.2 %, European gas -11 %, each with its p."""
    words = ["--series", "imoex,rgbi,ruble-cbr,ttf", "--window", "-1:0", "--tests", "none", "--format", "json", "-q"]
    with pytest.raises(SystemExit, match="0"):
        main(["run", "--case", "talks-2025", *words])
    rows = json.loads(capsys.readouterr().out)["tables"]["car"]
    call = {row["series"]: row for row in rows if row["event_id"] == "2025-02-12-trump-putin-call"}
    moves = {series: 100 * row["move"] for series, row in call.items()}
    assert moves == pytest.approx({"imoex": 6.3, "rgbi": 3.3, "ruble-cbr": 5.2, "ttf": -11.0}, abs=0.06)
    # By hand: bonds 103.11 to 106.46 are +3.249 %, gas 57.766 to 51.383 is -11.050 %.
    assert [round(moves[name], 2) for name in ("rgbi", "ttf")] == [3.25, -11.05]
    assert all(0 < row["p_value"] < 0.05 and row["days"] > 200 and row["family_p"] < 0.05 for row in call.values())
