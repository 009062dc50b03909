import csv
import re
from collections import Counter
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

FOLDER = Path(__file__).parents[2] / "datasets" / "events"
CASES = {
    "raise-or-fold-2022": (date(2021, 12, 17), date(2022, 3, 9)),
    "crimea-2014": (date(2014, 2, 1), date(2015, 5, 31)),
    "sanctions-2018": (date(2018, 3, 1), date(2018, 8, 31)),
    "ukraine-2022-2026": (date(2022, 3, 10), date(2026, 8, 31)),
    "iran-2018-2026": (date(2018, 1, 1), date(2026, 8, 31)),
    "us-china-trade": (date(2018, 3, 1), date(2026, 5, 31)),
    "korea-2017-2019": (date(2017, 1, 1), date(2020, 6, 30)),
    "shocks": (date(2015, 6, 1), date(2026, 4, 30)),
}
#: Files whose rows also say how well a day is confirmed.
GRADED = set(CASES) - {"raise-or-fold-2022", "sanctions-2018"}
PHASES = {
    "raise-or-fold-2022": 3, "crimea-2014": 6, "sanctions-2018": 3, "ukraine-2022-2026": 9, "iran-2018-2026": 8,
    "us-china-trade": 7, "korea-2017-2019": 4, "shocks": 7,
}  # fmt: skip
COLUMNS = [
    "id", "time", "time_zone", "precision", "published_at", "headline", "actor", "target", "stance", "kind",
    "intensity", "phase", "series", "status", "source", "url", "note",
]  # fmt: skip
KINDS = {
    "threat", "act", "talks", "statement", "sanction", "deployment", "attack", "agreement", "proposal", "tariff",
    "policy", "oil-policy", "ruling",
}  # fmt: skip

#: What has to be on file: case, day, weekday and a word of the headline.
HISTORY = [
    ("raise-or-fold-2022", "2021-12-17", "Fri", "draft treaties"),
    ("raise-or-fold-2022", "2022-01-10", "Mon", "Geneva"),
    ("raise-or-fold-2022", "2022-01-12", "Wed", "NATO-Russia Council"),
    ("raise-or-fold-2022", "2022-01-13", "Thu", "OSCE"),
    ("raise-or-fold-2022", "2022-01-21", "Fri", "Blinken"),
    ("raise-or-fold-2022", "2022-01-24", "Mon", "alert"),
    ("raise-or-fold-2022", "2022-01-26", "Wed", "written answers"),
    ("raise-or-fold-2022", "2022-01-27", "Thu", "Kremlin"),
    ("raise-or-fold-2022", "2022-01-28", "Fri", "Macron"),
    ("raise-or-fold-2022", "2022-02-07", "Mon", "Macron"),
    ("raise-or-fold-2022", "2022-02-11", "Fri", "any day"),
    ("raise-or-fold-2022", "2022-02-14", "Mon", "Lavrov"),
    ("raise-or-fold-2022", "2022-02-15", "Tue", "return to base"),
    ("raise-or-fold-2022", "2022-02-17", "Thu", "reply"),
    ("raise-or-fold-2022", "2022-02-17", "Thu", "shelling"),
    ("raise-or-fold-2022", "2022-02-21", "Mon", "recognises"),
    ("raise-or-fold-2022", "2022-02-22", "Tue", "sanctions"),
    ("raise-or-fold-2022", "2022-02-22", "Tue", "Nord Stream 2"),
    ("raise-or-fold-2022", "2022-02-24", "Thu", "invades"),
    ("raise-or-fold-2022", "2022-02-26", "Sat", "SWIFT"),
    ("raise-or-fold-2022", "2022-02-28", "Mon", "20 percent"),
    ("raise-or-fold-2022", "2022-02-28", "Mon", "Belarus"),
    ("raise-or-fold-2022", "2022-03-08", "Tue", "oil"),
    ("crimea-2014", "2014-02-27", "Thu", "parliament"),
    ("crimea-2014", "2014-03-01", "Sat", "force"),
    ("crimea-2014", "2014-03-04", "Tue", "no need"),
    ("crimea-2014", "2014-03-16", "Sun", "referendum"),
    ("crimea-2014", "2014-03-17", "Mon", "assets"),
    ("crimea-2014", "2014-03-18", "Tue", "Crimea"),
    ("crimea-2014", "2014-03-20", "Thu", "Bank Rossiya"),
    ("crimea-2014", "2014-04-17", "Thu", "Geneva"),
    ("crimea-2014", "2014-04-28", "Mon", "17 companies"),
    ("crimea-2014", "2014-07-16", "Wed", "Rosneft"),
    ("crimea-2014", "2014-07-17", "Thu", "MH17"),
    ("crimea-2014", "2014-07-31", "Thu", "sectoral"),
    ("crimea-2014", "2014-09-05", "Fri", "ceasefire"),
    ("crimea-2014", "2014-09-12", "Fri", "Sberbank"),
    ("sanctions-2018", "2018-03-04", "Sun", "Skripal"),
    ("sanctions-2018", "2018-03-12", "Mon", "highly likely"),
    ("sanctions-2018", "2018-03-14", "Wed", "23 Russian diplomats"),
    ("sanctions-2018", "2018-03-26", "Mon", "60 Russians"),
    ("sanctions-2018", "2018-04-06", "Fri", "oligarchs"),
    ("sanctions-2018", "2018-04-11", "Wed", "get ready"),
    ("sanctions-2018", "2018-04-14", "Sat", "Syria"),
    ("sanctions-2018", "2018-04-15", "Sun", "Haley"),
    ("sanctions-2018", "2018-04-16", "Mon", "walks Haley back"),
    ("sanctions-2018", "2018-04-23", "Mon", "Rusal"),
    ("sanctions-2018", "2018-07-16", "Mon", "Helsinki"),
    ("sanctions-2018", "2018-08-02", "Thu", "bill"),
    ("sanctions-2018", "2018-08-08", "Wed", "chemical weapons"),
]
NAMED = {
    "raise-or-fold-2022": {
        "2022-01-26-written-answers",
        "2022-01-27-kremlin-reply",
        "2022-01-28-putin-macron-call",
        "2022-02-24-invasion",
    },
    "crimea-2014": {"2014-03-01-force-authorised"},
    "sanctions-2018": {"2018-04-06-oligarch-list"},
}


