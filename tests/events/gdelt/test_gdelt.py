import random
import tomllib
import tracemalloc
import zipfile
from importlib.resources import files
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pandas as pd
import pytest

from eventstudy import DataMissingError, DesignError, InputError, UnknownNameError
from eventstudy.events import STANCES, Filters, check_events, event_clock, gdelt, gdelt_events, read_gdelt

MAKING = SimpleNamespace(**run_path(str(Path(__file__).parent / "making.py")))
row = MAKING.row
ANY = Filters()


@pytest.fixture
def file(tmp_path):
    """Write rows to a file."""

    def write(*rows, name="20220127.export.CSV", zipped=False):
        path = tmp_path / name
        text = "".join(rows).encode()
        if zipped:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(name.removesuffix(".zip"), text)
        else:
            path.write_bytes(text)
        return path

    return write


def counted(path, salience=1, **choice):
    """Return the events of a file by day, actor, target and stance."""
    events = gdelt_events(read_gdelt([path], Filters(**choice)), salience=salience).events
    return {tuple(one[name] for name in ("time", "actor", "target", "stance")): one for one in events}


def only(path, **choice):
    """Return the one event of a file with its key."""
    (one,) = counted(path, **choice).items()
    return one


# --- the table of codes --------------------------------------------------------------------------------------------

TABLE = files("eventstudy.events").joinpath("cameo.toml").read_text(encoding="utf-8")
CAMEO = tomllib.loads(TABLE)


def test_the_table_has_every_root_class():
    """All twenty root classes have a stance and a quad class; the quads part them at 5, 8 and 13."""
    roots = [f"{k:02d}" for k in range(1, 21)]
    assert set(CAMEO["roots"]) == set(roots)
    assert {act["stance"] for act in (CAMEO["roots"] | CAMEO["codes"]).values()} == set(STANCES)
    assert [CAMEO["roots"][root]["quad"] for root in roots] == [1] * 5 + [2] * 3 + [3] * 5 + [4] * 7


@pytest.mark.parametrize(
    ("code", "stance", "kind"),
    [
        ("130", "raise", "threat"), ("1384", "raise", "threat"), ("152", "raise", "deployment"),
        ("163", "raise", "sanction"), ("1621", "raise", "act"), ("190", "raise", "attack"),
        ("203", "raise", "attack"), ("0871", "fold", "agreement"), ("085", "fold", "sanction"),
        ("057", "fold", "agreement"), ("036", "fold", "talks"), ("0356", "fold", "proposal"),
        ("040", "hold", "talks"), ("010", "hold", "statement"), ("072", "hold", "deployment"),
        ("0211", "hold", "statement"), ("112", "raise", "statement"), ("141", "hold", "act"),
    ],
)  # fmt: skip
def test_what_codes_mean(file, code, stance, kind):
    """Force, threats and sanctions raise, yielding and agreeing fold, talking and asking hold."""
    _, event = only(file(row(EventCode=code)))
    assert (event["stance"], event["kind"]) == (stance, kind)


def test_a_cooperating_class_never_raises():
    """Classes of cooperation fold or hold; classes of conflict raise or hold; each exception says why."""
    for code, act in (CAMEO["roots"] | CAMEO["codes"]).items():
        assert act["stance"] != ("raise" if CAMEO["roots"][code[:2]]["quad"] <= 2 else "fold"), code
    assert TABLE.count("why =") == TABLE.count("[codes.")


# --- columns -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "with_url", "n"), [(1, False, 57), (1, True, 58), (2, True, 61)])
def test_the_three_layouts(file, version, with_url, n):
    """Files of 57, 58 and 61 columns give the same counts, whatever their version."""
    assert len(MAKING.columns(version, with_url)) == n
    key, event = only(file(row(version, with_url)))
    assert key == ("2022-01-27", "RUS", "USA", "raise")
    assert [event[name] for name in ("rows", "mentions", "articles", "goldstein", "tone")] == [1, 10, 9, -4.4, -2.5]
    assert (
        event["first_added"] == event["last_added"] == ("2022-01-27" if version == 1 else "2022-01-27T14:30:00+00:00")
    )
    assert event["sources"] == ("wire.example 10" if with_url else "")


