"""The page in a real browser: it asks no network, nothing fails, tables can be sorted, a phone can show it."""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from importlib import resources
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image  # it comes with matplotlib

import eventstudy as es
from eventstudy.report import to_html, write_report

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
    from urllib.request import urlopen  # only here

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


def unfold(tab, is_open=True):
    """Open every part of the page, or fold them all."""
    tab.run(f"document.querySelectorAll('details').forEach(part => {{ part.open = {str(is_open).lower()}; }})")


def test_parts_tables_and_pictures_are_shown(tab, told):
    """Opened, every part, table and picture of one market has a place on the screen; the hostile headline is words."""
    unfold(tab)
    assert tab.run("[...document.querySelectorAll('main > *')].every(s => s.offsetHeight > 20)")
    assert tab.run("document.querySelectorAll('table.sortable').length") >= 6
    assert tab.run("document.querySelectorAll('svg').length") == len(told.drawings)
    assert tab.run("[...document.querySelectorAll('svg')].some(s => s.getBoundingClientRect().height > 100)")
    assert tab.run("document.title") == told.title
    assert "<script>document.title" in tab.run("document.body.innerText")
    assert tab.run("document.images.length") == 0


def test_a_table_is_sorted_by_its_headings_unit_by_unit(tab):
    """A click on a heading sorts by figures, a second one the other way: per cent and points apart, a p over all."""
    unfold(tab)
    for column, n_units in ((3, 2), (4, 1)):  # the mean and its p
        cells = f"""[...document.querySelectorAll('#averages-table tbody td:nth-child({column + 1})')].map(cell =>
            [cell.textContent, cell.dataset.key ?? cell.textContent])"""
        heading = f"document.querySelector('#averages-table thead').rows[0].cells[{column}]"
        before = tab.run(cells)
        for order in ("ascending", "descending"):
            tab.run(f"{heading}.querySelector('button').click()")
            found = tab.run(cells)
            assert found != before
            known = [(" ".join(text.split()[1:]), float(key)) for text, key in found if text != "n/a"]
            assert all(text == "n/a" for text, _ in found[len(known) :])
            units = list(dict.fromkeys(unit for unit, _ in known))
            assert len(units) == n_units
            for unit in units:
                keys = [key for one, key in known if one == unit]
                assert keys == sorted(keys, reverse=order == "descending")
            assert [unit for unit, _ in known] == sorted((unit for unit, _ in known), key=units.index)
            assert tab.run(f"{heading}.getAttribute('aria-sort')") == order


def press(tab, key, n=1):
    """Press a key."""
    for _ in range(n):
        for kind in ("keyDown", "keyUp"):
            tab.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key)


def mouse(tab, kind, x, y):
    """Move or press the mouse."""
    more = {"button": "left", "clickCount": 1} if kind != "mouseMoved" else {}
    tab.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)


TIP = "(tip => tip.hidden ? '' : tip.textContent)(document.querySelector('#tip'))"


def test_a_point_says_what_it_is_to_the_mouse(tab):
    """Pointed at, a point of the first chart says event or mean and figures; a click pins that, Escape lets it go."""
    unfold(tab, is_open=False)
    x, y, said = tab.run("""(() => { const dots = [...document.querySelectorAll('#answer circle[data-tip]')];
        const dot = dots[dots.length - 1]; dot.scrollIntoView({block: 'center'});
        const box = dot.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2, dot.dataset.tip]; })()""")
    time.sleep(0.3)  # what is said goes with the scrolling
    mouse(tab, "mouseMoved", x, y)
    assert tab.run(TIP) != ""
    mouse(tab, "mousePressed", x, y)
    mouse(tab, "mouseReleased", x, y)
    pinned = tab.run(TIP)
    mouse(tab, "mouseMoved", 5, 5)
    assert tab.run(TIP) == pinned != ""
    press(tab, "Escape")
    mouse(tab, "mouseMoved", 6, 6)
    assert tab.run(TIP) == ""
    assert said


