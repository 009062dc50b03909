"""How we talk with the yfinance client: without its noise, with its errors, and without yesterday's answers."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the client's own warnings and log lines away from the user, who gets our errors instead."""
    logger = logging.getLogger("yfinance")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import yfinance  # noqa: F401  # it sets filters of its own when it is first imported

            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def outspoken() -> Iterator[None]:
    """Let the client raise what went wrong instead of returning an empty frame."""
    import yfinance

    debug = yfinance.config.debug
    hidden = debug.hide_exceptions
    debug.hide_exceptions = False
    try:
        yield
    finally:
        debug.hide_exceptions = hidden


def forget_answers() -> None:
    """Make the client ask anew: within a process it keeps answers, a page that was no answer among them."""
    with suppress(ImportError, AttributeError):
        from yfinance.data import YfData

        YfData.cache_get.cache_clear()
