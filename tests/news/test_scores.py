import csv
import json
import re
from functools import cache
from pathlib import Path
from runpy import run_path

import pytest

from eventstudy import InputError
from eventstudy.news import extract_events, score_stance

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "news.md").read_text(encoding="utf-8")


@cache
def script():
    """Return the names of the script that trained the weights."""
    return run_path(str(ROOT / "datasets" / "stance" / "train.py"))


def labelled(name):
    """Return texts and labels of a set the weights were not trained on."""
    files = {
        "earlier held-back set": "held-back",
        "written after the weights": "after-the-weights",
        "ordinary news": "ordinary-news",
        "by kind": "by-kind",
        "hard kinds": "hard-kinds",
        "what people say": "statements",
    }
    if name in files:
        rows = cells(ROOT / "tests" / "news" / "labelled" / f"{files[name]}.csv")
        return [row["text"] for row in rows], [row["label"] for row in rows]
    parts = {
        "headlines of the bundled cases": "d",
        "plain wire sentences and headlines": "e",
        "long wire sentences and headlines": "[fgh]",
        "short wire sentences and headlines": "i",
        "indirect sentences and headlines": "[jkl]",
        "everyday sentences and headlines": "[mn]",
        "oblique sentences and headlines": "[opq]",
        "phrasal and implied sentences and headlines": "[rstu]",
        "denied, stated and common sentences and headlines": "[v-z]*",
    }.get(name, "[abc]")
    paths = sorted((ROOT / "datasets" / "stance").glob(f"part-{parts}.csv"))
    rows = [row for path in paths for row in cells(path) if script()["is_held_back"](row["text"])]
    if name.startswith("of it, "):
        rows = [row for row in rows if row["form"] == name.removeprefix("of it, ").rstrip("s")]
    return [row["text"] for row in rows], [row["label"] for row in rows]