def test_points_are_reached_by_the_keyboard(tab, study):
    """In the chart of a market arrow keys go from point to point in the order of time; Enter pins, Escape lets go."""
    unfold(tab, is_open=False)
    tab.run("document.querySelector('#markets').open = document.querySelector('#market-vix').open = true")
    tab.run("document.querySelector('#market-vix .picture').focus()")
    press(tab, "ArrowRight")
    first = tab.run(TIP)
    press(tab, "ArrowRight")
    assert first not in ("", tab.run(TIP))
    press(tab, "End")
    last = tab.run(TIP)
    press(tab, "Enter")
    tab.run("document.activeElement.blur()")
    assert tab.run(TIP) == last != first
    press(tab, "Escape")
    assert tab.run(TIP) == ""
    row = study.car[(study.car["series"] == "vix") & (study.car["window"] == "0:0")].iloc[0]
    tips = tab.run("[...document.querySelectorAll('#chart-raise-fold-vix circle')].map(dot => dot.dataset.tip)")
    assert tips
    tab.run("document.querySelector('#events').open = true; document.querySelector('#events .scroll').focus()")
    press(tab, "Home")
    said = tab.run(TIP)
    assert "abnormal" in said
    assert "p\u00a0" in said
    assert f"{row['session']:%Y}" in said
    press(tab, "Escape")


def test_one_stance_alone(tab, told):
    """The buttons show one stance: rows of other stances go, marks of other stances fade, and all come back."""
    unfold(tab)
    shown = "[...document.querySelectorAll('#events-table tbody tr')].filter(row => !row.hidden)"
    labels = told.tables["events"].labels
    click = "[...document.querySelectorAll('#filter button')].find(b => b.textContent === '{}').click()"
    tab.run(click.format("fold"))
    assert tab.run(f"{shown}.length") == labels.count("fold") < len(labels)
    assert tab.run(f"{shown}.every(row => row.dataset.label === 'fold')")
    assert tab.run("document.querySelectorAll('svg [data-label=raise].off').length") > 0
    assert tab.run("document.querySelectorAll('svg [data-label=fold].off').length") == 0
    tab.run(click.format("mixed"))  # of which some charts have none, and these are left as they are
    without = "[...document.querySelectorAll('svg')].filter(one => !one.querySelector('[data-label=mixed]'))"
    assert tab.run(f"{without}.length") > 0
    assert tab.run(f"{without}.every(one => !one.querySelector('.off'))")
    tab.run(click.format("all"))
    assert tab.run(f"{shown}.length") == len(labels)
    assert tab.run("document.querySelectorAll('.off').length") == 0


def test_figures_are_handed_out(tab, browser_downloads, told):
    """CSV of a table has the figures in full precision, that of a chart the points drawn; a chart is saved as a PNG."""
    unfold(tab)
    press_button = "[...document.querySelectorAll('{} .tools button')].find(b => b.textContent === '{}').click()"
    wanted = {
        "answer-table.csv": ("#answer-table-box", "CSV"),
        "chart-raise-fold-vix.csv": ("#chart-raise-fold-vix", "CSV"),
        "chart-raise-fold-vix.png": ("#chart-raise-fold-vix", "PNG"),
    }
    found = {}
    for name, (box, word) in wanted.items():
        tab.run(press_button.format(box, word))
        found[name] = browser_downloads(name)
    rows = found["answer-table.csv"].decode("utf-8-sig").splitlines()
    assert rows[0] == "market,stance,mean,p,family p,n"
    assert rows[1].split(",")[2] == repr(told.tables["answer"].rows[0][2].key)
    assert len(rows) == len(told.tables["answer"].rows) + 1
    drawing = next(one for one in told.drawings if one.name == "raise-fold-vix")
    points = found["chart-raise-fold-vix.csv"].decode("utf-8-sig").splitlines()
    assert points[0] == "panel,what,x,y,y2"
    assert len(points) == len(drawing.points) + 1
    assert found["chart-raise-fold-vix.png"].startswith(b"\x89PNG")