def text_of(case):
    """Return the file of a case as text."""
    return (FOLDER / f"{case}.csv").read_bytes().decode("utf-8")


def rows_of(case):
    """Return the events of a case, one dict a row."""
    return list(csv.DictReader(text_of(case).splitlines(), strict=True))


def event(case, name):
    """Return the event of that id."""
    return next(row for row in rows_of(case) if row["id"] == name)


def instant(row):
    """When it happened; a day counts from its first minute, UTC."""
    if not row["time_zone"]:
        return datetime.combine(date.fromisoformat(row["time"]), time.min, UTC)
    return datetime.fromisoformat(row["time"]).replace(tzinfo=ZoneInfo(row["time_zone"])).astimezone(UTC)


def local(row, zone):
    """Return what a wall clock in `zone` showed."""
    return instant(row).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@pytest.fixture(params=CASES)
def case(request):
    """Each bundled case in turn."""
    return request.param


def test_the_folder_holds_exactly_the_bundled_cases():
    """The event folder holds one CSV a bundled case and nothing else."""
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(CASES)


def test_the_header_is_the_event_schema(case):
    """Every file has the columns of the event schema, in its order, in every row."""
    table = list(csv.reader(text_of(case).splitlines(), strict=True))
    columns = [*COLUMNS, "confidence"] if case in GRADED else COLUMNS
    assert table[0] == columns
    assert {len(row) for row in table} == {len(columns)}


def test_the_bytes_are_plain(case):
    """The files are ASCII with LF line ends, one line an event, no stray spaces and a newline at the end."""
    text = text_of(case)
    assert text.isascii()
    assert "\r" not in text
    assert text.endswith("\n")
    assert text.count("\n") == len(rows_of(case)) + 1
    assert all(cell == cell.strip() for row in rows_of(case) for cell in row.values())


def test_ids_are_unique_slugs_of_the_day(case):
    """An id is the day and one or more plain words, and no two events share one."""
    names = [row["id"] for row in rows_of(case)]
    assert len(set(names)) == len(names)
    for row in rows_of(case):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d(-[a-z0-9]+)+", row["id"])
        assert row["id"][:10] == row["time"][:10]


def test_ids_are_unique_across_cases():
    """An event id names one event in all bundled cases together."""
    names = [row["id"] for case in CASES for row in rows_of(case)]
    assert len(set(names)) == len(names)


