"""A design: its defaults, what it refuses, and that text, JSON and TOML make it again."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy import Design
from eventstudy.inference import DEFAULT_TESTS, TESTS
from eventstudy.study import design_to_toml, make_design, parse_design, read_design

NAMES = {name: getattr(es, name) for name in es.__all__ if name[0].isupper()}
MODELS = [es.Zero(), es.ConstantMean(), es.MarketAdjusted("m"), es.MarketModel("m"), es.FactorModel("brent", "em-fx")]


def test_the_documented_defaults():
    """By default: constant mean, -130:-11, four windows, at least 60 returns, sessions 0:1 of news left out."""
    design = make_design()
    assert design == Design()
    assert design.model == es.ConstantMean()
    assert str(design.estimation) == "-130:-11"
    assert list(map(str, design.windows)) == ["0:0", "0:1", "-1:1", "0:5"]
    assert (design.min_obs, design.overlap, str(design.clean), design.returns) == (60, "set-aside", "0:1", None)
    assert (design.include_proposed, design.group_by, design.contrast, design.seed) == (
        False,
        "stance",
        "raise-fold",
        0,
    )
    assert make_design(group_by="actor").contrast is None
    assert make_design(clean="none").clean is None
    assert design.tests == DEFAULT_TESTS
    assert make_design(tests="all").tests == tuple(TESTS)
    assert str(design.span) == "-1:5"


designs = st.builds(
    make_design,
    model=st.sampled_from(MODELS),
    estimation=st.builds(lambda first, n: f"{first - n}:{first}", st.integers(-60, -20), st.integers(99, 300)),
    windows=st.lists(
        st.builds(lambda first, n: es.Window(first, first + n), st.integers(-15, 5), st.integers(0, 20)),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    series=st.none() | st.lists(st.sampled_from(["ruble", "it's", 'a "quoted" \\ name', "two\nlines"]), unique=True),
    tests=st.lists(st.sampled_from(sorted(TESTS)), unique=True) | st.sampled_from(["default", "all"]),
    min_obs=st.integers(6, 100),
    returns=st.sampled_from([None, "log", "simple", "difference"]),
    clean=st.sampled_from(["none", "0:1", "-2:5"]),
    missing=st.sampled_from(["exclude", "partial"]),
    overlap=st.sampled_from(["set-aside", "keep", "first"]),
    group_by=st.sampled_from(["stance", "actor"]),
    contrast=st.sampled_from([None, "a-b"]),
    family=st.sampled_from(["series", "series-windows"]),
    include_proposed=st.booleans(),
    seed=st.integers(0, 2**32),
)


@settings(max_examples=settings.default.max_examples * 3 // 5)
@given(designs)
def test_the_repr_recreates_the_design(design):
    """What a design prints as, read by Python with the names of the library, is the same design again."""
    assert eval(repr(design), NAMES) == design  # noqa: S307


@settings(max_examples=settings.default.max_examples * 3 // 5)
@given(designs)
def test_a_design_comes_back_from_json_and_toml(design):
    """A design as plain values is what its JSON says, and the words in it, or in a TOML file, make the same design."""
    plain = json.loads(json.dumps(design.as_dict()))
    assert plain == design.as_dict()
    name, regressors = plain.pop("model"), plain.pop("regressors")
    words = {"market": regressors[0]} if name.startswith("market-") else {"factors": regressors}
    assert make_design(model=name, **words, **plain) == design
    assert make_design(**parse_design(design_to_toml(design)).choices) == design


def test_a_design_cannot_be_changed():
    """A design is a value: writing to it is an error."""
    with pytest.raises(AttributeError):
        Design().seed = 1


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"windows": []}, "at least one event window"),
        ({"windows": ["0:1", "0:1"]}, "an event window stands twice among: 0:1, 0:1"),
        ({"windows": ["0:1", "+0:1"]}, "an event window stands twice"),
        ({"windows": "0:1"}, r"windows must be a list, e\.g\. \['0:1'\]"),
        ({"series": "ruble"}, r"series must be a list, e\.g\. \['ruble'\]"),
        ({"windows": ["5:0"]}, "window 5:0 ends before it begins"),
        ({"windows": ["0-1"]}, "'0-1' is not a window"),
        ({"windows": ["-11:0"]}, "share sessions; end the estimation at -12 or earlier"),
        ({"windows": ["-140:-131", "0:0"]}, "-130:-11 and event window -140:0 share sessions"),
        ({"estimation": "-130:0"}, "share sessions; end the estimation at -2 or earlier"),
        ({"estimation": "-50:-11"}, "has 40 sessions, fewer than the 60 returns asked for"),
        ({"min_obs": 2}, r"min_obs 2 is too few for ConstantMean\(\)"),
        ({"min_obs": 4, "model": es.FactorModel("a", "b")}, r"min_obs 4 is too few for FactorModel\('a', 'b'\)"),
        ({"model": es.MarketModel("m"), "market": "m"}, r"MarketModel\('m'\) names its own regressors"),
        ({"model": "market-model"}, "needs a market"),
    ],
)
def test_choices_that_contradict_each_other_are_refused(choices, words):
    """Each of these designs is refused with what is wrong and what would be right."""
    with pytest.raises(es.DesignError, match=words):
        make_design(**choices)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"modell": "zero"}, "unknown choice 'modell'; did you mean 'model'"),
        ({"min_observations": 50}, "unknown choice 'min_observations'"),
        ({"seeds": 1}, "unknown choice 'seeds'; did you mean 'seed'"),
        ({"model": "constant_mean"}, "unknown model 'constant_mean'; did you mean 'constant-mean'"),
        ({"tests": ["cross_section"]}, "unknown test 'cross_section'; did you mean 'cross_section_t'"),
        ({"tests": "defaults"}, "unknown set of tests 'defaults'; did you mean 'default'"),
        ({"returns": "logs"}, "unknown return kind 'logs'; did you mean 'log'"),
        ({"overlap": "merge"}, "unknown overlap rule 'merge'; known: set-aside, keep, first"),
        ({"anchor": "stmp"}, "unknown anchor 'stmp'; did you mean 'stamp'"),
        ({"family": "serie"}, "unknown family 'serie'; did you mean 'series'"),
    ],
)
def test_words_nobody_knows_are_refused_with_the_nearest(choices, words):
    """An unknown choice, model, test, set of tests, return kind or overlap names the nearest known word."""
    with pytest.raises(es.UnknownNameError, match=words):
        make_design(**choices)


def test_the_study_refuses_them_before_it_runs(case):
    """A study with an unknown choice is an error where it is made, with the nearest known one."""
    with pytest.raises(es.UnknownNameError, match="unknown choice 'window'; did you mean 'windows'"):
        es.EventStudy(case.events, case.prices, window="0:1")


def test_a_study_shows_its_design(case):
    """What a study prints as has the size of its inputs and its design."""
    text = repr(es.EventStudy(case.events, case.prices, windows=["0:1"]))
    size = f"{len(case.events)} events on {case.prices.shape[1]} series"
    assert text.startswith(f"<EventStudy of {size}: Design(model=ConstantMean()")
    assert "Window(first=0, last=1)" in text


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
    assert make_design(**parse_design("").choices) == make_design()
    assert make_design(**parse_design('[design]\nseed = 7\ntests = "all"').choices) == make_design(seed=7, tests="all")


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("[desing]\n", es.UnknownNameError, "did you mean 'design'"),
        ("[design]\nwindow = ['0:1']", es.UnknownNameError, "did you mean 'windows'"),
        ("[design]\nwindows = '0:1'", es.InputError, "must be a list of texts"),
        ("[design]\nseed = true", es.InputError, "must be a whole number"),
        ("[design]\nclean = 1", es.InputError, "must be a text"),
        ("[design]\ninclude_proposed = 1", es.InputError, "must be true or false"),
        ("[design]\nmodel = 3", es.InputError, "must be a text"),
        ("[data]\ncase = 3", es.InputError, "must be a text"),
        ("[data]\nevent = 'x'", es.UnknownNameError, "did you mean 'events'"),
        ("design = 3", es.InputError, "must be a table"),
        ("[design", es.InputError, "is not readable TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(text, error, words):
    """A misspelt key, a value of the wrong kind, broken TOML: each is an error that says which and what would do."""
    with pytest.raises(error, match=words):
        parse_design(text, "d.toml")


def test_a_model_that_words_cannot_make_is_in_no_file():
    """A model with choices of its own is no name with columns: it is refused, not written as another."""
    with pytest.raises(es.DesignError, match=r"Dimson.* has choices of its own, which a design file cannot hold"):
        design_to_toml(make_design(model=es.Dimson("m", lags=3)))


def test_a_file_that_cannot_be_read(tmp_path):
    """A missing file is an error with its name."""
    with pytest.raises(es.InputError, match="cannot be opened"):
        read_design(tmp_path / "none.toml")