def test_figures_are_copied(tab, told):
    """The copy button lays the figures of a table, tab by tab as a spreadsheet takes them, on the clipboard."""
    unfold(tab)
    tab.ask("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    tab.ask("Page.bringToFront")
    button = (
        "[...document.querySelectorAll('#answer-table-box .tools button')].find(b => b.textContent.startsWith('cop'))"
    )
    tab.run(f"window.copying = {button}; copying.click()")
    deadline = time.monotonic() + 10
    while tab.run("copying.textContent") != "copied" and time.monotonic() < deadline:
        time.sleep(0.05)
    read = tab.ask(
        "Runtime.evaluate", expression="navigator.clipboard.readText()", awaitPromise=True, returnByValue=True
    )
    rows = [line.split("\t") for line in read["result"]["value"].splitlines()]
    assert rows[0] == list(told.tables["answer"].columns)
    assert [row[2] for row in rows[1:]] == [repr(row[2].key) for row in told.tables["answer"].rows]


def test_what_goes_on_beyond_the_edge_throws_a_shadow(tab):
    """A chart wider than a telephone scrolls, and its edge is darker than its paper where more follows."""
    unfold(tab)
    tab.ask("Emulation.setDeviceMetricsOverride", width=390, height=900, deviceScaleFactor=1, mobile=True)
    picture = "document.querySelector('#answer .picture')"
    assert tab.run(f"{picture}.scrollWidth > {picture}.clientWidth + 100")
    assert "local" in tab.run(f"getComputedStyle({picture}).backgroundAttachment")
    tab.run(f"{picture}.scrollIntoView({{ block: 'center' }})")
    edges = []
    for place in (0, 10_000):
        tab.run(f"{picture}.scrollLeft = {place}")
        box = tab.run(f"(b => [b.right, b.top + b.height / 2])({picture}.getBoundingClientRect())")
        clip = {"x": box[0] - 2, "y": box[1] + tab.run("scrollY"), "width": 1, "height": 60, "scale": 1}
        shot = tab.ask("Page.captureScreenshot", clip=clip)["data"]
        with Image.open(BytesIO(base64.b64decode(shot))) as image:
            edges.append(sum(image.convert("L").tobytes()) / (image.width * image.height))
    tab.ask("Emulation.clearDeviceMetricsOverride")
    assert edges[0] < edges[1] - 10


def test_no_row_of_a_short_table_is_hidden_and_what_is_gone_leaves_a_shadow(tab):
    """On a phone tables of up to eleven rows stand in full; of a long one each edge says that there is more."""
    tab.ask("Emulation.setDeviceMetricsOverride", width=390, height=900, deviceScaleFactor=1, mobile=True)
    unfold(tab)
    boxes = ("[...document.querySelectorAll('.scroll')].map(box => [box.querySelectorAll('tbody tr').length,"
             " box.scrollHeight - box.clientHeight])")  # fmt: skip
    hidden = tab.run(boxes)
    assert [over for rows, over in hidden if rows < 12 and over > 0] == []
    assert any(rows < 12 for rows, _ in hidden)
    assert any(rows >= 12 and over > 0 for rows, over in hidden)
    box = "document.querySelector('#events-table-box .scroll')"
    thrown = f"[...{box}.querySelectorAll('td:first-child, th:nth-child(2)')].map(c => getComputedStyle(c).boxShadow)"
    tab.run(f"{box}.scrollIntoView()")
    assert not any("8px" in shadow for shadow in tab.run(thrown))
    tab.run(f"{box}.scrollTo(60, 60)")
    tab.ask("Page.captureScreenshot")  # a frame is drawn
    assert all("8px" in shadow for shadow in tab.run(thrown))
    # No method is hidden in a box of its own, and one is read at a time.
    assert tab.run("document.querySelector('.methods').closest('.scroll')") is None
    assert tab.run("document.querySelectorAll('.methods details[open]').length") == 1
    tab.ask("Emulation.clearDeviceMetricsOverride")


@pytest.fixture
def browser_downloads(tab, tmp_path):
    """Let the tab save files; return a function that waits for one and reads it."""
    tab.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))

    def read(name):
        deadline = time.monotonic() + 20
        while not (tmp_path / name).exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2)
        return (tmp_path / name).read_bytes()

    return read


