"""A shallow grammar of news: words, clauses, and what each clause says: verb, object, and which way they lean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from eventstudy.news.vocabulary import ADJECTIVES, Token, noun_group, singular, tables, tokens

_STOPS = frozenset('.!?;:—–()"“”|/')
#: Which way more of such a thing goes: 1 raises, -1 folds.
_SIGNS = {"hostile": 1, "military": 1, "coercion": 1, "threat": 1, "tension": 1,
          "talks": -1, "deal": -1, "relations": -1, "proposal": -1, "calm": -1, "diplomat": -1}  # fmt: skip
#: Groups of verbs that tell of their subject where they have no object.
_OF_SUBJECTS = frozenset({"rise", "fall", "change", "keep", "defer", "other", *ADJECTIVES})
_NAMES = {1: "raise", -1: "fold"}
_TURNED = {"raise": "fold", "fold": "raise"}
_FIXED = {
    "force": "raise",
    "coerce": "raise",
    "scold": "raise",
    "violate": "raise",
    "relent": "fold",
    "welcome": "fold",
}


#: What a word counts in a clause that hangs on another.
MINOR = 0.5


class Frame(NamedTuple):
    """What one clause says: a verb, what it is done to, and which way that leans.

    Parameters
    ----------
    verb, group : str
        Lemma and its group in ``grammar.toml``; ``-`` where the clause has no verb.
    noun, side : str
        Head of the object (of the subject where there is none) and its group.
    flags : frozenset of str
        ``not``, ``no`` (of the object), ``neither``, ``hedge``, ``plan``, ``passive``, ``reported``, ``urged``, and
        ``at:`` with a preposition.
    lean : str
        ``raise``, ``fold``, ``hold`` or empty.
    chain : str
        The groups of the verbs above this one, e.g. ``reject`` in "refuses to lift".
    words : tuple of int
        Which tokens told.
    """

    verb: str
    group: str
    noun: str
    side: str
    flags: frozenset[str]
    lean: str
    chain: str
    words: tuple[int, ...]


def frames(rows: Sequence[Token]) -> list[Frame]:
    """Return what the clauses of a text say, the main ones first.

    Examples
    --------
    >>> found = frames(tokens("The ministry refused to lift the sanctions after talks collapsed."))
    >>> [(one.chain, one.verb, one.noun, one.lean) for one in found]
    [('reject', 'lift', 'sanction', 'raise'), ('', 'collapse', 'talk', 'raise')]
    """
    words = [row.word for row in rows]
    main: list[Frame] = []
    minor: list[Frame] = []
    small = tables().words
    for start, end, opener in _clauses(words):
        (minor if opener in small["openers"] or opener in small["relatives"] else main).extend(
            _read(words, start, end, opener)
        )
    return [*main, *minor]


def classes(rows: Sequence[Token]) -> list[tuple[str, int]]:
    """Return the groups of a text's words in their order, and where each stands: ``V`` verbs, ``n`` nouns, small words.

    Examples
    --------
    >>> [name for name, _ in classes(tokens("The army refused to leave the old town."))]
    ['nmilitary', 'Vreject', 'to', 'Vdown_raise', 'ncivil']
    """
    table = tables()
    words = [row.word for row in rows]
    found: list[tuple[str, int]] = []
    after = 0
    for k, word in enumerate(words):
        name = table.classes.get(word, "not" if word.endswith("n't") else "")
        if k < after or name == "-":
            continue
        form = None if name else _verb(words, k)
        if form:
            lemma, last = _phrasal(words, k, len(words), form[0])
            name, after = f"V{table.verbs.get(lemma, 'other')}{'+' * (form[1] == 'part')}", last + 1
        elif not name:
            pair = table.nouns.get(f"{word}_{words[k + 1]}", "") if k + 1 < len(words) else ""
            after = k + 1 + bool(pair)
            group = pair or noun_group(word)
            loose = "v" + table.verbs.get(table.forms[word][0], "other") if word in table.forms else ""
            name = f"n{group}" if group else loose
        if name:
            found.append((name, k))
    return found


def clause_weights(rows: Sequence[Token]) -> list[float]:
    """Return how much each word of a text counts: those of clauses behind 'after', 'although', 'which' ... less."""
    words = [row.word for row in rows]
    small = tables().words
    found = [1.0] * len(words)
    for start, end, opener in _clauses(words):
        if opener in small["openers"] or opener in small["relatives"]:
            found[start:end] = [MINOR] * (end - start)
    return found


def finite_verbs(text: str) -> list[tuple[int, int, str, str]]:
    """Return the finite verb of every clause: start, end, group, and the group of what it is done to.

    Examples
    --------
    >>> finite_verbs("Riyadh spurned a plan, an envoy said.")
    [(7, 14, 'reject', 'proposal'), (32, 36, 'say', '')]
    """
    rows = tokens(text)
    words = [row.word for row in rows]
    found = []
    for start, end, opener in _clauses(words):
        at = _main_verb(words, start, end, opener)
        if at is not None and words[at].replace("-", "").isalpha():
            lemma, last = _phrasal(words, at, end, (_verb(words, at) or (words[at], ""))[0])
            group = tables().verbs.get(lemma, "other")
            found.append((rows[at].start, rows[last].end, group, _object(words, last + 1, end)[1]))
    return found


@cache
def verb_forms() -> dict[str, tuple[str, ...]]:
    """Return the present forms of the verbs known, by each of their past forms: ``froze`` to ``freeze, freezes``."""
    now: dict[str, list[str]] = {}
    for form, (lemma, kind) in tables().forms.items():
        if kind in {"s", "base"}:
            now.setdefault(lemma, []).append(form)
    return {
        form: tuple(now.get(lemma, ())) for form, (lemma, kind) in tables().forms.items() if kind in {"past", "part"}
    }


def _clauses(words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Cut at stops, at commas, at 'and' before a verb, and at words that open a clause."""
    small = tables().words
    start, opener = 0, ""
    for k, word in enumerate(words):
        joined = word in {"and", "or", "nor"} and any(
            _verb(words, at)
            for at in range(k + 1, min(k + 3, len(words)))
            if at == k + 1 or not {"between", "both"} & set(words[max(start, k - 5) : k])
        )
        if not (
            word in _STOPS or word in {",", "but"} or word in small["openers"] or word in small["relatives"] or joined
        ):
            continue
        if word == "so" and k and words[k - 1] in small["be"]:
            continue
        if k > start:
            yield start, k, opener
            opener = word
        elif word not in _STOPS and word != ",":
            opener = word
        start = k + 1
    if start < len(words):
        yield start, len(words), opener


