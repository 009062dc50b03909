"""Prices from several files, each of its own layout, are one study."""

import csv

import numpy as np
import pytest

DAYS = np.arange("2021-01-01", "2022-03-01", dtype="datetime64[D]")
DAYS = DAYS[np.is_busday(DAYS)]


def walk(seed):
    """Return a path of prices."""
    return 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, len(DAYS)))).round(4)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two price files: one day first with decimal commas, newest row first; one plain, which lacks a session."""
    days = DAYS.astype(object)
    rows = [[f"{day:%d.%m.%Y}", f"{price:.4f}".replace(".", ",")] for day, price in zip(days, walk(1), strict=True)]
    (tmp_path / "one.csv").write_text("\n".join(["Datum;gazp", *(";".join(row) for row in reversed(rows))]))
    pairs = [pair for pair in zip(days, walk(2), strict=True) if str(pair[0]) != "2022-02-08"]
    (tmp_path / "two.csv").write_text("\n".join(["date,sber", *(f"{day},{price:.4f}" for day, price in pairs)]))
    (tmp_path / "days.txt").write_text("2022-01-27\n2022-02-15\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def moves(output, *files):
    """Return series, event and window to abnormal and raw return."""
    given = [word for file in files for word in ("--prices", file)]
    code, out, err = output("run", "--events", "days.txt", *given, "--window", "0:1", "--by", "event",
                            "--format", "csv")  # fmt: skip
    assert code == 0, err
    rows = csv.DictReader(out.splitlines())
    return {(row["series"], row["event_id"], row["window"]): (row["car"], row["move"]) for row in rows}


@pytest.mark.usefixtures("folder")
def test_each_answers_as_it_does_alone(output):
    """A series answers alike whatever files stand beside its own, also where they have other sessions."""
    both = moves(output, "one.csv", "two.csv")
    assert both == moves(output, "one.csv") | moves(output, "two.csv")
    assert {series for series, _, _ in both} == {"gazp", "sber"}


def test_one_name_in_two_files_is_refused(folder, output):
    """Two files with a series of one name are told, and which."""
    (folder / "three.csv").write_text((folder / "two.csv").read_text())
    code, _, err = output("run", "--events", "days.txt", "--prices", "two.csv", "--prices", "three.csv")
    assert code == 2
    assert "sber" in err
    assert "two.csv" in err
    assert "three.csv" in err


def test_a_design_file_names_one(folder, output):
    """A design shows one price file and refuses two; a design with one runs."""
    code, out, _ = output("run", "--events", "days.txt", "--prices", "two.csv", "--show-design")
    assert code == 0
    (folder / "design.toml").write_text(out)
    assert output("run", "design.toml")[0] == 0
    code, _, err = output("run", "--events", "days.txt", "--prices", "two.csv", "--prices", "one.csv",
                          "--show-design")  # fmt: skip
    assert code == 2
    assert "one price file" in err
