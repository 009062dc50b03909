"""What a person sees: the whole screen of the commands that say a finding, at 80 and at 120 columns, as text.

The texts stand in ``golden``. A screen that is meant to change is written again with ``SCREENS=write`` in the
environment.
"""

import os
from pathlib import Path

import pytest

from eventstudy.cli.main import main

GOLDEN = Path(__file__).parent / "golden"
SCREENS = {
    "run": ["run", "--case", "crimea-2014", "--series", "ruble,wti"],
    "ask": ["ask", "ruble", "--case", "crimea-2014", "--after", "raise"],
    "read": ["read", "2022-01-27-kremlin-reply", "--series", "imoex,brent,vix"],
    "match": ["match", "--case", "raise-or-fold-2022", "--series", "imoex,em-bonds"],
    "demo": ["demo"],
}


@pytest.mark.parametrize("columns", [80, pytest.param(120, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(SCREENS))
def test_screen(name, columns, capsys, monkeypatch, tmp_path):
    """The screen is the one on file; no line is wider than the terminal, and the finding comes before the table."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("eventstudy.cli.run.write_everything", lambda *_: ["a page", "two tables"])
    with pytest.raises(SystemExit) as left:
        main(SCREENS[name])
    assert not left.value.code
    out, error = capsys.readouterr()
    screen = f"{out}{error}"
    path = GOLDEN / f"{name}-{columns}.txt"
    if os.environ.get("SCREENS") == "write":
        path.write_text(screen, encoding="utf-8")
    assert screen == path.read_text(encoding="utf-8")
    assert max(map(len, out.splitlines())) <= columns
    if name not in {"match", "demo"}:
        assert out.partition("\n\n")[0].rstrip().endswith((".", "on."))
    assert len([line for line in error.splitlines() if line.startswith("! ")]) <= 8
    if name == "demo":
        assert len(screen.splitlines()) <= 30