def _verb(words: Sequence[str], k: int) -> tuple[str, str] | None:  # noqa: C901, PLR0911
    """Return lemma and kind if the word stands as a verb, or as an adjective behind 'is'."""
    table = tables()
    small = table.words
    word, before = words[k], words[k - 1] if k else ""
    form = table.forms.get(word)
    if word in small["modals"] or word in small["determiners"]:
        return None
    if table.verbs.get(word) in ADJECTIVES and any(w in small["be"] for w in words[max(0, k - 3) : k]):
        return word, "adjective"
    if form is None and (before in small["modals"] or (before == "to" and k > 1 and words[k - 2] in {"NAME", "talks"})):
        plain = word.isalpha() and word.islower() and not any(word in group for group in small.values())
        return (word, "base") if plain and not noun_group(word) else None
    if form is None:
        odd = not word.endswith("ed") or len(word) < 5 or "-" in word or word in small["no_verbs"]  # noqa: PLR2004
        if odd or word in small["be"] | small["have"] | small["do"] | small["modals"] or noun_group(word):
            return None
        form = (word, "past")
        if before == "'s" or before in small["determiners"]:
            return None
    lemma, kind = form
    if lemma not in table.heads and _phrasal(words, k, len(words), lemma)[0] == lemma:
        return None
    noun = bool(noun_group(word))
    if (
        kind in {"past", "part"}
        and k
        and k + 1 < len(words)
        and noun_group(words[k + 1])
        and table.forms.get(before, ("", ""))[1] == "s"
    ):
        return None
    if (
        before in small["determiners"]
        and (noun or kind != "past" or k + 1 < len(words))
        and before not in {"many", "several", "more", "most", "other"}
    ):
        return None
    if (
        before in {"no", "little", "few", "scant", "without", "'s", "NUM", "NATION", "any", "some"}
        and (noun or kind == "ing")
        and not (before in {"NUM", "any", "some"} and kind == "past")
    ):
        return None
    if before in small["prepositions"] - {"to", "out", "up", "down", "off", "over", "by"} and noun:
        return None
    if before == "to" and kind == "s":
        return None
    return form


