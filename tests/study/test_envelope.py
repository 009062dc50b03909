"""The JSON envelope and the result folder: valid, complete, free of clocks and paths, the same bytes, read back."""

import copy
import hashlib
import json
import platform
import re
from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.files import write_files
from eventstudy.study import (
    NEEDED,
    envelope_schema,
    folder_files,
    folder_to_draw,
    read_folder,
    result_files,
    study_envelope,
    to_csv,
    to_json,
)
from eventstudy.version import version


def make_study(**choices):
    """Run a small study on the bundled case."""
    case = es.load_case("raise-or-fold-2022")
    return es.EventStudy(
        case.events, case.prices, series=["ruble", "imoex", "vix"], windows=["0:1", "0:5"], **choices
    ).fit()


@pytest.fixture(scope="module")
def result():
    """A small study."""
    return make_study()


@pytest.fixture(scope="module")
def short(result):
    """Its envelope with the first rows of each table, which the schema takes."""
    whole = study_envelope(result)
    first = whole | {"tables": {name: rows[:2] for name, rows in whole["tables"].items()}}
    jsonschema.validate(first, envelope_schema())
    return first


@pytest.fixture(scope="module")
def schema():
    """What holds an envelope to the shipped schema."""
    return jsonschema.Draft202012Validator(envelope_schema())


def test_envelope_is_valid(result):
    """The envelope of a real study meets the shipped JSON Schema, formats of dates included."""
    kind, schema = jsonschema.Draft202012Validator, envelope_schema()
    assert kind(kind.META_SCHEMA).is_valid(schema)
    checker = kind(schema, format_checker=jsonschema.FormatChecker())
    assert list(checker.iter_errors(study_envelope(result))) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), "0.9"),
        (("clock",), "2026-01-01T00:00:00Z"),
        (("inputs", 0, "sha256"), "abc"),
        (("tables", "matches", 0, "status"), "dropped"),
        (("tables", "car", 0, "p_value"), 1.5),
        (("tables", "average", 0, "family_p"), -0.1),
        (("tables", "car", 0, "placebo_p"), 0.5),
        (("tables", "car", 0, "car"), "0.1"),
        (("tables", "average", 0, "stance"), None),
    ],
)
def test_schema_refuses_what_is_wrong(short, schema, path, value):
    """The schema is no formality: a wrong version, digest, status, p-value, column or type is refused."""
    spoilt = copy.deepcopy(short)
    place = spoilt
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        schema.validate(spoilt)


def test_schema_names_every_column(result):
    """Every column of every table is described in the schema, but for the model's own parameters."""
    described = envelope_schema()["properties"]["tables"]["properties"]
    for name, table in result.tables().items():
        parameters = {"alpha"} if name == "fits" else set()
        assert set(table.columns) - parameters == set(described[name]["items"]["properties"])


def test_figures_survive(result):
    """A number read back from the JSON is the very number of the frame; NaN is null and back."""
    car = json.loads(to_json(study_envelope(result)))["tables"]["car"]
    for name in ("car", "se", "t", "z", "p_value", "family_p", "days"):
        read = np.array([np.nan if row[name] is None else row[name] for row in car])
        np.testing.assert_array_equal(read, result.car[name].to_numpy())
    assert result.car["car"].isna().any()


def test_no_clock_path_or_machine(result):
    """No file of a result holds today's date, a path or a machine's name."""
    text = b"".join(result_files(result).values()).decode()
    today = datetime.now(tz=UTC).date().isoformat()
    assert today not in text
    assert not re.search(r"/(tmp|home|root|work|usr)/", text)
    assert platform.node() not in text


@pytest.mark.slow
def test_same_inputs_same_bytes(result):
    """Running the study again gives the same files to the byte."""
    assert result_files(make_study()) == result_files(result)


def test_input_digest_depends_on_content_only():
    """The digest of the prices depends on the figures, not on the type of their index."""
    case = es.load_case("raise-or-fold-2022")
    prices = case.prices[["imoex"]]
    as_text = prices.set_axis(prices.index.strftime("%Y-%m-%d"), axis=0)
    changed = prices.copy()
    changed.iloc[-1, 0] += 0.01

    def digest(frame):
        return es.EventStudy(case.events, frame, windows=["0:0"]).fit().inputs[1].sha256

    assert digest(prices) == digest(as_text)
    assert digest(prices) != digest(changed)


