"""The cache: what it saves, what it notices, and what it survives."""

import json
import os
import random
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import date, timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy import DataMissingError, InputError, NetworkError, fetch_prices
from eventstudy.markets.fetch import CachedProvider, Entry, Key, Store, default_folder
from eventstudy.markets.providers import assemble, make_request

RUBLE = Key("yahoo", "ruble", "RUB=X")


class Shop:
    """A network provider with a price every weekday, a cent more every calendar day, that notes what it is asked."""

    name = "yahoo"

    def __init__(self):
        self.asked = []
        self.changed = {}
        self.factor = 1.0
        self.last = date(2030, 1, 1)
        self.out_of_stock = set()
        self.down = None

    def prices(self, first, last):
        """Return the prices from one date to another."""
        days = pd.bdate_range(first, min(last, self.last))
        rule = [70 + (day.date() - date(2020, 1, 1)).days / 100 for day in days]
        found = [self.changed.get(day.date(), price) for day, price in zip(days, rule, strict=True)]
        return pd.Series(found, days, dtype=float).dropna() * self.factor

    def fetch(self, request):
        """Answer as providers do."""
        self.asked += [(name, request.first, request.last) for name in request.names]
        if self.down:
            raise self.down
        if missing := self.out_of_stock & set(request.names):
            raise DataMissingError(f"yahoo has no {missing}")
        return assemble({name: self.prices(request.first, request.last) for name in request.names}, request, self.name)


@pytest.fixture
def shop():
    """Return an open shop."""
    return Shop()


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    return Store(tmp_path / "cache")


@pytest.fixture
def fetch(shop, store):
    """Fetch from the shop through the store."""

    def call(first, last, words="ruble", *, adjusted=False, **how):
        return CachedProvider(shop, store, **how).fetch(make_request(words, first, last, adjusted=adjusted))

    return call


def files(store):
    """Return what lies in the store, as text."""
    return sorted(path.relative_to(store.folder).as_posix() for path in store.folder.rglob("*") if path.is_file())


# --- what it saves -------------------------------------------------------------------------------------------------


def test_what_was_fetched_is_not_fetched_again(fetch, shop):
    """The same request, and any request inside it, is answered without the provider, with the same figures."""
    first = fetch("2022-01-03", "2022-03-31")
    again, inside = fetch("2022-01-03", "2022-03-31"), fetch("2022-02-01", "2022-02-15")
    assert shop.asked == [("ruble", date(2022, 1, 3), date(2022, 3, 31))]
    pd.testing.assert_frame_equal(first.prices, again.prices, check_exact=True)
    pd.testing.assert_frame_equal(first.prices["2022-02-01":"2022-02-15"], inside.prices, check_exact=True)
    assert (first.notes, again.notes) == ((), ())
    assert (again.sources, again.instruments) == (first.sources, first.instruments)


@pytest.mark.parametrize(
    ("first", "last", "asked"),
    [
        ("2022-02-01", "2022-03-31", (date(2022, 2, 18), date(2022, 3, 31))),
        ("2022-01-03", "2022-02-15", (date(2022, 1, 3), date(2022, 2, 8))),
        ("2022-01-03", "2022-03-31", (date(2022, 1, 3), date(2022, 3, 31))),
        ("2022-03-14", "2022-03-31", (date(2022, 2, 18), date(2022, 3, 31))),
        ("2021-11-01", "2021-11-30", (date(2021, 11, 1), date(2022, 2, 8))),
        ("2022-02-01", "2022-02-27", None),
    ],
    ids=["later", "earlier", "both", "apart later", "apart earlier", "only a weekend more"],
)
def test_only_the_missing_dates_are_fetched(fetch, shop, first, last, asked):
    """Of a longer request only what is missing is fetched, with a week of overlap, and never so that a hole is left."""
    fetch("2022-02-01", "2022-02-25")
    shop.asked.clear()
    fetched = fetch(first, last)
    assert shop.asked == ([("ruble", *asked)] if asked else [])
    assert fetched.prices["ruble"].tolist() == pytest.approx(shop.prices(first, date.fromisoformat(last)).tolist())


