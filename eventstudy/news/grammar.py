"""A shallow grammar of news: words, clauses, and what each clause says: verb, object, and which way they lean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from eventstudy.news.vocabulary import ADJECTIVES, Token, noun_group, singular, tables, tokens

_STOPS = frozenset('.!?;:—–()"“”|/')
#: Which way more of such a thing goes: 1 raises, -1 folds.
_SIGNS = {"hostile": 1, "military": 1, "coercion": 1, "threat": 1, "tension": 1,
          "talks": -1, "deal": -1, "relations": -1, "proposal": -1, "calm": -1, "diplomat": -1}  # fmt: skip
#: Groups of verbs that tell of their subject where they have no object.
_OF_SUBJECTS = frozenset({"rise", "fall", "change", "keep", "defer", "other", *ADJECTIVES})
_TURNED = {"raise": "fold", "fold": "raise"}
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
    found: tuple[list[Frame], list[Frame]] = ([], [])
    for start, end, opener in _clauses(words):
        found[opener in tables().words["minor"]].extend(_read(words, start, end, opener))
    return [*found[0], *found[1]]


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
    found = [1.0] * len(words)
    for start, end, opener in _clauses(words):
        if opener in tables().words["minor"]:
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
        if word == "so" and k and words[k - 1] in small["be"]:
            continue
        joined = word in {"and", "or", "nor"} and any(
            _verb(words, at)
            for at in range(k + 1, min(k + 3, len(words)))
            if at == k + 1 or not {"between", "both"} & set(words[max(start, k - 5) : k])
        )
        if not (joined or word in _STOPS or word in {",", "but"} or word in small["minor"]):
            continue
        if k > start:
            yield start, k, opener
            opener = word
        elif word not in _STOPS and word != ",":
            opener = word
        start = k + 1
    if start < len(words):
        yield start, len(words), opener


def _verb(words: Sequence[str], k: int) -> tuple[str, str] | None:
    """Return lemma and kind if the word stands as a verb, or as an adjective behind 'is'."""
    table = tables()
    small = table.words
    word, before = words[k], words[k - 1] if k else ""
    if word in small["modals"] or word in small["determiners"]:
        return None
    if table.verbs.get(word) in ADJECTIVES and small["be"] & set(words[max(0, k - 3) : k]):
        return word, "adjective"
    noun = bool(noun_group(word))
    form = table.forms.get(word)
    if form is None:
        if before in small["modals"] or (before == "to" and k > 1 and words[k - 2] in {"NAME", "talks"}):
            unknown = word.isalpha() and word.islower() and not any(word in group for group in small.values())
            return (word, "base") if unknown and not noun else None
        past = word.endswith("ed") and len(word) > 4 and "-" not in word and word not in small["no_verbs"]  # noqa: PLR2004
        return (word, "past") if past and not noun and before != "'s" and before not in small["determiners"] else None
    lemma, kind = form
    done = kind in {"past", "part"}
    following = noun_group(words[k + 1]) if k + 1 < len(words) else ""
    is_noun = (
        (done and following and table.forms.get(before, ("", ""))[1] == "s")
        or (before in small["articles"] and (noun or kind != "past" or k + 1 < len(words)))
        or (
            before in small["counts"]
            and (noun or kind == "ing")
            and (kind != "past" or before not in {"NUM", "any", "some"})
        )
        or (before in small["prepositions"] and before not in small["particle_like"] and noun)
        or (before == "to" and kind == "s")
        or (lemma not in table.heads and _phrasal(words, k, len(words), lemma)[0] == lemma)
    )
    return None if is_noun else form


def _read(words: Sequence[str], start: int, end: int, opener: str = "") -> list[Frame]:
    """Return the frames of a clause: its verb and the verbs it governs; without a verb its first noun with a side."""
    at = _main_verb(words, start, end, opener)
    if at is not None:
        return _frame(words, start, at, end)
    for k in range(start, end):
        side = noun_group(words[k])
        if side in _SIGNS or side == "pending":
            no = bool(tables().words["negators"] & set(words[max(start, k - 4) : k]))
            if no and (governed := _governed(words, k + 1, end, k + 3, "other")) and governed[0] == "to":
                return _frame(words, governed[1], governed[1], end, ("not-other",))
            lean = "hold" if side == "pending" else _lean("-", "-", words[k], side, "")
            flags = frozenset({"no"} if no else ())
            return [Frame("-", "-", singular(words[k]), side, flags, _TURNED.get(lean, lean) if no else lean, "", (k,))]
    return []


def _main_verb(words: Sequence[str], start: int, end: int, opener: str) -> int | None:
    """Return where the finite verb of a clause stands."""
    small = tables().words
    helpers = small["helpers"]
    found = {k: form for k in range(start, end) if (form := _verb(words, k))}
    for k, (_, kind) in found.items():
        before, following = words[k - 1] if k > start else "", words[k + 1] if k + 1 < end else ""
        if helpers & set(words[max(start, k - 3) : k]):
            return k
        if before == "to":
            # A verb behind 'to' may belong to a subject: 'the order to mobilise was reversed'.
            above = words[k - 2] if k - 2 >= start else ""
            deed = noun_group(above) or above in small["ups"]
            if k - start < 4 and not (deed and any(words[j - 1] in small["be"] for j in found if j > k)):  # noqa: PLR2004
                return k
            continue
        noun = bool(noun_group(words[k])) and kind in {"base", "s"}
        later = [j for j in found if k < j <= k + 4 and found[j][1] != "ing" and words[j - 1] != "to"]
        no_verb = (
            kind == "ing"
            or (k == start and noun and opener not in small["relatives"] and k + 1 < end)
            or (k == start and kind in {"s", "base"} and opener in {"", ":", "."})
            or (noun and following in helpers)
            or (noun and words[k].endswith("s") and found.get(k + 1, ("", ""))[1] in {"base", "past"})
            or (noun and any({words[j - 1], words[j - 2]} & helpers for j in found if j > k + 2))
            or (noun and before != "NAME" and any(not set(words[k + 1 : j]) & small["prepositions"] for j in later))
            or (noun and kind == "base" and before != "NAME" and not words[k - 1].endswith("s"))
            or (
                kind in {"past", "part"}
                and following in {"by", "near", "at", "from", "in"}
                and any(set(words[k + 1 : j]) & helpers for j in found)
            )
        )
        if not no_verb:
            return k
    return next((k for k in found if k > start or opener), None)


def _phrasal(words: Sequence[str], k: int, end: int, lemma: str) -> tuple[str, int]:
    """Return the lemma with its particles, and where the verb ends."""
    verbs, small = tables().verbs, tables().words
    following, third = words[k + 1] if k + 1 < end else "", words[k + 2] if k + 2 < end else ""
    if third and f"{lemma}_{following}_{third}" in verbs:
        return f"{lemma}_{following}_{third}", k + 2
    if f"{lemma}_{following}" in verbs and not (following == "to" and third in tables().forms):
        return f"{lemma}_{following}", k + 1
    for j in range(k + 1, min(k + 8, end)):
        if words[j] in _STOPS or words[j] in {",", "that"}:
            break
        apart = words[j] in small["particles"] or (words[j] not in small["prepositions"] and j < k + 5)
        if apart and (joined := f"{lemma}_{singular(words[j])}") in verbs:
            return joined, k
    return lemma, k


def _lean(verb: str, group: str, noun: str, side: str, subject: str) -> str:
    """Return which way a verb and what it is done to lean together."""
    table = tables()
    for key in (f"{verb}+{noun}", f"{verb}+{side}"):
        if key in table.pairs:
            return table.pairs[key].replace("none", "")
    if subject == "military" and side not in _SIGNS and verb in table.words["departing"]:
        return "fold"
    base, _, default = group.partition("_")
    lean = table.leans.get(base, ("", "", ""))[(0, 2, 1)[1 - _SIGNS.get(side, 0)]]
    return default if lean == "=" else lean


def _combined(chain: Sequence[str], group: str, lean: str) -> str:
    """Return the lean of a verb under the verbs above it, the nearest applied first."""
    for above in reversed(chain):
        refused = above.startswith("not-")
        base, _, default = above.removeprefix("not-").partition("_")
        does = tables().above.get(base, "eased" if default == "fold" else "")
        if does == "turned":
            lost = "raise" if base in {"reject", "against"} or lean == "hold" else ""
            lean = "hold" if group == "say" else _TURNED.get(lean, lost)
        elif does == "eased":
            lean = "fold" if lean in {"", "hold"} else lean
        elif does:
            lean = does
        if refused:
            lean = _TURNED.get(lean, "raise" if does == "eased" and not default else lean)
    return lean


def _frame(
    words: Sequence[str],
    start: int,
    at: int,
    end: int,
    chain: tuple[str, ...] = (),
    inherited: frozenset[str] = frozenset(),
    actor: str = "",
) -> list[Frame]:
    """Read one verb, its object, and the verb or clause that it governs."""
    table = tables()
    small = table.words
    lemma, kind = _verb(words, at) or table.forms.get(words[at]) or (words[at], "base")
    lemma, last = _phrasal(words, at, end, lemma)
    group = table.verbs.get(lemma, "other")
    flags = set(inherited) | _around(words[max(start, at - 5) : at], first=not chain)
    subject, subject_side = _subject(words, start, at)
    subject_side = subject_side or actor
    told, side, preposition, stop = _object(words, last + 1, end)
    governed = _governed(words, last + 1, end, stop, group)
    done = kind in {"past", "part"}
    following = words[last + 1] if last + 1 < end else ""
    passive = done and (
        bool(small["be"] & set(words[max(start, at - 3) : at]))
        # 'Sanctions lifted': no object, and a subject that does nothing itself.
        or (
            subject_side not in {"", "person", "military", "diplomat", "other", "quantity"}
            and not (side or following in {"NAME", "NATION"} or following in small["determiners"])
            and group not in {"rise", "fall", "change", "talk", "say"}
        )
    )
    alone = not side and not governed and (lemma in small["turning"] or group in _OF_SUBJECTS)
    if subject is not None and subject_side and (passive or alone):
        flags |= {"passive"} if passive else set()
        told, side = subject, subject_side
    elif small["scarce"] & set(words[last + 1 : (told or last) + 1]):
        flags.add("no")
    ahead = words[max(start, subject - 3) : subject] if subject is not None else []
    if small["scarce"] & {*ahead, *(words[start : start + 2] if words[start] != "a" else ())}:
        flags.add("not")
    flags |= {"at:" + preposition} - {"at:"}
    noun = singular(words[told]) if told is not None else ""
    lean = _lean(lemma, group, noun, side, subject_side)
    if ("no" in flags) != ("not" in flags):
        lean = _denied(group, side, lean)
    lean = _combined(chain, group, "hold" if "neither" in flags else lean)
    own = tuple(dict.fromkeys([*range(at, last + 1), *([] if told is None else [told])]))
    frame = Frame(lemma, group, noun, side, frozenset(flags), lean, ">".join(chain), own)
    return _under(words, frame, *governed, end, last + 1, subject_side) if governed else [frame]


def _denied(group: str, side: str, lean: str) -> str:
    """Return the lean of what is not so: not changing holds, not talking raises."""
    if group == "change" or side == "pending":
        return "hold"
    if group == "keep" and side in _SIGNS:
        return "fold" if _SIGNS[side] > 0 else "raise"
    return "raise" if group == "talk" else _TURNED.get(lean, lean)


def _under(words: Sequence[str], frame: Frame, mode: str, where: int, end: int, first: int, actor: str) -> list[Frame]:
    """Return the frames of what a verb governs: 'said that ...', 'refused to lift ...', 'a bill that would ...'."""
    chain = tuple(filter(None, frame.chain.split(">")))
    base = frame.group.partition("_")[0]
    refused = ("not" in frame.flags) != ("no" in frame.flags)
    flags = (frame.flags - {"not", "no", "passive", "neither"}) | ({"urged"} if base in {"demand", "urge"} else set())
    named = {"refusal": "reject", "threat": "scold", "readiness": "able", "willingness": "able"}.get(frame.noun)
    above = (*chain, "not-" * refused + frame.group, *([named] if named else []))
    if base == "say":
        above = (*chain, "demand" if mode == "to" and frame.verb == "tell" else "say")
    if mode == "to":
        # 'Resumed the shelling to force ...' tells of the shelling.
        whole = frame.side in _SIGNS and frame.side not in {"proposal", "calm"} and not named
        apart = words[where - 1] == "to" and words[where - 2] != "'s" and max(first, frame.words[-1] + 1) < where - 1
        lets = frame.verb in tables().words["letting"] or base not in {"up", "down", "reject", "accept"}
        if whole and apart and not lets:
            return [frame]
        inner = _frame(words, where if base == "say" else first, where, end, above, frozenset(flags), actor)
        if base == "say":
            return [one._replace(lean=_TURNED.get(one.lean, one.lean)) for one in inner] if refused else inner
        return [inner[0]._replace(words=(*frame.words, *inner[0].words)), *inner[1:]]
    inner = _read(words, where, end)
    if base not in {"say", "scold", "urge", "demand", "deny", "look", "other"}:
        inner = [one._replace(lean=_combined(above, one.group, one.lean), chain=">".join(above)) for one in inner[:1]]
        return [one if one.lean else frame for one in inner] or [frame]
    inner = [one._replace(flags=one.flags | {"reported"}, chain=">".join([*chain, frame.group])) for one in inner]
    if base in {"scold", "demand", "deny"}:
        return [frame, *inner]
    turned = _TURNED if "not" in frame.flags else {}
    return [one._replace(lean=turned.get(one.lean, one.lean)) for one in inner] or [frame]


def _around(before: Sequence[str], *, first: bool) -> set[str]:
    """Return what the words before a verb do to it: negation, doubt, plan."""
    small = tables().words
    near = before[-3:]
    last = near[-1] if near else ""
    flags = set()
    denied = any(word in small["denials"] or word.endswith("n't") for word in near)
    far = last in {"to", "of", "from", "than", "for", "without"} and small["far"] & set(before[-4:])
    if denied or far or {"no", "longer"} <= set(before):
        flags.add("not")
    if "neither" in before:
        after = before[before.index("neither") + 1 :][:1]
        flags.add("not" if after and (after[0] == "of" or noun_group(after[0])) else "neither")
    if small["hedges"] & set(before):
        flags.add("hedge")
    if (last == "to" and first) or {"will", "'ll", "shall", "won't"} & set(near):
        flags.add("plan")
    return flags


def _governed(words: Sequence[str], first: int, end: int, stop: int, group: str) -> tuple[str, int] | None:
    """Return where a governed verb ('to lift', 'lifting') or clause ('that ...') begins, if one does."""
    table = tables()
    small, forms = table.words, table.forms
    speaking = group.partition("_")[0] in {"say", "demand", "urge", "deny", "scold"}
    far = group == "say" or words[first - 1] in {"let", "lets", "letting"}
    for k in range(first, end if far else min(end, stop + 2)):
        word, before, kind = words[k], words[k - 1], forms.get(words[k], ("", ""))[1]
        if word == "that":
            return "that", k + 1
        at = k + 1
        while at + 1 < end and words[at] in small["between"]:
            at += 1
        known = at < end and (forms.get(words[at], ("", ""))[1] in {"base", "past", "part"} or words[at] in table.verbs)
        if word == "to" and known and _verb(words, at):
            return "to", at
        beside = k == first or (
            noun_group(before) in {"", "proposal", "pending"} and before not in small["prepositions"]
        )
        linked = k > first and before in {"from", "of", "without", "against", "into"}
        doing = kind == "ing" and not noun_group(word) and (beside or linked or k == first + 1)
        if doing or (group == "up_fold" and k > first and kind == "base" and _verb(words, k)):
            return "to", k
        named = kind in {"past", "s", "base"} and (before == "NAME" or before in small["pronouns"])
        does = named or (kind == "past" and noun_group(before) and _verb(words, k))
        if speaking and k > first and (does or (word != "'s" and word in small["helpers"])):
            return "that", first
    return None


def _object(words: Sequence[str], first: int, end: int) -> tuple[int | None, str, str, int]:
    """Return the head of the object and its group; failing that, of what a preposition brings; where it ends."""
    table = tables()
    small = table.words
    head: int | None = None
    side, preposition, phrases = "", "", 0
    stop = end
    for k in range(first, end):
        word = words[k]
        group = table.nouns.get(f"{words[k - 1]}_{singular(word)}") or noun_group(word)
        form = _verb(words, k)
        full = side in _SIGNS or side == "pending" or (not side and head is not None) or phrases == 3  # noqa: PLR2004
        placed = word in small["places"] and side not in {"", "quantity"}
        if (
            word == "that"
            or (word == "to" and k + 1 < end and _verb(words, k + 1))
            or (word in small["prepositions"] and (full or placed))
            or word in small["helpers"] - {"'s"}
            or (form and form[1] in {"past", "part", "s"} and not group and head is not None)
        ):
            stop = k
            break
        if word in small["prepositions"]:
            phrases += 1
            preposition = preposition if word == "of" else word
        elif word in small["no_objects"] or word.endswith("ly") or (not group and word in small["small"]):
            continue
        elif group == "carrier" and side in {"military", "coercion"}:
            head = k
        elif group and (side not in _SIGNS or (k == (head or 0) + 1 and words[k - 1] != "and")):
            if not (side and phrases and group in {"person", "quantity", "other", "civil"}):
                head, side = k, group
        elif not side or (not group and side == "relations" and k == (head or 0) + 1):
            head, side = k, ""
    told = set(words[first:stop])
    if side == "pending" and small["harsh"] & told:
        return head, "threat", preposition, stop
    return head, _deed(words, head, side, armed=bool({"military", "lethal", "armed"} & told)), preposition, stop


def _deed(words: Sequence[str], head: int | None, side: str, *, armed: bool = False) -> str:
    """Return the group of what a noun carries or does: military aid is arms, 'lifting of sanctions' is a deal."""
    small = tables().words
    side = ("military" if armed else "relations") if side == "carrier" else side
    noun = singular(words[head]) if head is not None else ""
    way = -1 if noun in small["downs"] else 1 if noun in small["ups"] else 0
    if head is None or not way or head + 2 >= len(words):
        return side
    end = min(head + 9, len(words))
    if words[head + 1] == "to" and (form := _verb(words, head + 2)) and form[1] == "base":
        return {"raise": "hostile", "fold": "deal"}.get(_frame(words, head + 2, head + 2, end)[0].lean, side)
    sign = way * _SIGNS.get(_object(words, head + 2, end)[1], 0) if words[head + 1] in small["deed_links"] else 0
    return {1: "hostile", -1: "deal"}.get(sign, side)


def _subject(words: Sequence[str], start: int, at: int) -> tuple[int | None, str]:
    """Return the head of what stands before the verb, and its group."""
    small = tables().words
    head: int | None = None
    side = ""
    for k in range(start, at):
        word = words[k]
        if word in small["helpers"] or (word in small["prepositions"] and side not in {"", "quantity"}):
            break
        group = tables().nouns.get(f"{words[k - 1]}_{singular(word)}", "") or noun_group(word)
        if group and not (group == "quantity" and side):
            head, side = k, group
        elif word in {"nobody", "nothing", "none"}:
            head = k
    return head, _deed(words, head, side)