SAVED = """\
,GLOBALEVENTID,SQLDATE,Actor1CountryCode,Actor2CountryCode,EventCode,GoldsteinScale,NumMentions,DATEADDED,SOURCEURL
0,11,20220127,RUS,USA,130,-4.4,80,20220127143000,https://wire.example/a
1,12,20220127,RUS,USA,138,-7.0,60,20220127160000,"https://wire.example/b,c"
2,13,20210127,RUS,USA,130,-4.4,500,20220127163000,https://wire.example/d
3,14,20220128,USA,RUS,163,-8.0,150,20220128100000,https://wire.example/e
4,15,20220128,USA,RUS,36,4.0,120,20220128100000,https://wire.example/f
5,16,20220128,USA,RUS,871,9.0,1,20220128100000,https://wire.example/f
6,17,20220128,USA,RUS,163,999,7,20220128100000,https://wire.example/f
"""


@pytest.mark.parametrize(
    "save",
    [
        lambda text: text,
        lambda text: "\n".join(line.split(",", 1)[1] for line in text.splitlines()) + "\n",
        lambda text: text.replace(",", "\t").replace('"https://wire.example/b\tc"', "https://wire.example/b,c"),
        lambda text: text.replace("GLOBALEVENTID,SQLDATE", "GlobalEventID,Day").replace("Code", "_code"),
        lambda text: "\ufeff" + text.replace("\n", "\r\n"),
        lambda text: text.replace(",20220127,", ",2022-01-27,").replace(",130,", ",130.0,").replace(",80,", ",80.0,"),
    ],
    ids=["index", "header", "tabs", "other names", "excel", "pandas"],
)
def test_files_that_clients_save(file, save):
    """A table with a header, commas and an index, as clients save it, gives the cells of its rows."""
    path = file(save(SAVED), name="saved.csv")
    tally = read_gdelt([path])
    cells = {(day[8:], actor, stance): event for (day, actor, _, stance), event in counted(path).items()}
    assert {key: event["mentions"] for key, event in cells.items()} == {
        ("27", "RUS", "raise"): 140, ("28", "USA", "raise"): 150, ("28", "USA", "fold"): 121,
    }  # fmt: skip
    assert {act["code"]: act["mentions"] for act in cells["28", "USA", "fold"]["evidence"]} == {"036": 120, "087": 1}
    assert (tally.rows, tally.used, tally.late) == (7, 5, 1)
    assert tally.broken == {"a Goldstein score outside -10 .. 10": 1}
    assert tally.notes == ["saved.csv: 2 event codes had lost their leading 0 (36 for 036)"]


def test_what_a_saved_file_lacks_is_said(file):
    """A header without a column that is needed, by all or by a filter, is refused with its name."""
    with pytest.raises(InputError, match="has no column nummentions"):
        read_gdelt([file(SAVED.replace("NumMentions", "n"))], ANY)
    with pytest.raises(InputError, match="has no column actiongeocountrycode; --place needs it"):
        read_gdelt([file(SAVED)], Filters(places=["RS"]))


def test_rows_of_several_layouts_and_empty_files(file):
    """Rows of 57, 58 and 61 columns stand in one file, commas or tabs; one cut to another's length is broken."""
    rows = [row(1, False), row(1), row(2), "\t".join(row(2).split("\t")[:58]) + "\n"]
    tally = read_gdelt([file(*rows)], ANY)
    assert (tally.rows, tally.used, sum(tally.broken.values())) == (4, 3, 1)
    assert read_gdelt([file(*(line.replace("\t", ",") for line in rows[1:2]))], ANY).used == 1
    found = read_gdelt([file("", name="none.CSV"), file(*rows, name="some.CSV")], ANY)
    assert (found.rows, found.notes) == (4, ["none.CSV is empty"])


