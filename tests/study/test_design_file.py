"""A design as TOML comes back as the very design, and says what is wrong with it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.inference import TESTS
from eventstudy.study.design import make_design
from eventstudy.study.design_file import design_to_toml, parse_design, read_design

CHOICES = st.fixed_dictionaries(
    {
        "windows": st.lists(
            st.sampled_from(["0:0", "0:1", "-1:1", "0:5", "-5:10"]), min_size=1, max_size=4, unique=True
        ),
        "estimation": st.sampled_from(["-130:-11", "-250:-21", "-120:-30"]),
        "tests": st.lists(st.sampled_from(sorted(TESTS)), max_size=4, unique=True),
        "min_obs": st.integers(5, 90),
        "returns": st.sampled_from([None, "log", "simple", "difference"]),
        "anchor": st.sampled_from(["stamp", "same", "next"]),
        "overlap": st.sampled_from(["flag", "drop", "first", "merge"]),
        "clean": st.booleans(),
        "include_proposed": st.booleans(),
        "seed": st.integers(0, 2**40),
    },
    optional={"series": st.lists(st.text(min_size=1, max_size=9).filter(str.strip), min_size=1, max_size=3)},
)
MODELS = st.sampled_from(
    [
        {"model": "constant-mean"},
        {"model": "zero"},
        {"model": "market-model", "market": 'a "quoted" \\ name'},
        {"model": "market-adjusted", "market": "sp500"},
        {"model": "factor-model", "factors": ["brent", "em-fx"]},
        {"model": "factor-model", "factors": ["brent"]},
    ]
)


@settings(max_examples=60, deadline=None)
@given(CHOICES, MODELS)
def test_a_design_comes_back(choices, model):
    """Whatever the choices, names with quotes and line breaks among them, writing and reading gives the same design."""
    design = make_design(**choices, **model)
    assert parse_design(design_to_toml(design)).design == design


def test_the_data_come_back_and_paths_are_taken_from_the_file_s_folder(tmp_path):
    """Where events and prices come from stands in the file; relative paths start from its folder."""
    (tmp_path / "sub").mkdir()
    path = tmp_path / "sub" / "d.toml"
    data = {"events": "my.csv", "prices": "../p.csv", "provider": "file"}
    path.write_text(design_to_toml(make_design(), data))
    found = read_design(path)
    assert found.data["events"] == str(tmp_path / "sub" / "my.csv")
    assert found.data["prices"] == str(tmp_path / "sub" / ".." / "p.csv")
    assert found.data["provider"] == "file"


def test_what_is_not_named_is_the_default():
    """An empty file is the default design, and one choice changes one."""
    assert parse_design("").design == make_design()
    assert parse_design('[design]\nseed = 7\ntests = "all"').design == make_design(seed=7, tests="all")


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("[desing]\n", es.UnknownNameError, "did you mean 'design'"),
        ("[design]\nwindow = ['0:1']", es.UnknownNameError, "did you mean 'windows'"),
        ("[design]\nwindows = '0:1'", es.InputError, "must be a list of texts"),
        ("[design]\nseed = true", es.InputError, "must be a whole number"),
        ("[design]\nclean = 1", es.InputError, "must be true or false"),
        ("[design]\nmodel = 3", es.InputError, "must be a text"),
        ("[data]\ncase = 3", es.InputError, "must be a text"),
        ("[data]\nevent = 'x'", es.UnknownNameError, "did you mean 'events'"),
        ("design = 3", es.InputError, "must be a table"),
        ("[design", es.InputError, "is no TOML"),
    ],
)
def test_what_is_wrong_is_said(text, error, words):
    """A misspelt key, a value of the wrong kind, broken TOML: each is an error that says which and what would do."""
    with pytest.raises(error, match=words):
        parse_design(text, "d.toml")


def test_a_file_that_cannot_be_read(tmp_path):
    """A missing file is an error with its name."""
    with pytest.raises(es.InputError, match="cannot read"):
        read_design(tmp_path / "none.toml")
