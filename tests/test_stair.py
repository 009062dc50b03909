"""The layers: who may import whom, and how large a module, a class and a function may be. Sources are read, not run."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: Packages and modules by layer, the lowest first. Each may import from the layers below; those of the lowest from each
#: other.
LAYERS = (
    {"errors", "window", "returns", "statistic", "cells", "files", "late", "network", "options", "tables", "version"}
    | {"wording"},
    {"tasks"},
    {"events", "markets"},
    {"news"},
    {"cases"},
    {"matching"},
    {"models"},
    {"inference"},
    {"study"},
    {"trading", "reading"},
    {"charts"},
    {"report"},
    {"cli"},
)
parsed = cache(ast.parse)  # several tests walk the same sources
LAYER_OF = {package: layer for layer, packages in enumerate(LAYERS) for package in packages}
LOWEST = 0

#: Lines of a module, and of a class and a function without their docstrings, that a reader still takes in.
MOST_LINES = {"module": 700, "class": 250, "function": 60}


@dataclass(frozen=True)
class Import:
    """One imported module, where, and when it is loaded: with the module, inside a function, or for types only."""

    target: str
    line: int
    when: str

    @property
    def top(self) -> str:
        """The distribution's import name, e.g. ``matplotlib``."""
        return self.target.partition(".")[0]


def module_name(path: Path) -> str:
    """Name a source file as it is imported: `cli/main.py` is `eventstudy.cli.main`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    inside = parts if parts[0] == "eventstudy" else ("eventstudy", *parts)
    return ".".join(inside[:-1] if inside[-1] == "__init__" else inside)


SOURCES = {module_name(path): path for top in ("eventstudy", "cli") for path in sorted((ROOT / top).rglob("*.py"))}
DATASETS = sorted((ROOT / "datasets").glob("*.py"))


def package_of(module: str) -> str:
    """Return the package of a module: `eventstudy.events.clock` is in `events`, the public API in ''."""
    return f"{module}.".split(".")[1]


def imports_of(module: str, text: str, *, is_package: bool = False, known: object = SOURCES) -> list[Import]:
    """Return every import of a module, relative ones resolved, submodules told from names."""
    package = module if is_package else module.rpartition(".")[0]
    found = []
    for node, when in _statements(parsed(text).body, "module"):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno, when) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.append(Import(inner if inner in known else base, node.lineno, when))
    return found


def _statements(body: list[ast.stmt], when: str) -> Iterator[tuple[ast.stmt, str]]:
    """Walk all statements with the moment at which they run."""
    for node in body:
        yield node, when
        inner = when
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and when != "types":
            inner = "function"
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _statements(node.body, "types")
            yield from _statements(node.orelse, when)
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, field, []), inner)
        for handler in (*getattr(node, "handlers", []), *getattr(node, "cases", [])):
            yield from _statements(handler.body, inner)


@cache
def imports(module: str) -> list[Import]:
    """Return every import of one of our modules."""
    path = SOURCES[module]
    return imports_of(module, path.read_text(encoding="utf-8"), is_package=path.name == "__init__.py")


def wrong_imports(module: str, found: list[Import]) -> list[str]:
    """Return what is wrong with where a module's imports lead."""
    here = package_of(module)
    wrong = []
    for one in found:
        there = package_of(one.target)
        if one.top != "eventstudy" or there == here or (there == "" and here != ""):
            continue
        if there not in LAYER_OF:
            wrong.append(f"{module}:{one.line} imports {one.target}, which is in no layer")
        elif here and LAYER_OF[there] >= LAYER_OF[here] and not LAYER_OF[there] == LAYER_OF[here] == LOWEST:
            wrong.append(f"{module}:{one.line} imports {one.target}: not of a lower layer")
    return wrong


