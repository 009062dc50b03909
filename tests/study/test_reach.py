"""How much of the library a reader must follow to understand what `fit` does."""

import sys
from pathlib import Path

import eventstudy as es


def test_fit_enters_few_functions_in_few_files(case):
    """A default `fit()` of two series enters at most 175 of our functions, in at most 25 files; the goal is 150."""
    root, entered = str(Path(es.__file__).parent), set()
    study = es.EventStudy(case.events, case.prices, series=["ruble", "imoex"])
    study.fit()

    def look(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(root) and not code.co_name.startswith("<"):
            entered.add(code)

    sys.setprofile(look)
    try:
        study.fit()
    finally:
        sys.setprofile(None)
    assert len({code.co_filename for code in entered}) <= 25
    assert len(entered) <= 175
