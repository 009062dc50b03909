import ast
import doctest
import re
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name, walk_packages

import pytest


def module_names():
    """Return every module of the library and of the command line; the datasets are read and never executed."""
    names = ["eventstudy", "eventstudy.cli"]
    for package in ("eventstudy", "eventstudy.cli"):
        folder = import_module(package).__path__[0]  # a bare checkout adds its root behind it
        names += [module.name for module in walk_packages([folder], f"{package}.", onerror=lambda _: None)]
    return sorted({name for name in names if not name.endswith(".__main__")})


MODULES = module_names()

#: Those whose examples draw charts or fit a case, of which `charts.events`, `report.pages` and `study.study` stay.
DEAR = {
    f"eventstudy.{name}"
    for name in (
        "charts.flagged",
        "charts.frames",
        "charts.paths",
        "charts.saved",
        "report.content",
        "study.regressions",
    )
}


def examples_of(name):
    """Return the docstrings of a module that have examples."""
    return [test for test in doctest.DocTestFinder().find(import_module(name)) if test.examples]


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in DEAR)) for name in MODULES])
def test_examples_in_docstrings_are_true(name):
    """Every example in a docstring runs and prints what it says."""
    assert doctest.testmod(import_module(name)).failed == 0


def test_examples_are_found():
    """The search for examples reaches packages, single modules and the command line."""
    assert {"eventstudy.window", "eventstudy.events.schema", "eventstudy.cli.main"} <= set(MODULES)
    assert sum(len(test.examples) for name in MODULES for test in examples_of(name)) >= 30


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is(name):
    """Every module has a docstring, and its first line is a whole sentence."""
    first = (import_module(name).__doc__ or "").strip().partition("\n")[0]
    assert first.endswith((".", ":", "?"))


@pytest.mark.parametrize("name", MODULES)
def test_a_list_of_parameters_is_whole(name):
    """A docstring that lists parameters lists those that there are."""
    text = Path(import_module(name).__file__).read_text(encoding="utf-8")
    tree = ast.parse(text if "Parameters\n" in text else "")  # reading a program takes long
    for one in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
        _, listed, text = (ast.get_docstring(one) or "").partition("Parameters\n----------\n")
        words = " ".join(re.findall(r"^(\S.*?)(?: : .*)?$", re.split(r"\n\n\w[\w ]*\n--", text)[0], re.MULTILINE))
        more = filter(None, (one.args.vararg, one.args.kwarg))
        there = {arg.arg for arg in (*one.args.posonlyargs, *one.args.args, *one.args.kwonlyargs, *more)}
        assert not listed or {*re.findall(r"\w+", words)} >= there - {"self", "cls"}, one.name


@pytest.mark.parametrize("name", MODULES)
def test_what_a_source_names_is_there(name):
    """A dotted name of the library between backticks, in a docstring or a comment, is a module or in one."""
    source = Path(import_module(name).__file__).read_text(encoding="utf-8")
    for words in set(re.findall(r"`(eventstudy(?:\.[A-Za-z]\w*)+)", source)):
        assert resolve_name(words) is not None
