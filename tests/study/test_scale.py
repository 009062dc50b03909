"""Who does the work, how it is told and what it may take change no number."""

import csv
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.files import write_files
from eventstudy.inference import placebo
from eventstudy.study import estimates, folder_files, read_folder, tables
from eventstudy.study import result as study_result


def processes(n_workers):
    """Other processes, begun afresh."""
    return ProcessPoolExecutor(n_workers, mp_context=get_context("spawn"))


@pytest.fixture(scope="module")
def study():
    """Six series beside their market, three events of which two share a session."""
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2020-01-01", periods=420)
    market = rng.normal(size=420) * 0.01
    returns = pd.DataFrame(market[:, None] + rng.normal(size=(420, 6)) * 0.01, index=days, columns=list("abcdef"))
    returns["m"] = market
    events = pd.DataFrame({"time": days[[250, 300, 300]].strftime("%Y-%m-%d"), "stance": ["raise", "fold", "raise"]})
    return es.EventStudy(events, returns=returns, model="market-model", market="m", windows=["0:0", "-1:1"])


@pytest.fixture(scope="module")
def alone(study):
    """The study in this thread."""
    return study.fit()


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("kind", "n_workers"),
    [
        *((ThreadPoolExecutor, n) for n in (1, 2, 3)),
        pytest.param(processes, 2, marks=pytest.mark.slow),
    ],
)
def test_any_number_of_workers_gives_the_same_study(study, alone, kind, n_workers):
    """One, two or three threads or processes give every table of the study to the last bit."""
    with kind(n_workers) as executor:
        together = study.fit(executor=executor)
    assert together.warnings == alone.warnings
    for name, table in alone.tables().items():
        pd.testing.assert_frame_equal(together.tables()[name], table, check_exact=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_study(study, alone):
    """A Dask cluster of two workers on this machine gives every table of the study to the last bit."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        together = study.fit(executor=client.get_executor())
    for name, table in alone.tables().items():
        pd.testing.assert_frame_equal(together.tables()[name], table, check_exact=True)


def test_progress_is_told(study):
    """Every step tells of one task more, and the last one that all are done."""
    told = []
    study.fit(progress=lambda done, of: told.append((done, of)))
    assert told == [(k + 1, len(told)) for k in range(len(told))]
    assert told


def test_a_table_beyond_the_budget_is_left_out_and_said_to_be(study, alone):
    """A table of pairs without room keeps its columns and has no rows, a warning says so, and nothing else changes."""
    small = study.fit(budget=9_000)
    assert list(small.left_out) == ["matches", "car"]
    # 36 rows of 300 bytes.
    assert "car is left out: 0.01 MiB for 36 rows are more than the budget of 0.0086 MiB (--budget)" in small.warnings
    for name, table in alone.tables().items():
        if name != "tests":
            expected = table.iloc[:0] if name in small.left_out else table
            pd.testing.assert_frame_equal(small.tables()[name], expected, check_exact=True)
    assert small.series == alone.series
    assert small.summary().startswith("Event study: 3 of 3 events on 6 series")


def test_tests_of_means_without_room_are_left_out_and_said_to_be(study, alone):
    """12 market events of 126 residuals and abnormal returns need 96,768 bytes; with one less no mean is tested."""
    assert alone.design.estimation.n_sessions + 2 * alone.design.span.n_sessions == 126
    pd.testing.assert_frame_equal(study.fit(budget=96_768).tests, alone.tests, check_exact=True)
    small = study.fit(budget=96_767)
    assert any(said.startswith("tests of means are left out: 0.092 MiB for 12 residual") for said in small.warnings)
    assert not alone.tests.empty
    assert small.tests.empty
    assert list(small.tests.columns) == list(alone.tests.columns)


def test_large_sizes_are_whole_numbers():
    """Two market events of 99,991 residuals and abnormal returns need 12.2 MiB, where there are 11."""
    days = pd.bdate_range("2020-01-01", periods=400)
    returns = pd.DataFrame({"a": np.random.default_rng(0).normal(size=400) * 0.01}, index=days)
    study = es.EventStudy(days[[300, 350]], returns=returns, estimation="-99999:-11", windows=["0:0"])
    wanted = "tests of means are left out: 12 MiB for 2 residual windows are more than the budget of 11 MiB (--budget)"
    assert wanted in study.fit(budget=11 * 2**20).warnings


@pytest.mark.parametrize("name", ["matches", "fits", "abnormal", "car"])
def test_a_table_left_out_is_had_block_by_block(study, alone, name, monkeypatch):
    """The blocks of a table that was left out, a series each, hold the very rows of the whole table."""
    monkeypatch.setattr(study_result, "ROWS_AT_ONCE", 1)
    blocks = list(study.fit(budget=0).blocks(name))
    assert [list(block["series"].unique()) for block in blocks] == [[series] for series in alone.series]
    together = pd.concat(blocks, ignore_index=True)
    keys = [key for key in ("event_id", "series", "tau", "window") if key in together]
    for whole in (alone.tables()[name], pd.concat(alone.blocks(name))):
        expected = whole.sort_values(keys, ignore_index=True)
        pd.testing.assert_frame_equal(together.sort_values(keys, ignore_index=True), expected, check_exact=True)


def test_a_folder_holds_the_tables_that_a_result_leaves_out(study, alone, tmp_path):
    """The CSV of a table left out has the rows of the whole one, series by series, and the folder can be read back."""
    write_files(tmp_path, folder_files(study.fit(budget=9_000)))
    with (tmp_path / "car.csv").open(encoding="utf-8", newline="") as lines:
        written = {(row["event_id"], row["series"], row["window"]): row for row in csv.DictReader(lines)}
    assert len(written) == len(alone.car)
    for row in alone.car.to_dict("records"):
        assert float(written[row["event_id"], row["series"], row["window"]]["car"]) == row["car"]
    assert read_folder(tmp_path).budget == 9_000


def test_cars_as_arrays_are_those_of_the_table(study, alone):
    """CARs, standard errors, t, df and p of `cars` are those of the `car` table, pair by pair and window by window."""
    panel = study.cars()
    assert panel.car.shape == (3, 6, 2)
    table = alone.car.sort_values(["event_id", "series", "window"])
    at = [
        [of.index(value) for value in table[name]]
        for name, of in (
            ("event_id", panel.events),
            ("series", panel.series),
            ("window", list(map(str, panel.windows))),
        )
    ]
    for name, column in (("car", "car"), ("se", "se"), ("t", "t"), ("p_value", "t_p_value")):
        np.testing.assert_array_equal(getattr(panel, name)[tuple(at)], table[column])
    np.testing.assert_array_equal(panel.df[at[0], at[1]], table["df"])


def test_cars_of_excluded_pairs_are_missing():
    """An event before the sample, and a series without a price, have no CAR, no degrees of freedom and a reason."""
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2020-01-01", periods=300)
    returns = pd.DataFrame(rng.normal(size=(300, 3)) * 0.01, index=days, columns=["a", "b", "none"])
    returns["none"] = np.nan
    events = pd.DataFrame({"time": ["2019-06-03", str(days[200].date())], "stance": "raise"})
    panel = es.EventStudy(events, returns=returns, windows=["0:1"]).cars()
    for left_out in (0, (1, 2)):
        assert np.isnan(panel.car[left_out]).all()
        assert np.isnan(panel.p_value[left_out]).all()
        assert (panel.df[left_out] == 0).all()
    assert np.isfinite(panel.car[1, :2]).all()
    reasons = panel.matches.table.set_index(["event_id", "series"])["reason"]
    assert reasons[panel.events[0], "a"].startswith("before-sample:")
    assert reasons[panel.events[1], "none"].startswith("no-prices:")


def test_the_draws_of_a_pair_are_those_behind_its_p(alone):
    """Each p over one session is that of its z among the draws handed out for it, which are its days."""
    for row in alone.car[alone.car["window"] == "0:0"].to_dict("records"):
        draws = alone.placebo_z(row["event_id"], row["series"], row["window"])
        assert len(draws) == row["days"]
        assert placebo.placebo_p(row["z"], draws) == row["p_value"]


DAYS = pd.bdate_range("2020-01-01", periods=420)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("missing", ["exclude", "partial"])
@pytest.mark.parametrize("model", [es.MarketModel("m"), es.Robust("m")], ids=lambda model: model.name)
def test_company_changes_no_series(model, missing):
    """A series, with holes or without, has the rows, to the last bit, that it has when it is studied by itself."""
    rng = np.random.default_rng(4)
    market = rng.normal(size=420) * 0.01
    returns = pd.DataFrame(market[:, None] + rng.normal(size=(420, 4)) * 0.01, index=DAYS, columns=list("abcd"))
    returns.loc[DAYS[[*range(20), 280]], "d"] = np.nan
    events = pd.DataFrame({"time": DAYS[[250, 300, 300]].strftime("%Y-%m-%d"), "stance": ["raise", "fold", "raise"]})
    choices = {"model": model, "missing": missing, "estimation": "-60:-11", "min_obs": 40, "windows": ["0:0", "-1:3"]}
    study = {"returns": returns.assign(m=market), "tests": [], **choices}
    together = es.EventStudy(events, **study).fit()
    for name in "ad":
        alone = es.EventStudy(events, series=[name], **study).fit()
        for table in ("matches", "fits", "abnormal", "car", "aar"):
            rows = getattr(together, table)
            rows = rows[rows["series"] == name].reset_index(drop=True)
            family = [column for column in rows if column.startswith("family")]
            pd.testing.assert_frame_equal(
                rows.drop(columns=family), getattr(alone, table).drop(columns=family), check_exact=True
            )


def test_nothing_is_computed_before_it_is_asked_for(study):
    """CARs alone need no scale: a block that was estimated has neither it nor z until somebody asks."""
    _, estimates, _ = study.estimated()
    block = next(iter(estimates.values())).block
    assert "scaled" not in vars(block)
    assert np.isfinite(next(iter(estimates.values())).every("z")).any()
    assert "scaled" in vars(block)


def test_blocks_of_series_are_an_even_number_and_hold_no_more_than_may_be_held_at_once(monkeypatch):
    """Twelve series of 200 sessions, 2,400 numbers, are one block or so many, and give the same CARs."""
    days = pd.bdate_range("2020-01-01", periods=200)
    values = np.random.default_rng(1).normal(size=(200, 12)) * 0.01
    returns = pd.DataFrame(values, index=days, columns=[*"abcdefghijkl"])
    study, wanted = es.EventStudy(days[[150, 170]], returns=returns, windows=["0:0"]), None
    for at_once, n_blocks in ((2_400, 1), (2_399, 2), (1_200, 2), (800, 4), (600, 4), (599, 6)):
        monkeypatch.setattr(estimates, "_AT_ONCE", at_once)
        told = []
        _, found, _ = study.estimated(progress=lambda done, of, told=told: told.append((done, of)))
        assert told == [(k + 1, n_blocks) for k in range(n_blocks)]
        cars = np.stack([of.every("car") for of in found.values()])
        wanted = cars if wanted is None else wanted
        np.testing.assert_array_equal(cars, wanted)


@pytest.mark.parametrize(
    ("name", "needed"), [("matches", 18_000), ("fits", 2_880), ("abnormal", 6_480), ("car", 10_800)]
)
def test_a_table_takes_so_many_bytes_a_row(alone, name, needed):
    """Eighteen pairs, of three sessions and two windows: a budget of just what a table takes holds it."""
    for budget, left_out in ((needed, False), (needed - 1, True)):
        assert (name in tables.too_large(alone.samples, alone.design, budget)) == left_out
