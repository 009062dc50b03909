"""Tables of any layout to cells of text; files are written whole or not at all."""

import io
import os
import stat
from contextvars import copy_context

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import InputError
from eventstudy.cells import parse_numbers, parse_times
from eventstudy.cli.main import main
from eventstudy.files import INPUTS, read_text, write_files
from eventstudy.tables import content_of, table_of


def test_writes_below_folder(tmp_path):
    """Folders are made, contents are exact, the paths come back in order."""
    paths = write_files(tmp_path / "a" / "b", {"x.csv": b"1\n", "charts/y.png": b"\x00"})
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == ["a/b/x.csv", "a/b/charts/y.png"]
    assert [path.read_bytes() for path in paths] == [b"1\n", b"\x00"]


def test_failure_leaves_the_old_file(tmp_path, monkeypatch):
    """When writing fails half-way the old file stays as it was and nothing lies beside it."""
    (tmp_path / "x.csv").write_bytes(b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(InputError, match=r"cannot write .*x\.csv.*No space left"):
        write_files(tmp_path, {"x.csv": b"new"})
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert (tmp_path / "x.csv").read_bytes() == b"old"


def test_folder_that_is_a_file(tmp_path):
    """A folder that is a file is a clear error."""
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_files(tmp_path / "out", {"x.csv": b""})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
@pytest.mark.parametrize("others", [(), ("other.csv",)], ids=["alone", "with another"])
@pytest.mark.parametrize("is_linked", [False, True], ids=["itself", "through a link"])
def test_what_is_no_ordinary_file_stays(tmp_path, others, is_linked):
    """A pipe is not replaced by a file, nor is one that a link points to, and nothing is written beside it."""
    os.mkfifo(tmp_path / "pipe")
    if is_linked:
        (tmp_path / "link").symlink_to("pipe")
    before = sorted(tmp_path.iterdir())
    name = "link" if is_linked else "pipe"
    with pytest.raises(InputError, match=rf"cannot write '.*{name}': it is not an ordinary file"):
        write_files(tmp_path, dict.fromkeys([*others, name], b"1\n"))
    assert sorted(tmp_path.iterdir()) == before
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("to", ["real.csv", "elsewhere/real.csv", "../outside.csv"])
@pytest.mark.parametrize("others", [(), ("other.csv",), ("other.csv", "third.csv")])
@pytest.mark.parametrize("is_there", [True, False], ids=["there", "dangling"])
def test_a_link_stays_one_and_its_file_is_written(tmp_path, to, others, is_there):
    """Of a link in the folder, to a file in it or outside, the file is written; so are files beside it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    target = folder / to
    if is_there:
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(b"old")
    (folder / "link.csv").symlink_to(to)
    write_files(folder, dict.fromkeys(["link.csv", *others], b"new"))
    assert (folder / "link.csv").is_symlink()
    assert target.read_bytes() == b"new"
    assert all((folder / name).read_bytes() == b"new" for name in others)
    assert not [path.name for path in tmp_path.rglob("*") if path.name.startswith(".")]


@pytest.mark.parametrize("names", [["x.csv"], ["x.csv", "y.csv"]])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path, names):
    """A private file stays private, a shared one shared; a new one beside it is open to no more."""
    for mode in (0o600, 0o664):
        (tmp_path / "x.csv").write_bytes(b"old")
        (tmp_path / "x.csv").chmod(mode)
        write_files(tmp_path, dict.fromkeys(names, b"new"))
        assert stat.S_IMODE((tmp_path / "x.csv").stat().st_mode) == mode
        assert all(stat.S_IMODE((tmp_path / name).stat().st_mode) == mode & 0o644 for name in names[1:])
        (tmp_path / "y.csv").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        pytest.param(0o644, 0o640, marks=pytest.mark.slow),
        (0o600, 0o600),
        pytest.param(0o400, 0o600, marks=pytest.mark.slow),
    ],
    ids=["open", "private", "fixed"],
)
def test_a_new_file_heeds_the_umask_and_what_was_read(tmp_path, monkeypatch, capsys, mode, expected):
    """A new file is open to whom the umask says, and to none that may not read each of the inputs."""
    monkeypatch.chdir(tmp_path)
    days = pd.bdate_range("2021-01-04", periods=200)
    walk = "".join(f"{day:%Y-%m-%d},{100 + (k * 37 % 11) / 10}\n" for k, day in enumerate(days))
    (tmp_path / "p.csv").write_text(f"date,mine\n{walk}", encoding="utf-8")
    (tmp_path / "e.csv").write_text("time,stance\n2021-08-02,raise\n2021-09-01,fold\n", encoding="utf-8")
    study = ["run", "--events", "e.csv", "--prices", "p.csv", "--window", "0:1", "--quiet", "--out"]
    before = os.umask(0o027)
    try:
        (tmp_path / "e.csv").chmod(mode)
        for words in ([*study, "folder"], ["report", "folder", "--charts", "car", "--out", "page-folder"]):
            with pytest.raises(SystemExit):
                main(words)
        made = [path for path in tmp_path.rglob("*folder/**/*") if path.is_file()]
        assert len(made) > 9, capsys.readouterr().err
        assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {expected}
        with pytest.raises(SystemExit):
            main(["events", "confirm", "e.csv"])
    finally:
        os.umask(before)


def test_files_of_others_in_a_folder_stay(tmp_path):
    """Tables and pages that are not ours are not replaced; a result is by a later one, and so is a page."""
    for name in ("tests.csv", "inputs/figures.csv", "design.toml"):
        mine = tmp_path / name.replace("/", "-")
        write_files(mine, {name: b"mine"})
        with pytest.raises(
            InputError, match=rf"{name}' is of no result, for no study\.json is beside it; name another"
        ):
            write_files(mine, {"study.json": b"{}", name: b"yours"})
        assert (mine / name).read_bytes() == b"mine"
        assert not (mine / "study.json").exists()
        write_files(mine, {"study.json": b"{}"})
        write_files(mine, {"study.json": b"{}", name: b"yours"})
        assert (mine / name).read_bytes() == b"yours"
    (tmp_path / "index.html").write_bytes(b"<p>mine")
    page = b'<meta name="generator" content="raise-or-fold 0.2.0">'
    with pytest.raises(
        InputError, match=r"index\.html' is a page of another program; remove it, or name another folder"
    ):
        write_files(tmp_path, {"index.html": page})
    write_files(tmp_path, {"index.html": b"<p>mine"})
    (tmp_path / "index.html").unlink()
    for text in (page, page + b"<p>anew"):
        write_files(tmp_path, {"index.html": text})
    assert (tmp_path / "index.html").read_bytes() == text


def test_a_file_read_as_stdin_is_not_replaced(tmp_path, monkeypatch):
    """What stdin is joined to was read as any input is."""
    monkeypatch.setattr("sys.stdin", io.StringIO("time\n2022-01-27\n"))
    write_files(tmp_path, {"car.csv": b"time\n2022-01-27\n"})
    before, context = os.dup(0), copy_context()
    try:
        with (tmp_path / "car.csv").open("rb") as file:
            os.dup2(file.fileno(), 0)
            context.run(INPUTS.set, {})
            context.run(content_of, "-")
            with pytest.raises(InputError, match=r"car\.csv' was read, and --out would replace it"):
                context.run(write_files, tmp_path, {"car.csv": b"table"})
    finally:
        os.dup2(before, 0)
        os.close(before)


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only the administrator may give files away")
def test_a_file_that_is_replaced_keeps_its_owner(tmp_path):
    """A file of another user, replaced by the administrator, stays that user's."""
    (tmp_path / "x.csv").write_bytes(b"old")
    os.chown(tmp_path / "x.csv", 12345, 12345)
    write_files(tmp_path, {"x.csv": b"new"})
    assert ((tmp_path / "x.csv").stat().st_uid, (tmp_path / "x.csv").read_bytes()) == (12345, b"new")


@pytest.mark.parametrize("is_there", [True, False], ids=["there", "not there"])
def test_a_failure_leaves_no_folder_behind(tmp_path, monkeypatch, is_there):
    """A folder that was made for files which could not be written goes again; one that was there stays."""

    def full(*_):
        raise OSError(28, "No space left on device")

    if is_there:
        (tmp_path / "out").mkdir()
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InputError, match="No space left"):
        write_files(tmp_path / "out", {"deep/x.csv": b"new"})
    assert [path.name for path in tmp_path.rglob("*")] == ["out"] * is_there


