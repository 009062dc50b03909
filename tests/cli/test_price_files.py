"""What is said of price files; the zone of bars without an offset, and of a close."""

import json

import numpy as np
import pandas as pd
import pytest

from eventstudy.cli.main import main

DAYS = pd.bdate_range("2021-06-01", periods=200)
WALKS = 100 * np.exp(np.cumsum(np.random.default_rng(4).normal(0, 0.01, (200, 2)), axis=0)).round(4)
EVENT = DAYS[170]


@pytest.fixture
def files(tmp_path):
    """Write two price files of opposite habits, and an event; return their folder."""
    first = pd.DataFrame({"Day": DAYS.strftime("%d/%m/%Y"), "Open": WALKS[:, 0] + 1, "Preis": WALKS[:, 0]})
    first = first.set_axis(["Day", "a-open", "gazp"], axis=1)
    first = first.map(lambda cell: f"{cell:.4f}".replace(".", ",") if isinstance(cell, float) else cell)
    first.to_csv(tmp_path / "gazp.csv", index=False, sep=";")
    second = pd.DataFrame({"When": DAYS.strftime("%Y-%m-%d"), "Other": DAYS.strftime("%Y-%m-%d"), "sber": WALKS[:, 1]})
    second.to_csv(tmp_path / "sber.csv", index=False)
    (tmp_path / "event.csv").write_text(f"time,stance\n{EVENT:%Y-%m-%d},raise\n")
    return tmp_path


def run(folder, *words):
    """Return the cars by series, or what was refused."""
    command = ["run", *map(str, words), "--window", "0:0", "--tests", "none", "--out", str(folder / "out"), "--quiet"]
    with pytest.raises(SystemExit) as ended:
        main(command)
    if ended.value.code:
        return ended.value.code
    table = pd.read_csv(folder / "out" / "car.csv")
    return dict(zip(table["series"], table["move"], strict=True))


def moves(*columns):
    """Return the raw moves of the event's session."""
    at = DAYS.get_loc(EVENT)
    return {name: WALKS[at, k] / WALKS[at - 1, k] - 1 for k, name in columns}


BOTH = ["--events", "event.csv", "--prices", "gazp.csv", "--prices", "sber.csv"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["--decimal", ",", "--decimal", "."], "twice"),
        (["--time-format", "prices=dmy", "--time-format", "date=mdy"], "say once how dates of prices are written"),
        (["--sheet", "a"], "no sheets"),
    ],
)
def test_what_is_said_twice_or_fits_no_file_is_refused(files, monkeypatch, capsys, said, told):
    """Two words for one thing, and a sheet of a text, are named."""
    monkeypatch.chdir(files)
    assert run(files, *BOTH, *said) == 2
    assert told in capsys.readouterr().err


def bars(folder, form="{:%Y-%m-%d %H:%M}"):
    """Write bars of Moscow by its own clock, and an event of 12:30 there; return the command on them."""
    clock = pd.date_range("2022-02-01 10:00", periods=220, freq="h")
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.01, 220))).round(4)
    table = pd.DataFrame({"bar": [form.format(one) for one in clock], "imoex": walk})
    table.to_csv(folder / "bars.csv", index=False)
    (folder / "event.csv").write_text("time,time_zone,stance\n2022-02-09T12:30,Europe/Moscow,raise\n")
    return ["--events", folder / "event.csv", "--prices", folder / "bars.csv", "--data-kind", "bars-start"], clock, walk


@pytest.mark.one_in(3)
@pytest.mark.parametrize("zone", ["Europe/Moscow", "MSK", "UTC+3"])
def test_bars_without_an_offset_by_the_zone_that_is_said(tmp_path, zone):
    """With --time-zone the clocks are that zone's: an event of 12:30 meets the bar that ends at 13:00."""
    command, clock, walk = bars(tmp_path)
    found = run(tmp_path, *command, "--time-zone", zone)
    at = clock.get_loc(pd.Timestamp("2022-02-09 12:00"))
    assert found == pytest.approx({"imoex": walk[at] / walk[at - 1] - 1})


@pytest.mark.parametrize(
    ("zone", "told"),
    [(None, "--time-zone"), ("IST", "Asia/Kolkata"), ("EDT", "America/New_York was on EST"), ("Moskau", "time zone")],
)
def test_a_clock_without_a_zone_is_refused(tmp_path, capsys, zone, told):
    """Without a zone, with one of several, or of the other season, the option that settles it is named."""
    command, *_ = bars(tmp_path)
    assert run(tmp_path, *command, *(["--time-zone", zone] if zone else [])) == 2
    assert told in capsys.readouterr().err