#: What a page must be for those who cannot see it well: every control and image named, headings in order, tables with
#: heads, scrolled parts within reach of the keyboard, every text at least 4.5 times as bright or dark as its paper.
BARRIERS = """(() => {
  const found = [], say = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 90)}`);
  const named = (element) => (element.getAttribute('aria-label') || element.textContent || '').trim();
  for (const one of document.querySelectorAll('button, a[href], summary')) if (!named(one)) say('no name', one);
  for (const one of document.querySelectorAll('[role=region], [role=group]')) if (!named(one)) say('no name', one);
  for (const one of document.querySelectorAll('svg')) {
    const words = (one.getAttribute('aria-labelledby') || '').split(' ').map((id) => document.getElementById(id));
    if (one.getAttribute('role') !== 'img' || !words.every((word) => word?.textContent.trim())) say('no title', one);
  }
  let rank = 1;
  for (const one of document.querySelectorAll('h1, h2, h3')) {
    if (Number(one.tagName[1]) > rank + 1) say('rank left out', one);
    rank = Number(one.tagName[1]);
  }
  for (const one of document.querySelectorAll('table'))
    if (!one.caption || ![...one.tHead.rows[0].cells].every((cell) => cell.scope === 'col')) say('no heads', one);
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  if (new Set(ids).size !== ids.length) found.push('an id twice');
  if (!document.documentElement.lang || document.querySelectorAll('main').length !== 1) found.push('no language, main');
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => Number(part) / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, k) => sum + part * [0.2126, 0.7152, 0.0722][k], 0);
  const paper = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  for (const one of document.querySelectorAll('body *:not(svg *)')) {
    const box = one.getBoundingClientRect();
    if (!box.height || ![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const style = getComputedStyle(one), [a, b] = [light(style.color), light(paper(one))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) say('too faint', one);
    if (one.closest('.tools') && box.height < 24) say('too small', one);
  }
  for (const one of document.querySelectorAll('.scroll, .picture, pre, ul'))
    if ((one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
      && getComputedStyle(one).overflow !== 'visible' && one.tabIndex < 0) say('out of reach', one);
  return found;
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_anyone_s_way(tab, scheme):
    """Names, heads, ranks, contrast and reach by the keyboard are there in light and dark, with every part open."""
    tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    unfold(tab)
    assert tab.run(BARRIERS) == []


def test_axe_finds_nothing(tab):
    """The engine of accessibility rules axe-core finds nothing, folded and open."""
    engine = resources.files(pytest.importorskip("axe_core_python")) / "axe.min.js"
    tab.ask("Runtime.evaluate", expression=engine.read_text(encoding="utf-8"))
    for is_open in (False, True):
        unfold(tab, is_open)
        answer = tab.ask(
            "Runtime.evaluate", expression="axe.run().then(r => r.violations.map(v => v.id))", awaitPromise=True,
            returnByValue=True,
        )  # fmt: skip
        assert answer["result"]["value"] == []


@pytest.mark.parametrize(("name", "width"), [("desktop", 1400), ("tablet", 820), ("phone", 390)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_screen_and_a_phone(tab, told, tmp_path, name, width, scheme):
    """At every width, light and dark, the page does not run off sideways, and the p of the answer is in sight."""
    tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    tab.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=name == "phone")
    for is_open in (True, False):
        unfold(tab, is_open)
        assert tab.run("document.documentElement.scrollWidth") <= width
    for column in (3, 4):  # p and family p
        right = f"document.querySelector('#answer-table tbody tr').cells[{column}].getBoundingClientRect().right"
        assert 0 < tab.run(right) <= width
    covered = ("[...document.querySelectorAll('.chart')].filter(c => c.querySelector('svg').getBoundingClientRect().top"
               " < c.querySelector('.tools').getBoundingClientRect().bottom).length")  # fmt: skip
    assert (tab.run("document.querySelectorAll('.chart > .tools').length") > 0, tab.run(covered)) == (True, 0)
    paper = tab.run("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") is (scheme == "light")
    picture = base64.b64decode(tab.ask("Page.captureScreenshot")["data"])
    (tmp_path / f"{name}-{scheme}.png").write_bytes(picture)
    assert len(picture) > 20_000
    assert told.title


@pytest.fixture(scope="module")
def wordy(tmp_path_factory):
    """The page of markets and labels with long names."""
    case = es.load_case("raise-or-fold-2022")
    names = ["Euro Gov 10y Bond Total Return Index (hedged)", "Alpha Bank plc", "Market" * 9]
    prices = case.prices[["ruble", "imoex", "brent"]].set_axis(names, axis=1)
    events = case.events.assign(call=case.events["stance"].map(lambda stance: f"a {stance}, after all that was said"))
    result = es.EventStudy(events, prices, group_by="call", tests=[], windows=["0:0"]).fit()
    path = tmp_path_factory.mktemp("wordy") / "report.html"
    path.write_text(to_html(write_report(result)), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "medium"), [(390, ""), (820, ""), (1100, ""), (1400, ""), (710, "print")])
def test_long_names_hide_no_figure(browser, wordy, seven, width, medium):
    """Nothing of the answer's table is beyond the edge of its box or under the chart, on a screen and on paper."""
    with websockets.connect(browser, max_size=None) as socket:
        tab = Tab(socket)
        tab.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 400)
        tab.ask("Emulation.setEmulatedMedia", media=medium)
        for page in (wordy, seven):
            open_page(tab, page.as_uri())
            table, box, chart = (
                tab.run(
                    f"(b => [b.left, b.top, b.right, b.bottom])(document.querySelector('{of}').getBoundingClientRect())"
                )
                for of in ("#answer-table", "#answer-table-box", "#answer figure")
            )
            assert table[2] <= box[2] + 1 <= width + 1
            assert box[2] <= chart[0] or box[3] <= chart[1]
            unfold(tab)
            heads = "[...document.querySelectorAll('#events-table th')].map(h => [h.querySelector('button') ?? h, h])"
            ends = tab.run(f"{heads}.map(pair => pair.map(one => one.getBoundingClientRect().right))")
            assert all(inner <= outer for inner, outer in ends)
        tab.ask("Emulation.setEmulatedMedia", media="")
        tab.ask("Emulation.clearDeviceMetricsOverride")


