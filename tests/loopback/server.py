"""A server on the loopback that stands for Yahoo Finance and FRED, in clear or behind a CONNECT proxy with TLS.

It is read with `runpy` by the conftest files of the folders that need it.
"""

import json
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from requests.adapters import HTTPAdapter

HOSTS = ("yahoo.com", "*.yahoo.com", "*.finance.yahoo.com", "fred.stlouisfed.org")
HTML = b"<!DOCTYPE html><html><body>We will be right with you.</body></html>"

#: What Yahoo says of a symbol: time zone, local clock of its bars, kind of instrument, price on 1 January 2021.
SYMBOLS = {
    "RUB=X": ("Europe/London", time(0), "CURRENCY", 70.0),
    "BZ=F": ("America/New_York", time(0), "FUTURE", 50.0),
    "EMB": ("America/New_York", time(9, 30), "ETF", 110.0),
    "^VIX": ("America/Chicago", time(8, 30), "INDEX", 20.0),
}


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    host: str
    path: str
    query: dict

    @property
    def symbol(self):
        """The symbol of a chart request or of a FRED series."""
        return unquote(self.path.rpartition("/")[2]) if "/chart/" in self.path else self.query.get("id", "")

    @property
    def is_data(self):
        """Whether it asks for prices between dates."""
        return "period1" in self.query or "cosd" in self.query


@dataclass(frozen=True)
class Answer:
    """What is sent back; a cut answer promises more than it sends."""

    body: bytes
    status: int = 200
    kind: str = "application/json"
    cut: bool = False


@dataclass
class Market:
    """What the pretended market knows, and how it misbehaves.

    Parameters
    ----------
    last : date
        The last date with a price.
    changed : dict
        Prices that are not what the rule says: (symbol, date) -> price; None for no price.
    dividends : dict
        Adjusted closes before a date are lower by a factor: symbol -> (date, factor).
    troubles : dict
        Symbol, or ``*`` for all -> what the next answers are: ``busy``, ``html``, ``cut``, ``empty``, ``fine``.
    asked : list of Asked
        Every request, in order.
    """

    last: date = date(2022, 12, 30)
    changed: dict = field(default_factory=dict)
    dividends: dict = field(default_factory=dict)
    troubles: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def misbehave(self, how, *, symbol="*", times=None):
        """Let the next chart and FRED answers go wrong in one way; for ever if `times` is not given."""
        self.troubles[symbol] = repeat(how) if times is None else iter([how] * times)

    def price(self, symbol, day):
        """Return a symbol's price on a date: a cent more every calendar day; none on weekends."""
        if day.weekday() > 4 or day > self.last:
            return None
        if (symbol, day) in self.changed:
            return self.changed[symbol, day]
        base = SYMBOLS.get(symbol, (None, None, None, 60.0))[3]
        return round(base + (day - date(2021, 1, 1)).days / 100, 6)

    def sessions(self, symbol, first, last):
        """Return dates and prices between two dates."""
        days = (first + timedelta(days=k) for k in range((last - first).days + 1))
        return [(day, price) for day in days if (price := self.price(symbol, day)) is not None]

    def data_requests(self, symbol=None):
        """Return the spans that were asked for, as (symbol, first, last)."""
        return [(one.symbol, *_span(one)) for one in self.asked if one.is_data and symbol in {None, one.symbol}]

    def answer(self, asked):
        """Return the answer to one request."""
        with self.lock:
            self.asked.append(asked)
            priced = "/chart/" in asked.path or "fredgraph" in asked.path
            trouble = self._trouble(asked.symbol) if priced else "fine"
        if trouble == "busy":
            return Answer(b"Too Many Requests", 429, "text/plain")
        if trouble == "html":
            return Answer(HTML, 200, "text/html")
        if "fredgraph" in asked.path:
            answer = self._fred(asked, empty=trouble == "empty")
        elif "/chart/" in asked.path:
            answer = self._chart(asked, empty=trouble == "empty")
        elif "getcrumb" in asked.path:
            answer = Answer(b"a.crumb", 200, "text/plain")
        else:
            answer = Answer(b"nothing here", 404, "text/plain")
        return Answer(answer.body, answer.status, answer.kind, cut=trouble == "cut")

    def _trouble(self, symbol):
        for key in (symbol, "*"):
            if key in self.troubles:
                how = next(self.troubles[key], None)
                if how is not None:
                    return how
                del self.troubles[key]
        return "fine"

    def _chart(self, asked, *, empty):
        symbol = asked.symbol
        if symbol not in SYMBOLS:
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return Answer(json.dumps({"chart": {"result": None, "error": error}}).encode(), 404)
        zone, clock, kind, _ = SYMBOLS[symbol]
        first, last = _span(asked) if asked.is_data else (self.last - timedelta(days=4), self.last)
        rows = [] if empty else self.sessions(symbol, first, last)
        instants = [int(datetime.combine(day, clock, ZoneInfo(zone)).timestamp()) for day, _ in rows]
        closes = [price for _, price in rows]
        period = {"timezone": "x", "start": 0, "end": 1, "gmtoffset": 0}
        meta = {
            "currency": "USD",
            "symbol": symbol,
            "instrumentType": kind,
            "exchangeTimezoneName": zone,
            "timezone": "x",
            "gmtoffset": 0,
            "priceHint": 2,
            "dataGranularity": "1d",
            "range": "",
            "validRanges": ["1d", "max"],
            "currentTradingPeriod": {"pre": period, "regular": period, "post": period},
        }
        quote = dict.fromkeys(("open", "high", "low", "close"), closes) | {"volume": [1] * len(rows)}
        adjusted = [price * self._factor(symbol, day) for day, price in rows]
        result = {"meta": meta, "indicators": {"quote": [quote], "adjclose": [{"adjclose": adjusted}]}}
        if rows:
            result["timestamp"] = instants
        else:
            result["indicators"] = {"quote": [{}], "adjclose": [{}]}
        return Answer(json.dumps({"chart": {"result": [result], "error": None}}).encode())

    def _factor(self, symbol, day):
        ex_date, factor = self.dividends.get(symbol, (date.min, 1.0))
        return factor if day < ex_date else 1.0

    def _fred(self, asked, *, empty):
        symbol = asked.symbol
        if symbol.startswith("NOPE"):
            return Answer(HTML, 404, "text/html")
        first, last = _span(asked)
        days = [] if empty else [first + timedelta(days=k) for k in range((last - first).days + 1)]
        lines = [f"observation_date,{symbol}"]
        for day in days:
            if day.weekday() < 5 and day <= self.last:
                price = self.price(symbol, day)
                lines.append(f"{day},{'.' if price is None else price}")
        return Answer("".join(f"{line}\n" for line in lines).encode(), 200, "application/csv")


