"""The recipes of docs/pipeline.md against the real libraries, in an environment of their own, and the shell script."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest

import eventstudy as es

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "pipeline.md").read_text(encoding="utf-8")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]

#: What a recipe's own variables are asked for, printed as the last line.
QUESTIONS = {
    "vectorbt": """{
        "equity": portfolio.value().tolist(), "days": [str(day.date()) for day in portfolio.value().index],
        "pnl": sorted(portfolio.trades.records["pnl"].tolist()),
        "sharpe": float(portfolio.returns().loc[FIRST:LAST].vbt.returns(freq="1D", year_freq="252D").sharpe_ratio()),
        "drawdown": float(portfolio.max_drawdown()),
    }""",
    "bt": '{"days": sorted({str(day[0].date()) for day in outcome.get_transactions().index})}',
    "backtesting.py": '{"in": [str(day.date()) for day in stats["_trades"]["EntryTime"]], '
    '"at": stats["_trades"]["EntryPrice"].tolist(), "out": [str(day.date()) for day in stats["_trades"]["ExitTime"]]}',
    "quantstats": '{"sharpe": float(qs.stats.sharpe(returns)), "drawdown": float(qs.stats.max_drawdown(returns))}',
}


def blocks(language, heading):
    """Return the code of one language below a heading of the page."""
    part = PAGE.split(f"\n### {heading}\n")[1] if heading else PAGE
    return re.findall(rf"```{language}\n(.*?)```", part.split("\n## ")[0] if heading else part, re.DOTALL)


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    """Return the Python of an environment that has the four libraries, or skip."""
    given = os.environ.get("EVENTSTUDY_BACKTEST_PYTHON")
    if given:
        return given
    folder = tmp_path_factory.mktemp("libraries")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [
        str(folder / "bin" / "python"),
        "-m",
        "pip",
        "-q",
        "--disable-pip-version-check",
        "install",
        *EXTRAS["backtest-test"],
    ]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the libraries cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
    return str(folder / "bin" / "python")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Return the folder in which the page's own command wrote `desk`, and the backtest's equity and trades."""
    folder = tmp_path_factory.mktemp("work")
    command = next(block for block in blocks("console", "") if "--out desk" in block).replace("\\\n", " ").split()
    subprocess.run([sys.executable, "-m", "eventstudy.cli", *command[1:], "--quiet"], cwd=folder, check=True,
                   capture_output=True)  # fmt: skip
    return folder


def ask(libraries, desk, library):
    """Run a library's recipe as it stands on the page, and return what it knows in the end."""
    equity = pd.read_csv(desk / "desk" / "equity.csv")["session"]
    code = f"FIRST, LAST = {equity.iloc[0]!r}, {equity.iloc[-1]!r}\n{blocks('python', library)[0]}\n"
    code += f"import json\nprint(json.dumps({QUESTIONS[library]}))\n"
    done = subprocess.run([libraries, "-c", code], cwd=desk, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def table(desk, name):
    """Return a table of the folder."""
    return pd.read_csv(desk / "desk" / f"{name}.csv")


@pytest.mark.slow
def test_vectorbt_agrees(libraries, desk):
    """The equity, profits, Sharpe ratio and drawdown of vectorbt on the same signals equal ours to 1e-10."""
    told, figures = (
        ask(libraries, desk, "vectorbt"),
        json.loads((desk / "desk" / "backtest.json").read_text())["figures"],
    )
    ours = table(desk, "equity").set_index("session")["equity"]
    theirs = pd.Series(told["equity"], told["days"]).reindex(ours.index)
    assert (ours - theirs).abs().max() < 1e-10
    assert told["pnl"] == pytest.approx(sorted(table(desk, "trades")["pnl"]), abs=1e-10)
    assert told["sharpe"] == pytest.approx(figures["sharpe"], abs=1e-10)
    assert told["drawdown"] == pytest.approx(figures["max_drawdown"], abs=1e-10)


@pytest.mark.slow
def test_bt_takes_the_weights(libraries, desk):
    """The orders of bt are on the very sessions on which the weights change."""
    weights = table(desk, "weights").set_index("session")
    changed = weights.index[weights.diff().fillna(weights).ne(0.0).any(axis=1)]
    assert ask(libraries, desk, "bt")["days"] == list(changed)


@pytest.mark.slow
def test_backtesting_takes_the_bars(libraries, desk):
    """backtesting.py gets into Moscow shares on our sessions at our prices and out on ours."""
    told = ask(libraries, desk, "backtesting.py")
    trades = table(desk, "trades").query("series == 'imoex'").sort_values("entry_session")
    assert told["in"] == trades["entry_session"].tolist()
    assert told["out"] == trades["exit_session"].tolist()
    assert told["at"] == pytest.approx(trades["entry_price"].tolist())


@pytest.mark.slow
def test_quantstats_agrees(libraries, desk):
    """Our Sharpe ratio and drawdown are what quantstats finds in our returns."""
    told, figures = (
        ask(libraries, desk, "quantstats"),
        json.loads((desk / "desk" / "backtest.json").read_text())["figures"],
    )
    assert told["sharpe"] == pytest.approx(figures["sharpe"], abs=1e-10)
    assert told["drawdown"] == pytest.approx(figures["max_drawdown"], abs=1e-10)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a bash script")
def test_the_script_pipes_a_list_to_signals(tmp_path):
    """The script turns a desk's own list into the signals of the case it was made of, and leaves no file behind."""
    events = es.load_case("raise-or-fold-2022").events
    (tmp_path / "desk.csv").write_bytes((ROOT / "datasets" / "samples" / "desk-list.csv").read_bytes())
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "eventstudy"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m eventstudy.cli "$@"\n')
    command.chmod(0o755)
    before = set(tmp_path.rglob("*"))
    done = subprocess.run(
        ["bash", str(ROOT / "datasets" / "samples" / "import-run-signals.sh"), "desk.csv", "ruble,brent"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": "/nowhere",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(tmp_path.rglob("*")) == before
    assert "Averages over market events" in done.stderr
    rows = done.stdout.splitlines()
    assert len(rows) == 1 + 2 * len(events)
    assert rows[0].startswith("event_id,series,stance")
    # What stands in no mean is not learned from: of the few left, folds of the ruble make one expect a loss.
    assert any(",ruble,fold," in row and ",-1," in row for row in rows)