def _read(words: Sequence[str], start: int, end: int, opener: str = "") -> list[Frame]:
    """Return the frames of a clause: its verb and the verbs it governs; without a verb its nouns."""
    at = _main_verb(words, start, end, opener)
    return _nominal(words, start, end) if at is None else _frame(words, start, at, end, (), frozenset())


def _main_verb(words: Sequence[str], start: int, end: int, opener: str) -> int | None:
    """Return where the finite verb of a clause stands."""
    small = tables().words
    helpers = small["modals"] | small["do"] | small["have"] | small["be"]
    found = {k: form for k in range(start, end) if (form := _verb(words, k))}
    for k, (_, kind) in found.items():
        before = words[k - 1] if k > start else ""
        helped = any(word in helpers for word in words[max(start, k - 3) : k])
        if helped or (before == "to" and k - start < 4 and not _is_subject(words, start, k, found)):  # noqa: PLR2004
            return k
        if kind == "ing" or before == "to":
            continue
        noun = bool(noun_group(words[k])) and kind in {"base", "s"}
        if k == start and noun and opener not in small["relatives"] and k + 1 < end:
            continue
        if k == start and kind in {"s", "base"} and opener in {"", ":", "."}:
            continue
        following = words[k + 1] if k + 1 < end else ""
        later = {
            j: other for j, other in found.items() if k < j <= k + 4 and other[1] != "ing" and words[j - 1] != "to"
        }
        if noun and (
            following in helpers
            or (k + 1 in found and found[k + 1][1] in {"base", "past"} and words[k].endswith("s"))
            or any(words[j - 1] in helpers or words[j - 2] in helpers for j in found if j > k + 2)
            or (before != "NAME" and any(not set(words[k + 1 : j]) & small["prepositions"] for j in later))
        ):
            continue
        if kind == "base" and noun and before != "NAME" and not words[k - 1].endswith("s"):
            continue
        if (
            kind in {"past", "part"}
            and following in {"by", "near", "at", "from", "in"}
            and any(set(words[k + 1 : j]) & helpers for j in found)
        ):
            continue
        return k
    rest = [k for k in found if not (k == start and opener == "")]
    return rest[0] if rest else None


def _is_subject(words: Sequence[str], start: int, k: int, found: Iterable[int]) -> bool:
    """Whether a verb behind 'to' belongs to a subject: 'the order to mobilise was reversed'."""
    be = tables().words["be"]
    noun = bool(noun_group(words[k - 2])) or words[k - 2] in tables().words["ups"]
    return k - 2 >= start and noun and any(words[j - 1] in be for j in found if j > k)


def _phrasal(words: Sequence[str], k: int, end: int, lemma: str) -> tuple[str, int]:
    """Return the lemma with its particles, and where the verb ends."""
    verbs, particles = tables().verbs, tables().words["particles"]
    following = words[k + 1] if k + 1 < end else ""
    if k + 2 < end and f"{lemma}_{following}_{words[k + 2]}" in verbs:
        return f"{lemma}_{following}_{words[k + 2]}", k + 2
    if f"{lemma}_{following}" in verbs and not (following == "to" and k + 2 < end and words[k + 2] in tables().forms):
        return f"{lemma}_{following}", k + 1
    for j in range(k + 1, min(k + 8, end)):
        if words[j] in _STOPS or words[j] in {",", "that"}:
            break
        joined = f"{lemma}_{singular(words[j])}"
        if joined in verbs and (
            words[j] in particles or (words[j] not in tables().words["prepositions"] and j < k + 5)
        ):
            return joined, k
    return lemma, k


