"""The page in a real browser: it asks no network, nothing fails, tables can be sorted, a phone can show it."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from eventstudy.report import to_html

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
websockets = pytest.importorskip("websockets.sync.client", reason="websockets is not installed")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt-get install chromium)"),
]


class Tab:
    """One tab of a headless Chromium, spoken to by its own protocol."""

    def __init__(self, socket):
        self.socket, self.count, self.events = socket, 0, []

    def ask(self, method, **parameters):
        """Send a command and return its answer; what the browser tells meanwhile is kept."""
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(timeout=30))
            if message.get("id") == self.count:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def run(self, code):
        """Evaluate an expression in the page and return its value."""
        answer = self.ask("Runtime.evaluate", expression=code, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def said(self, method):
        """Return what the browser has told under a name."""
        return [event["params"] for event in self.events if event.get("method") == method]


@pytest.fixture(scope="module")
def browser():
    """Run a headless Chromium with a profile of its own; yield the address of its first tab."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        quiet = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
        command = [CHROMIUM, *quiet, "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": profile}
        ) as process:
            try:
                yield _first_tab(Path(profile) / "DevToolsActivePort", process)
            finally:
                process.terminate()
                process.wait(timeout=20)


def _first_tab(told, process):
    """Wait until the browser has said where it listens, and ask it for its tab."""
    from urllib.request import urlopen  # noqa: PLC0415  # only here

    deadline = time.monotonic() + 40
    while not (told.exists() and told.read_text().strip()):
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.skip("Chromium does not start on this machine")
        time.sleep(0.1)
    port = told.read_text().split()[0]
    with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=20) as answer:
        return next(tab["webSocketDebuggerUrl"] for tab in json.load(answer) if tab["type"] == "page")


@pytest.fixture(scope="module")
def tab(browser, told, tmp_path_factory):
    """Open the page in the tab, with everything that the browser tells about it."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(to_html(told), encoding="utf-8")
    with websockets.connect(browser, max_size=None) as socket:
        tab = Tab(socket)
        for domain in ("Page", "Network", "Runtime", "Log", "Security"):
            tab.ask(f"{domain}.enable")
        open_page(tab, path.as_uri())
        yield tab


def open_page(tab, address):
    """Open a page in the tab and wait until it is there."""
    tab.ask("Page.navigate", url=address)
    deadline = time.monotonic() + 40
    while tab.run("document.readyState + location.href") != f"complete{address}" and time.monotonic() < deadline:
        time.sleep(0.05)


def test_no_request_leaves_the_page_and_nothing_fails(tab):
    """The browser asks for the file itself and for nothing else; no error is logged and no script throws."""
    asked = [event["request"]["url"] for event in tab.said("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:"))] == []
    assert len([url for url in asked if url.startswith("file:")]) == 1
    assert tab.said("Runtime.exceptionThrown") == []
    assert [e for e in tab.said("Log.entryAdded") if e["entry"]["level"] in {"error", "warning"}] == []
    assert tab.run("performance.getEntriesByType('resource').length") == 0


def test_sections_tables_and_pictures_are_shown(tab, told):
    """Every section, table and picture has a place on the screen, and the hostile headline is words."""
    assert tab.run("[...document.querySelectorAll('main > section')].every(s => s.offsetHeight > 20)")
    assert tab.run("document.querySelectorAll('table.sortable').length") >= 6
    sizes = tab.run("[...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect().height)")
    assert len(sizes) == len(told.drawings)
    assert min(sizes) > 100
    assert tab.run("document.title") == told.title
    assert "<script>document.title" in tab.run("document.body.innerText")
    assert tab.run("document.images.length") == 0


def test_a_table_is_sorted_by_its_headings(tab):
    """A click on a heading sorts by figures, a second one the other way, and the heading says which way."""
    column = """(() => { const table = document.querySelector('#moves-table');
        return [...table.tBodies[0].rows].map(row => row.cells[5].dataset.key); })()"""
    heading = "document.querySelector('#moves-table thead').rows[0].cells[5]"
    before = [float(key) for key in tab.run(column)]
    tab.run(f"{heading}.querySelector('button').click()")
    known = [float(key) for key in tab.run(column) if key != "nan"]
    assert known == sorted(known) != before
    assert tab.run(f"{heading}.getAttribute('aria-sort')") == "ascending"
    tab.run(f"{heading}.querySelector('button').click()")
    assert [float(key) for key in tab.run(column) if key != "nan"] == sorted(known, reverse=True)
    assert tab.run(f"{heading}.getAttribute('aria-sort')") == "descending"


@pytest.mark.parametrize(("name", "width"), [("desktop", 1280), ("phone", 390)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_screen_and_a_phone(tab, told, tmp_path, name, width, scheme):
    """At both widths, light and dark, the page does not run off sideways, and its paper is the scheme's."""
    tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    tab.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=name == "phone")
    assert tab.run("document.documentElement.scrollWidth") <= width
    paper = tab.run("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") is (scheme == "light")
    picture = base64.b64decode(tab.ask("Page.captureScreenshot")["data"])
    (tmp_path / f"{name}-{scheme}.png").write_bytes(picture)
    assert len(picture) > 20_000
    assert told.title


def test_it_can_be_read_without_a_script(tab):
    """With scripts switched off every section and table is still there."""
    count = "document.querySelectorAll('main > section, tbody tr, svg').length"
    before = tab.run(count)
    tab.ask("Emulation.setScriptExecutionDisabled", value=True)
    tab.ask("Page.reload")
    time.sleep(1.0)
    document = tab.ask("DOM.getDocument", depth=0)
    found = tab.ask("DOM.querySelectorAll", nodeId=document["root"]["nodeId"], selector="main > section, tbody tr, svg")
    tab.ask("Emulation.setScriptExecutionDisabled", value=False)
    assert len(found["nodeIds"]) == before


def test_the_atlas_is_searched_and_sorted(tab, tmp_path):
    """The index of the atlas hides what is not looked for, sorts by headings, and leads to pages without a script."""
    from eventstudy.report.atlas import read_atlas, write_site  # noqa: PLC0415  # only here

    write_site(tmp_path, read_atlas(case="korea-2017-2019"))
    open_page(tab, (tmp_path / "index.html").as_uri())
    shown = "[...document.querySelector('#events-table').tBodies[0].rows].filter(row => row.offsetHeight > 0)"
    assert tab.run(f"{shown}.length") == 32
    tab.run("(() => { const field = document.querySelector('input'); field.value = 'hanoi';"
            "field.dispatchEvent(new Event('input')); })()")  # fmt: skip
    assert tab.run(f"{shown}.map(row => row.cells[0].innerText)") == ["2019-02-28"]
    assert tab.run("document.querySelector('[role=status]').innerText").strip() == "1 of 32 events"
    tab.run("(() => { const field = document.querySelector('input'); field.value = '';"
            "field.dispatchEvent(new Event('input')); })()")  # fmt: skip
    tab.run("document.querySelector('#events-table thead').rows[0].cells[9].querySelector('button').click()")
    keys = [float(key) for key in tab.run(f"{shown}.map(row => row.cells[9].dataset.key)")]
    assert keys == sorted(keys)
    link = tab.run("document.querySelector('#events-table a').href")
    open_page(tab, link)
    assert tab.run("document.scripts.length") == 0
    assert tab.run("document.querySelector('svg').getBoundingClientRect().height") > 80
    assert tab.run("document.querySelectorAll('#markets-table tbody tr').length") == 14
    assert tab.said("Runtime.exceptionThrown") == []
