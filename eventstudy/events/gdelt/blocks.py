"""Event files as blocks of whole lines: plain or zipped, bounded in memory, refused where they are damaged."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from eventstudy.errors import DataMissingError, InputError
from eventstudy.events.gdelt.layout import NEWLINE

#: Bytes read at once; a block is that and the rest of its last line. Larger ones leave a core's own cache and go back
#: to the system after every use: reading them takes three times as long.
BLOCK = 1 << 16

#: A row has about 400 bytes; what has no line end in a megabyte is no table of rows.
LONGEST_LINE = 1 << 20

#: Rows shrink to a sixth when zipped, ones that repeat themselves to a fiftieth; a bomb to a thousandth.
MOST_SHRUNK = 200

_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_blocks(path: Path, on_bytes: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """Read a file in blocks that end with a line.

    Parameters
    ----------
    path : Path
        A GDELT event file, or a zip with one inside; its first bytes say which.
    on_bytes : callable, optional
        Told after every block how many bytes of the file on disk have been read.

    Yields
    ------
    bytes
        Whole lines; the last one gets a line end if it has none.

    Raises
    ------
    DataMissingError
        If there is no such file.
    InputError
        If the file cannot be read, its zip is damaged, cut off, encrypted or swells beyond reason, or a line does
        not end.
    """
    if not path.is_file():
        raise DataMissingError(f"no GDELT file '{path}'")
    try:
        with path.open("rb") as file, _unzipped(file, path) as rows:
            while chunk := rows.read(BLOCK):
                rest = rows.readline(LONGEST_LINE + 1)
                if len(rest) > LONGEST_LINE:
                    raise InputError(f"{path.name} has a line of more than {LONGEST_LINE:,} bytes; no GDELT event file")
                block = chunk + rest
                yield block if block.endswith(NEWLINE) else block + NEWLINE
                if on_bytes:
                    on_bytes(file.tell())
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(f"{path.name} is a damaged or cut-off zip ({error}); fetch it again") from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror or error}") from None


@contextmanager
def _unzipped(file: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    """Open the one file inside a zip, or give the file itself."""
    start = file.read(4)
    file.seek(0)
    if start[:2] == b"\x1f\x8b":
        raise InputError(f"{path.name} is gzip; GDELT's files are zip or plain: unpack it first")
    if start != b"PK\x03\x04":
        yield file
        return
    with zipfile.ZipFile(file) as archive, archive.open(_only_member(archive, path)) as member:
        yield member


def _only_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise InputError(f"{path.name} has {len(members)} files in it; a GDELT zip has one")
    (member,) = members
    if member.flag_bits & 1:
        raise InputError(f"{path.name} is encrypted; GDELT's files are not")
    if member.compress_type not in _PLAIN_METHODS:
        raise InputError(f"{path.name} is zipped by a method that GDELT does not use; zip it anew with deflate")
    if member.file_size > MOST_SHRUNK * max(path.stat().st_size, 1):
        raise InputError(
            f"{path.name} would swell from {path.stat().st_size:,} to {member.file_size:,} bytes; "
            f"more than {MOST_SHRUNK}-fold is no GDELT file"
        )
    return member