def _lean(verb: str, group: str, noun: str, side: str, subject: str) -> str:
    """Return which way a verb and what it is done to lean together."""
    pairs = tables().pairs
    for key in (f"{verb}+{noun}", f"{verb}+{side}"):
        if key in pairs:
            return pairs[key].replace("none", "")
    base, _, default = group.partition("_")
    sign = _SIGNS.get(side, 0)
    hard = side in {"hostile", "coercion", "military", "tension"}
    if verb in tables().words["departing"] and subject == "military" and not sign:
        return "fold"
    if base in _FIXED:
        return "fold" if base == "violate" and side in {"hostile", "coercion", "tension"} else _FIXED[base]
    rules = {
        "up": _NAMES.get(sign, default), "down": _NAMES.get(-sign, default), "done": _NAMES.get(-sign, "raise"),
        "accept": "raise" if hard else "fold", "able": "fold", "against": "raise",
        "reject": "fold" if hard else "raise", "demand": "fold" if side in {"talks", "calm"} else "raise",
        "urge": _NAMES.get(sign, "hold"), "defer": "fold" if hard else "hold",
        "keep": "fold" if side in {"deal", "talks"} else "hold",
        "talk": "hold", "look": "hold", "idle": "hold", "rise": _NAMES.get(sign, ""), "near": _NAMES.get(sign, ""),
        "fall": _NAMES.get(-sign, ""), "-": _NAMES.get(sign, "hold" if side == "pending" else ""),
    }  # fmt: skip
    return rules.get(base, "")


def _combined(chain: Sequence[str], group: str, lean: str) -> str:
    """Return the lean of a verb under the verbs above it, the nearest applied first."""
    for above in reversed(chain):
        refused = above.startswith("not-")
        base, _, default = above.removeprefix("not-").partition("_")
        if base in _FIXED:
            lean = _FIXED[base]
        elif base in {"reject", "down", "fall", "against", "done"}:
            lean = (
                "hold"
                if group == "say"
                else _TURNED.get(lean, "raise" if base in {"reject", "against"} or lean == "hold" else "")
            )
        elif base == "demand":
            lean = "raise"
        elif base in {"look", "defer", "idle"}:
            lean = "hold"
        elif base in {"accept", "able"} or default == "fold":
            lean = "fold" if lean in {"", "hold"} else lean
        if refused:
            lean = _TURNED.get(lean, "raise" if base in {"accept", "able"} else lean)
    return lean


def _frame(
    words: Sequence[str],
    start: int,
    at: int,
    end: int,
    chain: tuple[str, ...],
    inherited: frozenset[str],
    actor: str = "",
) -> list[Frame]:
    """Read one verb, its object, and the verb or clause that it governs."""
    table = tables()
    small = table.words
    lemma, kind = _verb(words, at) or table.forms.get(words[at]) or (words[at], "base")
    lemma, last = _phrasal(words, at, end, lemma)
    group = table.verbs.get(lemma, "other")
    before = words[max(start, at - 5) : at]
    flags = set(inherited) | _around(before, first=not chain)
    subject, subject_side = _subject(words, start, at)
    subject_side = subject_side or actor
    told, side, preposition, stop = _object(words, last + 1, end)
    passive = kind in {"past", "part"} and any(word in small["be"] for word in before[-3:])
    bare = (
        kind in {"past", "part"}
        and not side
        and bool(subject_side)
        and not (last + 1 < end and words[last + 1] in {"NAME", "NATION", *small["determiners"]})
        and subject_side not in {"person", "military", "diplomat", "other", "quantity"}
        and group not in {"rise", "fall", "change", "talk", "say"}
    )
    governed = _governed(words, last + 1, end, stop, group)
    flags |= {"no"} if set(words[last + 1 : (told or last) + 1]) & small["scarce"] else set()
    if (
        subject is not None
        and subject_side
        and (passive or bare or (not side and not governed and (lemma in small["turning"] or group in _OF_SUBJECTS)))
    ):
        flags |= {"passive"} if passive or bare else set()
        told, side = subject, subject_side
    if (words[start] != "a" and set(words[start : start + 2]) & small["scarce"]) or (
        subject is not None and set(words[max(start, subject - 3) : subject]) & small["scarce"]
    ):
        flags.add("not")
    flags |= {"at:" + preposition} if preposition else set()
    noun = singular(words[told]) if told is not None else ""
    lean = _lean(lemma, group, noun, side, subject_side)
    if ("no" in flags) != ("not" in flags):
        lean = _denied(group, side, lean)
    lean = "hold" if "neither" in flags else lean
    own = tuple(dict.fromkeys([*range(at, last + 1), *([told] if told is not None else [])]))
    frame = Frame(lemma, group, noun, side, frozenset(flags), _combined(chain, group, lean), ">".join(chain), own)
    return [frame] if governed is None else _under(words, frame, governed, end, chain, last + 1, subject_side)


