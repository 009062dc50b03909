"""A shallow grammar of news (lists in ``grammar.toml``): words, clauses, and of each verb, object and how they lean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from eventstudy.files import bundled_toml
from eventstudy.news.vocabulary import SHOUTED, TURNED, default_actors

_RAW = bundled_toml("eventstudy.news", "grammar.toml")
#: Verbs and nouns to their groups, verb+noun to a lean, groups to what they make of the verb that they govern, and
#: small words to what they are called in runs of groups.
_VERBS, _NOUNS, _PAIRS, _ABOVE, _CLASSES = (
    {word: name for name in reversed(_RAW[part]) for word in _RAW[part][name].split()}
    for part in ("verbs", "nouns", "pairs", "above", "classes")
)
#: Groups of verbs to their leans, by the sign of the object: 0, 1, -1.
_LEANS: dict[str, list[str]] = {name: text.replace("-", "").split(",") for name, text in _RAW["leans"].items()}
#: Lists of small words by name.
SMALL = {name: frozenset(text.split()) for name, text in _RAW["words"].items() if name != "irregular"}
SMALL["helpers"] = SMALL["modals"] | SMALL["do"] | SMALL["have"] | SMALL["be"]
SMALL["passed_over"] = SMALL["determiners"] | SMALL["negators"] | SMALL["adverbs"]
SMALL["idle"] |= SMALL["determiners"] | SMALL["be"] | SMALL["have"]
SMALL["minor"] = SMALL["openers"] | SMALL["relatives"]
_ALL_SMALL = frozenset().union(*SMALL.values())
SMALL |= {name: frozenset(text.split()) for name, text in _RAW["steps"].items()}

_TOKEN = re.compile(r"\w+(?:[’'.\-&]\w+)*|[^\w\s]")
_STOPS = frozenset('.!?;:—–()"“”|/')
#: Which way more of such a thing goes: 1 raises, -1 folds.
_SIGNS = {name: sign for sign, way in ((1, "raise"), (-1, "fold")) for name in _RAW["signs"][way].split()}
#: Groups of words that are no verbs but say something of their subject behind 'is'.
_ADJECTIVES = frozenset({"done", "near", "idle", "able", "against"})
#: Groups of verbs that speak of their subject where they have no object.
_OF_SUBJECTS = _ADJECTIVES | {"rise", "fall", "change", "keep", "defer", "other"}
#: Weight of a word in a subordinate clause.
_MINOR = 0.5
#: Words of a clause that are read: what governs what is followed as deep as they go.
_LONGEST = 300
_IRREGULAR = {row.split(":")[0]: row.split(":")[1:] for row in _RAW["words"]["irregular"].split()}
#: Verbs that stand without a particle.
_ALONE = frozenset(lemma for lemma in _VERBS if "_" not in lemma) | set(_IRREGULAR)


def _verb_forms() -> Iterator[tuple[str, str, str]]:
    """Yield each form of each verb, its lemma, and its kind: base, s, ing, past, part."""
    for lemma in dict.fromkeys([*(lemma.split("_")[0] for lemma in _VERBS), *_IRREGULAR]):
        if _VERBS.get(lemma) in _ADJECTIVES:
            continue
        doubled = lemma in SMALL["doubled"]
        stem = lemma + lemma[-1] if doubled else re.sub("(?<![eoy])e$", "", lemma)
        soft = re.sub("(?<![aeiou])y$", "ie", lemma)
        found = [
            ("base", lemma),
            ("s", soft + ("es" if soft.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")),
            ("ing", lemma[:-2] + "ying" if lemma.endswith("ie") else stem + "ing"),
        ]
        if lemma in _IRREGULAR:
            found += [("past", _IRREGULAR[lemma][0]), ("part", _IRREGULAR[lemma][-1])]
        else:
            found.append(("past", soft + "d" if soft.endswith("e") else stem + "ed"))
            if doubled and lemma.endswith("l"):
                found += [("past", lemma + "ed"), ("ing", lemma + "ing")]
            if lemma.endswith("ise"):
                found += [(kind, form.replace(lemma[:-1], lemma[:-2] + "z", 1)) for kind, form in found]
        yield from ((form, lemma, kind) for kind, form in found)


#: Forms of verbs to lemma and kind, and past forms to the present ones: ``froze`` to ``freeze, freezes``.
FORMS = {form: (lemma, kind) for form, lemma, kind in reversed(list(_verb_forms()))}
FORMS |= {verb: (verb, "past") for verb in ("hit", "cut", "put", "quit", "let", "split")}
_NOW: dict[str, list[str]] = {}
for _form, (_lemma, _kind) in FORMS.items():
    if _kind in {"s", "base"}:
        _NOW.setdefault(_lemma, []).append(_form)
PRESENT = {form: _NOW.get(lemma, []) for form, (lemma, kind) in FORMS.items() if kind in {"past", "part"}}


def noun_group(word: str) -> str:
    """Return the group of a noun, singular or plural, or an empty string."""
    group = _NOUNS.get(singular(word), "")
    return noun_group(word.rsplit("-", 1)[1]) if not group and "-" in word[1:-1] else group


def singular(word: str) -> str:
    """Return the singular that the table of nouns knows, else a guess."""
    endings = (("ies", "y"), ("men", "man"), ("es", ""), ("s", ""))
    forms = [word, *(word.removesuffix(ending) + other for ending, other in endings if word.endswith(ending))]
    if known := next((form for form in forms if form in _NOUNS), ""):
        return known
    plural = word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return forms[1] if word.endswith("ies") else forms[-1] if plural else word


def first_form(word: str) -> str:
    """Return the infinitive of a verb, the singular of a noun."""
    return FORMS[word][0] if word in FORMS else singular(word)


def broad_group(name: str) -> str:
    """Return a group of `Text.classes` with no more of it than its rule or the side of its nouns."""
    if name[0] in "Vv":
        return name.rstrip("+").partition("_")[0]
    sign = _SIGNS.get(name[1:], 0)
    return f"n{'+' if sign > 0 else '-'}" if sign else name


class Token(NamedTuple):
    """A word in small letters, and where it stands; names are ``NAME``, nationalities ``NATION``, numbers ``NUM``."""

    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Return the words of a text in small letters, names and numbers masked, so that no country means a stance."""
    found = list(_TOKEN.finditer(text))
    long = [one.group() for one in found if len(one.group()) > 3 and one.group()[0].isalpha()]  # noqa: PLR2004
    titled = len(long) > 2 and sum(word[0].isupper() for word in long) > SHOUTED * len(long)  # noqa: PLR2004
    named: set[int] = set()
    actors = default_actors()
    for match in (actors.shouted if titled else actors.names).finditer(text):
        if not match.group().islower():
            named.update(range(*match.span()))
    rows: list[Token] = []
    opening = True
    for one in found:
        word, start = one.group(), one.start()
        low = word.lower().replace("’", "'")
        owned = low.endswith("'s") and len(low) > 2  # noqa: PLR2004
        low, end = (low[:-2], one.end() - 2) if owned else (low, one.end())
        # At the beginning of a sentence an ordinary word has a capital too.
        known = low in _ALL_SMALL or low in FORMS or noun_group(low) or low.endswith(("ly", "ing", "ed", "ers"))
        if start in named or (word[0].isupper() and not titled and low != "i" and not (opening and known)):
            nation = low.endswith(tuple(SMALL["nations"])) or low in {"u.s", "us", "un", "u.n", "eu"}
            if rows and rows[-1].word == "NAME" and rows[-1].end + 1 >= start:
                start = rows.pop().start
            rows.append(Token("NATION" if nation else "NAME", start, end))
        else:
            rows.append(Token("NUM" if word[0].isdigit() else low, start, end))
        if owned:
            rows.append(Token("'s", end, end + 2))
        opening = word in ".!?:“\"‘'—" or (opening and not word[0].isalnum())
    return rows


