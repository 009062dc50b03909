# ruff: noqa: E501  # lists of words
"""Whatever is written: readings or one of our errors, and never a time that grows with the square of the length."""

import time
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventstudy import EventStudyError, news
from eventstudy.news.dates import find_times

#: Any letter, as hypothesis draws by default; it finds those that UTF-8 has by trying each, for seconds at first.
LETTERS = st.characters(exclude_categories=["Cs"])
WORDS = st.lists(
    st.one_of(
        st.sampled_from(
            ["Russia", "said", "on", "Wednesday", "March", "2", "31", "0", "99", "ago", "days", "2022", "24.02.2022",
             "1/1/9999", "rejected", "“", '"', ".", "—", "MOSCOW", ",", "not", "after", "a", "last", "month", "\x1b[2J",
             "\u202e", "\ud800", "\0", "sanctions", "years", "Feb.", "30", "who", ";", "and"]
        ),
        st.text(LETTERS, max_size=8),
    ),
    max_size=25,
)  # fmt: skip
TEXTS = st.tuples(WORDS, st.sampled_from([" ", "", "\n", "\n\n", ". "])).map(lambda drawn: drawn[1].join(drawn[0]))
DAYS = st.dates(date(1701, 1, 1), date(2199, 12, 31))


@given(TEXTS, DAYS)
@example("On February 29", date(1900, 3, 1))
@example("99 months ago; 99 decades ago; 99 years ago", date(1701, 1, 1))
@example("99 weeks ago, next Wednesday", date(2199, 12, 31))
def test_any_date_is_read_or_none(text, published):
    """What is found stands in the text where it says, and is a day, a month, a year or nothing."""
    for one in find_times(text, published):
        assert text[one.start : one.end] == one.text
        assert len(one.time) in {0, 4, 7, 10}


@given(TEXTS)
def test_any_text_has_a_stance_or_none(text):
    """The coder answers everything, with a confidence and with spans of the text itself."""
    reading = news.code_stance(text)
    assert reading.label in {"raise", "hold", "fold", "none"}
    assert 0 <= reading.confidence <= 1
    assert all(text[one.start : one.end] == one.text for one in reading.evidence)


@given(TEXTS, DAYS, st.booleans())
def test_any_article_is_read(text, published, headlines):
    """Every passage is an event or set aside; offsets are those of the text given, and rows carry no marks."""
    found = news.extract_events(text, published, headlines=headlines)
    assert {one.reason for one in found.set_aside} <= {
        "scheduled", "background", "undated", "caption", "commentator", "no actor", "no action", "no move", "duplicate",
        "clutter", "void",
    }  # fmt: skip
    for event in found.events:
        assert all(0 <= one.start < one.end <= len(text) for one in event.evidence)
        assert "\x1b" not in event.headline


ITEMS = st.lists(
    st.one_of(
        st.sampled_from(["<item>", "</item>", "<title>Iran rejects offer</title>", "<pubDate>Thu, 27 Jan 2022 00:30:00 GMT",
                         "</pubDate>", "<![CDATA[", "]]>", "&lt;b&gt;", "&#0;", "&#x202e;", "<entry>", "<!ENTITY x 'y'>"]),
        st.text(LETTERS, max_size=20),
    ),
    max_size=12,
)  # fmt: skip


@given(ITEMS)
def test_any_feed_is_read_or_refused(tmp_path_factory, items):
    """Whatever stands in a feed, it is events, what is set aside, or one of our errors."""
    path = tmp_path_factory.mktemp("feed") / "f.xml"
    text = f'<rss version="2.0"><channel>{"".join(items)}</channel></rss>'
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        found = news.import_feed(path)
    except EventStudyError:
        return
    assert all(row["stance"] in {"raise", "hold", "fold"} for row in found.events)


PIECES = (
    '"', "“", "“”", ".", ". ", "... ", "A", "AB ", "Aa ", "a, ", "1 ", "1/", "1.1.", "2022-", "Jan. ", "not ", "to ",
    "said ", "Russia ", "Russia, ", "Russia and ", "Russia's ", "the the ", "of the ", "12:30 ", "- ", "— ", "(", "U.S. ",
    "after ", ", who ", ", with a ", "; ", "and Aa said ", "will ", "a day after ", "<", "<!--", "<a ", "<a b=", "&", "\n",
    " \n", "x\n", "a: ", "A: “", "sanctions ", "no longer ", "\x1b[", "\x1b]", "\u202e", "on March ", "last ", "2 days ",
)  # fmt: skip


@pytest.mark.one_in(8)
@pytest.mark.parametrize("piece", PIECES)
def test_twice_the_text_takes_twice_the_time(piece):
    """No loop and no regular expression of a reader is quadratic: less than 40 microseconds a character throughout."""
    n = 40_000 // len(piece)
    text = piece * n
    begin = time.process_time()
    news.extract_events(text, "2022-01-27")
    news.extract_events(text[:1990], "2022-01-27", headlines=True)
    news.code_stance(text[:1990])
    news.published_in(text)
    assert time.process_time() - begin < 40e-6 * len(text)
