"""A result folder is read back as the same result, and refused when it is not whole."""

import json

import numpy as np
import pytest

import eventstudy as es
from eventstudy.atomic import write_files
from eventstudy.study.envelope import envelope, to_json
from eventstudy.study.folder import NEEDED, folder_files, read_folder


@pytest.fixture(scope="module")
def case():
    """A bundled case."""
    return es.load_case("raise-or-fold-2022")


@pytest.fixture(scope="module")
def result(case):
    """A small study of a case."""
    return es.EventStudy(
        case.events, case.prices[["imoex", "sp500"]], model="market-model", market="sp500", windows=["0:1"], tests=[]
    ).fit()


@pytest.fixture
def folder(result, tmp_path):
    """Its folder."""
    write_files(tmp_path / "out", folder_files(result))
    return tmp_path / "out"


def test_the_result_comes_back(result, folder):
    """Read back, the envelope is the same to the byte, and so are the placebo draws that no table holds."""
    back = read_folder(folder)
    assert to_json(envelope(back)) == to_json(envelope(result))
    assert back.design == result.design
    assert back.placebos.keys() == result.placebos.keys()
    assert all(np.array_equal(back.placebos[key], draws) for key, draws in result.placebos.items())


def test_a_study_of_returns_with_its_own_instruments_comes_back(case, tmp_path):
    """Returns, and an instrument that no catalogue knows, come back too."""
    mine = es.Instrument("mine", "My index", *(getattr(es.find_instrument("imoex"), n) for n in ("stamp", "hours")))
    returns = np.log(case.prices[["imoex"]].dropna()).diff().dropna().rename(columns={"imoex": "mine"})
    study = es.EventStudy(case.events, returns=returns, instruments={"mine": mine}, windows=["0:0"], tests=[]).fit()
    write_files(tmp_path, folder_files(study))
    back = read_folder(tmp_path)
    assert to_json(envelope(back)) == to_json(envelope(study))
    assert back.histories["mine"].instrument == mine


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


def test_a_table_that_was_changed_is_refused(folder):
    """A figure changed by hand in the envelope does not pass for a result."""
    study = json.loads((folder / "study.json").read_text())
    study["tables"]["car"][0]["car"] += 1e-6
    (folder / "study.json").write_text(json.dumps(study))
    with pytest.raises(es.InputError, match="table 'car' is not what its inputs give"):
        read_folder(folder)


def test_inputs_that_were_changed_are_refused(folder):
    """A price changed by hand is no longer what the digest stands for."""
    path = folder / "inputs" / "figures.csv"
    path.write_text(path.read_text().replace("1,", "2,", 1))
    with pytest.raises(es.EventStudyError):
        read_folder(folder)
