import ast
import html
import inspect
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
    """Return the module each name comes from, as the face tells type checkers."""
    tree = ast.parse(Path(eventstudy.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    return {alias.asname: node.module for node in tree.body for alias in node.names}


def test_the_names_are_sorted():
    """`__all__` is in alphabetical order and has no name twice."""
    assert eventstudy.__all__ == sorted(set(eventstudy.__all__))


def test_all_is_what_the_face_offers():
    """`__all__`, `dir` and the names shown to type checkers are one list."""
    assert eventstudy.__all__ == dir(eventstudy) == sorted(typed_homes())


@pytest.mark.parametrize(
    "stub", sorted(Path(eventstudy.__file__).parent.glob("*/__init__.pyi")), ids=lambda p: p.parent.name
)
def test_no_module_hides_a_name_of_its_room(stub):
    """No name that a room fetches late is also a module of it, which once imported would stand in the name's place."""
    names = {line.split()[-1] for line in stub.read_text(encoding="utf-8").splitlines()}
    assert names & {path.stem for path in stub.parent.glob("*.py")} == set()


@pytest.mark.parametrize("name", eventstudy.__all__)
def test_every_name_resolves_to_what_type_checkers_see(name):
    """Every public name can be had, and is the very object of the module that type checkers are told of."""
    home = import_module(typed_homes()[name])
    assert getattr(eventstudy, name) is getattr(home, name)


@pytest.mark.parametrize("name", [name for name, home in typed_homes().items() if home != "eventstudy"])
def test_the_face_defines_nothing(name):
    """Every class and function of the face is made in a room below it."""
    assert getattr(eventstudy, name).__module__.startswith("eventstudy.")


def test_an_unknown_name_is_an_attribute_error():
    """A name that is not offered is an AttributeError like any other module's, so that `hasattr` works."""
    with pytest.raises(AttributeError, match="module 'eventstudy' has no attribute 'eventstudio'"):
        _ = eventstudy.eventstudio
    assert not hasattr(eventstudy, "plot")


def modules_after(statement):
    """Return the top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    environment = {**os.environ, "PYTHONPATH": str(Path(eventstudy.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return set(done.stdout.split())


def test_importing_the_face_costs_nothing():
    """`import eventstudy` loads neither numpy nor pandas nor anything else that takes time."""
    before, after = modules_after("pass"), modules_after("import eventstudy, eventstudy.errors, eventstudy.window")
    assert "eventstudy" in after - before
    assert not set(HEAVY) & (after - before)


def test_reading_events_does_not_load_what_only_charts_and_models_need():
    """Reading an event table needs pandas, and neither scipy nor statsmodels nor matplotlib."""
    loaded = modules_after("import eventstudy\neventstudy.read_events") - modules_after("pass")
    assert "pandas" in loaded
    assert not {"scipy", "statsmodels", "matplotlib", "yfinance"} & loaded


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
