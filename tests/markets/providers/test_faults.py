"""A provider that misbehaves on the network: slow, endless, swelling, leading astray, or not who it says."""

import gzip
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from runpy import run_path

import pytest

from eventstudy.errors import NetworkError
from eventstudy.markets import providers
from eventstudy.markets.providers import FredProvider, Retry, make_request

BOMB = gzip.compress(bytes(30_000_000))
LINES = b"2022-02-21,90.0\n" * 4096


class Faulty(BaseHTTPRequestHandler):
    """Answers as its server's `fault` says."""

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):  # the name that the library calls
        """Misbehave."""
        with_fault = getattr(self, f"fault_{self.server.fault}")
        with suppress(OSError):  # the client has gone
            with_fault()

    def begin(self, code=200, **headers):
        """Send a head."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def fault_endless(self):
        """Send figures without end."""
        self.begin()
        self.wfile.write(b"observation_date,DCOILBRENTEU\n")
        while True:
            self.wfile.write(LINES)

    def fault_drip(self):
        """Send a byte now and then."""
        self.begin()
        while not self.server.over.wait(0.05):
            self.wfile.write(b"o")

    def fault_silent(self):
        """Send nothing at all."""
        self.server.over.wait(20)

    def fault_bomb(self):
        """Send a little that unpacks to very much."""
        packed = BOMB
        self.begin(Content_Encoding="gzip", Content_Length=str(len(packed)))
        self.wfile.write(packed)

    def fault_rubbish(self):
        """Send what is not packed as it says."""
        self.begin(Content_Encoding="gzip", Content_Length="7")
        self.wfile.write(b"rubbish")

    def fault_short(self):
        """Send less than was announced."""
        self.begin(Content_Length="1000")
        self.wfile.write(b"observation_date,DCOILBRENTEU\n2022-02-21,9")

    def fault_loop(self):
        """Lead in a circle."""
        self.begin(302, Location=self.path)

    def fault_file(self):
        """Lead to a file of the reader's machine."""
        self.begin(302, Location="file:///etc/passwd")

    def fault_nonsense(self):
        """Answer in no protocol."""
        self.wfile.write(b"\x00\xff" * 100)


@pytest.fixture
def server():
    """Return a running server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Faulty)
    server.daemon_threads, server.over = True, threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("endless", "more than 2 MB"),
        ("bomb", "more than 2 MB"),
        ("drip", "more than 1 seconds"),
        ("silent", "cannot be reached"),
        ("rubbish", "cannot be reached"),
        ("short", "cannot be reached|breaks off"),
        ("loop", "TooManyRedirects"),
        ("file", "InvalidSchema"),
        ("nonsense", "cannot be reached"),
    ],
)
def test_whatever_comes_is_a_network_error(server, fault, said, monkeypatch):
    """Each fault ends as a network error of a line or two, in a few seconds, without much memory."""
    monkeypatch.setattr(providers, "_TIMEOUT", (1.0, 1.0))
    monkeypatch.setattr(providers, "_MOST_BYTES", 2_000_000)
    monkeypatch.setattr(providers, "_MOST_SECONDS", 1.0)
    server.fault = fault
    begin = time.monotonic()
    with pytest.raises(NetworkError, match=said) as refused:
        FredProvider(f"http://127.0.0.1:{server.server_port}", retry=Retry((), print)).fetch(
            make_request("brent", "2022-02-21", "2022-02-25")
        )
    assert len(str(refused.value).splitlines()) <= 2
    assert time.monotonic() - begin < 8


def test_a_certificate_that_nobody_vouches_for_is_refused(server, tmp_path):
    """An unknown certificate ends as a network error; nothing is read."""
    loopback = run_path(str(Path(__file__).parents[2] / "loopback" / "server.py"))
    *_, context = loopback["make_certificate"](tmp_path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.fault = "file"
    with pytest.raises(NetworkError, match="SSLError"):
        FredProvider(f"https://127.0.0.1:{server.server_port}", retry=Retry((), print)).fetch(
            make_request("brent", "2022-02-21", "2022-02-25")
        )
