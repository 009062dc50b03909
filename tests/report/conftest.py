import pytest

import eventstudy as es
from eventstudy.report import write_report

#: What a page must show as it stands and never run.
HOSTILE = '<script>document.title = "run"</script> & "quoted" <img src=x onerror=alert(1)>'


@pytest.fixture(scope="session")
def study():
    """A small study with a headline and a link that mean harm."""
    case = es.load_case("raise-or-fold-2022")
    events = case.events.copy()
    events.loc[events["id"] == "2022-01-27-kremlin-reply", "headline"] = HOSTILE
    events.loc[events["id"] == "2022-01-27-kremlin-reply", "url"] = "javascript:alert(1)"
    events.loc[events["id"] == "2022-02-24-invasion", "url"] = "https://example.org/invasion"
    return es.EventStudy(events, case.prices, series=["ruble", "vix"], windows=["0:0", "0:5"]).fit()


@pytest.fixture(scope="session")
def told(study):
    """The report of that study, with a chart of all series and one of each."""
    return write_report(study, charts=("heatmap", "raise-fold"))