def test_days_that_may_yet_come_are_asked_for_again(fetch, shop):
    """Where the provider's figures ended before the end asked for, the end is asked for again, and only that."""
    shop.last = date(2022, 2, 10)
    fetch("2022-01-03", "2022-02-28")
    shop.last = date(2022, 2, 20)
    shop.asked.clear()
    assert f"{fetch('2022-01-03', '2022-02-28').prices.index[-1]:%Y-%m-%d}" == "2022-02-18"
    assert shop.asked == [("ruble", date(2022, 2, 3), date(2022, 2, 28))]


def test_refresh_fetches_anew(fetch, shop):
    """With refresh the dates asked for are fetched though they are there; the rest of what is there stays."""
    fetch("2022-01-03", "2022-03-31")
    shop.asked.clear()
    fetch("2022-02-01", "2022-02-28", refresh=True)
    assert shop.asked == [("ruble", date(2022, 2, 1), date(2022, 2, 28))]
    shop.asked.clear()
    fetch("2022-01-03", "2022-03-31")
    assert shop.asked == []
    fetch("2022-05-02", "2022-05-31", refresh=True)
    assert shop.asked == [("ruble", date(2022, 4, 1), date(2022, 5, 31))]


def test_adjusted_prices_are_kept_apart(fetch, shop):
    """Adjusted and unadjusted prices are two series to the cache."""
    fetch("2022-01-03", "2022-01-31", "em-bonds")
    fetch("2022-01-03", "2022-01-31", "em-bonds", adjusted=True)
    assert len(shop.asked) == 2


def test_series_with_the_same_gap_are_fetched_together(fetch, shop, store):
    """Instruments that lack the same dates are one request, in batches of eight, each stored as it comes."""
    calls = []
    original = shop.fetch

    def counted(request):
        if len(calls) == 1:
            raise NetworkError("the line went dead")
        calls.append(request.names)
        return original(request)

    shop.fetch = counted
    words = "brent,wti,henry-hub,ttf,heating-oil,gold,wheat,vix,sp500,ruble"
    with pytest.raises(NetworkError):
        fetch("2022-01-03", "2022-01-31", words)
    assert calls == [tuple(words.split(",")[:8])]
    assert sorted(entry.key.instrument for entry in store.entries()) == sorted(calls[0])


def test_what_the_others_have_is_kept(fetch, shop, store):
    """When one of several has nothing, the request fails and the others are kept all the same."""
    shop.out_of_stock = {"rsx"}
    with pytest.raises(DataMissingError, match="rsx"):
        fetch("2022-01-03", "2022-01-31", "brent,rsx")
    assert [entry.key.instrument for entry in store.entries()] == ["brent"]


def test_progress_is_told_by_name(fetch):
    """Each instrument is named once when its prices are there, whether they were fetched or remembered."""
    fetch("2022-01-03", "2022-01-31", "brent")
    done = []
    fetch("2022-01-03", "2022-01-31", "brent,vix", progress=done.append)
    assert sorted(done) == ["brent", "vix"]


days = st.dates(date(2021, 12, 20), date(2022, 3, 20))


