"""The answer in words says what the tables say."""

import dataclasses
import re

import pytest

import eventstudy as es
from eventstudy.report import answers
from eventstudy.report.method import methods
from eventstudy.wording import probability, quantity


def test_a_line_a_market_with_its_uncertainty(study):
    """Each market's one sentence holds the mean after raises and after folds, and the placebo p of each."""
    table = study.average.set_index(["series", "stance", "window"])
    for answer in answers(study, "0:5"):
        for stance in ("raise", "fold"):
            row = table.loc[(answer.series, stance, "0:5")]
            assert f"{quantity(row['caar'], row['unit'])} after {row['n_events']} {stance}" in answer.line
            assert f"placebo p {probability(row['placebo_p'])}" in answer.line
        assert answer.line.count(".") >= 1
        assert answer.line.endswith(".")


def test_rare_is_said_of_small_p_only(study):
    """A sentence says rare where its placebo p is at most 0.05 and nothing out of the ordinary elsewhere."""
    table = study.average.set_index(["series", "stance", "window"])
    checked = set()
    for answer in answers(study):
        for sentence in answer.by_stance:
            stance = re.match(r"After \d+ (raise|hold|fold)", sentence)[1]
            p = table.loc[(answer.series, stance, "0:0"), "placebo_p"]
            assert ("rare" in sentence) is bool(p <= 0.05)
            assert ("nothing out of the ordinary" in sentence) is bool(p > 0.05)
            checked.add(bool(p <= 0.05))
    assert checked == {True, False}


def test_the_contrast_has_the_permutation_p(study):
    """Raises less folds are told with the p of permuted labels, and the verdict fits it."""
    tests = study.tests[(study.tests["test"] == "label_permutation") & (study.tests["window"] == "0:0")]
    p_of = dict(zip(tests["series"], tests["p_value"], strict=True))
    value_of = dict(zip(tests["series"], tests["statistic"], strict=True))
    unit_of = dict(zip(study.car["series"], study.car["unit"], strict=True))
    for answer in answers(study):
        p = p_of[answer.series]
        assert quantity(value_of[answer.series], unit_of[answer.series]) in answer.contrast
        assert f"with probability {probability(p)}" in answer.contrast
        assert ("no more than labels alone" in answer.contrast) is bool(p > 0.05)


def test_without_a_placebo_the_t_over_dates_speaks(study):
    """Where no placebo p is known, the sentence falls back on the t over dates and says so."""
    bare = dataclasses.replace(study, average=study.average.assign(placebo_p=float("nan")))
    assert "date-clustered t" in answers(bare)[0].line
    nothing = dataclasses.replace(bare, tests=bare.tests.iloc[:0])
    assert "too few dates to tell" in answers(nothing)[0].line
    with pytest.raises(es.UnknownNameError, match="window of this study"):
        answers(study, "0:9")


def test_methods_name_every_test_with_its_paper(study):
    """The model, the placebo and every test of the design are told, and the classical ones with their papers."""
    told = {method.name: method for method in methods(study)}
    assert set(told) == {study.design.model.name, "placebo_p", "family_p", *study.design.tests}
    for name in ("cross_section_t", "adjusted_bmp_t", "rank_z", "placebo_p", "family_p"):
        assert re.search(r"\(\d{4}\)", told[name].paper), name
        assert told[name].formula, name
    assert all(method.what for method in told.values())
