"""Files are whole or absent."""

import pytest

from eventstudy.files import write_files
from eventstudy.errors import InputError


def test_writes_below_folder(tmp_path):
    """Folders are made, contents are exact, the paths come back in order."""
    paths = write_files(tmp_path / "a" / "b", {"x.csv": b"1\n", "charts/y.png": b"\x00"})
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == ["a/b/x.csv", "a/b/charts/y.png"]
    assert [path.read_bytes() for path in paths] == [b"1\n", b"\x00"]


def test_failure_leaves_the_old_file(tmp_path, monkeypatch):
    """When writing fails half-way the old file stays as it was and nothing lies beside it."""
    (tmp_path / "x.csv").write_bytes(b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(InputError, match=r"cannot write .*x\.csv.*No space left"):
        write_files(tmp_path, {"x.csv": b"new"})
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert (tmp_path / "x.csv").read_bytes() == b"old"


def test_folder_that_is_a_file(tmp_path):
    """A folder that is a file is a clear error."""
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_files(tmp_path / "out", {"x.csv": b""})
