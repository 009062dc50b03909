import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.errors import InputError
from eventstudy.textfile import read_cells, read_text

texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=8)


def quoted(cell):
    """Write a cell of a CSV file, always in quotation marks."""
    return '"' + cell.replace('"', '""') + '"'


@given(st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1, max_size=4))
def test_a_cell_is_the_text_that_was_typed(tmp_path_factory, rows):
    """Whatever stands in a quoted cell, commas, quotation marks and line ends among it, comes back as it is."""
    path = tmp_path_factory.mktemp("cells") / "mine.csv"
    lines = [",".join(map(quoted, row)) + "\n" for row in [["a", "b", "c"], *rows, ["the", "last", "row"]]]
    path.write_bytes("".join(lines).encode())
    assert read_cells(path).to_numpy().tolist() == [*rows, ["the", "last", "row"]]


def test_numbers_and_missing_markers_stay_text(tmp_path):
    """No cell is turned into a number, a date or a missing value."""
    path = tmp_path / "mine.csv"
    path.write_text("a,b,c\n007,NA,1e3\n", encoding="utf-8")
    assert read_cells(path).iloc[0].tolist() == ["007", "NA", "1e3"]


def test_a_header_alone_is_a_table_without_rows(tmp_path):
    """The names of the columns are there even when no row is."""
    path = tmp_path / "mine.csv"
    path.write_text(" a ,b\n", encoding="utf-8")
    cells = read_cells(path)
    assert (list(cells.columns), len(cells)) == (["a", "b"], 0)


def test_a_nameless_column_with_something_in_it_is_kept(tmp_path):
    """A column without a name is left out only when nothing stands in it."""
    path = tmp_path / "mine.csv"
    path.write_text(",a,\n0,x,\n1,y,\n", encoding="utf-8")
    assert read_cells(path).to_dict("list") == {"": ["0", "1"], "a": ["x", "y"]}


def test_a_file_that_cannot_be_opened_says_why(tmp_path):
    """A folder in the place of a file is refused with the system's own reason, in one line."""
    folder = tmp_path / "mine.json"
    folder.mkdir()
    with pytest.raises(InputError, match=r"^mine\.json cannot be opened: \w[\w ]+$"):
        read_text(folder)