def test_sums_by_hand(file):
    """Two rows of one cell add up; a fold on the same day is a cell of its own; an empty score counts nowhere."""
    path = file(
        row(NumMentions="4"),
        row(NumMentions="6", EventCode="1381", GoldsteinScale="-7.0", AvgTone="", SOURCEURL="https://b.example/x"),
        row(EventCode="0871", GoldsteinScale="9.0"),
    )
    tally, events = read_gdelt([path]), counted(path)
    event = events["2022-01-27", "RUS", "USA", "raise"]
    assert (event["rows"], event["mentions"], event["tone"]) == (2, 10, -2.5)
    assert event["goldstein"] == pytest.approx(-11.4 / 2)
    assert event["sources"] == "b.example 6; wire.example 4"
    assert event["url"] == "https://b.example/x"
    assert [(act["code"], act["mentions"]) for act in event["evidence"]] == [("13", 10)]
    fold = events["2022-01-27", "RUS", "USA", "fold"]
    assert [(act["code"], act["mentions"]) for act in fold["evidence"]] == [("087", 10)]
    assert (tally.rows, tally.used) == (3, 3)


def test_organisations_are_actors(file):
    """NATO, the EU and the UN stand among the known groups, and are found by the names used here."""
    path = file(row(Actor2CountryCode="", Actor2KnownGroupCode="NAT"), row())
    assert {key[2] for key in read_gdelt([path], ANY).cells} == {"NATO", "USA"}
    assert only(path, pairs=["NATO:RUS"])[0][2] == "NATO"


def test_rows_with_one_actor(file):
    """A row without a second actor, or with the same twice, is no event between two."""
    path = file(row(Actor2CountryCode=""), row(Actor2CountryCode="RUS"))
    assert not read_gdelt([path], ANY).cells


# --- filters -------------------------------------------------------------------------------------------------------

CHOICES = [
    {"actors": ["RUS"]},
    {"actors": ["RUS", "USA", "UKR", "CHN", "IRN"]},
    {"pairs": ["RUS:USA"]},
    {"pairs": ["RUS:USA", "UKR:RUS", "CHN:USA"]},
    {"roots": ["13", "4"]},
    {"quads": [3, 4], "actors": ["RUS"]},
    {"goldstein": "-10:-4"},
    {"mentions": 12, "pairs": ["USA:RUS"]},
    {"places": ["RS"]},
    {"places": ["RS", "UP", "US", "CH"], "mentions": 3},
    {"actors": ["NATO", "RUS"]},
]


def made_up(n, seed):
    """Return rows drawn at random, as dictionaries of cells."""
    draw = random.Random(seed)  # noqa: S311  # made-up rows
    rows = []
    for _ in range(n):
        group = draw.choice(["", "", "NAT"])
        rows.append(
            {
                "Actor1CountryCode": "" if group else draw.choice(["RUS", "USA", "UKR", "CHN", ""]),
                "Actor1KnownGroupCode": group,
                "Actor2CountryCode": draw.choice(["RUS", "USA", "UKR", "IRN", ""]),
                "EventCode": draw.choice(["010", "040", "057", "0871", "112", "130", "163", "190"]),
                "QuadClass": draw.choice("1234"),
                "GoldsteinScale": draw.choice(["-10.0", "-4.4", "0.0", "7.0", ""]),
                "NumMentions": str(draw.randint(1, 20)),
                "Day": draw.choice(["20220125", "20220126", "20220127"]),
                "ActionGeo_CountryCode": draw.choice(["RS", "US", "UP", ""]),
            }
        )
    return rows


def wanted(cells, choice):
    """Say by itself, on whole cells and not on bytes, whether a row is wanted."""
    actor = "NATO" if cells["Actor1KnownGroupCode"] == "NAT" else cells["Actor1CountryCode"]
    target = cells["Actor2CountryCode"]
    pairs = [set(pair.split(":")) for pair in choice.get("pairs", [])]
    low, high = map(float, choice.get("goldstein", "-10:10").split(":"))
    score = cells["GoldsteinScale"]
    return all(
        (
            actor and target and actor != target,
            actor in choice.get("actors", [actor]),
            not pairs or {actor, target} in pairs,
            int(cells["EventCode"][:2]) in [int(root) for root in choice.get("roots", [cells["EventCode"][:2]])],
            int(cells["QuadClass"]) in choice.get("quads", [1, 2, 3, 4]),
            "goldstein" not in choice or (score and low <= float(score) <= high),
            int(cells["NumMentions"]) >= choice.get("mentions", 0),
            cells["ActionGeo_CountryCode"] in choice.get("places", [cells["ActionGeo_CountryCode"]]),
        )
    )