def _denied(group: str, side: str, lean: str) -> str:
    """Return the lean of what is not so: not changing holds, not talking raises."""
    if group == "change" or side == "pending":
        return "hold"
    if group == "talk":
        return "raise"
    if group == "keep" and side in _SIGNS:
        return _NAMES[-_SIGNS[side]]
    return _TURNED.get(lean, lean)


def _under(
    words: Sequence[str],
    frame: Frame,
    governed: tuple[str, int],
    end: int,
    chain: tuple[str, ...],
    first: int,
    actor: str,
) -> list[Frame]:
    """Return the frames of what a verb governs: 'said that ...', 'refused to lift ...', 'a bill that would ...'."""
    mode, where = governed
    base = frame.group.partition("_")[0]
    flags = frame.flags - {"not", "no", "passive", "neither"}
    if mode == "that" and base in {"say", "scold", "urge", "demand", "deny", "look", "other"}:
        inner = _read(words, where, end)
        inner = [one._replace(flags=one.flags | {"reported"}, chain=">".join([*chain, frame.group])) for one in inner]
        if base in {"scold", "demand", "deny"}:
            return [frame, *inner]
        return [
            one._replace(lean=_TURNED.get(one.lean, one.lean)) if "not" in frame.flags else one for one in inner
        ] or [frame]
    if base == "say":
        above = (*chain, "demand" if mode == "to" and frame.verb == "tell" else "say")
        inner = _frame(words, where, where, end, above, frozenset(flags))
        turned = _TURNED if "not" in frame.flags else {}
        return [one._replace(lean=turned.get(one.lean, one.lean)) for one in inner]
    refused = "not-" if ("not" in frame.flags) != ("no" in frame.flags) else ""
    named = {"refusal": "reject", "threat": "scold", "readiness": "able", "willingness": "able"}.get(frame.noun)
    if (
        mode == "to"
        and frame.side in _SIGNS
        and not named
        and frame.side not in {"proposal", "calm"}
        and base in {"up", "down", "reject", "accept"}
        and words[where - 1] == "to"
        and words[where - 2] != "'s"
        and first < where - 1
        and frame.words[-1] < where - 1
        and frame.verb not in {"allow", "let", "permit", "help", "order"}
    ):
        return [frame]
    above = (*chain, refused + frame.group, *([named] if named else []))
    if base in {"demand", "urge"}:
        flags |= {"urged"}
    inner = (
        _read(words, where, end) if mode == "that" else _frame(words, first, where, end, above, frozenset(flags), actor)
    )
    if mode == "that":
        inner = [one._replace(lean=_combined(above, one.group, one.lean), chain=">".join(above)) for one in inner[:1]]
        return [one if one.lean else frame for one in inner] or [frame]
    return [one._replace(words=(*frame.words, *one.words)) if k == 0 else one for k, one in enumerate(inner)]