@given(st.lists(st.tuples(days, days, st.booleans()), min_size=1, max_size=6))
@settings(max_examples=settings.default.max_examples * 3 // 5)
def test_the_cache_changes_no_figure(requests):
    """Whatever was asked before, the answer is the very figures that the provider itself would give."""
    shop = Shop()
    with tempfile.TemporaryDirectory() as folder:
        cached = {refresh: CachedProvider(shop, Store(Path(folder)), refresh=refresh) for refresh in (False, True)}
        for one, other, refresh in requests:
            asked = make_request("ruble", min(one, other), max(one, other))
            empty = shop.prices(asked.first, asked.last).empty
            with pytest.raises(DataMissingError) if empty else nullcontext():
                expected = shop.fetch(asked)
            with pytest.raises(DataMissingError) if empty else nullcontext():
                got = cached[refresh].fetch(asked)
                assert got.notes == ()
                pd.testing.assert_frame_equal(got.prices, expected.prices, check_exact=True)


# --- what it notices -----------------------------------------------------------------------------------------------


def test_a_revised_figure_is_noticed(fetch, shop, store):
    """A figure in the overlap that is another now is taken over, told with both values, and written down."""
    fetch("2022-01-03", "2022-01-31")
    shop.changed[date(2022, 1, 28)] = 99.5
    fetched = fetch("2022-01-03", "2022-02-28")
    assert fetched.notes == ("yahoo revised ruble on 2022-01-28: 77.58 -> 99.5",)
    assert fetched.prices.loc["2022-01-28", "ruble"] == 99.5
    (entry,) = store.entries()
    assert entry.revisions == (("2022-01-28", 77.58, 99.5),)
    assert fetch("2022-01-03", "2022-02-28").notes == ()


def test_a_withdrawn_figure_is_noticed(fetch, shop):
    """A figure that the provider no longer has is dropped and told."""
    fetch("2022-01-03", "2022-01-31")
    shop.changed[date(2022, 1, 28)] = None
    fetched = fetch("2022-01-03", "2022-01-31", refresh=True)
    assert fetched.notes == ("yahoo revised ruble on 2022-01-28: 77.58 -> none",)
    assert "2022-01-28" not in fetched.prices.index


def test_several_revisions_are_one_line(fetch, shop):
    """Of several revised figures the first is told and the others are counted."""
    fetch("2022-01-03", "2022-01-31")
    shop.changed |= {date(2022, 1, day): 99.0 for day in (26, 27, 28)}
    assert fetch("2022-01-03", "2022-02-28").notes == (
        "yahoo revised ruble on 2022-01-26: 77.56 -> 99 and 2 more sessions",
    )


def test_a_dividend_rescales_the_past(fetch, shop):
    """When every figure of the overlap is another, as adjusted ones are after a dividend, all are fetched anew."""
    fetch("2022-01-03", "2022-01-31", "em-bonds", adjusted=True)
    shop.factor = 0.99
    shop.asked.clear()
    fetched = fetch("2022-01-03", "2022-02-28", "em-bonds", adjusted=True)
    assert shop.asked[-1] == ("em-bonds", date(2022, 1, 3), date(2022, 2, 28))
    expected = shop.prices("2022-01-03", date(2022, 2, 28))
    assert fetched.prices["em-bonds"].tolist() == expected.tolist()
    assert "em-bonds: every figure is another now (a dividend or a split); all fetched anew" in fetched.notes


# --- without the network -------------------------------------------------------------------------------------------


def test_offline_uses_nothing_else(fetch, shop):
    """Offline, what is there is used and the provider is not asked; what is not there is missing data."""
    with pytest.raises(DataMissingError, match="the cache has nothing of 'ruble' from yahoo"):
        fetch("2022-01-03", "2022-01-31", offline=True)
    fetch("2022-01-03", "2022-01-31")
    shop.asked.clear()
    assert len(fetch("2022-01-03", "2022-01-31", offline=True).prices) == 21
    with pytest.raises(DataMissingError, match=r"holds 'ruble' from yahoo for 2022-01-03 .. 2022-01-31, not all of"):
        fetch("2022-01-03", "2022-02-01", offline=True)
    assert shop.asked == []


def test_cached_figures_do_when_the_network_fails(fetch, shop):
    """When the network fails, what was asked for before is used, with a note; it stays in the cache."""
    shop.last = date(2022, 1, 20)
    fetch("2022-01-03", "2022-01-31")
    shop.down = NetworkError("Yahoo is away.\nCome back later.")
    fetched = fetch("2022-01-03", "2022-01-31")
    assert fetched.notes == ("ruble: cached figures were used; Yahoo is away.",)
    assert len(fetched.prices) == 14


def test_the_network_fails_and_the_cache_does_not_cover(fetch, shop, store):
    """What the cache does not cover is a network error that says what the cache holds, and it still holds it."""
    fetch("2022-01-03", "2022-01-31")
    shop.down = NetworkError("Yahoo is away.\nCome back later.")
    with pytest.raises(
        NetworkError, match=r"^Yahoo is away[\s\S]*The cache holds 'ruble' .* 2022-01-03 .. 2022-01-31\.$"
    ):
        fetch("2022-01-03", "2022-02-28")
    with pytest.raises(NetworkError, match="Yahoo is away"):
        fetch("2022-01-03", "2022-01-31", refresh=True)
    assert store.read(RUBLE)[0].covers(date(2022, 1, 3), date(2022, 1, 31))
    assert len(fetch("2022-01-03", "2022-01-31").prices) == 21


def test_a_name_that_is_gone_is_still_had_from_the_cache(fetch, shop):
    """Figures of a name that the provider has dropped since stay usable where they were asked for before."""
    shop.last = date(2022, 1, 20)
    fetch("2022-01-03", "2022-01-31", "rsx")
    shop.out_of_stock = {"rsx"}
    assert len(fetch("2022-01-03", "2022-01-31", "rsx").prices) == 14
    with pytest.raises(DataMissingError, match="The cache holds 'rsx'"):
        fetch("2022-01-03", "2022-02-28", "rsx")


# --- what it survives ----------------------------------------------------------------------------------------------


def entry_of(shop, first, last):
    """Return a cached ruble."""
    return Entry(RUBLE, shop.prices(first, last), first, last)


DAMAGES = {
    "a digit changed": lambda content: content.replace(b",77.5", b",78.5"),
    "cut short": lambda content: content[:-100],
    "empty": lambda _: b"",
    "not UTF-8": lambda content: b"\xff\xfe\x00" + content,
    "figures gone": lambda content: content[: content.index(b"\n")],
    "label cut short": lambda content: content[:80],
    "label empty": lambda content: content[content.index(b"\n") :],
    "label not UTF-8": lambda content: b"# \xff" + content[2:],
    "label gone": lambda content: content[content.index(b"\n") + 1 :],
    "label of another kind": lambda content: b"# [1, 2]" + content[content.index(b"\n") :],
    "label without a digest": lambda content: content.replace(b"sha256", b"md5"),
    "symbol changed": lambda content: content.replace(b"RUB=X", b"RUB=Y", 1),
    "dates stretched": lambda content: content.replace(b"2022-01-31", b"2022-03-31", 1),
    "a revision made up": lambda content: content.replace(
        b'"revisions": []', b'"revisions": [["2022-01-04", 1.0, 2.0]]'
    ),
    "label without end": lambda content: b"# " + b"[" * 100_000 + content[content.index(b"\n") :],
    "label with an impossible date": lambda content: content.replace(b"2022-01-03", b"2022-13-03", 1),
}


@pytest.mark.one_in(2)
@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_file_is_fetched_again(how, fetch, shop, store):
    """A file that is not what was written is noticed, and fetched again, with a note."""
    fetch("2022-01-03", "2022-01-31")
    path = store.folder / "yahoo" / "ruble" / "prices.csv"
    path.write_bytes(DAMAGES[how](path.read_bytes()))
    shop.asked.clear()
    (line,) = store.entries()
    assert line.startswith("yahoo/ruble is damaged: ")
    fetched = fetch("2022-01-03", "2022-01-31")
    assert fetched.notes[0].startswith("the cached yahoo/ruble was damaged, ")
    assert len(fetched.prices) == 21
    assert shop.asked == [("ruble", date(2022, 1, 3), date(2022, 1, 31))]
    assert fetch("2022-01-03", "2022-01-31").notes == ()


@pytest.mark.parametrize("name", [".", "..", "...", "a/b", "\udcff"])
def test_every_series_has_a_folder_of_its_own(name):
    """Whatever a symbol is called, its folder lies in that of its provider and is no other's."""
    folder = Key("yahoo", name, name).folder
    assert folder.startswith("yahoo/")
    assert folder.count("/") == 1
    assert folder.removeprefix("yahoo/").strip(".")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes by name")
def test_a_pipe_is_not_waited_for(fetch, store):
    """In a cached file's place a pipe, which may have no end and no beginning, is damage."""
    fetch("2022-01-03", "2022-01-31")
    path = store.folder / "yahoo" / "ruble" / "prices.csv"
    path.unlink()
    os.mkfifo(path)
    assert list(store.entries()) == ["yahoo/ruble is damaged: it is not an ordinary file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes by name")
def test_a_lock_that_is_a_pipe_is_not_waited_for(fetch, store):
    """With a pipe in the place of its lock a cache is neither written nor cleared, and both say why."""
    store.folder.mkdir(parents=True)
    os.mkfifo(store.folder / "lock")
    (note,) = fetch("2022-01-03", "2022-01-31").notes
    assert note.startswith("ruble is not kept in the cache: ")
    assert "pipe" in note
    (store.folder / "yahoo" / "ruble").mkdir(parents=True)
    with pytest.raises(InputError, match="pipe"):
        store.clear()


def test_a_file_larger_than_any_series_is_not_read(fetch, store):
    """Gigabytes in a cached file's place are damage, whatever they hold."""
    fetch("2022-01-03", "2022-01-31")
    with (store.folder / "yahoo" / "ruble" / "prices.csv").open("ab") as file:
        file.truncate(3_000_000_000)
    assert list(store.entries()) == ["yahoo/ruble is damaged: it is larger than any series"]


def test_a_damaged_file_offline(fetch, store):
    """Offline a damaged file is missing data, and the error says that it was damaged."""
    fetch("2022-01-03", "2022-01-31")
    (store.folder / "yahoo" / "ruble" / "prices.csv").write_text("{")
    with pytest.raises(DataMissingError, match=r"has nothing of 'ruble' .* was damaged, .* without --offline"):
        fetch("2022-01-03", "2022-01-31", offline=True)


def test_another_symbol_is_another_series(store, shop):
    """Figures that were fetched under another symbol are not taken for those of the new one."""
    store.update(RUBLE, lambda _: entry_of(shop, date(2022, 1, 3), date(2022, 1, 31)))
    assert store.read(Key("yahoo", "ruble", "USDRUB=X"))[0] is None
    assert store.read(RUBLE)[0] is not None


def test_a_folder_that_cannot_be_written_is_no_obstacle(shop, tmp_path):
    """Where the cache cannot be written, prices come all the same, with a note."""
    (tmp_path / "cache").write_text("a file")
    cached = CachedProvider(shop, Store(tmp_path / "cache"), progress=None)
    fetched = cached.fetch(make_request("ruble", "2022-01-03", "2022-01-31"))
    assert len(fetched.prices) == 21
    assert fetched.notes[-1].startswith("ruble is not kept in the cache: ")


def test_the_same_figures_are_the_same_bytes(shop, tmp_path):
    """There is no clock in what is written: the same requests leave the same files, byte for byte."""
    contents = []
    for name in ("one", "other"):
        store = Store(tmp_path / name)
        CachedProvider(shop, store).fetch(make_request("ruble,brent", "2022-01-03", "2022-01-31"))
        contents.append({file: (store.folder / file).read_bytes() for file in files(store)})
    assert contents[0] == contents[1]
    label = json.loads(contents[0]["yahoo/ruble/prices.csv"].splitlines()[0].removeprefix(b"# "))
    assert (label["provider"], label["symbol"], label["first"]) == ("yahoo", "RUB=X", "2022-01-03")
    assert set(label) == {"provider", "instrument", "symbol", "adjusted", "first", "last", "sha256", "revisions"}


class Halves:
    """A file that is written in two halves, between which something is done."""

    def __init__(self, file, between):
        self.file, self.between = file, between

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, content):
        """Write, with the first half on the disk before the second."""
        half = len(content) // 2
        self.file.write(content[:half])
        self.file.flush()
        self.between()
        self.file.write(content[half:])


