"""The version of the installed distribution."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version


def version() -> str:
    """Return the version, or ``0+unknown`` in a bare checkout that was never installed."""
    try:
        return installed_version("raise-or-fold")
    except PackageNotFoundError:
        return "0+unknown"