def test_the_ids_that_others_cite_are_there(case):
    """The events that documents and examples cite by id exist."""
    assert NAMED.get(case, set()) <= {row["id"] for row in rows_of(case)}


def test_times_parse_and_have_a_zone_exactly_when_they_have_a_clock(case):
    """A time is a date without a zone, or a local clock to the minute with an IANA zone; precision says which."""
    for row in rows_of(case):
        if row["precision"] == "day":
            assert row["time"] == date.fromisoformat(row["time"]).isoformat()
            assert row["time_zone"] == ""
        else:
            assert row["precision"] == "minute"
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", row["time"])
            assert re.fullmatch(r"[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+", row["time_zone"])
            assert local(row, row["time_zone"]) == datetime.fromisoformat(row["time"])


def test_every_clock_says_what_it_rests_on(case):
    """Whoever gives a clock or a time of publication says in the note where it comes from."""
    for row in rows_of(case):
        assert ("Clock:" in row["note"]) == (row["precision"] == "minute")
        assert ("published_at" in row["note"]) == bool(row["published_at"])


def test_publication_has_an_offset_and_is_within_a_day_of_the_event(case):
    """A time of publication, where it differs, is an instant with an offset, not before the event and soon after it."""
    for row in rows_of(case):
        if row["published_at"]:
            published = datetime.fromisoformat(row["published_at"])
            assert published.utcoffset() is not None
            assert 0 < (published - instant(row)).total_seconds() <= 86_400


def test_events_are_in_the_order_of_time(case):
    """Events ascend in time."""
    instants = [instant(row) for row in rows_of(case)]
    assert instants == sorted(instants)


def test_events_lie_within_their_case(case):
    """No event lies outside the span of its case."""
    first, last = CASES[case]
    assert all(first <= date.fromisoformat(row["time"][:10]) <= last for row in rows_of(case))


def test_every_stance_occurs(case):
    """Every case has raises, holds and folds and no other stance; Korea's knew no holds."""
    holds = set() if case == "korea-2017-2019" else {"hold"}
    assert set(Counter(row["stance"] for row in rows_of(case))) == {"raise", "fold"} | holds


def test_the_record_is_large_and_no_tale_of_raises_alone():
    """The cases hold 250 events or more together, and 30 in a hundred of them or more are folds."""
    stances = Counter(row["stance"] for case in CASES for row in rows_of(case))
    assert stances.total() == 567
    assert stances["fold"] / stances.total() >= 0.3


@pytest.mark.parametrize("case", sorted(GRADED))
def test_nothing_rests_on_memory(case):
    """A day is confirmed by one text or by two; what somebody only remembered is not bundled."""
    for row in rows_of(case):
        assert row["confidence"] in {"high", "medium", ""}
        assert "memory" not in row["note"].lower()


def test_kinds_and_status_are_of_the_schema(case):
    """Kinds are of the allowed set, every event is confirmed and meant for every series."""
    for row in rows_of(case):
        assert row["kind"] in KINDS
        assert row["status"] == "confirmed"
        assert row["series"] == ""


def test_intensity_has_the_sign_of_the_stance(case):
    """Intensity is a number from -10 to 10: negative for a raise, positive for a fold, small for a hold."""
    for row in rows_of(case):
        weight = float(row["intensity"])
        assert -10 <= weight <= 10
        assert {"raise": weight < 0, "fold": weight > 0, "hold": abs(weight) <= 3}[row["stance"]], row["id"]


def test_phases_are_consecutive_stretches_of_time(case):
    """A phase is one unbroken stretch: once left, it does not come back."""
    phases = [row["phase"] for row in rows_of(case)]
    stretches = [phase for phase, before in zip(phases, ["", *phases], strict=False) if phase != before]
    assert all(phases)
    assert len(stretches) == len(set(stretches)) == PHASES[case]


def test_phases_of_2022_turn_on_recognition_and_invasion():
    """The build-up ends on 20 February 2022, recognition lasts to the 23rd, war begins on the 24th."""
    for row in rows_of("raise-or-fold-2022"):
        day = row["time"][:10]
        expected = "build-up" if day <= "2022-02-20" else "recognition" if day <= "2022-02-23" else "war"
        assert row["phase"] == expected


