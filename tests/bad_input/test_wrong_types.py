"""What is of another type than a public function takes is named in a line, in the library's own kind of error."""

from datetime import date, datetime
from functools import cache

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import EventStudyError, charts, news
from eventstudy.events import check_events, import_ics, read_gdelt, read_proposals


class Mute:
    """Something that does not even say what it is."""

    def __repr__(self):
        raise RuntimeError

    __str__ = __repr__


def nested(depth=3000):
    """Return lists within lists, more than Python writes."""
    inner = []
    for _ in range(depth):
        inner = [inner]
    return inner


#: Nothing of this is a name, a path, a date or a number.
NEITHER = {
    "bytes": b"x",
    "a list": [1],
    "a dict": {1: 2},
    "an array": np.zeros((2, 2)),
    "a frame": pd.DataFrame({"a": [1]}),
    "a Series": pd.Series([1, 2]),
    "nested": nested(),
    "mute": Mute(),
    "a function": print,
}
NUMBERS = {"a number": 1, "a fraction": 1.5, "huge": 10**5000}
NO_TEXT = NEITHER | NUMBERS
NO_PATH = NO_TEXT | {"NUL": "a\0b.csv", "half a character": "\ud800.csv"}
NO_DAY = NO_TEXT | {
    "year 1": date(1, 1, 1),
    "the last year": "9999-12-31",
    "the last instant": datetime.max,  # noqa: DTZ901  # as it stands there
    "no instant": pd.NaT,
    "steering": "\x1b[31m\u202e\ud800",
}
NO_END = NEITHER | {"a fraction": 1.5, "huge": 10**400, "yes": True}
NO_LIST = {"a number": 1, "numbers": [1], "a text": "x", "bytes": b"x", "nested": nested(), "mute": Mute()}
NO_CHART = {"a number": 1, "a text": "x", "a list": [1], "a dict": {1: 2}, "mute": Mute(), "nested": nested()}
NO_CHOICE = NO_TEXT | {"a text": "x", "nothing": None}


study_case = cache(lambda: es.load_case("raise-or-fold-2022"))


def no_axes():
    """A figure on which nothing is drawn."""
    from matplotlib.figure import Figure

    return Figure()


@cache
def study():
    """Return a small study."""
    case = study_case()
    return es.EventStudy(case.events, case.prices, series=["ruble"], windows=["0:0"], tests=[]).fit()


def fetch(first="2022-01-03", last="2022-01-31", **choices):
    """Ask for prices, of what comes with the library."""
    return es.fetch_prices("ruble", first, last, **{"provider": "bundled", **choices})


def ask(events=None, prices=None, series="ruble", **choices):
    """Ask what came after raises."""
    case = study_case()
    events, prices = (case.events if events is None else events), (case.prices if prices is None else prices)
    return es.ask(events, prices, series, **{"after": "raise", **choices})