def test_a_name_that_is_too_long(tmp_path):
    """No file system takes a name of 300 bytes: one line, and no folder for it."""
    with pytest.raises(InputError, match=r"cannot write .*too long"):
        write_files(tmp_path / "out", {f"{'x' * 300}.csv": b""})
    with pytest.raises(InputError, match=r"cannot write .*too long"):
        write_files(tmp_path / ("x" * 300), {"x.csv": b""})
    assert not list(tmp_path.iterdir())


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), max_size=8)


def quoted(cell):
    """Write a cell of a CSV file, always in quotation marks."""
    return '"' + cell.replace('"', '""') + '"'


@given(st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1, max_size=4))
def test_a_cell_is_the_text_that_was_typed(tmp_path_factory, rows):
    """Whatever stands in a quoted cell, commas, quotation marks and line ends among it, comes back as it is."""
    path = tmp_path_factory.mktemp("cells") / "mine.csv"
    rows = [*rows, ["the", "last", "row"]]
    lines = [",".join(map(quoted, row)) + "\n" for row in [["a", "b", "c"], *rows]]
    path.write_bytes("".join(lines).encode())
    said = [row for row in rows if any(cell.strip() for cell in row)]
    assert table_of(*content_of(path))[0].to_numpy().tolist() == said


def test_numbers_and_missing_markers_stay_text(tmp_path):
    """No cell is turned into a number, a date or a missing value."""
    path = tmp_path / "mine.csv"
    path.write_text("a,b,c\n007,NA,1e3\n", encoding="utf-8")
    assert table_of(*content_of(path))[0].iloc[0].tolist() == ["007", "NA", "1e3"]


