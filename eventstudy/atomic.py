"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from eventstudy.errors import InputError


def write_files(folder: str | Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write several files below a folder, each one whole or not at all.

    Parameters
    ----------
    folder : str or Path
        Where to; made if it is not there.
    contents : mapping of str to bytes
        Content by path below the folder.

    Returns
    -------
    list of Path
        The files written, in order.

    Raises
    ------
    InputError
        If the folder or a file in it cannot be written.
    """
    paths = []
    for name, content in contents.items():
        path = Path(folder) / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, content)
        except OSError as error:
            raise InputError(f"cannot write '{path}': {error.strerror or error}") from None
        paths.append(path)
    return paths


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file, then put it in the file's place in one step."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(beside).unlink()
        raise