@pytest.mark.one_in(2)
@pytest.mark.parametrize("choice", CHOICES, ids=str)
@pytest.mark.parametrize("version", [1, 2])
def test_bytes_reject_no_wanted_row(file, choice, version, monkeypatch):
    """Rows found by their bytes, in blocks of any size, are those that a plain look at every cell finds."""
    monkeypatch.setattr(gdelt, "BLOCK", 1000)
    rows = made_up(400, seed=version)
    tally = read_gdelt([file(*(row(version, **cells) for cells in rows))], Filters(**choice))
    right = [cells for cells in rows if wanted(cells, choice)]
    assert right
    assert (tally.rows, tally.used) == (400, len(right))
    found = gdelt_events(tally, salience=1).events
    assert sum(event["mentions"] for event in found) == sum(int(cells["NumMentions"]) for cells in right)
    assert tally.looked_at <= 400


def test_most_rows_are_passed_over(file):
    """A filter on actors reads only the rows that have their codes somewhere."""
    path = file(*[row(Actor1CountryCode="IND", Actor1Code="IND", Actor2CountryCode="PAK")] * 50, row())
    tally = read_gdelt([path], Filters(pairs=["RUS:USA"]))
    assert (tally.rows, tally.looked_at, tally.used) == (51, 1, 1)


def test_old_news_is_set_apart(file):
    """A row added a year after its day retells something; it is counted as late and makes no cell."""
    path = file(row(Day="20210127"), row(Day="20220121"), row(Day="20220120"))
    tally = read_gdelt([path], ANY)
    assert (tally.late, tally.used) == (1, 2)
    assert read_gdelt([path], Filters(latest=400)).late == 0


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"pairs": ["RUS"]}, "write RUS:USA"), ({"actors": ["Russia!"]}, "is no actor"),
        ({"roots": ["21"]}, "unknown CAMEO root class '21'"), ({"quads": [5]}, "unknown quad class"),
        ({"places": ["RUS"]}, "write a FIPS country code"), ({"goldstein": "-4"}, "write -10:-4"),
        ({"goldstein": "4:-4"}, "is no Goldstein range"), ({"goldstein": "nan:2"}, "is no Goldstein range"),
    ],
)  # fmt: skip
def test_wrong_filters_say_what_would_be_right(choice, message):
    """A filter that cannot be meant is refused with what to write."""
    with pytest.raises((DesignError, UnknownNameError), match=message):
        Filters(**choice)


# --- what is broken ------------------------------------------------------------------------------------------------


def test_broken_rows_are_counted(file):
    """Broken rows of every sort are counted by reason, and the good ones beside them are used."""
    good = row()
    path = file(
        good,
        good[:90] + "\n",
        "RUS\tcut\n",
        row(Day="20220231"),
        row(EventCode="---"),
        row(GoldsteinScale="x"),
        row(NumMentions="-3"),
        row(AvgTone="nan"),
        row(DATEADDED="20220126"),
        row(DATEADDED="20220127259999"),
        good.rstrip("\n") + "\tmore\n",
        row(Actor1Name="\udcff".encode("utf-8", "surrogateescape").decode("latin-1")),
        good.rstrip("\n"),
    )
    tally = read_gdelt([path], ANY)
    assert tally.used == 3
    assert (tally.rows, tally.looked_at) == (13, 13)
    assert tally.broken == {
        "not 58 columns": 3, "no day": 1, "no CAMEO code": 1, "no number": 3, "added before its day": 1,
        "no time of adding": 1,
    }  # fmt: skip


def test_what_is_no_gdelt_file(file, tmp_path):
    """A table of another kind, an endless line, a missing file and one given twice are refused."""
    with pytest.raises(InputError, match="its first row has 3 columns"):
        read_gdelt([file("a\tb\tc\n")], ANY)
    with pytest.raises(InputError, match="has a line of more than"):
        read_gdelt([file("x" * 3_000_000)], ANY)
    with pytest.raises(DataMissingError, match="no GDELT file"):
        read_gdelt([tmp_path / "none.CSV"], ANY)
    path = file(row())
    with pytest.raises(DesignError, match="stands there twice"):
        read_gdelt([path, tmp_path / "." / path.name], ANY)


