"""`eventstudy doctor`: whether everything that a study may need is there."""

from __future__ import annotations

from collections.abc import Iterator

from eventstudy.cli.options import Asked, command
from eventstudy.cli.output import write
from eventstudy.errors import DataMissingError, EventStudyError

#: Extras for those who work on the library itself.
_INNER = {"test", "backtest-test", "docs", "lint"}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")


@command()
def doctor(asked: Asked) -> None:  # noqa: ARG001  # no options
    """Check versions, extras, bundled data, the cache folder and the browser for PDF; exit 4 if something is amiss."""
    amiss = 0
    for state, what, told in _checks():
        write(f"{state:<8}{what:<20}{told}\n")
        amiss += state == "AMISS"
    if amiss:
        raise DataMissingError(f"{amiss} of the checks found something amiss; what mends it stands beside each")


def _checks() -> Iterator[tuple[str, str, str]]:
    """Yield of each check its state (absent: an extra that is not there), what it is about, and what it found."""
    import platform
    import re
    from importlib.metadata import PackageNotFoundError, requires, version
    from shutil import which

    from eventstudy.version import version as own

    yield "ok", "eventstudy", own()
    yield "ok", "python", platform.python_version()
    for need in requires("raise-or-fold") or ():
        name = re.match(r"[\w.-]+", need)[0]  # type: ignore[index]  # every requirement begins with a name
        extra = re.search(r"extra == ['\"]([\w-]+)", need)
        if extra and extra[1] in _INNER:
            continue
        try:
            yield "ok", name, version(name) + (f" (extra {extra[1]})" if extra else "")
        except PackageNotFoundError:
            mend = f'pip install "raise-or-fold[{extra[1]}]"' if extra else f"pip install {name}"
            yield "absent" if extra else "AMISS", name, mend
    yield _bundled()
    yield _cache()
    browser = next((found for name in _BROWSERS if (found := which(name))), None)
    yield "ok" if browser else "absent", "browser for PDF", browser or "none; a PDF is then drawn without one"


def _bundled() -> tuple[str, str, str]:
    from eventstudy.cases import case_names, load_case

    try:
        rows = sum(len(load_case(name).prices) for name in case_names())
    except (EventStudyError, OSError) as error:
        return "AMISS", "bundled data", f"{str(error).splitlines()[0]}; install raise-or-fold anew"
    return "ok", "bundled data", f"{len(case_names())} cases, {rows:,} sessions"


def _cache() -> tuple[str, str, str]:
    import tempfile

    from eventstudy.markets.fetch import default_folder

    folder = default_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return "AMISS", "cache folder", f"{folder}: {error.strerror}; make it writable"
    return "ok", "cache folder", str(folder)