DOORS = [
    ("load_case", NO_TEXT, es.load_case),
    ("find_instrument", NO_TEXT, es.find_instrument),
    ("read_event", NO_TEXT, es.read_event),
    ("answer of a series", NO_TEXT, lambda value: study().answer(value, "raise", "0:0")),
    ("answer of a stance", NO_TEXT, lambda value: study().answer("ruble", value, "0:0")),
    ("answer over a window", NO_TEXT, lambda value: study().answer("ruble", "raise", value)),
    ("sample", NO_TEXT, lambda value: study().sample(value)),
    ("chart of a series", NO_TEXT, lambda value: charts.raise_fold(study(), value)),
    ("car of a series", NO_TEXT, lambda value: charts.car(study(), value)),
    ("timeline", NO_TEXT, lambda value: charts.timeline(study(), value)),
    ("timeline of several", NO_TEXT, lambda value: charts.timeline(study(), [value])),
    ("heatmap", NO_TEXT, lambda value: charts.heatmap(study(), value)),
    ("scatter", NO_TEXT, lambda value: charts.scatter(study(), value)),
    ("headline_of", NO_TEXT, news.headline_of),
    ("is_html", NO_TEXT, news.is_html),
    ("published_in", NO_TEXT, news.published_in),
    ("read_page", NO_TEXT, news.read_page),
    ("read_coder", NO_TEXT, news.read_coder),
    ("code_stance", NO_TEXT, news.code_stance),
    ("extract_events", NO_TEXT, lambda value: news.extract_events(value, "2022-01-27")),
    ("provider", NO_TEXT, lambda value: fetch(provider=value)),
    ("instruments", NO_TEXT, lambda value: es.fetch_prices(value, "2022-01-03", "2022-01-31", provider="bundled")),
    ("ask of a series", NEITHER, lambda value: ask(series=value)),
    ("ask after", NO_TEXT, lambda value: ask(after=value)),
    ("ask of events", NUMBERS | {"a text": "x", "mute": Mute(), "nested": nested()}, lambda value: ask(events=value)),
    ("ask of prices", NUMBERS | {"a text": "x", "a list": [1]}, lambda value: ask(prices=value, series=None)),
    ("read_prices", {**NO_PATH, "a frame": 1, "a Series": 1}, es.read_prices),
    ("read_events", {k: v for k, v in NO_PATH.items() if k[:3] in "NULhalf"}, es.read_events),
    ("read_proposals", NO_PATH, read_proposals),
    ("import_ics", NO_PATH, import_ics),
    ("read_gdelt", NO_PATH, lambda value: read_gdelt([value])),
    ("import_feed", NO_PATH, news.import_feed),
    ("read_actors", NO_PATH, news.read_actors),
    ("read_lexicon", NO_PATH, news.read_lexicon),
    ("find_style", NO_PATH, charts.find_style),
    ("cache", NO_PATH, lambda value: fetch(provider="yahoo", offline=True, cache=value)),
    ("save", NO_PATH, lambda value: charts.save(None, value)),
    ("to_excel", NO_PATH, lambda value: study().to_excel(value)),
    ("first", NO_DAY, lambda value: fetch(first=value)),
    ("last", NO_DAY, lambda value: fetch(last=value)),
    ("adjusted", NO_CHOICE, lambda value: fetch(adjusted=value)),
    ("refresh", NO_CHOICE, lambda value: fetch(refresh=value)),
    ("offline", NO_CHOICE, lambda value: fetch(offline=value)),
    ("progress", {k: v for k, v in NO_TEXT.items() if v is not print}, lambda value: fetch(progress=value)),
    ("Window from", NO_END, lambda value: es.Window(value, 10**6)),
    ("Window to", NO_END, lambda value: es.Window(-(10**6), value)),
    ("Window", NO_TEXT, es.Window.parse),
    ("read_headlines", NO_LIST, news.read_headlines),
    ("extract_all", NO_LIST, news.extract_all),
    ("code_stances", NO_LIST, news.code_stances),
    ("Design of a model", NO_TEXT | {"a text": "x"}, es.Design),
    ("Design of windows", NO_TEXT, lambda value: es.Design(windows=value)),
    ("Design of an estimation", NO_TEXT, lambda value: es.Design(estimation=value)),
    ("Design of a seed", NEITHER, lambda value: es.Design(seed=value)),
    ("Design of tests", NO_TEXT, lambda value: es.Design(tests=value)),
    (
        "EventStudy",
        NO_TEXT,
        lambda value: es.EventStudy(["2022-01-27"], es.load_case("raise-or-fold-2022").prices, model=value),
    ),
    ("save of no chart", NO_CHART, lambda value: charts.save(value, "chart.png")),
    ("style of a chart", NO_CHOICE, lambda value: charts.car(study(), style=value)),
    ("style of a file", NO_CHOICE, lambda value: charts.save(no_axes(), "chart.png", style=value)),
    ("title", NO_TEXT, lambda value: charts.car(study(), title=value)),
    ("house_style", NO_CHOICE, charts.house_style),
    ("numbers", NO_CHART, charts.numbers),
    ("describe", NO_CHART, charts.describe),
    ("to_bytes", NO_CHART, charts.to_bytes),
]


@pytest.mark.one_in(3)
@pytest.mark.parametrize(("wrong", "call"), [pytest.param(*words, id=door) for door, *words in DOORS])
def test_a_value_of_another_type_is_named(wrong, call, tmp_path, monkeypatch):
    """Whatever is put where a name, a path, a day or a number is wanted: one line says what it must be."""
    monkeypatch.chdir(tmp_path)
    for name, value in wrong.items():
        try:
            call(value)
        except EventStudyError as error:
            said = str(error)
        except Exception as error:  # noqa: BLE001  # it is named, whatever it is
            pytest.fail(f"{name}: {type(error).__name__}: {error}")
        else:
            pytest.fail(f"{name} was taken")
        assert len(said) < 600, name
        assert not any(sign in said for sign in "\n\x1b\u202e\0\ud800"), name


def test_cells_of_any_kind_are_texts():
    """A table in a cell is no figure and no gap: it is written as it says itself."""
    (headline,) = check_events([{"time": "2022-01-27", "headline": pd.DataFrame({"a": [1]})}])["headline"]
    assert "a" in headline


def test_half_a_character_in_a_title_is_drawn_as_a_box():
    """What is no character stands in no file; the rest of the title does."""
    drawn = charts.car(study(), title="half \ud800 a character")
    assert charts.describe(drawn)["title"] == "half \N{REPLACEMENT CHARACTER} a character"
    assert charts.to_bytes(drawn, "svg")


def test_two_levels_of_one_name_are_named():
    """An index whose levels share a name is refused by it."""
    prices = study_case().prices[["ruble"]]
    with pytest.raises(EventStudyError, match="has the column 'session' twice"):
        es.read_prices(prices.set_index([prices.index, prices.index]))
