import csv
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

from eventstudy import InputError
from eventstudy.news import code_stance, code_stances, read_lexicon
from eventstudy.news.stance_coder import LABELS, features

ROOT = Path(__file__).parents[2]
DEVELOPMENT = Path(__file__).parent / "labelled" / "development.csv"


def sentences():
    """Return every third sentence of the development set."""
    with DEVELOPMENT.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)][::3]


@pytest.mark.parametrize("text", sentences())
def test_evidence_stands_where_it_says(text):
    """Every span is the text between its offsets, in order, and its weight is not negative."""
    reading = code_stance(text)
    for one in reading.evidence:
        assert text[one.start : one.end] == one.text
        assert one.weight >= 0
        assert one.stance in LABELS
    assert [one.start for one in reading.evidence] == sorted(one.start for one in reading.evidence)
    assert 1 / len(LABELS) <= reading.confidence <= 1


def test_the_last_of_two_opposite_steps_decides():
    """A ban that was dropped is a fold; the evidence is of the last step, at its place in the whole text."""
    text = "The city banned the rally, then dropped the ban."
    reading = code_stance(text)
    assert reading.label == "fold"
    assert {one.text for one in reading.evidence} >= {"dropped", "ban"}
    assert all(text[one.start : one.end] == one.text and one.start > text.index(",") for one in reading.evidence)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The ministry threatened everyone.", "raise"),
        ("Paris lifted the ban on exports.", "fold"),
        ("Paris refused to lift the ban on exports.", "raise"),
        ("The army refused to attack the town.", "fold"),
        ("The truce collapsed.", "raise"),
        ("Oslo suspends military exercise", "fold"),
        ("Oslo suspends arms control treaty", "raise"),
        ("Ankara pulls its tanks back from the river", "fold"),
        ("Lima recalls its ambassador", "raise"),
        ("TALKS COLLAPSE AS ARMY SHELLS PORT", "raise"),
        ("The ministry said it was studying the reply.", "hold"),
        ("Shares closed higher in Frankfurt.", "none"),
        ("Russia attacked Ukraine on Monday.", "raise"),
        ("Iran attacks Israel", "raise"),
        ("China invades Taiwan", "raise"),
        ("Pogba attacks down the left", "none"),
        ("Boeing signed a deal with Emirates.", "none"),
        ("The generals lifted the curfew, then reimposed it.", "raise"),
        ("The court jailed the editor and later freed him.", "fold"),
        ("US imposes sanctions on Russia; China later urges lifting of sanctions", "raise"),
        ("Kremlin halts gas, only one pipeline resumes", "raise"),
    ],
)
def test_the_verb_and_its_object_decide(text, label):
    """The verb, what it is done to, and what is said of both are read as a person would."""
    assert code_stance(text).label == label


def test_no_country_means_a_stance():
    """Another name in the same sentence gives the same reading."""
    readings = {
        (reading.label, reading.confidence)
        for reading in code_stances([f"{name} imposed sanctions on {other}." for name, other in (
            ("Iran", "Israel"), ("Israel", "Iran"), ("Peru", "Chile"), ("Japan", "Canada"))])
    }  # fmt: skip
    assert len(readings) == 1


def test_text_without_words_is_no_event():
    """Nothing to read is 'none', surely."""
    for text in ("", "  ", "...", "12 - 34"):
        assert (code_stance(text).label, code_stance(text).evidence) == ("none", ())


@pytest.mark.one_in(3)
@pytest.mark.parametrize("size", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "piece", ['"a" ', ". ", "A ", "to be ", "that ", "X of ", "’s ", "and said ", "-", "a-a-", "Iran threatens Iran "]
)
def test_long_rubbish_is_read_in_time(piece, size):
    """A hundred kilobytes of quotes, dots or capitals take no longer than in proportion."""
    start = time.process_time()
    code_stance(piece * (size // len(piece)))
    assert time.process_time() - start < size * 0.3e-3


def test_phrases_of_your_own_count(tmp_path):
    """A strong phrase adds 3 to the log-odds of its stance; a negation turns it; the longer phrase counts."""
    own = tmp_path / "own.toml"
    own.write_text('[fold]\nstrong = ["sabre rattl*"]\n[raise]\nweak = ["sabre"]\n')
    lexicon = read_lexicon(own)
    text = "Sabre rattling on both sides."
    plain, with_own = code_stance(text), code_stance(text, lexicon)
    (one,) = (one for one in with_own.evidence if "your phrase" in one.rule)
    assert (one.text, one.stance, one.weight) == ("Sabre rattling", "fold", 3.0)
    assert with_own.label == "fold"
    assert plain.label != "fold"
    (turned,) = (one for one in code_stance("There was no sabre rattling.", lexicon).evidence if "your" in one.rule)
    assert turned.stance == "raise"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("rise = 1", "own.toml: nobody knows 'rise'; did you mean 'raise'"),
        ("[raise]\nloud = []", r"own.toml, \[raise\]: nobody knows 'loud'"),
        ("[raise]\nstrong = 'x'", r"own.toml, \[raise\] strong: write a list"),
        ("[raise]\nstrong = ['...']", "'...' is not a phrase"),
        ("raise = 1", r"own.toml, \[raise\]: write lists named"),
        ("not toml", "own.toml is not readable TOML"),
    ],
)
def test_a_wrong_lexicon_says_what_is_wrong(tmp_path, content, message):
    """A slip in a user's lexicon is named with its place and what would be right."""
    own = tmp_path / "own.toml"
    own.write_text(content)
    with pytest.raises(InputError, match=message):
        read_lexicon(own)


