"""Stance by lexicon: which phrases raise, fold or hold, what turns them round, and what they add up to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from eventstudy.events.stance import Stance
from eventstudy.news.lexicon import Lexicon, default_lexicon
from eventstudy.news.phrases import without_overlaps

#: How the rule of a second opinion reads.
WHOLE = "as a whole, by embeddings"
_TURNED = {"raise": "fold", "fold": "raise", "hold": "hold"}
_BREAK = re.compile(r"[.;:!?—–,](?=\s|$|[”\"’'])|\b(?:and|but)\b", re.IGNORECASE)
_BREAK_BEHIND = re.compile(r"[.;:!?—–,](?=\s|$|[”\"’'])|\b(?:but|that|which|who|when|while)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[,;:—–]|[.!?](?=\s|$)")
_SENTENCE_END = re.compile(r"[.!?][”\"’')\]]*(?=\s|$)")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Evidence:
    """A span of text that spoke for something.

    Parameters
    ----------
    text : str
        The characters ``start:end`` of the text that was read.
    start, end : int
        Offsets in characters.
    rule : str
        Which rule it met, e.g. ``"raise: threaten*"`` or ``"fold: turned by 'no longer': insist*"``.
    weight : float
        How much it counted, 0 or more.
    stance : str
        What it counted for: ``raise``, ``fold`` or ``hold``; empty for spans that name an actor or a time.
    """

    text: str
    start: int
    end: int
    rule: str
    weight: float
    stance: str = ""


@dataclass(frozen=True)
class StanceReading:
    """What a text says of its actor's stance: a proposal, with how sure it is and why.

    Parameters
    ----------
    label : {'raise', 'hold', 'fold'}
        The stance.
    confidence : float
        0 .. 1; below one half it is little more than a guess.
    evidence : tuple of Evidence
        The spans that decided, in the order of the text.
    """

    label: Stance
    confidence: float
    evidence: tuple[Evidence, ...]


def code_stance(text: str, lexicon: Lexicon | None = None, *, embeddings: bool = False) -> StanceReading:
    """Read the stance of a sentence or a short text.

    Parameters
    ----------
    text : str
        Plain English.
    lexicon : Lexicon, optional
        Default the library's; `read_lexicon` merges a file of your own into it.
    embeddings : bool
        Let a sentence encoder give a second opinion on the text as a whole; it needs the extra ``embeddings``.

    Returns
    -------
    StanceReading
        Label, confidence, and the spans that decided, with offsets into `text`.

    Raises
    ------
    DataMissingError
        If `embeddings` are asked for and not installed.

    Notes
    -----
    Phrases count by their weights. A negation or a reverser within reach turns raise into fold and fold into raise;
    what follows 'but' counts more and what precedes it less; conditions and concessions count little; hedges and
    intensifiers scale. With :math:`R, F, H` the sums for raise, fold and hold, the lean is
    :math:`(R - F) / (R + F + H + 1)`; nearer to 0 than the threshold it is a hold. A second opinion is one more piece
    of evidence in these sums, so the threshold is that of lexicon and encoder together.

    Examples
    --------
    >>> reading = code_stance("The ministry no longer threatens to close the strait.")
    >>> reading.label, reading.evidence[0].text
    ('fold', 'no longer threatens')
    >>> code_stance("Nothing else was on the table.").confidence
    0.1
    """
    return code_stances([text], lexicon, embeddings=embeddings)[0]


def code_stances(
    texts: Sequence[str], lexicon: Lexicon | None = None, *, embeddings: bool = False
) -> tuple[StanceReading, ...]:
    """Read the stances of many texts; with embeddings that is much faster than one at a time.

    Parameters
    ----------
    texts : sequence of str, length N
        Plain English.
    lexicon, embeddings
        As in `code_stance`.

    Returns
    -------
    tuple of StanceReading, length N
        Each as `code_stance` gives it.

    Examples
    --------
    >>> [reading.label for reading in code_stances(["They signed a truce.", "Tanks crossed the border."])]
    ['fold', 'raise']
    """
    book = lexicon or default_lexicon()
    whole: Sequence[tuple[Evidence, ...]] = weigh_whole(texts) if embeddings else [()] * len(texts)
    return tuple(decide((*weigh(text, book), *more), book) for text, more in zip(texts, whole, strict=True))


def weigh_whole(texts: Sequence[str]) -> tuple[tuple[Evidence, ...], ...]:
    """Return what a sentence encoder makes of each text as a whole: one piece of evidence, none for a blank text."""
    from eventstudy.news.embeddings import opinions

    told = zip(texts, opinions(texts), strict=True)
    return tuple((as_evidence(text, opinion),) if text.strip() else () for text, opinion in told)


def as_evidence(text: str, opinion: tuple[Stance, float]) -> Evidence:
    """Write an encoder's opinion on a text as a piece of evidence that spans it."""
    stance, weight = opinion
    return Evidence(text, 0, len(text), f"{stance}: {WHOLE}", weight, stance)