def die_at(step):
    """Kill this process at a step of writing: before or after what touches the disk, or in the middle of a file."""
    left = count(step, -1)

    def tick():
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(original):
        def wrapped(*args, **named):
            tick()
            result = original(*args, **named)
            tick()
            return result

        return wrapped

    touching = [(tempfile, "mkstemp"), (os, "fsync"), *((Path, name) for name in ("chmod", "replace", "unlink"))]
    for owner, name in touching:
        setattr(owner, name, around(getattr(owner, name)))
    original = os.fdopen
    os.fdopen = lambda *args, **named: (
        Halves(original(*args, **named), tick) if "b" in str(args[1:]) else original(*args, **named)
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
def test_a_writer_that_is_killed_loses_nothing(store, copy_of_process):
    """Killed at any step of writing, in the middle of a file or between two, a writer leaves the old or the new
    series whole, leaves no lock, and what it left lying is swept away by the next.
    """

    def entry(n):
        prices = pd.Series(range(1, n + 1), pd.bdate_range("2022-01-03", periods=n), dtype=float)
        return Entry(RUBLE, prices, date(2022, 1, 3), date(2022, 12, 31))

    def write(step):
        die_at(step)
        store.update(RUBLE, lambda now: entry(len(now.prices) + 1))

    store.update(RUBLE, lambda _: entry(10))
    outcomes = set()
    for step in count(1):
        before = len(store.read(RUBLE)[0].prices)
        code, _, said = copy_of_process(partial(write, step)).end()
        found, notes = store.read(RUBLE)
        assert notes == []
        outcomes.add(len(found.prices) - before)
        if code != -signal.SIGKILL:
            break
    assert (code, said) == (0, "")
    assert step >= 14
    assert outcomes == {0, 1}
    assert len(list((store.folder / RUBLE.folder).iterdir())) == 1


@pytest.mark.parametrize("n_rounds", [5, pytest.param(15, marks=pytest.mark.slow)])
def test_processes_at_once_do_no_harm(store, shop, copy_of_process, n_rounds):
    """Several processes that read and write the same series at the same time all get the right figures, see no damage,
    and leave a whole series and no litter.
    """

    def read_and_write(seed):
        draw = random.Random(seed)  # noqa: S311  # no secret
        for _ in range(n_rounds):
            first = date(2022, 1, 3) + timedelta(days=draw.randrange(60))
            last = first + timedelta(days=draw.randrange(3, 60))
            cached = CachedProvider(shop, Store(store.folder), refresh=draw.random() < 0.3)
            got = cached.fetch(make_request("ruble,brent", first, last))
            assert got.notes == (), got.notes
            for name in got.prices:
                assert got.prices[name].dropna().tolist() == shop.prices(first, last).tolist(), (first, last)

    if hasattr(os, "fork"):
        for copy in [copy_of_process(partial(read_and_write, seed)) for seed in range(3)]:
            code, _, said = copy.end()
            assert code == 0, said
    else:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(read_and_write, range(3)))
    entries = {entry.key.instrument: entry for entry in store.entries()}
    assert set(entries) == {"brent", "ruble"}
    for entry in entries.values():
        assert entry.prices.tolist() == shop.prices(entry.first, entry.last).tolist()
    assert len(files(store)) == 3