def test_a_header_alone_is_a_table_without_rows(tmp_path):
    """The names of the columns are there even when no row is."""
    path = tmp_path / "mine.csv"
    path.write_text(" a ,b\n", encoding="utf-8")
    cells = table_of(*content_of(path))[0]
    assert (list(cells.columns), len(cells)) == (["a", "b"], 0)


def test_a_nameless_column_with_something_in_it_is_kept(tmp_path):
    """A column without a name is left out only when nothing stands in it, or the numbers of the rows."""
    path = tmp_path / "mine.csv"
    path.write_text(",a,\n5,x,\n7,y,\n", encoding="utf-8")
    assert table_of(*content_of(path))[0].to_dict("list") == {"": ["5", "7"], "a": ["x", "y"]}
    path.write_text(",a,\n0,x,\n1,y,\n", encoding="utf-8")
    assert table_of(*content_of(path))[0].to_dict("list") == {"a": ["x", "y"]}


def test_a_file_that_cannot_be_opened_says_why(tmp_path):
    """A folder in the place of a file is refused with the system's own reason, in one line."""
    folder = tmp_path / "mine.json"
    folder.mkdir()
    with pytest.raises(InputError, match=r"^mine\.json cannot be opened: \w[\w ]+$"):
        read_text(folder)


def test_rows_are_those_of_a_spreadsheet():
    """Titles, an empty line, a footer: every row keeps the number that a spreadsheet shows beside it."""
    frame, rows = table_of("Our rates\n\nDate,Rate\n2022-01-03,1\n\n2022-01-04,2\n\nSource: us\n", "mine.csv")
    assert (list(frame), rows.tolist()) == (["Date", "Rate"], [4, 6])
    assert frame.attrs["notes"] == ["row 8 below the table left out: 'Source: us'"]
    assert frame.attrs["above"] == [["Our rates"]]


def test_a_row_that_is_broken_is_not_a_title():
    """The first row of events may have a time that is none: it is no header, and nothing is left out."""
    frame, rows = table_of("time,stance\nsoon,raise\n2022-01-03,fold\n", "mine.csv")
    assert frame["time"].tolist() == ["soon", "2022-01-03"]
    assert rows.tolist() == [2, 3]


