"""Charts of a result folder: drawn from what the run wrote, without running it again."""

import pytest

import eventstudy as es
from eventstudy import EventStudy
from eventstudy.charts import KINDS, describe
from eventstudy.study import folder_files, folder_to_draw


@pytest.fixture(scope="module")
def fitted(case):
    """A study of two markets."""
    return es.EventStudy(case.events, case.prices, series=["imoex", "ruble"], windows=["0:0", "0:1"], tests=[]).fit()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, fitted):
    """Its result folder."""
    place = tmp_path_factory.mktemp("folder")
    for name, content in folder_files(fitted).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content if isinstance(content, bytes) else b"".join(content))
    return place


@pytest.fixture(scope="module")
def read(folder):
    """What is drawn of that folder, read where no study can be run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventStudy, "fit", None)
        return folder_to_draw(folder)


@pytest.mark.one_in(4)
@pytest.mark.parametrize("kind", [kind for kind, of in KINDS.items() if not of.from_frame])
def test_a_chart_of_a_folder_runs_no_study_and_says_the_same(fitted, read, kind, monkeypatch):
    """Words and numbers are those of the fitted study, and `fit` is not called."""
    wanted = describe(KINDS[kind].draw(fitted))
    monkeypatch.setattr(EventStudy, "fit", None)
    assert describe(KINDS[kind].draw(read)) == wanted


@pytest.mark.slow
def test_a_timeline_needs_no_fit(case):
    """Matches and prices are enough for a timeline: it is the one of the fitted study."""
    study = es.EventStudy(case.events, case.prices, series=["imoex"])
    assert es.charts.to_bytes(es.charts.timeline(study.unanswered())) == es.charts.to_bytes(
        es.charts.timeline(study.fit())
    )