@pytest.mark.parametrize(
    ("first", "last", "kept"),
    [
        (date(2022, 2, 10), date(2022, 3, 31), (date(2022, 1, 3), date(2022, 3, 31))),
        (date(2021, 6, 1), date(2021, 6, 30), (date(2022, 1, 3), date(2022, 2, 28))),
        (date(2022, 2, 21), date(2022, 2, 22), (date(2022, 1, 3), date(2022, 2, 28))),
    ],
    ids=["overlapping", "apart", "inside"],
)
def test_what_another_process_stored_meanwhile(fetch, shop, store, first, last, kept):
    """Dates that another process stores while we fetch are kept beside ours where they touch; we get all we want."""
    fetch("2022-01-03", "2022-01-31")
    original = shop.fetch

    def meanwhile(request):
        store.clear()
        store.update(RUBLE, lambda _: entry_of(shop, first, last))
        return original(request)

    shop.fetch = meanwhile
    fetched = fetch("2022-01-03", "2022-02-28")
    assert fetched.prices["ruble"].tolist() == shop.prices("2022-01-03", date(2022, 2, 28)).tolist()
    entry = store.read(RUBLE)[0]
    assert (entry.first, entry.last) == kept
    assert entry.prices.tolist() == shop.prices(*kept).tolist()