def weigh(text: str, lexicon: Lexicon) -> tuple[Evidence, ...]:
    """Return every phrase that counts in a text, with its weight after negation, contrast, condition and degree."""
    found = [
        (match.start(), match.end(), k)
        for k, phrase in enumerate(lexicon.phrases)
        for match in phrase.pattern.finditer(text)
    ]
    counted = []
    for start, end, k in without_overlaps(found):
        phrase = lexicon.phrases[k]
        if phrase.leaning == "neutral":
            continue
        plain = Evidence(text[start:end], start, end, f"{phrase.leaning}: {phrase.text}", phrase.weight, phrase.leaning)
        turned = _turn(plain, text, phrase.text, lexicon)
        factor = _clause_factor(text, turned, lexicon)
        counted.append(replace(turned, weight=round(turned.weight * factor, 3)))
    return tuple(counted)


def decide(evidence: Sequence[Evidence], lexicon: Lexicon) -> StanceReading:
    """Add up evidence to a stance; little or mixed evidence is a hold of low confidence."""
    sums = {stance: sum(one.weight for one in evidence if one.stance == stance) for stance in _TURNED}
    total = sum(sums.values())
    lean = (sums["raise"] - sums["fold"]) / (total + 1)
    rules, kept = lexicon.rules, tuple(evidence)
    if total == 0:
        return StanceReading("hold", rules["no_evidence"], kept)
    loudest = max(sums["raise"], sums["fold"])
    if abs(lean) < rules["threshold"] or sums["hold"] >= loudest:
        clear = sums["hold"] / (total + 1)
        return StanceReading("hold", round(max(rules["no_evidence"], clear), 3), kept)
    return StanceReading("raise" if lean > 0 else "fold", round(abs(lean), 3), kept)


def _turn(plain: Evidence, text: str, phrase: str, lexicon: Lexicon) -> Evidence:
    """Turn a phrase round if a negation or a reverser reaches it; its span then covers that word too."""
    if plain.stance == "hold":
        return plain
    rules = lexicon.rules
    before = _reach_before(text, plain.start, int(rules["reach"]))
    after = _reach_after(text, plain.end, int(rules["reach"]))
    negation = _last(lexicon.patterns["negations"].finditer(text, before, plain.start))
    reverser = _last(lexicon.patterns["reversers"].finditer(text, before, plain.start))
    behind = lexicon.patterns["reversers_after"].search(text, plain.end, after)
    turns = [found for found in (negation, reverser, behind) if found]
    if not turns:
        return plain
    start, end = min(plain.start, *(t.start() for t in turns)), max(plain.end, *(t.end() for t in turns))
    words = " and ".join(f"'{found.group()}'" for found in turns)
    stance = _TURNED[plain.stance] if len(turns) % 2 else plain.stance
    factor = rules["negated"] if negation else 1.0
    rule = f"{stance}: turned by {words}: {phrase}"
    return Evidence(text[start:end], start, end, rule, plain.weight * factor, stance)


def _last(matches: Iterable[re.Match[str]]) -> re.Match[str] | None:
    found = list(matches)
    return found[-1] if found else None


def _reach_before(text: str, start: int, words: int) -> int:
    """Return where a negation may begin: so many words before, not across a comma, 'and' or 'but'."""
    edge = max((found.end() for found in _BREAK.finditer(text, 0, start)), default=0)
    starts = [found.start() for found in _WORD.finditer(text, edge, start)]
    return starts[-words] if len(starts) >= words else edge


def _reach_after(text: str, end: int, words: int) -> int:
    """Return where the reach of a phrase ends behind it."""
    edge = _BREAK_BEHIND.search(text, end)
    limit = edge.start() if edge else len(text)
    ends = [found.end() for found in _WORD.finditer(text, end, limit)]
    return ends[words] if len(ends) > words else limit


def _clause_factor(text: str, one: Evidence, lexicon: Lexicon) -> float:
    """Return how much a phrase counts for where it stands: behind 'but', in an 'if', beside a hedge."""
    rules, patterns = lexicon.rules, lexicon.patterns
    first = max((found.end() for found in _SENTENCE_END.finditer(text, 0, one.start)), default=0)
    ending = _SENTENCE_END.search(text, one.end)
    last = ending.start() if ending else len(text)
    factor = 1.0
    contrasts = list(patterns["contrasts"].finditer(text, first, last))
    if contrasts:
        behind = any(found.end() <= one.start for found in contrasts)
        factor *= rules["after_contrast"] if behind else rules["before_contrast"]
    for name, rule in (("concessions", "conceded"), ("conditions", "conditional")):
        if _inside(patterns[name], text, first, one.start):
            factor *= rules[rule]
    clause_first = max((found.end() for found in _CLAUSE_END.finditer(text, first, one.start)), default=first)
    clause_end = _CLAUSE_END.search(text, one.end)
    clause_last = clause_end.start() if clause_end else last
    for name, rule in (("hedges", "hedged"), ("intensifiers", "intensified")):
        if patterns[name].search(text, clause_first, clause_last):
            factor *= rules[rule]
    return factor


def _inside(openers: re.Pattern[str], text: str, first: int, position: int) -> bool:
    """Whether a position lies in a clause that such a word opens: from the word to the next comma."""
    opener = _last(openers.finditer(text, first, position))
    return opener is not None and not _CLAUSE_END.search(text, opener.end(), position)
