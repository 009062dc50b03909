import csv
from pathlib import Path

import pytest

from eventstudy.errors import InputError
from eventstudy.news import code_stance, read_lexicon
from eventstudy.news.lexicon import default_lexicon
from eventstudy.news.phrases import phrase_pattern

LABELLED = Path(__file__).parent / "labelled"


def sentences():
    """Return every sentence of the development set."""
    with (LABELLED / "development.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("text", sentences())
def test_evidence_stands_where_it_says(text):
    """Every span is the text between its offsets, in order, and its weight is not negative."""
    reading = code_stance(text)
    for one in reading.evidence:
        assert text[one.start : one.end] == one.text
        assert one.weight >= 0
    assert [one.start for one in reading.evidence] == sorted(one.start for one in reading.evidence)
    assert 0 <= reading.confidence <= 1


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("There is no positive reaction to the main point.", "raise"),
        ("The deputy took a softer line today.", "fold"),
        ("They may hope for a serious conversation, but on secondary issues.", "hold"),
        ("The ministry did not threaten anyone.", "fold"),
        ("The ministry threatened everyone.", "raise"),
        ("Paris lifted the ban.", "fold"),
        ("Paris did not lift the ban.", "raise"),
        ("The truce collapsed.", "raise"),
        ("The two sides met to go through the demands of the miners.", "hold"),
        ("The miners demanded the lost wages.", "raise"),
        ("The wording of the law has not changed.", "hold"),
        ("The weather was fine.", "hold"),
    ],
)
def test_hard_cases(text, label):
    """Negation, reversal, 'no positive reaction', a softer line and demands as a noun are read as a person would."""
    assert code_stance(text).label == label


def test_what_follows_but_counts_more():
    """The clause behind 'but' outweighs the one before it, whichever comes first."""
    assert code_stance("He praised the plan, but condemned the raid on the port.").label == "raise"
    assert code_stance("He condemned the raid on the port, but praised the plan.").label == "fold"


def test_a_condition_counts_little():
    """What stands in an 'if' is not something the actor did."""
    inside = code_stance("If they attack, the club will close.").evidence[0]
    outside = code_stance("They attack.").evidence[0]
    assert inside.weight == pytest.approx(0.3 * outside.weight)


def test_little_or_mixed_evidence_is_a_hold_of_low_confidence():
    """Without evidence, and with as much on one side as on the other, the coder abstains."""
    for text in ("The tree is green.", "They signed a deal. They bombed the port."):
        reading = code_stance(text)
        assert (reading.label, reading.confidence) == ("hold", 0.1)


def test_the_longer_phrase_counts():
    """A phrase inside a longer one does not count beside it."""
    (one,) = code_stance("They signed a peace deal.").evidence
    assert one.rule.startswith("fold: sign")


def test_a_lexicon_of_your_own_is_merged(tmp_path):
    """A user's file adds phrases, moves known ones, takes some away and sets figures; the library's is untouched."""
    own = tmp_path / "own.toml"
    own.write_text('remove = ["threaten*"]\n[rules]\nthreshold = 0.1\n[fold]\nstrong = ["sabre rattl*", "invade*"]\n')
    lexicon = read_lexicon(own)
    assert code_stance("Sabre rattling went on.", lexicon).label == "fold"
    assert code_stance("They invaded.", lexicon).label == "fold"
    assert code_stance("They threaten.", lexicon).evidence == ()
    assert lexicon.rules["threshold"] == 0.1
    assert default_lexicon().rules["threshold"] == 0.2
    assert code_stance("They invaded.").label == "raise"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("rise = 1", "own.toml: nobody knows 'rise'; did you mean 'raise'"),
        ("[raise]\nloud = []", r"own.toml, \[raise\]: nobody knows 'loud'"),
        ("[raise]\nstrong = 'x'", r"own.toml, \[raise\] strong: write a list"),
        ("[raise]\nstrong = ['...']", "'...' is not a phrase"),
        ("[rules]\nthreshold = 'x'", "own.toml, rules: threshold must be a number"),
        ("[rules]\nthresold = 1", "did you mean 'threshold'"),
        ("[modifiers]\nnegation = []", "did you mean 'negations'"),
        ("not toml", "own.toml is not readable TOML"),
    ],
)
def test_a_wrong_lexicon_says_what_is_wrong(tmp_path, content, message):
    """A slip in a user's lexicon is named with its place and what would be right."""
    own = tmp_path / "own.toml"
    own.write_text(content)
    with pytest.raises(InputError, match=message):
        read_lexicon(own)


def test_every_phrase_of_the_lexicon_is_there_once():
    """No phrase stands under two headings."""
    texts = [phrase.text for phrase in default_lexicon().phrases]
    assert sorted(texts) == sorted(set(texts))
    assert all(phrase_pattern(text) for text in texts)
