"""Pretended markets on the loopback, with the real clients in front of them."""

from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

from eventstudy.markets.providers import FredProvider, Retry, YahooProvider


@pytest.fixture(scope="session", autouse=True)
def _yfinance_remembers_elsewhere(tmp_path_factory):
    """Keep the client's own memory of cookies and time zones away from the user's."""
    import yfinance

    yfinance.set_tz_cache_location(str(tmp_path_factory.mktemp("yfinance")))


@pytest.fixture(scope="session")
def loopback():
    """Return what pretends to be a market."""
    return SimpleNamespace(**run_path(str(Path(__file__).parents[2] / "loopback" / "server.py")))


@pytest.fixture
def market(loopback):
    """Return what the pretended market knows."""
    return loopback.Market()


@pytest.fixture
def server(market, loopback):
    """Return a running server of the market."""
    with loopback.Server(market) as running:
        yield running


@pytest.fixture
def waits():
    """Return the list of the waits that were asked for; nobody waits."""
    return []


@pytest.fixture
def retry(waits):
    """Return a retry rule that notes its waits instead of waiting."""
    return Retry((1.0, 2.0, 4.0), waits.append)


@pytest.fixture
def yahoo(server, retry, loopback):
    """Return the provider with the real yfinance client, whose session leads to the loopback."""
    with loopback.detoured_session(server.url) as session:
        yield YahooProvider(session, retry)


@pytest.fixture
def fred(server, retry, loopback):
    """Return the FRED provider, asking the loopback."""
    with loopback.detoured_session(server.url) as session:
        yield FredProvider(server.url, session, retry)
