"""The one list of tests, and everything that iterates over it."""

import inspect
import sys
from pathlib import Path

import pytest

from eventstudy import inference
from eventstudy.inference import DEFAULT_TESTS, TESTS
from eventstudy.study import envelope_schema

ROOT = Path(__file__).parents[2]

#: The ids of the contract, in its order, and the contrast.
CONTRACT = {
    "cross_section_t", "date_clustered_t", "crude_dependence_t", "patell_z", "adjusted_patell_z", "bmp_t",
    "adjusted_bmp_t", "skewness_adjusted_t", "sign_z", "generalized_sign_z", "wilcoxon", "rank_z", "grank_t", "grank_z",
    "bootstrap", "ibragimov_mueller_t", "calendar_time_t", "label_permutation",
    "label_permutation_z",
}  # fmt: skip


def test_every_test_of_the_contract_is_listed():
    """The list holds every test that was promised, and nothing else."""
    assert set(TESTS) == CONTRACT, "a new test is named in CONTRACT above"


def test_the_default_list_is_short_and_honest():
    """By default: the plain and the clustered t, the corrected BMP, signs, ranks, and raises against folds."""
    honest = ("cross_section_t", "date_clustered_t", "adjusted_bmp_t", "generalized_sign_z", "rank_z")
    assert (*honest, "label_permutation", "label_permutation_z") == DEFAULT_TESTS


@pytest.mark.parametrize("name", TESTS)
def test_an_entry_is_the_function_of_its_name(name):
    """Each id is a public function of that name, in its own module too; what it draws with a seed, it says."""
    test = TESTS[name]
    assert test.function is getattr(inference, name)
    assert test.function is getattr(sys.modules[test.function.__module__], name)
    words = list(inspect.signature(test.function).parameters)
    if test.contrast:
        assert words == ["values", "is_raise", "phases", "seed"]
    else:
        assert words == (["sample", "seed"] if name == "bootstrap" else ["sample"])


@pytest.mark.parametrize("name", TESTS)
def test_every_test_is_documented_with_formula_paper_and_law(name):
    """Each docstring has what it returns, its formula in Notes, a paper in References and an Example."""
    text = inspect.getdoc(TESTS[name].function)
    for part in ("Returns\n-", "Notes\n-", "Examples\n-"):
        assert part in text, part
    if not TESTS[name].contrast:
        assert "References\n-" in text
        assert any(word in text for word in ("Law ", 'law "', "; law "))


def test_the_schema_knows_every_law():
    """The laws a statistic can have are those the envelope's schema allows."""
    from typing import get_args  # only here

    from eventstudy.inference import Law  # only here

    columns = envelope_schema()["properties"]["tables"]["properties"]["tests"]["items"]["properties"]
    assert set(columns["law"]["enum"]) == set(get_args(Law))


@pytest.mark.parametrize("name", TESTS)
def test_the_method_page_lists_every_test(name):
    """The page on method has a row for each test with its law and what it is good for, word by word."""
    rows = [
        line for line in (ROOT / "docs" / "method.md").read_text(encoding="utf-8").splitlines() if f"`{name}`" in line
    ]
    test = TESTS[name]
    found = any(line.startswith("|") and test.law in line and test.good_for in line for line in rows)
    assert found, f"docs/method.md needs a row: | `{name}` | formula | {test.law} | {test.good_for} |"


def test_the_method_page_lists_no_other():
    """Every test in the page's table is in the list."""
    page = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    table = page.split("| test |")[1].split("\n\n")[0].splitlines()[2:]
    assert [line.split("`")[1] for line in table] == list(TESTS), "the page's rows stand in the order of the source"
