import ast
import html
import inspect
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import eventstudy
import eventstudy as es

HEAVY = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "yfinance", "pyarrow", "typer", "rich")


def typed_homes():
    """Return the module each name comes from, as the stub tells type checkers."""
    tree = ast.parse(Path(eventstudy.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    return {alias.asname: node.module for node in tree.body for alias in node.names}


def test_the_names_are_sorted():
    """`__all__` is in alphabetical order and has no name twice."""
    assert eventstudy.__all__ == sorted(set(eventstudy.__all__))


def test_all_is_what_the_public_api_offers():
    """`__all__`, `dir` and the names shown to type checkers are one list."""
    assert eventstudy.__all__ == dir(eventstudy) == sorted(typed_homes())


@pytest.mark.parametrize(
    "stub", sorted(Path(eventstudy.__file__).parent.glob("*/__init__.pyi")), ids=lambda p: p.parent.name
)
def test_no_module_hides_a_name_of_its_package(stub):
    """No name that a package fetches late is also a module of it, which once imported would stand in its place."""
    names = {line.split()[-1] for line in stub.read_text(encoding="utf-8").splitlines()}
    assert names & {path.stem for path in stub.parent.glob("*.py")} == set()


@pytest.mark.parametrize("name", eventstudy.__all__)
def test_every_name_resolves_to_what_type_checkers_see(name):
    """Every public name can be had, and is the very object of the module that type checkers are told of."""
    home = import_module(typed_homes()[name])
    assert getattr(eventstudy, name) is getattr(home, name)


@pytest.mark.parametrize("name", [name for name, home in typed_homes().items() if home != "eventstudy"])
def test_the_public_api_defines_nothing(name):
    """Every public class and function is made in a package below."""
    assert getattr(eventstudy, name).__module__.startswith("eventstudy.")


def test_an_unknown_name_is_an_attribute_error():
    """A name that is not offered is an AttributeError like any other module's, so that `hasattr` works."""
    with pytest.raises(AttributeError, match="module 'eventstudy' has no attribute 'eventstudio'"):
        _ = eventstudy.eventstudio
    assert not hasattr(eventstudy, "plot")


#: What one process does after another, and what is not loaded by then.
STEPS = {
    "the public API": ("import eventstudy, eventstudy.errors, eventstudy.window", HEAVY),
    "files of GDELT": ("import eventstudy.events.gdelt", ("numpy", "pandas", "typer")),
    "events": ("eventstudy.read_events", ("scipy", "statsmodels", "matplotlib", "yfinance")),
    "studies": ("eventstudy.EventStudy, eventstudy.event_study", ("matplotlib", "yfinance")),
    "providers": ("import eventstudy.markets.fetch", ("yfinance", "requests")),
    "bundled calendars": (
        "from eventstudy.markets.calendar import *; [minutes_early(c, expected_sessions(c, *SPAN)) for c in CALENDARS]",
        ("exchange_calendars", "holidays"),
    ),
    "charts": ("eventstudy.charts.timeline, eventstudy.charts.save", ("matplotlib",)),
    "the record": ("import eventstudy.cases; eventstudy.cases.case_names()", ("matplotlib", "statsmodels")),
}
WATCHED = """
import json, sys
opened, steps = [], {}
sys.addaudithook(lambda name, of: opened.append(str(of[0])) if name == "open" else None)
CALENDARS, SPAN = ("XMOS", "XNYS", "CBR", "NBP"), ("2020-01-01", "2026-11-30")
def step(name):
    figures = [path for path in opened if "datasets" in path and path.endswith((".csv", ".json", ".toml"))]
    steps[name] = sorted({name.partition(".")[0] for name in sys.modules}), figures
step("nothing")
"""


@pytest.fixture(scope="module")
def loaded():
    """Return the top-level modules that a fresh interpreter has after each step, and the figures it opened."""
    code = WATCHED + "".join(f"{statement}\nstep({name!r})\n" for name, (statement, _) in STEPS.items())
    environment = {**os.environ, "PYTHONPATH": str(Path(eventstudy.__file__).parents[1])}
    code += "print(json.dumps(steps))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", STEPS)
def test_nothing_is_loaded_before_it_is_needed(loaded, name):
    """Neither the public API nor what reads, asks and draws loads what takes time before it is asked for."""
    before, after = set(loaded["nothing"][0]), set(loaded[name][0])
    assert "eventstudy" in after - before
    assert not set(STEPS[name][1]) & (after - before)


def test_what_is_needed_is_loaded(loaded):
    """Events are read by pandas: the list of what is loaded can have it."""
    assert "pandas" in set(loaded["events"][0]) - set(loaded["files of GDELT"][0])


def test_to_import_the_library_reads_no_figures(loaded):
    """`import eventstudy`, and a study of one's own figures, open no file of the bundled record."""
    assert loaded["studies"][1] == []
    assert loaded["the record"][1] != []


def test_every_choice_is_in_the_signature():
    """Completion and help see each keyword of a study with its default; none is hidden behind ``**choices``."""
    from eventstudy.options import DESIGN  # only here

    for function in (es.EventStudy, es.event_study):
        named = inspect.signature(function).parameters
        assert not [one for one in named.values() if one.kind is inspect.Parameter.VAR_KEYWORD]
        wanted = {"returns_kind" if name == "returns" else name for name in DESIGN}
        assert wanted <= set(named)
        assert named["estimation"].default == "-130:-11"
        assert named["seed"].default == 0
    assert set(inspect.signature(es.event_study).parameters) == set(inspect.signature(es.EventStudy).parameters)
    with pytest.raises(es.UnknownNameError, match="did you mean 'windows'"):
        es.event_study(["2022-01-27"], es.load_case("raise-or-fold-2022").prices, wndows=["0:0"])


def test_public_objects_say_in_a_line_what_they_are():
    """No object of a study floods the screen with its arrays."""
    case = es.load_case("raise-or-fold-2022")
    result = es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
    shown = [case, result.matching, result.histories["imoex"], result.samples["imoex"], result.given]
    for one in shown:
        assert repr(one).startswith(f"<{type(one).__name__}")
        assert "\n" not in repr(one)
        assert len(repr(one)) < 160
    assert "28 events" in repr(case)
    assert "488 sessions" in repr(result.histories["imoex"])
    assert result.plot().get_title() == "Moscow shares"
    page = result._repr_html_()
    assert all(html.escape(line) in page for line in result.warnings)
    assert f"{100 * result.answer('imoex', 'raise').caar:.2f}".replace("-", "−") + " %" in page
