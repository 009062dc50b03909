"""Whoever is asked over the network misbehaves: slow, endless, swelling, leading astray, or not who it says."""

import gzip
import re
import threading
import time
from contextlib import suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from runpy import run_path

import pytest

from eventstudy import NetworkError
from eventstudy.cli.main import main
from eventstudy.markets import providers
from eventstudy.markets.providers import FredProvider, Retry, YahooProvider, make_request
from eventstudy.news import StanceReading, read_coder

LINES = b"2022-02-21,90.0\n" * 4096


class Faulty(BaseHTTPRequestHandler):
    """Answers as its server's `fault` says."""

    disable_nagle_algorithm = True  # else a body waits until its head is acknowledged, 40 ms

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):  # the name that the library calls
        """Misbehave."""
        self.server.asked.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with_fault = getattr(self, f"fault_{self.server.fault}")
        with suppress(OSError):  # the client has gone
            with_fault()

    do_POST = do_GET  # noqa: N815  # the name is http.server's

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
        packed = gzip.compress(bytes(30_000_000))
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

    def fault_endless_loop(self):
        """Lead in a circle, with figures without end below each redirection."""
        self.begin(302, Location=self.path)
        while True:
            self.wfile.write(LINES)

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
    server.daemon_threads, server.over, server.asked = True, threading.Event(), []
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _low_limits(monkeypatch, tmp_path):
    """Wait up to two seconds and take two megabytes, so that a fault is seen soon; keep answers in a folder of our own.

    Silence is longer than a whole answer may take: on a busy machine what drips is silent for a while too.
    """
    monkeypatch.setattr(providers, "_TIMEOUT", (2.0, 2.0))
    monkeypatch.setattr(providers, "_MOST", (2_000_000, 0.4, "Ask for fewer years."))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_args, **_kwargs: tmp_path / "cache")


@cache
def loopback():
    """Return what pretends to be a market."""
    return run_path(str(Path(__file__).parents[1] / "loopback" / "server.py"))


def ask_fred(url):
    """Ask for Brent; return what the error says."""
    with pytest.raises(NetworkError) as refused:
        FredProvider(url, retry=Retry((), print)).fetch(make_request("brent", "2022-02-21", "2022-02-25"))
    return str(refused.value)


def ask_yahoo(url):
    """Ask for Brent through the real client; return what the error says."""
    with loopback()["detoured_session"](url) as session, pytest.raises(NetworkError) as refused:
        YahooProvider(session, Retry((), print)).fetch(make_request("brent", "2022-02-21", "2022-02-25"))
    return str(refused.value)


def ask_yahoo_by_curl(address):
    """Ask for Brent through a session of the library that the client takes by itself; return what the error says."""
    curl_cffi = pytest.importorskip("curl_cffi")

    class Detoured(curl_cffi.requests.Session):
        def request(self, *args, **how):
            return super().request(*args, **{**how, "url": address})

    with Detoured() as session, pytest.raises(NetworkError) as refused:
        YahooProvider(session, Retry((), print)).fetch(make_request("brent", "2022-02-21", "2022-02-25"))
    assert "request" not in vars(session)
    return str(refused.value)


def ask_coder(url):
    """Ask a model for the stance of a sentence; return why its answer is void."""
    reading = read_coder(f"{url}/v1", model="small", timeout=2)(["They signed a truce."], [OURS])[0]
    assert (reading.label, reading.confidence, reading.evidence) == ("none", 0.0, ())
    return reading.note