def _span(asked):
    """Return the first and last date of a request; Yahoo's end is exclusive."""
    if "cosd" in asked.query:
        return date.fromisoformat(asked.query["cosd"]), date.fromisoformat(asked.query["coed"])
    zone = ZoneInfo(SYMBOLS[asked.symbol][0]) if asked.symbol in SYMBOLS else UTC
    begin, end = (
        datetime.fromtimestamp(int(asked.query[name]), UTC).astimezone(zone) for name in ("period1", "period2")
    )
    return begin.date(), (end - timedelta(seconds=1)).date()


class Handler(BaseHTTPRequestHandler):
    """Answers for the market of its server; after CONNECT it speaks TLS on the same connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits until its head is acknowledged, 40 ms
    host = ""

    def log_message(self, *_):
        """Stay silent."""

    def do_CONNECT(self):
        """Pretend to be a proxy: from here on, the client thinks that it talks with the host it named."""
        self.send_response(200, "Connection established")
        self.end_headers()
        self.host = self.path.partition(":")[0]
        try:
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        except OSError:
            self.close_connection = True
            return
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False  # whatever version of HTTP the CONNECT was written in

    def do_GET(self):
        """Answer one request."""
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        host = self.headers.get("X-Meant-For") or self.host or self.headers.get("Host", "")
        answer = self.server.market.answer(Asked(host, parts.path, query))
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)
        if answer.cut:
            self.close_connection = True

    do_POST = do_GET  # noqa: N815  # the name is http.server's

    def finish(self):
        """Close the connection that TLS made of the first one, too."""
        super().finish()
        self.connection.close()


class Server(ThreadingHTTPServer):
    """The loopback server; use it as a context manager.

    Parameters
    ----------
    market : Market
        What it answers from.
    tls : ssl.SSLContext, optional
        With what it speaks after CONNECT.
    """

    daemon_threads = True

    def __init__(self, market, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.market = market
        self.tls = tls

    @property
    def url(self):
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        """Clients that go away are no news."""

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Detour(HTTPAdapter):
    """Sends every request of a session to the loopback server, whatever its address says."""

    def __init__(self, url):
        self.url = url
        super().__init__()

    def send(self, request, **options):
        """Send there, and let the answer bear the address that was meant."""
        meant = urlsplit(request.url)
        address = request.url
        request.headers["X-Meant-For"] = meant.netloc
        request.url = self.url + meant.path + (f"?{meant.query}" if meant.query else "")
        answer = super().send(request, **options)
        answer.url = address
        return answer


def detoured_session(url):
    """Return a requests session that only ever talks with the loopback server."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Detour(url))
    session.mount("http://", Detour(url))
    return session


def make_certificate(folder):
    """Write an authority and a certificate for the hosts into a folder; return both paths and the TLS context."""

    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def build(subject, issuer, key, signer, extensions):
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(signer, hashes.SHA256())

    authority_key, host_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    authority = build(
        "loopback authority",
        "loopback authority",
        authority_key,
        authority_key,
        [
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (usage, True),
            (x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), False),
            (issuer, False),
        ],
    )
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS])
    host = build(
        "loopback",
        "loopback authority",
        host_key,
        authority_key,
        [(names, False), (x509.BasicConstraints(ca=False, path_length=None), True), (issuer, False)],
    )
    pem = serialization.Encoding.PEM
    bundle, chain, key = (folder / name for name in ("authority.pem", "host.pem", "host.key"))
    bundle.write_bytes(authority.public_bytes(pem))
    chain.write_bytes(host.public_bytes(pem))
    key.write_bytes(host_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return bundle, context