def test_csv_dates():
    """In CSV a session is a date, a stamp an instant with Z, NaN and NaT empty cells."""
    table = pd.DataFrame(
        {
            "session": pd.to_datetime(["2022-01-27", None]),
            "stamp": pd.to_datetime(["2022-01-27T15:50", None]),
            "car": [0.1, np.nan],
        }
    )
    assert to_csv(table) == "session,stamp,car\n2022-01-27,2022-01-27T15:50:00Z,0.1\n,,\n"


# -- the folder --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(case):
    """A small study of a case."""
    return es.EventStudy(
        case.events, case.prices[["imoex", "sp500"]], model="market-model", market="sp500", windows=["0:1"], tests=[]
    ).fit()


@pytest.fixture
def folder(small, tmp_path):
    """Its folder."""
    write_files(tmp_path / "out", folder_files(small))
    return tmp_path / "out"


def test_the_result_comes_back(small, folder):
    """Read back, the envelope is the same to the byte, and so are the placebo z that no table holds."""
    back = read_folder(folder)
    assert to_json(study_envelope(back)) == to_json(study_envelope(small))
    assert back.design == small.design
    for event in small.fits["event_id"]:
        assert np.array_equal(*(of.placebo_z(event, "imoex", "0:1") for of in (small, back)))


def test_a_study_of_returns_with_its_own_instruments_comes_back(case, tmp_path):
    """Returns, and an instrument that no catalogue knows, come back too."""
    mine = es.Instrument("mine", "My index", *(getattr(es.find_instrument("imoex"), n) for n in ("stamp", "hours")))
    returns = case.prices[["imoex"]].pct_change(fill_method=None).dropna().rename(columns={"imoex": "mine"})
    study = es.EventStudy(case.events, returns=returns, instruments={"mine": mine}, windows=["0:0"], tests=[]).fit()
    write_files(tmp_path, folder_files(study))
    back = read_folder(tmp_path)
    assert to_json(study_envelope(back)) == to_json(study_envelope(study))
    assert back.histories["mine"].instrument == mine


def test_a_bundled_fund_comes_back_with_its_distributions(case, tmp_path):
    """The notes on ex-dates rest on what proves that the figures are the bundled ones, so that is kept too."""
    study = es.EventStudy(case.events, case.prices, series=["em-bonds"], windows=["0:5"], tests=[]).fit()
    assert study.car["note"].str.contains("ex-date").any()
    write_files(tmp_path, folder_files(study))
    assert to_json(study_envelope(read_folder(tmp_path))) == to_json(study_envelope(study))


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", NEEDED)
def test_what_is_missing_is_said(folder, name):
    """Without one of its files a folder is refused by the name of that file."""
    (folder / name).unlink()
    with pytest.raises(es.DataMissingError, match=name):
        read_folder(folder)


def test_a_folder_that_is_none(tmp_path):
    """A folder that is not there is an error that says how to write one."""
    with pytest.raises(es.DataMissingError, match="eventstudy run"):
        read_folder(tmp_path / "none")


@pytest.mark.parametrize("name", NEEDED)
def test_what_was_changed_is_refused(folder, name):
    """A byte changed by hand in any file that is read back does not pass for a result."""
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    for read in (read_folder, folder_to_draw):
        with pytest.raises(es.InputError, match=f"{name} is not as it was written; run the study again"):
            read(folder)


def test_the_digests_are_those_of_sha256sum(folder):
    """Of every file that is read back there is a line with its digest and its name."""
    lines = [line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines()]
    assert [name for _, name in lines] == list(NEEDED)
    for digest, name in lines:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_a_folder_without_digests_is_told(folder):
    """What was written before there were digests is to be written again, and that is said in a line."""
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(es.DataMissingError, match=r"has no SHA256SUMS; write it again with: eventstudy run .* --out"):
        read_folder(folder)


def test_a_folder_of_another_version_is_run_again(small, folder, monkeypatch):
    """It is run again also where charts are drawn, whatever its tables hold, and a warning says who wrote it."""
    monkeypatch.setattr("eventstudy.version.version", lambda: "9.9")
    for read in (read_folder, folder_to_draw):
        back = read(folder)
        assert back.warnings == (
            *small.warnings,
            f"the folder was written by version {version()}, and is run again by 9.9",
        )
        assert to_json(study_envelope(replace(back, warnings=small.warnings))) == to_json(study_envelope(small))
