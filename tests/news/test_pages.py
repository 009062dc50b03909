import sys

import pytest

from eventstudy import InputError
from eventstudy.news import is_html, published_in, read_page

PAGE = (
    '<!DOCTYPE html><html><head><title>T</title><meta property="article:published_time" content="2022-01-27T08:12:00Z">'
    "</head><body><nav>Home</nav><article>"
    + "<p>Iran rejected the offer on Tuesday, and its ministry said that no other answer was to be expected.</p>" * 3
    + "</article></body></html>"
)


def test_the_publication_time_stands_in_the_meta_tags():
    """Meta tags are read first, then linked data; a page without either has none."""
    assert published_in(PAGE) == ("2022-01-27T08:12:00+00:00", "meta tags")
    assert published_in('<script>{"datePublished": "2022-01-26"}</script>') == ("2022-01-26", "meta tags")
    spoken = '<meta name="sailthru.date" content="2014-12-18 01:01:00 UTC">'
    assert published_in(spoken)[0] == "2014-12-18T01:01:00+00:00"
    assert published_in("<p>By A. Writer, <time>18 December 2014</time></p>") == ("2014-12-18", "the page's text")
    assert published_in("<html><p>January</p></html>") == ("", "")
    changed = PAGE.replace("<nav>", '<meta property="article:modified_time" content="2022-01-29T09:00:00Z"><nav>')
    assert "changed on 2022-01-29" in published_in(changed)[1]
    assert published_in(changed.replace("01-29", "01-27")) == published_in(PAGE)


def test_without_trafilatura_it_says_what_to_install(monkeypatch):
    """A page cannot be read without the extra, and the message names it."""
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    assert is_html(PAGE)
    with pytest.raises(InputError, match=r"raise-or-fold\[html\]"):
        read_page(PAGE, "page.html")


def test_a_page_is_read():
    """With the extra, the article's text and its time are found."""
    pytest.importorskip("trafilatura")
    text, published, _ = read_page(PAGE)
    assert "Iran rejected the offer" in text
    assert "Home" not in text
    assert published == "2022-01-27T08:12:00+00:00"