def without_assertion(text: str, shared: Sequence[ast.stmt] = ()) -> list[str]:
    """Return the tests of a module that assert nothing, themselves or by a function of theirs or a shared one."""
    tests = re.findall(r"^def (test_\w+)(.*?)(?=^\S|\Z)", text, re.DOTALL | re.MULTILINE)
    plain = {name for name, body in tests if re.search(r"^ +(assert |with pytest\.raises)", body, re.MULTILINE)}
    if len(plain) == text.count("\ndef test_"):  # saves reading it as a program, which takes long
        return []
    known = {node.name: node for node in (*shared, *ast.walk(parsed(text))) if isinstance(node, ast.FunctionDef)}

    def asserts(node: ast.AST, above: tuple[str, ...] = ()) -> bool:
        calls = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
        own = {call.id for call in calls if isinstance(call, ast.Name)}
        of = own | {call.attr for call in calls if isinstance(call, ast.Attribute)}
        return (
            any(isinstance(inner, ast.Assert) for inner in ast.walk(node))
            or any(name.startswith("assert_") or name in {"raises", "warns", "fail"} for name in of)
            or any(asserts(known[name], (*above, name)) for name in own & known.keys() - {*above})
        )

    return [name for name, node in known.items() if name.startswith("test_") and not asserts(node)]


@pytest.fixture(scope="module", autouse=True)
def _forget():
    """Leave no programs behind: what looks for garbage after these tests would walk them all."""
    yield
    parsed.cache_clear()


LIBRARY = [module for module in SOURCES if package_of(module) != "cli"]


def test_every_package_has_a_layer():
    """Every module and package is in one layer, the public API excepted."""
    assert {package_of(module) for module in SOURCES} - {""} <= set(LAYER_OF)


def test_imports_run_down():
    """A module imports from its own package and from the layers below, never sideways or upwards."""
    assert [wrong for module in SOURCES for wrong in wrong_imports(module, imports(module))] == []


def too_long(module, text):
    """Return what is longer than a reader takes in at once."""
    n_lines = text.count("\n")
    found = [f"{module}: {n_lines} lines"] if n_lines > MOST_LINES["module"] else []
    for node in ast.walk(parsed(text)):
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        kind, first = "class" if isinstance(node, ast.ClassDef) else "function", node.body[0]
        n = node.end_lineno - node.lineno + 1
        if ast.get_docstring(node) is not None:
            n -= first.end_lineno - first.lineno + 1
        if n > MOST_LINES[kind]:
            found.append(f"{module}:{node.lineno}: {kind} {node.name} has {n} lines")
    return found


def test_a_reader_can_take_it_in():
    """No module is longer than 700 lines, no class than 250, no function than 60."""
    assert [said for module, path in SOURCES.items() for said in too_long(module, path.read_text("utf-8"))] == []


def test_no_module_imports_from_the_public_api():
    """The public API is for users: inside the library a name is imported from its package."""
    for module in SOURCES:
        if module != "eventstudy":
            assert "eventstudy" not in {one.target for one in imports(module)}, module


def test_the_public_api_imports_no_package_when_it_is_loaded():
    """It imports nothing but what reads its stub, where it stands which name comes from which package."""
    assert [one.target for one in imports("eventstudy") if one.top == "eventstudy"] == ["eventstudy.late"]


