"""How much of the library a reader must follow to understand what `fit` does."""

import sys
from pathlib import Path

import pytest

import eventstudy as es


@pytest.mark.parametrize(("tests", "n_functions"), [(False, 106), (True, 150)], ids=["fit", "fit and its tests"])
def test_fit_enters_few_functions_in_few_files(case, tests, n_functions):
    """A default `fit()` of two series enters few of our functions, in few files; its tests, made if asked for, more."""
    root, entered = str(Path(es.__file__).parent), set()
    study = es.EventStudy(case.events, case.prices, series=["ruble", "imoex"])
    study.fit()

    def look(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(root) and not code.co_name.startswith("<"):
            entered.add(code)

    sys.setprofile(look)
    try:
        result = study.fit()
        if tests:
            assert len(result.tests)
    finally:
        sys.setprofile(None)
    assert len({code.co_filename for code in entered}) <= 25
    assert len(entered) <= n_functions