def _around(before: Sequence[str], *, first: bool) -> set[str]:
    """Return what the words before a verb do to it: negation, doubt, plan."""
    small = tables().words
    near = before[-3:]
    flags = set()
    if any(
        word in {"not", "never", "n't", "cannot", "hardly", "barely", "scarcely", "unlikely", "nor"}
        or word.endswith("n't")
        for word in near
    ) or ("no" in before and "longer" in before):
        flags.add("not")
    if (
        near
        and near[-1] in {"to", "of", "from", "than", "for", "without"}
        and {
            "no",
            "not",
            "nothing",
            "nobody",
            "little",
            "never",
            "yet",
            "too",
            "instead",
            "rather",
            "far",
            "without",
            "scant",
            "lack",
            "loath",
        }
        & set(before[-4:])
    ):
        flags.add("not")
    if "neither" in before:
        after = before[before.index("neither") + 1 :][:1]
        flags.add("not" if after and (after[0] == "of" or noun_group(after[0])) else "neither")
    if any(word in small["hedges"] for word in before):
        flags.add("hedge")
    if near and ((near[-1] == "to" and first) or {"will", "'ll", "shall", "won't"} & set(near)):
        flags.add("plan")
    return flags


def _governed(words: Sequence[str], first: int, end: int, stop: int, group: str) -> tuple[str, int] | None:  # noqa: C901, PLR0911
    """Return where a governed verb ('to lift', 'lifting') or clause ('that ...') begins, if one does."""
    table = tables()
    small, forms = table.words, table.forms
    speaking = group.partition("_")[0] in {"say", "demand", "urge", "deny", "scold"}
    for k in range(
        first, end if group == "say" or words[first - 1] in {"let", "lets", "letting"} else min(end, stop + 2)
    ):
        word = words[k]
        kind = forms.get(word, ("", ""))[1]
        if word == "that":
            return "that", k + 1
        if word in {"to", "not"} and k + 1 < end:
            at = k + 1
            while at + 1 < end and words[at] in {"be", "have", "been", "not", "to", "immediately", "fully"}:
                at += 1
            if (
                word == "to"
                and (forms.get(words[at], ("", ""))[1] in {"base", "past", "part"} or words[at] in table.verbs)
                and _verb(words, at)
            ):
                return "to", at
        if (
            word in {"from", "of", "without", "against", "into"}
            and k + 1 < end
            and forms.get(words[k + 1], ("", ""))[1] == "ing"
            and not noun_group(words[k + 1])
        ):
            return "to", k + 1
        if (
            kind == "ing"
            and not noun_group(word)
            and not (k - 1 > first and words[k - 1] in small["prepositions"])
            and (k == first or noun_group(words[k - 1]) in {"", "proposal", "pending"})
        ):
            return "to", k
        if (
            speaking
            and k > first
            and word != "'s"
            and (word in small["modals"] or word in small["be"] | small["have"] | small["do"])
        ):
            return "that", first
        if (
            speaking
            and k > first
            and (
                (kind in {"past", "s", "base"} and words[k - 1] in {"NAME", *small["pronouns"]})
                or (kind == "past" and noun_group(words[k - 1]) and _verb(words, k))
            )
        ):
            return "that", first
        if group == "up_fold" and k > first and kind == "base" and _verb(words, k):
            return "to", k
    return None