def test_a_zone_is_for_bars(files, monkeypatch, capsys):
    """Daily figures are dated, and have no clock."""
    monkeypatch.chdir(files)
    assert run(files, *BOTH, "--time-zone", "MSK") == 2
    assert "leave out --time-zone" in capsys.readouterr().err


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("close", "zone"),
    [("16:00 EST", "America/New_York"), ("18:50 MSK", "Europe/Moscow"), ("15:00 JST", "Asia/Tokyo"),
     ("16:00 UTC+3", "Europe/Moscow")],
)  # fmt: skip
def test_a_close_by_the_abbreviation_of_its_zone(tmp_path, capsys, close, zone):
    """The abbreviations of events say the zone of a close too; what it was taken for is said."""
    pd.DataFrame({"Date": DAYS, "x": WALKS[:, 0]}).to_csv(tmp_path / "x.csv", index=False)
    (tmp_path / "event.csv").write_text(f"time,time_zone,stance\n{EVENT:%Y-%m-%d}T17:00,{zone},raise\n")
    words = ["match", "--events", tmp_path / "event.csv", "--prices", tmp_path / "x.csv", "--close", f"x={close}"]
    with pytest.raises(SystemExit):
        main([*map(str, words), "--format", "json"])
    out = capsys.readouterr()
    (row,) = json.loads(out.out)
    late = int(close.split(":")[0]) <= 17
    assert row["session"][:10] == f"{EVENT + pd.offsets.BDay(int(late)):%Y-%m-%d}"
    assert close.split()[0] in out.err
    assert ("UTC+03:00" if "UTC" in close else zone) in out.err


@pytest.mark.parametrize(("close", "told"), [("16:00 IST", "Asia/Kolkata"), ("16:00 Etc/GMT-3", "inverted")])
def test_a_close_in_a_zone_of_several_is_refused(tmp_path, capsys, close, told):
    """An abbreviation of several zones, and an inverted name, are refused as of an event."""
    pd.DataFrame({"Date": DAYS, "x": WALKS[:, 0]}).to_csv(tmp_path / "x.csv", index=False)
    (tmp_path / "event.csv").write_text(f"time,stance\n{EVENT:%Y-%m-%d},raise\n")
    command = ["--events", tmp_path / "event.csv", "--prices", tmp_path / "x.csv", "--close", f"x={close}"]
    assert run(tmp_path, *command) == 2
    assert told in capsys.readouterr().err


def test_a_figure_under_no_heading_is_a_column_of_its_own_name(tmp_path, call, capsys):
    """A file with a stray figure beside its market is shown and written with both, by names that tell them apart."""
    rows = "".join(f"2021-06-{day:02},{100 + day % 7},,{5 if day == 9 else ''}\n" for day in range(1, 31))
    (tmp_path / "stray.csv").write_text(f"Date,A,,\n{rows}")
    assert call("series", "import", str(tmp_path / "stray.csv"), "--out", str(tmp_path / "out.csv")) == 0
    assert "A" in capsys.readouterr().out
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == "session,A,stray"


@pytest.mark.parametrize("kind", ["prices", "events"])
@pytest.mark.parametrize(("separator", "clock"), [("/", ""), ("-", ""), ("/", " 9:30")])
def test_the_option_of_a_message_reads_the_dates(output, tmp_path, kind, separator, clock):
    """Each word that a refusal of undecided dates offers is taken from the message, and reads the file its own way."""
    days = [separator.join(part) + clock for part in (("1", "2", "2022"), ("3", "4", "2022"), ("5", "6", "2022"))]
    rows = "".join(f"{day},{k}.5\n" for k, day in enumerate(days, 1))
    (tmp_path / "mine.csv").write_text(f"date,{'close' if kind == 'prices' else 'note'}\n{rows}", encoding="utf-8")
    zone = ["--set", "time_zone=Europe/Berlin"] if kind == "events" and clock else []
    command = ["series", "check"] if kind == "prices" else ["events", "check"]
    code, _, said = output(*command, tmp_path / "mine.csv", *zone)
    assert code == 2
    offered = said.partition("give --time-format ")[2].split()[::2]
    assert offered == ["dmy", "mdy"]
    for word, first in zip(offered, ("2022-02-01", "2022-01-02"), strict=True):
        code, printed, said = output(*command, tmp_path / "mine.csv", *zone, "--time-format", word)
        assert code == 0
        assert first in printed + said


def test_beside_events_the_option_of_a_message_names_the_prices(output, tmp_path):
    """A bare word is of the events: each that is offered for a price file says that it is of the prices."""
    (tmp_path / "mine.csv").write_text("date,close\n1/2/2022,1.5\n3/4/2022,2.5\n5/6/2022,2\n", encoding="utf-8")
    (tmp_path / "event.csv").write_text("time,stance\n3/4/2022,raise\n", encoding="utf-8")
    command = ["run", "--events", tmp_path / "event.csv", "--prices", tmp_path / "mine.csv", "--time-format", "dmy"]
    code, _, said = output(*command)
    assert code == 2
    offered = said.partition("give --time-format ")[2].split()[::2]
    assert offered == ["prices=dmy", "prices=mdy"]
    for word, first in zip(offered, ("2022-02-01", "2022-01-02"), strict=True):
        code, _, said = output(*command, "--time-format", word)
        assert code == 3  # three prices are too few
        assert f"3 quarterly closes of mine {first}" in said
