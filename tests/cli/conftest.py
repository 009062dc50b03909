"""The command line in this process, and in one of its own with a pretended internet behind a proxy with TLS."""

import os
import subprocess
import sys
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

from eventstudy.cli.main import main

ROOT = Path(__file__).resolve().parents[2]

#: A bare checkout is enough, as in the conftest above this one.
MAIN = "import eventstudy; eventstudy.__path__.append({root!r}); from eventstudy.cli.main import main; main()"


@pytest.fixture(scope="session")
def call():
    """Run the command line in this process; return the exit code."""

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        return left.value.code or 0

    return run


@pytest.fixture
def output(call, capsys):
    """Run the command line in this process; return exit code, stdout and stderr."""
    return lambda *words: (call(*words), *capsys.readouterr())


@pytest.fixture(scope="session")
def elsewhere():
    """Run the command line in a process of its own with another hash seed; return the bytes of its stdout."""

    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "eventstudy.cli", *words],
            env={**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"},
            capture_output=True,
            check=True,
        ).stdout

    return run


@pytest.fixture(scope="session")
def loopback():
    """Return what pretends to be a market."""
    return SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "loopback" / "server.py")))


@pytest.fixture
def market(loopback):
    """Return what the pretended market knows."""
    return loopback.Market()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory, loopback):
    """Return the authority's file and the TLS context of the bridge."""
    return loopback.make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def internet(market, certificate, loopback):
    """Return a running proxy that answers for every host itself."""
    with loopback.Server(market, certificate[1]) as server:
        yield server


@pytest.fixture
def environment(tmp_path, certificate, internet):
    """Return the environment of a process whose only way out is the bridge, and whose waits are short."""
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.casefold()}
    return {
        **kept,
        "HTTPS_PROXY": internet.url,
        "REQUESTS_CA_BUNDLE": str(certificate[0]),
        "EVENTSTUDY_CACHE": str(tmp_path / "cache"),
        "EVENTSTUDY_RETRY_WAITS": "0.01,0.02",
        "XDG_CACHE_HOME": str(tmp_path / "yfinance"),
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def command(environment, tmp_path):
    """Run `eventstudy` in a process of its own; return what it left."""

    def run(*words):
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", MAIN.format(root=str(ROOT)), *map(str, words)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run
