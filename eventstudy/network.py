"""Answers over the network, read within bounds of size and time."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from eventstudy.errors import NetworkError

#: Options of `requests` for `read_body`; what stands below a redirection, which it would read to its end, is not read.
BOUNDED: dict[str, Any] = {
    "stream": True,
    "hooks": {"response": lambda answer, **_: answer.close() if answer.is_redirect else None},
}


def read_body(raw: Any, who: str, most: int, seconds: float, less: str = "Ask for less.") -> bytes:
    """Read an answer as it comes, up to `most` bytes (unpacked) and for some seconds; beyond, a `NetworkError`.

    `raw` is the raw answer of `requests`, or an answer of `curl_cffi`, which hands on what has come by itself. Messages
    say `who` answers, and how to ask for `less`.
    """
    content, end = bytearray(), time.monotonic() + seconds
    read = getattr(raw, "read1", getattr(raw, "read", None))  # old urllib3 waits for all of a piece
    pieces = iter(partial(read, 1 << 16, decode_content=True), b"") if read else raw.iter_content()
    for piece in pieces:
        content += piece
        if len(content) > most:
            raise NetworkError(f"{who} answers with more than {most / 1e6:g} MB.\n{less}")
        if time.monotonic() > end:
            raise NetworkError(f"{who} takes more than {seconds:g} seconds to answer.\nTry again later.")
    return bytes(content)