# --- looking after it ----------------------------------------------------------------------------------------------


def test_clearing(fetch, store):
    """Some instruments, or all, are removed with everything that lies beside them."""
    fetch("2022-01-03", "2022-01-31", "ruble,brent")
    fetch("2022-01-03", "2022-01-31", "ruble", adjusted=True)
    (store.folder / "yahoo" / "ruble" / "prices.csv.corrupt").write_text("old")
    (store.folder / "yahoo" / "ruble" / ".prices.csv.x1y2z3").write_text("half")
    assert store.clear({"ruble"}) == ["yahoo/ruble", "yahoo/ruble@adjusted"]
    assert [entry.key.instrument for entry in store.entries()] == ["brent"]
    assert store.clear() == ["yahoo/brent"]
    assert store.clear() == []
    assert list(Store(store.folder / "nowhere").entries()) == []


def test_nothing_of_others_is_removed(fetch, store):
    """In a folder that holds other things too, as when EVENTSTUDY_CACHE names a home, only what is ours is removed."""
    (store.folder / "letters" / "mother").mkdir(parents=True)
    fetch("2022-01-03", "2022-01-31")
    mine = [store.folder / "letters" / "mother" / "dear.txt", store.folder / "yahoo" / "ruble" / "notes.csv"]
    for path in mine:
        path.write_text("mine")
    fetch("2022-01-03", "2022-02-28")
    assert store.clear() == ["yahoo/ruble"]
    assert all(path.read_text() == "mine" for path in mine)
    assert sorted(files(store)) == ["letters/mother/dear.txt", "lock", "yahoo/ruble/notes.csv"]