class Frame(NamedTuple):
    """What one clause says: a verb, what it is done to, and which way that leans."""

    verb: str  # lemma; `-` where the clause has no verb
    group: str  # of the verb in grammar.toml
    noun: str  # head of the object; of the subject where there is none
    side: str  # group of the noun
    flags: frozenset[str]  # not, no (of the object), passive, reported, urged
    lean: str  # raise, fold, hold or empty
    chain: tuple[str, ...]  # groups of the verbs above this one: `reject` in "refuses to lift"
    words: tuple[int, ...]  # which tokens say it


class Words:
    """The words of a text, and of each its group as a noun, its form as a verb, its clause and how much it counts."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        words = self.words = [one.word for one in self.tokens]
        self.nouns = [noun_group(word) for word in words]
        #: The group of a noun of two words, by its second, else that of the word.
        self.groups = [_NOUNS.get(f"{words[k - 1]}_{singular(word)}") or self.nouns[k] for k, word in enumerate(words)]
        self.kinds = [FORMS[word][1] if word in FORMS else "" for word in words]
        self.verbs = [self._verb(k) for k in range(len(words))]
        self.clauses = list(self._clauses())
        self.weights = [1.0] * len(words)
        for start, end, opener in self.clauses:
            if opener in SMALL["minor"]:
                self.weights[start:end] = [_MINOR] * (end - start)

    def _verb(self, k: int) -> tuple[str, str] | None:
        """Return lemma and kind if the word stands as a verb, or as an adjective behind 'is'."""
        words, word, before, noun = self.words, self.words[k], self.words[k - 1] if k else "", self.nouns[k]
        if word in SMALL["modals"] or word in SMALL["determiners"]:
            return None
        if _VERBS.get(word) in _ADJECTIVES and SMALL["be"] & set(words[max(0, k - 3) : k]):
            return word, "adjective"
        if word not in FORMS:
            if before in SMALL["modals"] or (before == "to" and k > 1 and words[k - 2] in {"NAME", "talks"}):
                unknown = word.isalpha() and word.islower() and word not in _ALL_SMALL
                return (word, "base") if unknown and not noun else None
            past = word.endswith("ed") and len(word) > 4 and "-" not in word and word not in SMALL["no_verbs"]  # noqa: PLR2004
            apart = before != "'s" and before not in SMALL["determiners"]
            return (word, "past") if past and apart and not noun else None
        lemma, kind = FORMS[word]
        last = k + 1 == len(words)
        described = not last and (self.nouns[k + 1] or words[k + 1] == "NATION")
        is_noun = (
            (kind in {"past", "part"} and described and FORMS.get(before, ("", ""))[1] == "s")
            or (before in SMALL["articles"] and (noun or kind != "past" or not last))
            or (before in SMALL["counts"] and (noun or kind == "ing"))
            or (before in SMALL["prepositions"] and before not in SMALL["particle_like"] and noun)
            or (before == "to" and kind == "s")
            or (lemma not in _ALONE and self.phrasal(k, len(words), lemma)[0] == lemma)
        )
        return None if is_noun else (lemma, kind)

    def _clauses(self) -> Iterator[tuple[int, int, str]]:
        """Cut at stops, at commas, at 'and' before a verb, and at words that open a clause."""
        start, opener, words = 0, "", self.words
        for k, word in enumerate(words):
            joined = word in {"and", "or", "nor"} and any(self.verbs[k + 1 : k + 3])
            mark = word in _STOPS or word == ","
            if not (joined or mark or word == "but" or word in SMALL["minor"]):
                continue
            if k > start:
                yield start, k, opener
            if k > start or not mark:
                opener = word
            start = k + 1
        if start < len(words):
            yield start, len(words), opener

    def main_verb(self, start: int, end: int, opener: str) -> int | None:
        """Return where the finite verb of a clause stands."""
        words, helpers = self.words, SMALL["helpers"]
        found = {k: form for k in range(start, end) if (form := self.verbs[k])}
        for k, (_, kind) in found.items():
            before, following = words[k - 1] if k > start else "", words[k + 1] if k + 1 < end else ""
            if helpers & set(words[max(start, k - 3) : k]):
                return k
            if before == "to":
                if k - start < 4:  # noqa: PLR2004  # further on it is no main verb
                    return k
                continue
            present, opens = kind in {"base", "s"}, not any(word[0].isalnum() for word in words[start:k])
            noun = self.nouns[k] and present
            later = [j for j in found if k < j <= k + 4 and found[j][1] != "ing" and words[j - 1] != "to"]
            no_verb = (
                kind == "ing"
                or (k == start and noun and opener not in SMALL["relatives"] and k + 1 < end)
                or (opens and (present or (later and words[k].endswith("ed"))) and opener in {"", ":", "."})
                or (noun and words[k].endswith("s") and found.get(k + 1, ("", ""))[1] in {"base", "past"})
                or (noun and before != "NAME" and any(not SMALL["prepositions"] & set(words[k + 1 : j]) for j in later))
                or (
                    kind in {"past", "part"}
                    and following in {"by", "near", "at", "from", "in"}
                    and any(helpers & set(words[k + 1 : j]) for j in found)
                )
            )
            if not no_verb:
                return k
        return next((k for k in found if k > start or opener), None)

    def phrasal(self, k: int, end: int, lemma: str) -> tuple[str, int]:
        """Return the lemma with its particles, and where the verb ends."""
        words = self.words
        following, third = (*words[k + 1 : min(k + 3, end)], "", "")[:2]
        if f"{lemma}_{following}_{third}" in _VERBS:
            return f"{lemma}_{following}_{third}", k + 2
        if f"{lemma}_{following}" in _VERBS and not (following == "to" and third in FORMS):
            return f"{lemma}_{following}", k + 1
        for j in range(k + 1, min(k + 8, end)):
            if words[j] in _STOPS or words[j] in {",", "that"}:
                break
            apart = words[j] in SMALL["particles"] or (words[j] not in SMALL["prepositions"] and j < k + 5)
            if apart and (joined := f"{lemma}_{singular(words[j])}") in _VERBS:
                return joined, k
        return lemma, k

    def classes(self) -> list[tuple[str, int]]:
        """Return the groups of the words in order, and where each stands: ``V`` verbs, ``n`` nouns, small words."""
        words = self.words
        found: list[tuple[str, int]] = []
        after = 0
        for k, word in enumerate(words):
            name = _CLASSES.get(word, "not" if word.endswith("n't") else "")
            if k < after or name == "-":
                continue
            if not name and (form := self.verbs[k]):
                lemma, last = self.phrasal(k, len(words), form[0])
                name, after = f"V{_VERBS.get(lemma, 'other')}{'+' * (form[1] == 'part')}", last + 1
            elif not name:
                pair = _NOUNS.get(f"{word}_{words[k + 1]}", "") if k + 1 < len(words) else ""
                after, noun = k + 1 + bool(pair), pair or self.nouns[k]
                name = f"n{noun}" if noun else "v" + _VERBS.get(FORMS[word][0], "other") if word in FORMS else ""
            if name:
                found.append((name, k))
        return found


class Text(Words):
    """What the clauses of a text say."""

    def frames(self) -> list[Frame]:
        """Return what the clauses say, the main ones first.

        Examples
        --------
        >>> found = Text("The ministry refused to lift the sanctions after talks collapsed.").frames()
        >>> [(one.chain, one.verb, one.noun, one.lean) for one in found]
        [(('reject',), 'lift', 'sanction', 'raise'), ((), 'collapse', 'talk', 'raise')]
        """
        return self._frames(sorted(self.clauses, key=lambda clause: clause[2] in SMALL["minor"]))

    def _frames(self, clauses: Iterable[tuple[int, int, str]]) -> list[Frame]:
        return [
            frame for start, end, opener in clauses for frame in self._read(start, min(end, start + _LONGEST), opener)
        ]

    def last_step(self) -> int:
        """Return where a step begins that undoes the one before, as in "banned it, then let it pass"; 0 for none."""
        for k, (start, end, opener) in reversed([*enumerate(self.clauses)]):
            at = self.main_verb(start, end, opener)
            ahead = self.words[start:at]  # nobody else may act in it
            is_step = {"only", *SMALL["steps"]} & {*ahead} and {*ahead} <= SMALL["steps"] | SMALL["ago"]
            if k and at is not None and is_step and self.clauses[k - 1][2] not in SMALL["minor"]:
                before, now = (
                    {one.lean for one in self._frames(some)} for some in (self.clauses[:k], self.clauses[k:])
                )
                if any(turned in now for lean, turned in TURNED.items() if lean in before):
                    return self.tokens[start].start
        return 0

    def finite_verbs(self) -> list[tuple[int, int, str, str]]:
        """Return the finite verb of every clause: start, end, group, and the group of what it is done to."""
        found = []
        for start, end, opener in self.clauses:
            at = self.main_verb(start, end, opener)
            if at is not None and self.words[at].replace("-", "").isalpha():
                lemma, last = self.phrasal(at, end, (self.verbs[at] or (self.words[at], ""))[0])
                place = self.tokens[at].start, self.tokens[last].end
                found.append((*place, _VERBS.get(lemma, "other"), self.object(last + 1, end)[1]))
        return found

    def _read(self, start: int, end: int, opener: str = "") -> list[Frame]:
        """Return the frames of a clause: its verb and what that governs; without a verb its first noun with a side."""
        at = self.main_verb(start, end, opener)
        if at is not None:
            return self._frame(start, at, end)
        for k in range(start, end):
            side = self.nouns[k]
            if side not in _SIGNS and side != "pending":
                continue
            no = bool(SMALL["negators"] & set(self.words[max(start, k - 4) : k]))
            lean = "hold" if side == "pending" else _lean("-", "-", self.words[k], side)
            lean = TURNED.get(lean, lean) if no else lean
            return [Frame("-", "-", singular(self.words[k]), side, frozenset(["no"] * no), lean, (), (k,))]
        return []

    def _frame(
        self, start: int, at: int, end: int, up: tuple[str, ...] = (), flags: frozenset[str] = frozenset(), by: str = ""
    ) -> list[Frame]:
        """Read one verb, its object, and the verb or clause that it governs."""
        words = self.words
        lemma, kind = self.verbs[at] or FORMS.get(words[at], (words[at], "base"))
        lemma, last = self.phrasal(at, end, lemma)
        group = _VERBS.get(lemma, "other")
        flags |= {"not"} if self._denied(start, at) else set()
        subject, subject_side = self._subject(start, at)
        subject_side = subject_side or by
        head, side, stop = self.object(last + 1, end)
        governed = self._governed(last + 1, end, stop, group)
        following = words[last + 1] if last + 1 < end else ""
        passive = kind in {"past", "part"} and (
            bool(SMALL["be"] & set(words[max(start, at - 3) : at]))
            # 'Sanctions lifted': no object, and a subject that does nothing itself.
            or (
                subject_side not in {"", "person", "military", "diplomat", "other", "quantity"}
                and not (side or following in {"NAME", "NATION"} or following in SMALL["determiners"])
                and group not in {"rise", "fall", "change", "talk", "say"}
            )
        )
        alone = not side and not governed and (lemma in SMALL["turning"] or group in _OF_SUBJECTS)
        if subject is not None and subject_side and (passive or alone):
            flags |= {"passive"} if passive else set()
            head, side = subject, subject_side
        elif SMALL["scarce"] & set(words[last + 1 : (head or last) + 1]):
            flags |= {"no"}
        ahead = words[max(start, subject - 3) : subject] if subject is not None else []
        if SMALL["scarce"] & {*ahead, *(words[start : start + 2] if words[start] != "a" else ())}:
            flags |= {"not"}
        noun = singular(words[head]) if head is not None else ""
        lean = _lean(lemma, group, noun, side, denied=("no" in flags) != ("not" in flags))
        lean = _combined(up, lean)
        own = tuple(dict.fromkeys([*range(at, last + 1), *([] if head is None else [head])]))
        frame = Frame(lemma, group, noun, side, flags, lean, up, own)
        return self._under(frame, *governed, end, last + 1, subject_side) if governed else [frame]

    def _denied(self, start: int, at: int) -> bool:
        """Whether the words before a verb deny it."""
        before = self.words[max(start, at - 5) : at]
        near = any(word in SMALL["denials"] or word.endswith("n't") for word in before[-3:])
        return near or {"no", "longer"} <= set(before)

    def _under(self, frame: Frame, mode: str, where: int, end: int, first: int, doer: str) -> list[Frame]:
        """Return the frames of what a verb governs: 'said that ...', 'refused to lift ...', 'a bill that would ...'."""
        base = frame.group.partition("_")[0]
        refused = ("not" in frame.flags) != ("no" in frame.flags)
        named = {"refusal": "reject", "threat": "scold", "readiness": "able", "willingness": "able"}.get(frame.noun)
        above = (*frame.chain, "not-" * refused + frame.group, *filter(None, [named]))
        if base == "say":
            above = (*frame.chain, "demand" if mode == "to" and frame.verb == "tell" else "say")
        if mode == "to":
            urged = {"urged"} if base in {"demand", "urge"} else set()
            flags = frame.flags - {"not", "no", "passive"} | urged
            inner = self._frame(where if base == "say" else first, where, end, above, flags, doer)
            if base == "say":
                return [one._replace(lean=TURNED.get(one.lean, one.lean)) for one in inner] if refused else inner
            return [inner[0]._replace(words=(*frame.words, *inner[0].words)), *inner[1:]]
        inner = self._read(where, end)
        turned = TURNED if "not" in frame.flags and base not in {"scold", "demand", "deny"} else {}
        chain = (*frame.chain, frame.group)
        inner = [
            one._replace(flags=one.flags | {"reported"}, chain=chain, lean=turned.get(one.lean, one.lean))
            for one in inner
        ]
        return [frame, *inner] if base in {"scold", "demand", "deny"} else inner or [frame]

    def _governed(self, first: int, end: int, stop: int, group: str) -> tuple[str, int] | None:
        """Return where a governed verb ('to lift', 'lifting') or clause ('that ...') begins, if one does."""
        words = self.words
        speaking = group.partition("_")[0] in {"say", "demand", "urge", "deny", "scold"}
        far = group == "say" or words[first - 1] in {"let", "lets", "letting"}
        for k in range(first, end if far else min(end, stop + 2)):
            word, before, kind, ahead = words[k], words[k - 1], self.kinds[k], self.nouns[k - 1]
            if word == "that":
                return "that", k + 1
            at = k + 1
            while at + 1 < end and words[at] in SMALL["between"]:
                at += 1
            known = at < end and (self.kinds[at] in {"base", "past", "part"} or words[at] in _VERBS)
            if word == "to" and known and self.verbs[at]:
                return "to", at
            beside = k == first or (ahead in {"", "proposal", "pending"} and before not in SMALL["prepositions"])
            linked = k > first and before in {"from", "of", "without", "against", "into"}
            doing = kind == "ing" and not self.nouns[k] and (beside or linked or k == first + 1)
            if doing or (group == "up_fold" and k > first and kind == "base" and self.verbs[k]):
                return "to", k
            named = kind in {"past", "s", "base"} and (before == "NAME" or before in SMALL["pronouns"])
            does = named or (kind == "past" and ahead and self.verbs[k])
            if speaking and k > first and (does or (word != "'s" and word in SMALL["helpers"])):
                return "that", first
        return None

    def object(self, first: int, end: int) -> tuple[int | None, str, int]:
        """Return the head of the object and its group; failing that, of what a preposition brings; where it ends."""
        words, head, side, phrases, stop = self.words, None, "", 0, end
        for k in range(first, end):
            word, group, form = words[k], self.groups[k], self.verbs[k]
            full = side in _SIGNS or side == "pending" or (not side and head is not None) or phrases == 3  # noqa: PLR2004
            placed = word in SMALL["places"] and side not in {"", "quantity"}
            if (
                word == "that"
                or (word == "to" and k + 1 < end and self.verbs[k + 1])
                or (word in SMALL["prepositions"] and (full or placed))
                or (word in SMALL["helpers"] and word != "'s")
                or (form and form[1] in {"past", "part", "s"} and not group and head is not None)
            ):
                stop = k
                break
            if word in SMALL["prepositions"]:
                phrases += 1
            elif word in SMALL["no_objects"] or word.endswith("ly") or (not group and word in SMALL["passed_over"]):
                continue
            elif group == "carrier" and side in {"military", "coercion"}:
                head = k
            elif group and (side not in _SIGNS or (k == (head or 0) + 1 and words[k - 1] != "and")):
                if not (side and phrases and group in {"person", "quantity", "other", "civil"}):
                    head, side = k, group
            elif not side or (not group and side == "relations" and k == (head or 0) + 1):
                head, side = k, ""
        return head, "relations" if side == "carrier" else side, stop

    def _subject(self, start: int, at: int) -> tuple[int | None, str]:
        """Return the head of what stands before the verb, and its group."""
        head: int | None = None
        side = ""
        for k in range(start, at):
            word, group = self.words[k], self.groups[k]
            if word in SMALL["helpers"] or (word in SMALL["prepositions"] and side not in {"", "quantity"}):
                break
            if group and not (group == "quantity" and side):
                head, side = k, group
        return head, "relations" if side == "carrier" else side


def _lean(verb: str, group: str, noun: str, side: str, *, denied: bool = False) -> str:
    """Return which way a verb and what it is done to lean together, or what is not so: not talking raises."""
    base, _, default = group.partition("_")
    pair = next((_PAIRS[key] for key in (f"{verb}+{noun}", f"{verb}+{side}") if key in _PAIRS), None)
    if pair is not None:
        lean: str = pair.replace("none", "")
    else:
        lean = _LEANS[base][_SIGNS.get(side, 0)] if base in _LEANS else ""
        lean = default if lean == "=" else lean
    if not denied:
        return lean
    if group == "change" or side == "pending":
        return "hold"
    return "raise" if group == "talk" else TURNED.get(lean, lean)


def _combined(chain: Sequence[str], lean: str) -> str:
    """Return the lean of a verb under the verbs above it, the nearest applied first."""
    for above in reversed(chain):
        base, _, default = above.removeprefix("not-").partition("_")
        does = _ABOVE.get(base, "eased" if default == "fold" else "")
        if does == "turned":
            lost = "raise" if base in {"reject", "against"} or lean == "hold" else ""
            lean = TURNED.get(lean, lost)
        elif does == "eased":
            lean = "fold" if lean in {"", "hold"} else lean
        elif does:
            lean = does
        if above.startswith("not-"):
            lean = TURNED.get(lean, "raise" if does == "eased" and not default else lean)
    return lean