def cells(path):
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures_on_the_page(name):
    """Return the figures of one row of the score table."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {name} |")]
    return [float(cell) for cell in line.strip("| ").split("|")[1:]]


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("held-back third", marks=pytest.mark.slow),
        pytest.param("of it, headlines", marks=pytest.mark.slow),
        pytest.param("of it, sentences", marks=pytest.mark.slow),
        pytest.param("plain wire sentences and headlines", marks=pytest.mark.slow),
        pytest.param("long wire sentences and headlines", marks=pytest.mark.slow),
        pytest.param("short wire sentences and headlines", marks=pytest.mark.slow),
        pytest.param("indirect sentences and headlines", marks=pytest.mark.slow),
        pytest.param("everyday sentences and headlines", marks=pytest.mark.slow),
        pytest.param("oblique sentences and headlines", marks=pytest.mark.slow),
        pytest.param("phrasal and implied sentences and headlines", marks=pytest.mark.slow),
        pytest.param("denied, stated and common sentences and headlines", marks=pytest.mark.slow),
        "earlier held-back set",
        "written after the weights",
        pytest.param("ordinary news", marks=pytest.mark.slow),
        pytest.param("by kind", marks=pytest.mark.slow),
        pytest.param("hard kinds", marks=pytest.mark.slow),
        pytest.param("what people say", marks=pytest.mark.slow),
        "headlines of the bundled cases",
    ],
)
def test_the_page_tells_the_scores_of_today(name):
    """The figures in docs/news.md are those that the coder reaches now on what it was not trained on."""
    score = score_stance(*labelled(name))
    surest = dict(score.coverage)
    now = [score.n, score.accuracy, score.standard_error, score.macro_f1, score.opposite, score.always, surest[0.8]]
    assert figures_on_the_page(name) == pytest.approx(now, abs=0.0006)


@pytest.mark.slow
def test_the_page_tells_confusion_and_calibration():
    """Confusion and calibration of the held-back third stand in the page as they are."""
    score = score_stance(*labelled("held-back third"))
    counts = {(a, b): count for a, b, count in score.confusion}
    for label in ("raise", "hold", "fold", "none"):
        row = " | ".join(str(counts[label, read]) for read in ("raise", "hold", "fold", "none"))
        assert f"| {label} | {row} |" in PAGE
    for _, sure, accuracy in score.calibration:
        assert f"| {sure:.2f} | {accuracy:.2f} |" in PAGE


def test_scores_by_hand():
    """Three sentences, two right: accuracy 2/3; F1 of raise 2/3 and of fold 1, so their mean is 5/6."""
    score = score_stance(
        ["They signed a truce.", "Tanks crossed the border.", "Shares closed higher."], ["fold", "raise", "raise"]
    )
    assert score.accuracy == pytest.approx(2 / 3)
    assert score.standard_error == pytest.approx((2 / 27) ** 0.5)
    assert score.macro_f1 == pytest.approx(5 / 6)
    assert score.opposite == 0
    assert [text for text, *_ in score.errors] == ["Shares closed higher."]
    assert sum(share for share, _, _ in score.calibration) == pytest.approx(1)


def test_a_wrong_label_is_named():
    """A label that is no stance is refused with its row; so is nothing at all."""
    with pytest.raises(InputError, match="row 2, column label: 'rase' is not a stance; did you mean 'raise'"):
        score_stance(["x"], ["rase"])
    with pytest.raises(InputError, match="0 sentences"):
        score_stance([], [])


def found_in(name):
    """Return how many events two sets of articles have, and the shares that are found and right."""
    articles = json.loads((ROOT / "tests" / "news" / "labelled" / f"{name}.json").read_text(encoding="utf-8"))
    truths, proposed, told, right = 0, 0, 0, []
    for one in articles:
        text, events = one["text"], extract_events(one["text"], one["published"]).events
        ends = [found.end() for found in re.finditer(r"[.!?][\"”]?\s+(?=[A-Z“\"])|\n", text)]
        known = set()
        for truth in one["events"]:
            anchors = [truth["anchor"]] if isinstance(truth["anchor"], str) else truth["anchor"]
            near = set()
            for at in map(text.index, anchors):
                begin, end = max([0, *(k for k in ends if k <= at)]), min([len(text), *(k for k in ends if k > at)])
                near |= {
                    k for k, event in enumerate(events) if any(begin < s.end and s.start < end for s in event.evidence)
                }
            known |= near
            if not truth.get("optional"):
                truths += 1
                right += [max(marks(events[k], truth) for k in near)] if near else []
        proposed, told = proposed + len(events), told + len(known)
    parts = [sum(part) / len(right) for part in zip(*right, strict=True)]
    return len(articles), truths, len(right) / truths, told / proposed, *parts, sum(map(all, right)) / truths


def marks(event, truth):
    """Say whether actor, day and stance are right."""
    actor = bool(set(truth["actors"]) & set(event.actor.split(";")))
    return actor, event.time in truth["dates"], event.stance in truth["stances"]


@pytest.mark.parametrize(("name", "row"), [("articles-read", "read while mending"), ("articles-unread", "not read")])
def test_the_page_tells_what_is_found_in_articles(name, row):
    """Recall, precision and what is right of the events of 49 articles and lists of headlines, as the page has them."""
    n, truths, *shares = found_in(name)
    assert figures_on_the_page(row) == [n, truths, *(round(share, 2) for share in shares)]


@pytest.mark.parametrize(
    "telling",
    [
        "At the same time, {}.",
        "At a news briefing in Riyadh, {}.",
        "{}, a spokeswoman of the ministry told reporters at a press briefing.",
        "{}, it said in a report on Wednesday.",
        "{}, she told public television in an interview.",
    ],
)
def test_how_a_thing_was_told_is_no_stance(telling):
    """Sentences are read right as often where words before or behind them say how and when it was told."""
    rows = [row for name in ("by kind", "ordinary news") for row in zip(*labelled(name), strict=True)]
    bare, labels = zip(*((text[:-1], label) for text, label in rows if text.endswith(".")), strict=True)
    told = [
        telling.format(text[0].lower() + text[1:] if telling[0] != "{" and text.startswith(("The ", "A ")) else text)
        for text in bare
    ]
    right = [score_stance(some, labels).accuracy for some in ([f"{text}." for text in bare], told)]
    assert right[1] > right[0] - 0.04
