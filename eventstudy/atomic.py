"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from eventstudy.errors import InputError

#: What stands in a file: at once, or piece by piece.
Content = bytes | Iterable[bytes]


def write_files(folder: str | Path, contents: Mapping[str, Content]) -> list[Path]:
    """Write several files below a folder, each one whole or not at all.

    Parameters
    ----------
    folder : str or Path
        Where to; made if it is not there.
    contents : mapping of str to bytes, or to an iterable of bytes
        Content by path below the folder; that of large files in pieces.

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


def _replace(path: Path, content: Content) -> None:
    """Write beside the file, then put it in the file's place in one step."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in [content] if isinstance(content, bytes) else content:
                file.write(piece)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(beside).unlink()
        raise