@pytest.mark.parametrize("size", [1, 100, 5000])
@pytest.mark.parametrize("zipped", [False, True])
def test_blocks_of_any_size(file, monkeypatch, size, zipped):
    """Wherever blocks end, every row counts once: broken ones, ones with other line ends inside, the last with none."""
    rows = [
        row(),
        row()[:90] + "\n",
        "\n",
        row(Actor1Name="A\rB\x0bC\x1cD"),
        row(Actor2Name="X" * 2000),
        row(NumMentions="x"),
    ]
    path = file(*rows, row().rstrip("\n"), name="a.zip" if zipped else "a.CSV", zipped=zipped)
    monkeypatch.setattr(gdelt, "BLOCK", size)
    tally = read_gdelt([path], ANY)
    assert (tally.rows, tally.looked_at, tally.used) == (7, 7, 4)
    assert tally.broken == {"not 58 columns": 2, "no number": 1}
    assert read_gdelt([path], Filters(actors=["RUS"])).looked_at == 6  # all but the empty one


def test_zips(file):
    """A zipped file gives what the plain one gives."""
    rows = [row(), row(EventCode="0871")]
    plain, zipped = file(*rows), file(*rows, name="a.CSV.zip", zipped=True)
    assert read_gdelt([zipped], ANY) == read_gdelt([plain], ANY)


