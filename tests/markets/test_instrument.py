import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from eventstudy import Hours, Instrument, Stamp, UnknownNameError, find_instrument
from eventstudy.markets import instrument_names, unknown_instrument
from eventstudy.returns import OWN_UNIT, RETURN_KINDS

TABLES = tomllib.loads(files("eventstudy.markets").joinpath("instruments.toml").read_text(encoding="utf-8"))
NAMES = instrument_names()
every_instrument = pytest.mark.parametrize("name", NAMES)


def test_the_catalogue_is_the_file():
    """Every table of the file is an instrument, sorted by name."""
    assert sorted(TABLES["instruments"]) == list(NAMES)


def test_what_the_project_is_about_is_in_the_catalogue():
    """The ruble, energy, emerging-market bonds and currencies, Moscow's shares and the controls are all known."""
    assert {
        "ruble", "brent", "wti", "henry-hub", "em-bonds", "em-fx", "imoex", "sp500", "vix",
    } <= set(NAMES)  # fmt: skip


@every_instrument
def test_every_rule_that_is_named_exists(name):
    """The stamp, hours and closures an instrument names are written down in the same file."""
    row = TABLES["instruments"][name]
    assert row["stamp"] in TABLES["stamps"]
    assert row["hours"] in TABLES["hours"]
    assert row.get("closures", "moex") in TABLES["closures"]


def named_anywhere(value):
    """Return every text inside a table of tables."""
    if isinstance(value, dict):
        return {text for inner in value.values() for text in named_anywhere(inner)}
    return {value} if isinstance(value, str) else set()


@pytest.mark.parametrize("rules", ["stamps", "hours", "closures"])
def test_every_rule_is_used(rules):
    """No rule is written down that no instrument, and no provider of one, follows."""
    assert set(TABLES[rules]) <= named_anywhere(TABLES["instruments"])


@every_instrument
def test_an_instrument_says_what_a_reader_needs(name):
    """Label, group, quote and the meaning of a rise are there, in plain words and unlike each other."""
    instrument = find_instrument(name)
    words = (instrument.label, instrument.group, instrument.quote, instrument.up)
    assert all(word and word == word.strip() and not word.endswith(".") for word in words)
    assert instrument.orientation in {1, -1}
    assert instrument.returns in RETURN_KINDS
    assert bool(instrument.unit) == (instrument.returns in OWN_UNIT)


@every_instrument
def test_which_way_is_up_is_told_truly(name):
    """A quote in a currency per dollar is turned round, and the words say that the currency gained."""
    instrument = find_instrument(name)
    turned = instrument.quote.endswith(("per USD", "RUB per EUR"))
    assert (instrument.orientation == -1) is turned
    assert ("gained" in instrument.up) is (instrument.group in {"ruble", "em-fx"} or name == "euro")


def test_nobody_shares_a_name():
    """No name or alias, capitals aside, belongs to two instruments, so that asking has one answer."""
    claims = Counter(
        claim
        for name in NAMES
        for claim in {name.casefold(), *(alias.casefold() for alias in find_instrument(name).aliases)}
    )
    assert [claim for claim, n in claims.items() if n > 1] == []


def test_labels_are_unique():
    """Two instruments in one table can be told apart by their labels."""
    assert len({find_instrument(name).label for name in NAMES}) == len(NAMES)


@every_instrument
def test_every_alias_finds_its_instrument(name):
    """By name, alias or ticker, in small letters or capitals, it is the same instrument."""
    instrument = find_instrument(name)
    for word in (name, *instrument.aliases):
        assert find_instrument(word) is find_instrument(word.upper()) is find_instrument(word.casefold()) is instrument


@pytest.mark.parametrize(
    ("word", "name"),
    [("RUB=X", "ruble"), ("usdrub", "ruble"), ("EMB", "em-bonds"), ("IMOEX.ME", "imoex"), ("^GSPC", "sp500"),
     ("^VIX", "vix"), ("BZ=F", "brent"), ("CL=F", "wti"), ("NG=F", "henry-hub"), ("EURRUB=X", "ruble-eur")],
)  # fmt: skip
def test_tickers_are_names_too(word, name):
    """The tickers of the usual provider lead to the instruments they stand for."""
    assert find_instrument(word).name == name


def test_an_unknown_name_is_refused_with_the_nearest():
    """A near miss names the instrument it missed; anything else lists the first names, and how many there are."""
    with pytest.raises(UnknownNameError, match=r"^unknown instrument 'rubel'; did you mean 'ruble'[?]$"):
        find_instrument("rubel")
    first, many = ", ".join(NAMES[:20]), len(NAMES)
    listed = rf"^unknown instrument 'xyz'; known: {first}, .*, \.\.\. \({many} in all\) \(figures of your own: --"
    with pytest.raises(UnknownNameError, match=listed):
        find_instrument("xyz")


def test_an_unknown_column_is_taken_as_it_is():
    """Of an unknown column nothing is assumed: a rise is a gain, its hour is not known, it trades on its own dates."""
    column = unknown_instrument("mystery")
    assert (column.name, column.label, column.orientation, column.returns) == ("mystery", "mystery", 1, "simple")
    assert not column.stamp.known
    assert (column.stamp.clock, column.stamp.zone) == ("24:00", "UTC")
    assert not column.hours.every_weekday


def test_moscow_was_closed_for_twenty_four_days():
    """Moscow's suspension of 28 February to 23 March 2022 is on file, with its reason."""
    (closure,) = find_instrument("imoex").closures
    assert (closure.first.isoformat(), closure.last.isoformat()) == ("2022-02-28", "2022-03-23")
    assert (closure.last - closure.first).days + 1 == 24
    assert closure.why


@pytest.mark.parametrize(
    ("name", "kind", "unit"),
    [
        ("vix", "difference", "index points"),
        ("vix", "log", ""),
        ("ruble", "simple", ""),
        ("ruble", "difference", "units of the quote"),
    ],
)
def test_the_unit_follows_the_kind_of_return(name, kind, unit):
    """Log and simple returns are decimals; a difference is in the series' own unit."""
    instrument = find_instrument(name)
    changed = instrument.with_returns(kind)
    assert (changed.returns, changed.unit) == (kind, unit)
    assert (changed.name, changed.stamp, changed.orientation) == (name, instrument.stamp, instrument.orientation)


def test_an_instrument_of_ones_own():
    """An instrument that is not in the catalogue needs a name, a label, a stamp and hours."""
    mine = Instrument(
        "ttf", "Dutch gas", Stamp("ice", "17:30", "Europe/London", "ICE"), Hours("ice", "07:00", "17:00", "UTC")
    )
    assert (mine.orientation, mine.returns, mine.aliases, mine.closures) == (1, "simple", (), ())