def test_dates_that_excel_may_have_swapped_are_refused():
    """A column of dates of Excel's and of dates in text is what a wrong import leaves."""
    book = io.BytesIO()
    frame = pd.DataFrame({"Date": [pd.Timestamp("2022-03-01"), "13/01/2022"], "Close": [1.0, 2.0]})
    frame.to_excel(book, index=False)
    with pytest.raises(InputError, match="row 2 beside a date in text in row 3: day and month may have been swapped"):
        table_of(book.getvalue(), "mine.xlsx")


def test_sheets():
    """The only sheet with dates is taken and said; of two one is to be named."""
    book = io.BytesIO()
    dated = pd.DataFrame({"Date": pd.to_datetime(["2022-01-03", "2022-01-04"]), "Close": [1.0, 2.0]})
    with pd.ExcelWriter(book) as writer:
        pd.DataFrame({"Read me": ["notes"]}).to_excel(writer, sheet_name="about", index=False)
        dated.to_excel(writer, sheet_name="daily", index=False)
    frame, _ = table_of(book.getvalue(), "mine.xlsx")
    assert frame.attrs["notes"] == ["sheet 'daily' of 2"]
    with pd.ExcelWriter(book) as writer:
        dated.to_excel(writer, sheet_name="a", index=False)
        dated.to_excel(writer, sheet_name="b", index=False)
    with pytest.raises(InputError, match="several sheets with dates: a, b; name one with --sheet"):
        table_of(book.getvalue(), "mine.xlsx")
    assert len(table_of(book.getvalue(), "mine.xlsx", sheet="b")[0]) == 2
    with pytest.raises(InputError, match="has no sheet 'c'; its sheets: a, b"):
        table_of(book.getvalue(), "mine.xlsx", sheet="c")


def test_a_formula_in_a_sheet_that_is_not_read():
    """A formula that no program has computed stops the reading of its own sheet alone."""
    book, dated = io.BytesIO(), pd.DataFrame({"date": ["2022-01-03", "2022-01-04"], "close": [1.5, 1.6]})
    with pd.ExcelWriter(book, engine="openpyxl") as writer:
        pd.DataFrame({"Mean": ["=AVERAGE(daily!B2:B3)"]}).to_excel(writer, sheet_name="about", index=False)
        dated.to_excel(writer, sheet_name="daily", index=False)
    for sheet in (None, "daily"):
        assert len(table_of(book.getvalue(), "mine.xlsx", sheet=sheet)[0]) == 2
    with pytest.raises(InputError, match="cell A2 has a formula without its value"):
        table_of(book.getvalue(), "mine.xlsx", sheet="about")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["2022-02-30"], "row 1: '2022-02-30' is no day of the calendar"),
        (["2022-01-03", "2022-01-04 25:00"], "row 2: '2022-01-04 25:00' is not a date"),
        (["13/01/2022", "01/13/2022"], "row 2: '01/13/2022' has the month first, '13/01/2022' in row 1 the day first"),
        (["44596", "27/01/2022"], "'44596' is one of Excel's day numbers"),
        (["2022-01", "2022-01-27"], "'2022-01' is a month"),
        (["0022-01-27"], "the year 22 is outside 1700 .. 2200"),
        (["Jan-21"], "is not a date"),
        (["010203"], "give --time-format ymd or dmy or mdy"),
        (["3/4/2022 12:30"], "give --time-format dmy or mdy"),
        (["Mon, 3/4/2022"], "its date and its day of the week disagree"),
        (["22-02-28 12:30:15.1234"], "give --time-format dmy or ymd"),
    ],
)
def test_columns_that_are_no_times(cells, told):
    """What is broken, mixed or of an impossible year is refused by its row."""
    with pytest.raises(InputError) as caught:
        parse_times(cells)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "times"),
    [
        (["27.01.2022 10:00", "3.2.2022 9:05"], ["2022-01-27T10:00", "2022-02-03T09:05"]),
        (["2022-01-27T12:00Z", "2022-01-27 12:00 GMT"], ["2022-01-27T12:00+00:00"] * 2),
        (["2022-01-10T10:00+0300"], ["2022-01-10T10:00+03:00"]),
        (["1/27/22 12:15 AM", "1/28/22 12:15 PM"], ["2022-01-27T00:15", "2022-01-28T12:15"]),
        (["Thu, 27 Jan 2022 15:30 EST"], ["2022-01-27T15:30 EST"]),
        (["", "27 января 2022 г."], ["", "2022-01-27"]),
        (["20220127143000"], ["2022-01-27T14:30:00"]),
        (["1643241600", "1643328000.0"], ["2022-01-27T00:00+00:00", "2022-01-28T00:00+00:00"]),
        (["2019年10月", "2020年1月", "2020년 2월"], ["2019-10-31", "2020-01-31", "2020-02-29"]),
        (["20010203"], ["2001-02-03"]),
        (["20060101", "20060201", "20060301"], ["2006-01-01", "2006-02-01", "2006-03-01"]),
        (["27/01/2022", "28-01-2022", "2022-01-31"], ["2022-01-27", "2022-01-28", "2022-01-31"]),
    ],
)
def test_columns_of_times(cells, times):
    """Clocks, offsets and zones are kept as they are written; days are days."""
    assert parse_times(cells)[0].tolist() == times


