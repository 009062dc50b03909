import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]

#: Folder of the checkout -> the package it is installed as.
HOMES = {"eventstudy": "eventstudy", "cli": "eventstudy.cli", "datasets": "eventstudy.datasets"}

CASES = (
    "all", "crimea-2014", "iran-2018-2026", "korea-2017-2019", "raise-or-fold-2022", "sanctions-2018", "shocks",
    "talks-2025", "ukraine-2022-2026", "us-china-trade",
)  # fmt: skip

#: What stays in the checkout: the figures that only `build.py` reads, and the list of where they came from.
NOT_SHIPPED = {
    "datasets/sources.txt",
    *(
        path.relative_to(ROOT).as_posix()
        for name in ("sources", "stance")
        for path in (ROOT / "datasets" / name).glob("*")
    ),
}


def package_of(folder):
    """Name the package of a folder of the checkout: `cli` is `eventstudy.cli`."""
    top, *inner = folder.relative_to(ROOT).parts
    return ".".join([HOMES[top], *inner])


def package_folders():
    """Return every folder with an `__init__.py` below the three that are installed."""
    return sorted(path.parent for top in HOMES for path in (ROOT / top).rglob("__init__.py"))


def data_files():
    """Return every file of those folders that is neither Python nor left behind by it."""
    files = [path for top in HOMES for path in sorted((ROOT / top).rglob("*")) if path.is_file()]
    return [path for path in files if path.suffix not in {".py", ".pyc"}]


def installed_as(path):
    """Return where a file of the checkout lies below site-packages."""
    top, *inner = path.relative_to(ROOT).parts
    return "/".join([*HOMES[top].split("."), *inner])


def is_declared(path):
    """Whether the package data of `pyproject.toml` carry a file."""
    folder = next(parent for parent in path.parents if parent in package_folders())
    patterns = SETUPTOOLS["package-data"].get(package_of(folder), [])
    relative = PurePosixPath(path.relative_to(folder))
    return any(relative.match(pattern) and len(relative.parts) == len(Path(pattern).parts) for pattern in patterns)


def test_every_package_is_installed():
    """The packages named in `pyproject.toml` are exactly the package folders there are, in alphabetical order."""
    assert SETUPTOOLS["packages"] == sorted(package_of(folder) for folder in package_folders())


def test_every_source_lies_in_a_package():
    """No Python file lies in a folder that is no package, but for the script that trains weights."""
    stray = {path.parent for top in HOMES for path in (ROOT / top).rglob("*.py")} - set(package_folders())
    stray -= {ROOT / "datasets" / "stance"}
    assert stray == set()


def test_the_command_line_and_the_data_live_inside_the_package():
    """The folders `cli` and `datasets` are installed as `eventstudy.cli` and `eventstudy.datasets`."""
    assert SETUPTOOLS["package-dir"] == {package: folder for folder, package in HOMES.items()}


def test_every_data_file_is_declared():
    """Every file that is not Python is carried by the package data, but for the sources of the build script."""
    left_out = {path.relative_to(ROOT).as_posix() for path in data_files() if not is_declared(path)}
    assert left_out <= NOT_SHIPPED


@pytest.mark.slow
def test_a_bare_checkout_finds_its_folders():
    """In a checkout that is not installed, running the tests' conftest is enough to import all three folders."""
    code = (
        "import sys, runpy\n"
        "sys.meta_path = [finder for finder in sys.meta_path if 'ditable' not in str(finder)]\n"
        "sys.path_hooks = [hook for hook in sys.path_hooks if 'ditable' not in str(hook)]\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"runpy.run_path({str(ROOT / 'tests' / 'conftest.py')!r})\n"
        "import eventstudy.cli, eventstudy.datasets, eventstudy.cases\n"
        "print(eventstudy.cli.__path__[0])\n"
        "print(eventstudy.datasets.__path__[0])\n"
        "print(*eventstudy.cases.case_names())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT.parent)
    assert done.stdout.splitlines() == [
        str(ROOT / "cli"),
        str(ROOT / "datasets"),
        " ".join(CASES),
    ], done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy of the checkout, so that the checkout stays as it was."""
    copy = tmp_path_factory.mktemp("checkout")
    for top in HOMES:
        shutil.copytree(ROOT / top, copy / top, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--quiet", "-w", "dist"]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    (built,) = (copy / "dist").glob("*.whl")
    return built


def names_in(wheel):
    """Return the paths inside a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.slow
def test_the_wheel_is_small(wheel):
    """The wheel with the whole record stays under 6 MB, and the sources of the figures are not in it."""
    assert wheel.stat().st_size < 6_000_000
    assert not [name for name in names_in(wheel) if "datasets/sources" in name]
    assert "eventstudy/datasets/atlas.json" in names_in(wheel)


@pytest.mark.slow
def test_the_wheel_owns_one_import_name(wheel):
    """The wheel installs `eventstudy` and its metadata at the top level: no `cli`, no `datasets`, no `tests`."""
    tops = {name.partition("/")[0] for name in names_in(wheel)}
    assert tops == {"eventstudy", f"raise_or_fold-{PROJECT['project']['version']}.dist-info"}


@pytest.mark.slow
def test_the_wheel_carries_every_file(wheel):
    """Every module, the type marker, the catalogues, events, series and schemas are in the wheel, byte for byte."""
    sources = [path for top in HOMES for path in (ROOT / top).rglob("*.py") if path.parent.name != "stance"]
    shipped = [path for path in data_files() if path.relative_to(ROOT).as_posix() not in NOT_SHIPPED]
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist() if name.startswith("eventstudy/")}
    assert inside == {installed_as(path): path.read_bytes() for path in (*sources, *shipped)}


@pytest.mark.slow
def test_the_wheel_works_by_itself(wheel, tmp_path):
    """From the wheel alone a bundled case loads and the command is there, without the checkout."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "import sys\n"
        "sys.meta_path = [finder for finder in sys.meta_path if 'ditable' not in str(finder)]\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "import eventstudy\n"
        "case = eventstudy.load_case('raise-or-fold-2022')\n"
        "from eventstudy.cli.main import main\n"
        "print(eventstudy.__path__[0], len(case.events) >= 20, callable(main))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.split() == [str(tmp_path / "eventstudy"), "True", "True"], done.stderr
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "eventstudy = eventstudy.cli.main:main" in archive.read(entry_points).decode()