def test_names_that_no_file_can_bear(store, shop):
    """A symbol with slashes and carets is stored under its own name all the same."""
    key = Key("yahoo", "^A/B", "^A/B")
    first, last = date(2022, 1, 3), date(2022, 1, 31)
    store.update(key, lambda _: Entry(key, shop.prices(first, last), first, last))
    assert len(store.read(key)[0].prices) == 21
    assert store.clear({"^A/B"}) == ["yahoo/^A/B"]


def test_where_it_lies(monkeypatch, tmp_path):
    """The folder is the one that EVENTSTUDY_CACHE names, else the platform's; a parameter goes before both."""
    monkeypatch.setenv("EVENTSTUDY_CACHE", str(tmp_path / "mine"))
    assert default_folder() == tmp_path / "mine"
    monkeypatch.delenv("EVENTSTUDY_CACHE")
    assert default_folder().name == "raise-or-fold"
    with pytest.raises(DataMissingError, match="the cache has nothing"):
        fetch_prices("ruble", "2022-01-03", "2022-01-04", provider="yahoo", offline=True, cache=tmp_path / "other")


def test_a_whole_month_is_a_whole_month():
    """The pretended prices of these tests are what they say: a cent more a day, none on weekends."""
    prices = Shop().prices(date(2022, 1, 3), date(2022, 1, 3) + timedelta(days=7))
    assert prices.round(2).tolist() == [77.33, 77.34, 77.35, 77.36, 77.37, 77.40]