def test_headlines_are_one_short_line(case):
    """A headline is one line of at most 100 characters, unquoted and unlike any other."""
    headlines = [row["headline"] for row in rows_of(case)]
    assert len(set(headlines)) == len(headlines)
    for headline in headlines:
        assert 0 < len(headline) <= 100
        assert '"' not in headline
        assert not headline.endswith(".")


def test_who_acts_is_coded(case):
    """Actor and target are three-letter states or NATO, EU, OSCE, UN, OPEC, separated by semicolons, none twice."""
    for row in rows_of(case):
        for column in ("actor", "target"):
            codes = row[column].split(";")
            assert len(set(codes)) == len(codes)
            assert all(re.fullmatch(r"[A-Z]{3}|NATO|EU|OSCE|UN|OPEC", code) for code in codes), row["id"]


def test_every_event_names_its_source(case):
    """Every event names a public source with a year; a link, where there is one, is a web address."""
    for row in rows_of(case):
        assert re.search(r"\b20\d\d\b", row["source"]), row["id"]
        assert re.fullmatch(r"|https?://\S+", row["url"])


@pytest.mark.parametrize(("case", "day", "weekday", "words"), HISTORY)
def test_history_is_on_its_day(case, day, weekday, words):
    """What is known to have happened is on file, on its true day, weekends included."""
    assert date.fromisoformat(day).strftime("%a") == weekday
    assert any(row["time"][:10] == day and words in row["headline"] for row in rows_of(case))


def test_recognition_came_after_the_moscow_close():
    """The decrees of 21 February 2022 were signed after Moscow's 18:50 close, the council was shown before it."""
    close = datetime(2022, 2, 21, 18, 50)  # noqa: DTZ001  # Moscow's wall clock
    assert local(event("raise-or-fold-2022", "2022-02-21-security-council"), "Europe/Moscow") < close
    assert local(event("raise-or-fold-2022", "2022-02-21-recognition"), "Europe/Moscow") > close


def test_written_answers_reached_moscow_after_its_close():
    """The written answers of 26 January 2022 came after Moscow's close and before New York's."""
    answers = event("raise-or-fold-2022", "2022-01-26-written-answers")
    assert local(answers, "Europe/Moscow").time() > time(18, 50)
    assert local(answers, "America/New_York").time() < time(16, 0)


def test_the_invasion_came_before_european_markets_opened():
    """The address of 24 February 2022 was on air before 06:00 Moscow, hours before Frankfurt opened."""
    invasion = event("raise-or-fold-2022", "2022-02-24-invasion")
    assert time(5, 30) < local(invasion, "Europe/Moscow").time() < time(6, 0)
    assert local(invasion, "Europe/Berlin").time() < time(8, 0)


def test_mh17_was_known_two_hours_after_it_fell():
    """MH17 fell at 13:20 UTC; the market knew two hours later, after Moscow's close and before New York's."""
    mh17 = event("crimea-2014", "2014-07-17-mh17")
    published = datetime.fromisoformat(mh17["published_at"])
    assert instant(mh17) == datetime(2014, 7, 17, 13, 20, tzinfo=UTC)
    assert 1.75 < (published - instant(mh17)).total_seconds() / 3600 < 2.5
    assert published.astimezone(ZoneInfo("Europe/Moscow")).time() > time(18, 50)
    assert published.astimezone(ZoneInfo("America/New_York")).time() < time(16, 0)


def test_the_oligarch_list_came_in_the_washington_morning():
    """OFAC's list of 6 April 2018 came between 08:15 and 09:15 in Washington, after the ECB fixing of that day."""
    listed = event("sanctions-2018", "2018-04-06-oligarch-list")
    assert time(8, 15) <= local(listed, "America/New_York").time() <= time(9, 15)
    assert local(listed, "Europe/Berlin").time() > time(14, 15)


def test_the_syria_strikes_are_a_saturday_in_damascus_and_a_friday_in_washington():
    """The strikes of April 2018 fell on Saturday 04:00 in Damascus, which is Friday 21:00 in Washington."""
    strikes = event("sanctions-2018", "2018-04-14-syria-strikes")
    assert local(strikes, "Asia/Damascus").strftime("%a %H:%M") == "Sat 04:00"
    assert local(strikes, "America/New_York").strftime("%a %H:%M") == "Fri 21:00"
