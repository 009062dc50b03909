"""What happened, as anyone can look up, and what the library must say of it."""

import pytest

import eventstudy as es

#: Session, the move of Moscow shares (IMOEX, simple return), and between what its p lies.
DAYS = {
    "2022-01-26": (0.0304, (0.0, 1.0)),
    "2022-01-27": (0.0293, (0.24, 0.30)),
    "2022-01-28": (0.0095, (0.3, 1.0)),
    "2022-02-25": (0.2004, (0.0, 0.05)),
}


@pytest.fixture(scope="module")
def moscow():
    """Moscow shares on days of January and February 2022: each day is an event, all known by day."""
    case = es.load_case("raise-or-fold-2022")
    result = es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
    car = result.car
    return result, car[car["car"].notna()].drop_duplicates("session").set_index("session")


def test_the_invasion(moscow):
    """On 24 February 2022 Moscow shares lost 33.28 %, and no day without news was like it."""
    _, car = moscow
    row = car.loc["2022-02-24"]
    assert row["move"] == pytest.approx(-0.3328, abs=5e-5)
    assert row["p_value"] == pytest.approx(1 / (row["days"] + 1), rel=1e-9)
    assert row["p_source"] == "sessions"


@pytest.mark.parametrize("day", DAYS)
def test_a_day(moscow, day):
    """The move of a day as it was, and whether it was out of the ordinary; a day without news is asked by itself."""
    _, car = moscow
    move, (low, high) = DAYS[day]
    if day not in car.index:
        case = es.load_case("raise-or-fold-2022")
        alone = es.EventStudy([day], case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
        row = alone.car.iloc[0]
    else:
        row = car.loc[day]
    assert row["move"] == pytest.approx(move, abs=5e-5)
    assert low <= row["p_value"] <= high


def test_an_ordinary_t_took_27_january_for_news(moscow):
    """The ordinary t says 2.4 where the day was ordinary for a nervous market."""
    _, car = moscow
    assert car.loc["2022-01-27", "t"] == pytest.approx(2.4, abs=0.15)


def test_march_is_no_answer_to_february(moscow):
    """Moscow was shut until 24 March 2022: news of the weeks before is set aside there, with the reason."""
    result, _ = moscow
    march = result.matches[result.matches["session"] >= "2022-03-01"]
    assert len(march)
    assert set(march["status"]) == {"set-aside"}
    assert (march["reason"] != "").all()
    for stance in ("*", *result.groups):
        sample = result.sample("imoex", stance, "0:0")
        assert (sample["session"] < "2022-03-01").all()


def test_the_demo_rows_show_the_mean_they_test():
    """The ruble's mean after holds, and the z and p beside it, are of the same market events."""
    case = es.load_case("raise-or-fold-2022")
    result = es.EventStudy(case.events, case.prices, series=["ruble"], windows=["0:0"], tests=[]).fit()
    answer, sample = result.answer("ruble", "hold", "0:0"), result.sample("ruble", "hold", "0:0")
    assert answer.caar == pytest.approx(sample["car"].mean())
    assert answer.z == pytest.approx(sample["z"].mean())
    assert set(sample["net_stance"]) == {"hold"}
    assert answer.caar > -0.02  # the old row printed -5 %, of days on which others raised