@pytest.mark.parametrize(
    "text",
    [
        "They signed a truce after the army refused to leave.",
        "The union of exporters welcomed the minister's answer to its demands as a step forward.",
    ],
)
def test_label_and_confidence_by_hand(text):
    """The confidence is softmax(W x + b), x of length 1; an opposite costs 1.5, a lost event 1.3, other errors 1."""
    import zlib  # only here
    from collections import Counter  # only here

    arrays = dict(np.load(ROOT / "eventstudy" / "news" / "stance_head.npz"))
    row_of, key = {}, 0
    for row, gap in enumerate(arrays["gaps"]):
        key += int(gap)
        row_of[key] = row
    sums = Counter()
    for name, value, _ in features(text)[1]:
        key = zlib.crc32(name.encode()) % 2**24
        if key in row_of:
            sums[row_of[key]] += value
    length = sum(value**2 for value in sums.values()) ** 0.5
    scores = [float(one) for one in arrays["intercepts"]]
    for row, value in sums.items():
        for k in range(len(LABELS)):
            scores[k] += value / length * int(arrays["weights"][row, k]) * float(arrays["steps"][k])
    odds = np.exp(np.array(scores))
    odds = dict(zip(LABELS, odds / odds.sum(), strict=True))
    cost = {label: 1 - odds[label] for label in LABELS}
    cost["raise"] += 0.5 * odds["fold"]
    cost["fold"] += 0.5 * odds["raise"]
    cost["none"] += 0.3 * (1 - odds["none"])
    reading = code_stance(text)
    assert reading.label == min(cost, key=cost.get)
    assert reading.confidence == pytest.approx(odds[reading.label], abs=0.0006)


def test_the_weights_name_the_data_they_are_from():
    """The file is small, and its label has the hash of the sentences in the repository that are not held back."""
    script = run_path(str(ROOT / "datasets" / "stance" / "train.py"))
    rows = script["training_rows"]()
    digest = hashlib.sha256("\n".join(f"{text}\t{LABELS[k]}" for text, k, _ in rows).encode()).hexdigest()
    made = json.loads(str(np.load(script["HEAD"])["made"]))
    assert (made["sentences"], made["sha256"]) == (len(rows), digest)
    assert not any(script["is_held_back"](text) for text, *_ in rows)
    assert script["HEAD"].stat().st_size <= 300_000


@pytest.mark.slow
def test_features_come_in_one_order():
    """The order of sets, which differs from process to process, does not reach the sums."""
    texts = ["El Nino likely to return by autumn, forecasters say", "China confirms call with Trump, gives no details"]
    code = f"from eventstudy.news.stance_coder import features; print([features(text)[1] for text in {texts}])"
    told = {
        subprocess.check_output([sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed})
        for seed in "12345678"
    }
    assert len(told) == 1


@pytest.mark.slow
def test_training_gives_the_same_weights():
    """Training again, on any processor, finds all but a few weights to the step, and those to the next."""
    script = run_path(str(ROOT / "datasets" / "stance" / "train.py"))
    arrays, _ = script["trained"](script["training_rows"]())
    known = dict(np.load(script["HEAD"]))
    # The minimum that calibrates is found to a few parts in ten thousand.
    np.testing.assert_allclose(arrays["steps"], known["steps"], rtol=1e-3)
    # A feature whose weights are all below half a step is not in the file: its weights are 0.
    keys, known_keys = (np.cumsum(one["gaps"], dtype=np.int64) for one in (arrays, known))
    union = np.union1d(keys, known_keys)
    weights = np.zeros((2, len(union), known["weights"].shape[1]), int)
    weights[0, np.searchsorted(union, keys)] = arrays["weights"]
    weights[1, np.searchsorted(union, known_keys)] = known["weights"]
    off = np.abs(weights[0] - weights[1])
    assert off.max() <= 1
    assert (off > 0).mean() < 0.001
