# ruff: noqa: E501  # what may stand in a cell, in few lines
"""Whatever stands in a price file, a cell or a window, it is read or refused in a few plain words, and soon."""

import io
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from eventstudy import EventStudyError, Window, read_prices
from eventstudy.cells import looks_dated, may_be_time, parse_numbers, parse_times
from eventstudy.tables import table_of

fuzz = settings(
    max_examples=settings.default.max_examples * 4 // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
#: Any letter, as hypothesis draws by default; it finds those that UTF-8 has by trying each, for seconds at first.
LETTERS = st.characters(exclude_categories=["Cs"])
WORDS = st.one_of(
    st.sampled_from(
        ["", "1", "1.5", "1,5", "1.234,5", "-0", "nan", "inf", "-Inf", "1e308", "1e999", "null", "2022-01-27", "27/01/2022",
         "01/02/03", "44562", "1643241600", "0001-01-01", "9999-12-31", "2022-01-27T25:00", "2022-01-27 10:00+03:00",
         "Open", "Close", "Date", "date", "Volume", "\ufeff", "\x1b[2J", "\u202e", "\0", '"', "'", "$5", "5%", "(5)", "=1+1",
         "True", "1_0", "٣", "²", "①", "Jan 2022", "Q1 2022", "2022-W05", "12:30"]),
    st.text(LETTERS, max_size=12),
)  # fmt: skip


def plainly(read):
    """Run; a documented error must be short and of printable characters."""
    try:
        return read()
    except EventStudyError as error:
        said = str(error)
        assert len(said) < 1000
        assert len(said.splitlines()) <= 2
        assert not set(said) & set("\x1b\x00\u202e")
        return None


@fuzz
@given(
    rows=st.lists(st.lists(WORDS, max_size=5), max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|", " "]),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    figures=st.sampled_from(["prices", "returns", "volumes", "bars"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "cp1251"]),
)
@example([["Date", "Close"], ["2022-01-27", "1"], ["2022-01-28", "inf"]], ",", "\n", "prices", "utf-8")
def test_any_table_is_read_or_refused(tmp_path, rows, delimiter, ending, figures, encoding):
    """A table of any cells, of any delimiter and encoding; what is read ascends, each date once."""
    text = ending.join(delimiter.join(row) for row in rows)
    (tmp_path / "mine.csv").write_bytes(text.encode(encoding, "replace"))
    found = plainly(lambda: read_prices(tmp_path / "mine.csv", figures=figures))
    if found is not None:
        assert found.index.is_monotonic_increasing
        assert found.index.is_unique
        assert (found.dtypes == np.float64).all()
        assert found.index.notna().all()


@fuzz
@given(st.binary(max_size=300), st.sampled_from(["mine.csv", "mine.xlsx", "mine.parquet", "-"]))
@example(b"PK\x03\x04" + bytes(40), "mine.xlsx")
@example(b"PAR1" + bytes(40), "mine.parquet")
@example(b"\xff\xfe\x00", "mine.csv")
def test_any_bytes_are_read_or_refused(content, name):
    """Bytes of any kind under any name."""
    plainly(lambda: table_of(content, name))


@fuzz
@given(
    st.lists(st.one_of(st.floats(), st.integers(), st.booleans(), st.none(), st.text(LETTERS, max_size=5), st.datetimes()), max_size=6),
    st.lists(st.one_of(st.datetimes(), st.text(LETTERS, max_size=10), st.integers(0, 10**19), st.none()), max_size=6),
)  # fmt: skip
def test_any_frame_is_read_or_refused(values, index):
    """A frame of any objects under any index."""
    n = min(len(values), len(index))
    plainly(lambda: read_prices(pd.DataFrame({"mine": values[:n]}, index=pd.Index(index[:n], dtype=object))))


@fuzz
@given(WORDS, st.text(LETTERS, max_size=8))
@example("2022-01-27", "%Y-%Y-%m-%d")
@example("2022-01-27", "%")
@example("2022", "%G")
def test_any_form_of_times_is_taken_or_refused(cell, form):
    """Codes of any kind, given as ``--time-format``."""
    plainly(lambda: parse_times([cell], form=form))


@fuzz
@given(WORDS)
@example("0:" + "9" * 5000)
@example("-" * 100_000)
@example("0:1:2")
def test_any_window_is_read_or_refused(text):
    """A window of any text."""
    plainly(lambda: Window.parse(text))


LONG = {
    "digits": "1" * 50_000,
    "points": "." * 50_000,
    "digits and points": "1." * 25_000,
    "digits and commas": "1,1" * 20_000,
    "groups": "111 " * 15_000,
    "spaces": " " * 50_000 + "x",
    "a sign and spaces": "-" + " " * 50_000 + "x",
    "letters": "a" * 50_000,
    "letters and spaces": "a " * 25_000,
    "weekdays": "monday " * 8_000,
    "dates": "2022-01-27 " * 5_000,
    "slashes": "1/" * 25_000,
    "clocks": "12:30:" * 8_000,
    "fractions": "2022-01-27T12:30:00." + "1" * 50_000,
    "brackets": "2022-01-27 12:30 " + "(" * 50_000,
    "currency": "$" * 50_000,
    "exponents": "1e" * 25_000,
    "newlines": "1\n" * 25_000,
    "bars": "a|" * 25_000,
    "underscores": "close_" * 8_000,
}


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", LONG)
def test_no_expression_is_slow_on_its_worst_cell(name):
    """Fifty thousand characters of a kind take no longer than a second in anything that reads a cell or a heading."""
    text = LONG[name]
    begin = time.process_time()
    looks_dated(text)
    may_be_time(text)
    plainly(lambda: parse_times([text, "2022-01-27"]))
    plainly(lambda: parse_numbers([text, "1.5"]))
    plainly(lambda: parse_numbers([text], decimal=","))
    days = pd.DatetimeIndex(["2022-01-27", "2022-01-28"])
    read_prices(pd.DataFrame({text: [1.0, 2.0]}, index=days))
    plainly(lambda: table_of(f"date,{text}\n2022-01-27,1\n2022-01-28,{text}\n", "mine.csv"))
    assert time.process_time() - begin < 1


@pytest.mark.slow
@fuzz
@given(
    n=st.integers(2, 30),
    columns=st.lists(st.text("abcXYZ", min_size=3, max_size=5), min_size=1, max_size=4, unique_by=str.casefold),
    missing=st.booleans(),
    shape=st.sampled_from(["wide", "long", "fields", "dated column"]),
    seed=st.integers(0, 1000),
)
def test_a_frame_and_its_file_are_one_table(tmp_path, n, columns, missing, shape, seed):
    """A frame gives the figures, under the names and with the warnings, that the file written from it gives."""
    draw = np.random.default_rng(seed)
    values = 50 + draw.normal(0, 1, (n, len(columns))).cumsum(axis=0)
    if missing:
        values[draw.random(values.shape) < 0.1] = np.nan
    frame = pd.DataFrame(values, columns=columns, index=pd.bdate_range("2021-01-04", periods=n, name="date"))
    if shape == "long":
        frame = frame.reset_index().melt("date", var_name="ticker", value_name="close").dropna()
    elif shape == "fields":
        frame = frame[columns[:1]].set_axis(["Close"], axis=1).assign(Open=1.0, Volume=5.0)
    elif shape == "dated column":
        frame = frame.reset_index()
    text = frame.to_csv(index=shape in {"wide", "fields"})
    (tmp_path / "mine.csv").write_text(text)
    again = pd.read_csv(io.StringIO(text))
    results = [plainly(lambda source=source: read_prices(source)) for source in (tmp_path / "mine.csv", frame, again)]
    assert len({found is None for found in results}) == 1
    if results[0] is not None:
        for found in results[1:]:
            np.testing.assert_allclose(found, results[0])
            assert found.index.equals(results[0].index)
            if shape != "fields":  # one market that only a file's name names
                assert list(found) == list(results[0])
                assert found.attrs["warnings"] == results[0].attrs["warnings"]