@pytest.fixture(scope="module")
def seven(tmp_path_factory):
    """The page of a case's seven headline markets."""
    case = es.load_case("raise-or-fold-2022")
    result = es.EventStudy(case.events, case.prices, series=list(case.headline)).fit()
    path = tmp_path_factory.mktemp("seven") / "report.html"
    path.write_text(to_html(write_report(result)), encoding="utf-8")
    return path


def test_seven_markets_are_a_page_that_can_be_sent(browser, seven):
    """Under 1 MB, the answer on one screen, six screens with all parts open, eight pages of paper."""
    assert seven.stat().st_size < 1_000_000
    with websockets.connect(browser, max_size=None) as socket:
        tab = Tab(socket)
        tab.ask("Emulation.setDeviceMetricsOverride", width=1400, height=900, deviceScaleFactor=1, mobile=False)
        open_page(tab, seven.as_uri())
        height = "document.documentElement.scrollHeight / 900"
        assert tab.run(height) <= 1.5
        for part in ("#answer .answers", "#answer svg"):
            assert tab.run(f"document.querySelector('{part}').getBoundingClientRect().bottom") <= 900
        unfold(tab)
        assert tab.run(height) <= 6
        tab.ask("Emulation.setDeviceMetricsOverride", width=390, height=900, deviceScaleFactor=1, mobile=True)
        assert tab.run(height) <= 6
        tab.ask("Emulation.clearDeviceMetricsOverride")
        unfold(tab, is_open=False)
        printed = base64.b64decode(tab.ask("Page.printToPDF", preferCSSPageSize=True)["data"])
        assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 8


def test_it_can_be_read_without_a_script(tab):
    """With scripts switched off every section and table is still there."""
    count = "document.querySelectorAll('main details, tbody tr, svg').length"
    before = tab.run(count)
    tab.run("document.body.className = 'before'")
    loaded, deadline = len(tab.said("Page.loadEventFired")), time.monotonic() + 20
    tab.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        tab.ask("Page.reload")
        # Asked of before the page is there again, nodes are gone between two questions.
        while len(tab.said("Page.loadEventFired")) == loaded and time.monotonic() < deadline:
            time.sleep(0.1)
            tab.ask("Page.getFrameTree")
        root = tab.ask("DOM.getDocument", depth=0)["root"]["nodeId"]
        selector = "body:not(.before) :is(main details, tbody tr, svg)"
        found = tab.ask("DOM.querySelectorAll", nodeId=root, selector=selector)
    finally:
        tab.ask("Emulation.setScriptExecutionDisabled", value=False)
    assert len(found["nodeIds"]) == before


def test_the_atlas_is_searched_and_sorted(tab, tmp_path):
    """The index of the atlas hides what is not looked for, sorts by headings, and leads to pages without a script."""
    from eventstudy.report.atlas import read_atlas, write_site  # only here

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