def test_bad_zips_are_refused(file, tmp_path):
    """A cut-off zip, one whose bytes were changed, a bomb, one of two files and gzip are each refused in a line."""
    draw = random.Random(1)  # noqa: S311  # made-up rows
    whole = file(*(row(GlobalEventID=str(draw.random())) for _ in range(2000)), name="a.zip", zipped=True).read_bytes()
    broken = tmp_path / "b.zip"
    for content in (whole[: len(whole) // 2], whole[:900] + bytes(50) + whole[950:]):
        broken.write_bytes(content)
        with pytest.raises(InputError, match="damaged or cut-off zip"):
            read_gdelt([broken], ANY)
    with pytest.raises(InputError, match="more than 200-fold"):
        read_gdelt([file("0" * 20_000_000, name="bomb.zip", zipped=True)], ANY)
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("1.csv", row())
        archive.writestr("2.csv", row())
    with pytest.raises(InputError, match="has 2 files in it"):
        read_gdelt([broken], ANY)
    broken.write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(InputError, match="is gzip"):
        read_gdelt([broken], ANY)


# --- several files -------------------------------------------------------------------------------------------------


@pytest.fixture
def small_files_apart(monkeypatch):
    """Let even small files have processes of their own."""
    monkeypatch.setattr(gdelt, "_PROCESS_BYTES", 1)


@pytest.mark.usefixtures("small_files_apart")
def test_files_add_up_in_any_number_of_processes(file):
    """Two files in two processes give the very counts of one process, and of one file with all rows."""
    first, second = ([row(2, **cells) for cells in made_up(300, seed)] for seed in (1, 2))
    parts = [file(*first, name="1.CSV"), file(*second, name="2.CSV.zip", zipped=True)]
    seen = []
    apart = read_gdelt(parts, ANY, workers=2, progress=lambda done, total: seen.append((done, total)))
    together = read_gdelt(parts, ANY)
    assert apart == together
    total = sum(path.stat().st_size for path in parts)
    assert seen[-1] == (total, total)
    one = read_gdelt([file(*first, *second, name="3.CSV")], ANY)
    assert gdelt_events(together, salience=1) == gdelt_events(one, salience=1)


@pytest.mark.usefixtures("small_files_apart")
def test_an_error_in_another_process_is_the_same_error(file):
    """A bad file among several, read in processes of their own, is refused in the same words."""
    with pytest.raises(InputError, match="no GDELT event file"):
        read_gdelt([file(row(), name="1.CSV"), file("a\tb\n", name="2.CSV")], ANY, workers=2)


def test_small_files_start_no_process(file, monkeypatch):
    """Files that are read sooner than a process starts are read here, whatever number of workers is allowed."""
    monkeypatch.setattr(gdelt, "own_processes", None)
    assert read_gdelt([file(row(), name="1.CSV"), file(row(), name="2.CSV")], ANY, workers=8).used == 2


@pytest.mark.parametrize(("n", "size"), [(1500, 2.5e6), pytest.param(8000, 13e6, marks=pytest.mark.slow)])
def test_memory_is_bounded(file, n, size):
    """Reading 2.5 MB and 13 MB takes less than 0.7 MB."""
    path = file(*([row(Actor1CountryCode="IND", Actor1Code="IND")] * 9 + [row()]) * n)
    assert path.stat().st_size > size
    tracemalloc.start()
    try:
        read_gdelt([path], Filters(actors=["RUS"]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.7e6


def test_too_many_cells_are_refused(file):
    """More pairs than memory is set aside for are an error that says how to narrow them."""
    codes = [f"{a}{b}{c}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ" for c in "ABC"]
    form = row(Actor1CountryCode="{}", Actor2CountryCode="{}", SOURCEURL="")
    rows = [form.format(a, b) for a in codes for b in codes[:80]]
    with pytest.raises(InputError, match="narrow them"):
        read_gdelt([file(*rows)], ANY)


# --- events --------------------------------------------------------------------------------------------------------


def test_events_of_the_schema(file):
    """A loud cell is a row that the schema accepts: proposed, by day, with its counts; a quiet one is set aside."""
    path = file(*[row(2, NumMentions="60")] * 2, row(2, EventCode="0871", NumMentions="30"))
    found = gdelt_events(read_gdelt([path], ANY), salience=100)
    events = check_events(pd.DataFrame(found.events).drop(columns="evidence"))
    (event,) = events.to_dict("records")
    assert (event["id"], event["status"], event["precision"]) == ("gdelt-2022-01-27-rus-usa-raise", "proposed", "day")
    assert (event["kind"], event["intensity"], event["confidence"]) == ("threat", -4.4, 0.8)
    assert (event["rows"], event["mentions"], event["sources"]) == (2, 120, "wire.example 120")
    assert [(one["stance"], one["reason"]) for one in found.set_aside] == [("fold", "fewer than 100 mentions")]


def test_published_when_it_had_become_loud(file):
    """An event is known when its mentions reach the threshold, not with the first row; the clock is kept as UTC."""
    path = file(
        row(2, NumMentions="40", DATEADDED="20220127091500"),
        row(2, NumMentions="70", DATEADDED="20220127180000"),
        row(2, NumMentions="90", DATEADDED="20220128120000"),
    )
    (event,) = gdelt_events(read_gdelt([path], ANY), salience=100).events
    assert event["published_at"] == "2022-01-27T18:00:00+00:00"
    assert (event["first_added"], event["last_added"]) == ("2022-01-27T09:15:00+00:00", "2022-01-28T12:00:00+00:00")
    clock = event_clock(check_events(pd.DataFrame([event]).drop(columns="evidence"))).iloc[0]
    assert clock["published_at"] == pd.Timestamp("2022-01-27 18:00")
    assert clock["exact"]


def test_a_threshold_of_nothing_is_refused(file):
    """An event has a mention at least."""
    with pytest.raises(DesignError, match="from 1 on"):
        gdelt_events(read_gdelt([file(row())], ANY), salience=0)


def test_many_sources_keep_the_heaviest(file):
    """Of more web sites than a cell remembers the heaviest stay, and it never holds more than twice sixteen."""
    heavy = [row(NumMentions="50", SOURCEURL="https://heavy.example/")] * 3
    light = [row(NumMentions="1", SOURCEURL=f"https://s{k}.example/") for k in range(100)]
    tally = read_gdelt([file(*heavy[:1], *light, *heavy[1:])])
    (cell,) = tally.cells.values()
    assert len(cell["sources"]) <= 32
    (event,) = gdelt_events(tally).events
    assert event["sources"].startswith("heavy.example 150")