OURS = StanceReading("fold", 0.9, ())
BROKEN, NO_CHAT = "could not be reached, or broke off|something else", "gave no chat completion"
#: What is said of each fault. How long Yahoo may be silent is for the real client to bound.
FAULTS = {
    ask_fred: {
        "endless": "more than 2 MB", "bomb": "more than 2 MB", "drip": "more than 0.4 seconds",
        "silent": "cannot be reached", "rubbish": "cannot be reached", "short": "cannot be reached|breaks off",
        "loop": "TooManyRedirects", "endless_loop": "TooManyRedirects", "file": "InvalidSchema",
        "nonsense": "cannot be reached",
    },
    ask_yahoo: {
        "endless": "more than 2 MB", "bomb": "more than 2 MB", "drip": "more than 0.4 seconds",
        **dict.fromkeys(("rubbish", "short", "loop", "endless_loop", "file", "nonsense"), BROKEN),
    },
    ask_yahoo_by_curl: {
        "endless": "more than 2 MB", "bomb": "more than 2 MB", "drip": "more than 0.4 seconds",
        **dict.fromkeys(("rubbish", "short", "loop", "endless_loop", "nonsense"), BROKEN),
    },
    ask_coder: {
        "endless": "more than 1 MB", "bomb": "more than 1 MB", "drip": "more than 2 seconds",
        "silent": "no answer within 2 s", "rubbish": "cannot be reached", "short": f"cannot be reached|{NO_CHAT}",
        "loop": "HTTP 302", "endless_loop": "HTTP 302", "file": "HTTP 302", "nonsense": "cannot be reached",
    },
}  # fmt: skip


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("ask", "fault"), [(ask, fault) for ask, faults in FAULTS.items() for fault in faults],
    ids=lambda one: getattr(one, "__name__", one),
)  # fmt: skip
def test_whatever_comes_is_said_in_a_line_or_two(server, monkeypatch, ask, fault):
    """Each fault ends as an error or a void answer of a line or two, in a few seconds, without much memory."""
    server.fault = fault
    if fault != "drip":  # on a busy machine megabytes take a while
        monkeypatch.setattr(providers, "_MOST", (2_000_000, 6.0, "Ask for fewer years."))
    begin = time.monotonic()
    said = ask(f"http://127.0.0.1:{server.server_port}")
    assert re.search(FAULTS[ask][fault], said), said
    assert len(said.splitlines()) <= 2
    assert server.asked
    assert time.monotonic() - begin < 8


@pytest.mark.parametrize(("ask", "said"), [(ask_fred, "SSLError"), (ask_coder, "cannot be reached")])
def test_a_certificate_that_nobody_vouches_for_is_refused(server, tmp_path, ask, said):
    """An unknown certificate ends as any other fault; nothing is read."""
    *_, context = loopback()["make_certificate"](tmp_path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.fault = "file"
    assert said in ask(f"https://127.0.0.1:{server.server_port}")
    assert not server.asked


@pytest.mark.parametrize("way", [["http://one"], ["http://one", "https://two"]])
def test_figures_that_a_step_without_encryption_led_to_are_refused(way):
    """Whoever listens may have changed where an unencrypted step leads, though the last one is encrypted again."""
    import requests
    from urllib3 import HTTPResponse

    class Leading(requests.adapters.HTTPAdapter):
        def send(self, request, **_):
            answer, steps = requests.Response(), ["https://fred.stlouisfed.org", *way, ""]
            led = next(steps[k + 1] for k, step in enumerate(steps) if request.url.startswith(step))
            answer.request, answer.url, answer.status_code = request, request.url, 302 if led else 200
            answer.headers["Location"] = led
            answer.raw = HTTPResponse(BytesIO(b"observation_date,DCOILBRENTEU\n" + LINES), preload_content=False)
            return answer

    session = requests.Session()
    for begin in ("https://", "http://"):
        session.mount(begin, Leading())
    with session, pytest.raises(NetworkError, match="leads away from https"):
        FredProvider("https://fred.stlouisfed.org", session, Retry((), print)).fetch(
            make_request("brent", "2022-02-21", "2022-02-25")
        )


ITEM = (
    "<item><title>Iran recalls envoy</title><link>URL/a</link><pubDate>Thu, 27 Jan 2022 08:00:00 GMT</pubDate></item>"
)
PAGE = "<!DOCTYPE html><html><head><link href='URL/c'></head><body><img src='URL/d'><p>Iran recalled its envoy.</p>"


@pytest.mark.parametrize(
    ("words", "content", "codes"),
    [
        ("extract URL/article.html --published 2022-01-27", None, {4}),
        ("import URL/feed.xml", None, {4}),
        ("import FILE", f"<rss version='2.0'><channel><title>Wire</title>{ITEM}</channel></rss>", {0}),
        ("import FILE", "<!DOCTYPE rss SYSTEM 'URL/x.dtd'><rss version='2.0'><channel/></rss>", {0}),
        ("extract FILE --published 2022-01-27", PAGE, {0, 2}),  # 2 where no reader of pages is installed
    ],
)
def test_no_address_in_articles_and_feeds_is_asked(server, tmp_path, words, content, codes, capsys):
    """An address in place of a file is refused, and what pages and feeds name is not fetched."""
    url = f"http://127.0.0.1:{server.server_port}"
    server.fault = "endless"
    (tmp_path / "given.xml").write_text((content or "").replace("URL", url), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["events", *words.replace("URL", url).replace("FILE", str(tmp_path / "given.xml")).split()])
    assert left.value.code in codes
    assert content or len(capsys.readouterr().err.splitlines()) <= 3
    assert not server.asked