def test_each_kind_of_dates_in_a_column_is_said():
    """Points and strokes in one column may have different orders, and both are said."""
    times, note = parse_times(["03.02.2022", "02/14/2022"])
    assert times.tolist() == ["2022-02-03", "2022-02-14"]
    assert note == "dates day first, as dates with points are, dates month first"


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1,234", "2,345.5"], [1234, 2345.5]),
        (["1.234", "2.345,5"], [1234, 2345.5]),
        (["1 234,5"], [1234.5]),
        (["(12.5)", "$1,000.25", "−3", "5.5 USD"], [-12.5, 1000.25, -3, 5.5]),
        (["1,2 млн", "3 Mrd", "4,5K"], [1.2e6, 3e9, 4500]),
        (["0,123"], [0.123]),
        (["1.234"], [1.234]),
        (["1.234", "995.5"], [1.234, 995.5]),
        (["105.123", "106"], [105.123, 106]),
    ],
)
def test_columns_of_numbers(cells, numbers):
    """The decimal sign is that of the whole column."""
    assert parse_numbers(cells)[0].tolist() == numbers


@pytest.mark.parametrize(
    "cells", [["1,5", "1.5"], ["1,234"], ["1.021", "995"], ["abc"], ["1_000"], ["1,23,4.5"], ["1.2.3,4.5"]]
)
def test_columns_that_are_no_numbers(cells):
    """Two decimal signs, one sign that may be either, and what is no number are refused."""
    with pytest.raises(InputError, match="row 1"):
        parse_numbers(cells)


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        ("17 joulukuuta 2021, 27. tammikuuta 2022, 14 marras 2022", "2021-12-17 2022-01-27 2022-11-14"),
        ("17 Δεκεμβρίου 2021, 27 Ιανουαρίου 2022, 14 Μαΐου 2022", "2021-12-17 2022-01-27 2022-05-14"),
        ("17. prosinca 2021, 27. siječnja 2022, 5 srp 2022", "2021-12-17 2022-01-27 2022-07-05"),
        ("27 listopada 2022, 3 rujna 2022", "2022-10-27 2022-09-03"),
        ("27 listopada 2022, 3 września 2022", "2022-11-27 2022-09-03"),
        ("5 srp 2022, 5 červen 2022", "2022-08-05 2022-06-05"),
        ("5 Mar 2022, 6 Mar 2022", "2022-03-05 2022-03-06"),
        ("5 Mar 2022, 27 января 2022", "2022-03-05 2022-01-27"),
        ("2022-01, Mar 2022", "2022-01-31 2022-03-31"),
    ],
)  # fmt: skip
def test_a_column_calls_its_months_in_one_language(cells, days):
    """A name of two months is that of the language that has all names of the column."""
    assert parse_times(cells.split(", "))[0].tolist() == days.split()


@pytest.mark.parametrize("word", ["listopada", "listopad", "lip", "srp"])
def test_a_month_of_two_languages_is_refused(word):
    """October in Croatian is November in Polish; where nothing else is said neither is taken."""
    with pytest.raises(
        InputError, match=f"row 1: '27 {word} 2022' is 2022-..-27 or 2022-..-27 by its language.*in figures"
    ):
        parse_times([f"27 {word} 2022", f"28 {word} 2022"])