def test_there_are_no_circles():
    """No module needs, at run time, a module that needs it; importing inside a function is no way round."""
    needs = {
        module: {one.target for one in imports(module) if one.when != "types" and one.target in SOURCES}
        for module in SOURCES
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as circle:
        pytest.fail(" needs ".join(reversed(circle.args[1])))


def test_heavy_libraries_are_where_they_belong():
    """Only charts import matplotlib, only markets yfinance; statsmodels and yfinance are never loaded with a module."""
    for module in SOURCES:
        for one in imports(module):
            if one.when == "types":
                continue
            where = f"{module}:{one.line}"
            assert one.top != "matplotlib" or package_of(module) == "charts", where
            assert one.top != "yfinance" or (package_of(module) == "markets" and one.when == "function"), where
            assert one.top != "statsmodels" or one.when == "function", where


def test_benchmarks_import_what_there_is():
    """What scripts beside the package import from it is there, and the files into which faults are put are too."""
    said = []
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        for node in ast.walk(parsed(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "eventstudy":
                of = import_module(node.module)
                said += [f"{path.name}: {node.module}.{one.name}" for one in node.names
                         if not hasattr(of, one.name) and find_spec(f"{node.module}.{one.name}") is None]  # fmt: skip
    named = re.findall(r'"((?:eventstudy|tests)/[^"*]+\.py)"', (ROOT / "benchmarks" / "mutants.py").read_text("utf-8"))
    assert said == []
    assert [name for name in named if not (ROOT / name).is_file() and "{" not in name] == []


def test_the_library_does_not_print_assert_or_look_at_the_clock():
    """Nothing in the library prints, asserts, or asks what time it is."""
    clocks = {"print", "now", "utcnow", "today", "time_ns", "perf_counter"}
    for module in LIBRARY:
        for node in ast.walk(parsed(SOURCES[module].read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Assert), f"{module}:{node.lineno}"
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                assert called not in clocks, f"{module}:{node.lineno}"


def test_the_bundled_data_are_read_and_never_executed():
    """No module imports code from the datasets folder, and the scripts there that make figures import none of ours."""
    inside = [one for module in SOURCES for one in imports(module)]
    assert not [one for one in inside if one.target.startswith(("datasets", "eventstudy.datasets"))]
    for path in DATASETS:
        found = imports_of("datasets.script", path.read_text(encoding="utf-8"))
        assert not {"eventstudy", "cli"} & {one.top for one in found}, path


def test_every_test_asserts():
    """Every test asserts, expects an error or a warning, or calls a function of the tests that does."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("*.py"))}
    shared = [node for path, text in texts.items() if not path.name.startswith("test_") for node in parsed(text).body]
    assert [f"{path}:{name}" for path, text in texts.items() for name in without_assertion(text, shared)] == []


# --- the tests above can fail --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "line", "fine"),
    [
        ("eventstudy.events.clock", "from eventstudy.errors import InputError", True),
        ("eventstudy.events.clock", "from eventstudy.events.schema import STANCES", True),
        ("eventstudy.events.clock", "from .stance import STANCES", True),
        ("eventstudy.returns", "from eventstudy.errors import InputError", True),
        ("eventstudy.models.linear", "import eventstudy.matching", True),
        ("eventstudy.matching", "import eventstudy.models", False),
        ("eventstudy.study.study", "from eventstudy.tasks import run_tasks", True),
        ("eventstudy.events.clock", "from eventstudy.markets import stamp", False),
        ("eventstudy.markets.stamp", "from ..events import clock", False),
        ("eventstudy.errors", "def f():\n    from eventstudy.study import Design", False),
        ("eventstudy.errors", "try:\n    pass\nexcept ValueError:\n    import eventstudy.cli.main", False),
        ("eventstudy.study.design", "from eventstudy import charts", False),
        ("eventstudy.study.design", "from eventstudy.cellar import wine", False),
    ],
)
def test_an_import_from_a_higher_layer_is_seen(module, line, fine):
    """Absolute, relative, hidden and dotted imports are all followed to the package they reach."""
    found = imports_of(module, line, known={*SOURCES, "eventstudy.charts"})
    assert found
    assert (wrong_imports(module, found) == []) is fine


def test_what_is_too_long_is_seen():
    """A function of sixty lines beside its docstring passes, one of sixty-one does not; so with classes and modules."""
    lines = "".join(f"    x = {k}\n" for k in range(59))
    assert too_long("m", f'def f():\n    """Say.\n\n    More.\n    """\n{lines}') == []
    assert too_long("m", f"def f():\n{lines}    y = 1\n") == ["m:1: function f has 61 lines"]
    assert too_long("m", "class K:\n" + "    x = 1\n" * 250) == ["m:1: class K has 251 lines"]
    assert too_long("m", "x = 1\n" * 701) == ["m: 701 lines"]


def test_the_moment_of_an_import_is_seen():
    """An import is told apart by when it runs: with the module, in a function, or for type checkers only."""
    text = (
        "import a\nif TYPE_CHECKING:\n    import b\nelse:\n    import c\n"
        "class K:\n    import d\n    def f(self):\n        if self:\n            import e\n"
    )
    assert {one.target: one.when for one in imports_of("eventstudy.x", text)} == {
        "a": "module", "b": "types", "c": "module", "d": "module", "e": "function",
    }  # fmt: skip


def test_a_test_without_an_assertion_is_seen():
    """A call alone asserts nothing; an assertion in a function that is called, or an expected error, does."""
    text = (
        "def check(x):\n    assert x\ndef same(x):\n    check(x)\n    same(x)\n"
        "def test_a():\n    run()\ndef test_b():\n    same(1)\ndef test_c():\n    pytest.raises(E, run)\n"
    )
    assert without_assertion(text) == ["test_a"]
