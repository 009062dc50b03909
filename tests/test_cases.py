import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from eventstudy import UnknownNameError, case_names, find_instrument, load_case
from eventstudy.cases import case_events
from eventstudy.markets import histories_from_prices
from eventstudy.markets.bundled import load_series, read_catalog

NAMES = ("crimea-2014", "raise-or-fold-2022", "sanctions-2018")
CASES = {name: load_case(name) for name in NAMES}
every_case = pytest.mark.parametrize("name", NAMES)


def returns_of(name, instrument, kind=None):
    """Return an instrument's returns in a case by session, as its history has them; simple ones unless asked for."""
    case = CASES[name]
    history = histories_from_prices(case.prices[[instrument]], case.instruments, kind=kind)[instrument]
    return dict(zip(history.sessions.astype(str), history.returns, strict=True))


def test_the_cases_are_the_three_that_are_told():
    """Three cases are bundled, in alphabetical order."""
    assert case_names() == NAMES


def test_an_unknown_case_is_refused():
    """A case nobody bundled is refused with the nearest, whether its events or all of it are asked for."""
    for load in (load_case, case_events):
        with pytest.raises(UnknownNameError, match=r"^unknown case 'crimea'; did you mean 'crimea-2014'\?$"):
            load("crimea")


@every_case
def test_a_case_hangs_together(name):
    """What a case puts first is in it: headline instruments among its prices, focus and spotlight among its events."""
    case = CASES[name]
    ids = set(case.events["id"])
    assert (case.name, bool(case.title), bool(case.about)) == (name, True, True)
    assert set(case.headline) <= set(case.prices)
    assert set(case.focus) <= ids
    assert case.spotlight in ids
    assert list(case.instruments) == list(case.prices)
    assert all(case.instruments[column] is find_instrument(column) for column in case.prices)
    assert_frame_equal(case.events, case_events(name))


@every_case
def test_a_cases_prices_are_cut_from_the_bundled_series(name):
    """Within the case's span every series has its own figures, all of them and nothing else."""
    row = read_catalog()["cases"][name]
    case = CASES[name]
    assert date.fromisoformat(row["first"]) <= case.prices.index[0].date()
    assert case.prices.index[-1].date() <= date.fromisoformat(row["last"])
    for series in row["series"]:
        whole = load_series(series)
        pd.testing.assert_series_equal(
            case.prices[whole.name].dropna(), whole[row["first"] : row["last"]], check_freq=False
        )


@every_case
def test_there_is_time_to_learn_before_the_first_event(name):
    """Before its first event a case has 130 sessions or more of the ruble and of the currencies that control for it."""
    case = CASES[name]
    before = case.prices[case.prices.index < case.events["time"].min()[:10]]
    assert before[["ruble", "em-fx"]].notna().sum().min() >= 130


def test_loading_twice_gives_frames_of_ones_own():
    """Who changes a loaded case changes nobody else's."""
    mine = load_case("sanctions-2018")
    mine.prices.iloc[:] = 0.0
    assert_frame_equal(load_case("sanctions-2018").prices, CASES["sanctions-2018"].prices)


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
    assert round(CASES["raise-or-fold-2022"].prices.loc[session, "ruble"], 2) == rubles


def test_the_ruble_fell_when_the_dollar_rose():
    """From 80.11 to 85.75 a dollar the ruble lost 80.11/85.75 - 1 = -6.57 %, in logs ln(80.11/85.75) = -6.80 %."""
    simple, log = (returns_of("raise-or-fold-2022", "ruble", kind)["2022-02-24"] for kind in (None, "log"))
    assert simple == pytest.approx(80.112042 / 85.745319 - 1)
    assert log == pytest.approx(math.log(80.112042 / 85.745319))
    assert (round(100 * simple, 2), round(100 * log, 2)) == (-6.57, -6.80)


def test_moscow_was_closed_and_the_closure_is_a_step_of_27_days():
    """Between 25 February and 24 March 2022 Moscow's shares have no session, and the step over it is 27 days."""
    case = CASES["raise-or-fold-2022"]
    history = histories_from_prices(case.prices[["imoex"]], case.instruments)["imoex"]
    position = int(np.flatnonzero(history.sessions == np.datetime64("2022-03-24"))[0])
    assert str(history.sessions[position - 1]) == "2022-02-25"
    assert history.gap_days[position] == 27
    assert np.nanmax(history.gap_days) == 27


def test_vix_is_studied_in_points():
    """VIX is differenced: its change of 24 January 2022 is in index points, not per cent."""
    case = CASES["raise-or-fold-2022"]
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