def _object(words: Sequence[str], first: int, end: int) -> tuple[int | None, str, str, int]:  # noqa: C901, PLR0912
    """Return the head of the object and its group; failing that, of what a preposition brings; where it ends."""
    table = tables()
    small, nouns = table.words, table.nouns
    head: int | None = None
    side, preposition, phrases = "", "", 0
    military = ""
    harsh = False
    k = end
    for k in range(first, end):
        word = words[k]
        if (word == "to" and k + 1 < end and _verb(words, k + 1)) or word == "that":
            break
        if word in small["prepositions"]:
            if side and side != "quantity" and head is not None and word in small["places"]:
                break
            if side in _SIGNS or side == "pending" or (side == "" and head is not None) or phrases == 3:  # noqa: PLR2004
                break
            phrases += 1
            preposition = preposition if word == "of" else word
            continue
        if word in {"military", "lethal", "armed"}:
            military = "military"
        harsh = harsh or word in small["harsh"]
        compound = f"{words[k - 1]}_{singular(word)}"
        group = nouns.get(compound) or noun_group(word)
        if (
            word in {"NAME", "NATION", "NUM", "'s", "and", "or", ","}
            or word.endswith("ly")
            or (not group and any(word in small[name] for name in ("determiners", "negators", "adverbs")))
        ):
            continue
        if word in small["modals"] | small["be"] | small["have"] | small["do"]:
            break
        form = _verb(words, k)
        if form and form[1] in {"past", "part", "s"} and not group and head is not None:
            break
        if group and (side not in _SIGNS or (k == (head or 0) + 1 and words[k - 1] != "and")):
            if group == "carrier" and side in {"military", "coercion"}:
                head = k
            elif not (side and group in {"person", "quantity", "other", "civil"} and phrases):
                head, side = k, group
        elif not side:
            head = k
        elif not group and side == "relations" and k == (head or 0) + 1:
            head, side = k, ""
    else:
        k = end
    side = "threat" if harsh and side == "pending" else _settled(_deed(words, head, side), military)
    return head, side, preposition, k


def _deed(words: Sequence[str], head: int | None, side: str) -> str:
    """Return the group of what a noun of doing does: 'lifting of sanctions' is a deal, 'return of' them hostile."""
    small = tables().words
    noun = singular(words[head]) if head is not None else ""
    way = -1 if noun in small["downs"] else 1 if noun in small["ups"] else 0
    if head is None or not way or head + 2 >= len(words):
        return side
    if words[head + 1] == "to" and (form := _verb(words, head + 2)) and form[1] == "base":
        lean = _frame(words, head + 2, head + 2, min(head + 9, len(words)), (), frozenset())[0].lean
        return {"raise": "hostile", "fold": "deal"}.get(lean, side)
    if words[head + 1] not in {"of", "to", "for", "on", "in", "from", "against", "with"}:
        return side
    inner = _object(words, head + 2, min(head + 9, len(words)))[1]
    sign = way * _SIGNS.get(inner, 0)
    return side if not sign else "hostile" if sign > 0 else "deal"


def _settled(side: str, military: str) -> str:
    """Return the group of a noun that carries another: aid is a relation, military aid is arms."""
    return (military or "relations") if side == "carrier" else side


def _subject(words: Sequence[str], start: int, at: int) -> tuple[int | None, str]:
    """Return the head of what stands before the verb, and its group."""
    small = tables().words
    head: int | None = None
    side = ""
    for k in range(start, at):
        word = words[k]
        if word in small["modals"] | small["be"] | small["have"] | small["do"] or (
            word in small["prepositions"] and side and side != "quantity"
        ):
            break
        group = tables().nouns.get(f"{words[k - 1]}_{singular(word)}", "") or noun_group(word)
        if group and not (group == "quantity" and side):
            head, side = k, group
        elif word in {"nobody", "nothing", "none"}:
            head = k
    return head, _settled(_deed(words, head, side), "")


def _nominal(words: Sequence[str], start: int, end: int) -> list[Frame]:
    """Return a frame for a clause without a verb: its first noun that has a side."""
    small = tables().words
    for k in range(start, end):
        side = noun_group(words[k])
        if side in _SIGNS or side == "pending":
            flags = {"no"} if set(words[max(start, k - 4) : k]) & small["negators"] else set()
            governed = _governed(words, k + 1, end, k + 3, "other") if flags else None
            if governed and governed[0] == "to":
                return _frame(words, governed[1], governed[1], end, ("not-other",), frozenset())
            lean = _lean("-", "-", words[k], side, "")
            return [
                Frame(
                    "-",
                    "-",
                    singular(words[k]),
                    side,
                    frozenset(flags),
                    _TURNED.get(lean, lean) if flags else lean,
                    "",
                    (k,),
                )
            ]
    return []
