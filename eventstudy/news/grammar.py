"""A shallow grammar of news: words, clauses, and in each clause the verb, what it is done to, and which way that leans."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from eventstudy.news.actors import default_actors

_TOKEN = re.compile(r"\w+(?:[’'.\-&]\w+)*|[^\w\s]")
_DETERMINERS = frozenset("the a an this that these those its his her their our my your all some any every each both several many more most other another such".split())
_NEGATORS = frozenset("not no never without neither nor none nothing nobody hardly barely scarcely cannot little few scant lack absence zero n't unlikely".split())
_PREPOSITIONS = frozenset("of in on at by for with from against over into to toward towards across near after before between among through under above within along amid during until since about around onto off out up down behind beyond despite via per than as inside outside upon".split())
_PARTICLES = frozenset("back off up down out over away on in for to from of with into at through aside apart together by home ahead".split())
_FAR_PARTICLES = frozenset("back off up down out over away home".split())
_OPENERS = frozenset("after before while because although though when if unless until since amid despite following whether once lest whereas as even".split())
_RELATIVES = frozenset("who which whose where whom".split())
_PRONOUNS = frozenset("he she it they we i you who which this that".split())
_MODALS = frozenset("will would shall should can could may might must won't wouldn't can't couldn't 'll 'd".split())
_HEDGES = frozenset("may might could would if unless whether reportedly possibly perhaps likely".split())
_BE = frozenset("is are was were be been being 's 're isn't aren't wasn't weren't get gets got remain remains remained am becomes became".split())
_HAVE = frozenset("has have had having hasn't haven't hadn't 've".split())
_DO = frozenset("do does did don't doesn't didn't".split())
_STOPS = frozenset(".!?;:—–()\"“”|/")
_VERB_FORMS_OF_BE = _BE | _HAVE | _DO
_ADVERBS = frozenset("also again still now then soon once only just further already yet ever even always far long together here there today tomorrow yesterday back so".split())
_IRREGULAR = """begin began begun;break broke broken;bring brought;build built;buy bought;choose chose chosen;come came come;cut cut;deal dealt;draw drew drawn;drive drove driven;fall fell fallen;fight fought;fly flew flown;forget forgot forgotten;forgive forgave forgiven;forswear forswore forsworn;forgo forwent forgone;freeze froze frozen;get got gotten;give gave given;go went gone;grow grew grown;hear heard;hit hit;hold held;keep kept;know knew known;lay laid;lead led;leave left;let let;lose lost;make made;meet met;oversee oversaw;overthrow overthrew overthrown;pay paid;put put;quit quit;read read;rebuild rebuilt;repay repaid;retake retook retaken;ride rode ridden;rise rose risen;run ran run;say said;see saw seen;seek sought;sell sold;send sent;set set;shake shook shaken;shoot shot;show showed shown;shut shut;sink sank sunk;sit sat;speak spoke spoken;spread spread;stand stood;stick stuck;sting stung;strike struck struck;strike_2 struck stricken;swear swore sworn;sweep swept;take took taken;tear tore torn;tell told;think thought;throw threw thrown;understand understood;undertake undertook undertaken;uphold upheld;win won;withdraw withdrew withdrawn;withhold withheld;write wrote written;overrun overran overrun;bend bent;bite bit;undo undid undone;unwind unwound;become became become;hurl hurled;bid bid;shed shed;find found;lie lay;mean meant;wear wore worn;flee fled;dig dug;bow bowed;veto vetoed;beat beat beaten;cast cast;spend spent;feed fed;split split;backslide backslid;overfly overflew overflown;overstep overstepped;row rowed;cave caved"""
_DOUBLED = frozenset("stop ban bar drop cut hit slap slam rap trim scrap snub ship plan plot step spur bat dim ebb rip prod admit commit permit submit transfer refer defer deter expel compel propel repel rebel cancel jam nod pat hug ram tap top wrap gun chat swap map pin net quit abet axe impel clap trap fan tap strip scrub sub scar annul recur concur occur blot sag nip grip worsen_2 nix_2 unwrap equip rein_2 format_2 signal label level quarrel travel counsel model channel shun can sin run rap dig put set get let sit win begin cap".split())


class Token(NamedTuple):
    """A word: in small letters, a name as ``NAME``, a number as ``NUM``, and where it stands."""

    word: str
    start: int
    end: int


class Frame(NamedTuple):
    """What one clause says: a verb, what it is done to, and which way that leans.

    Parameters
    ----------
    verb, group : str
        Lemma and its group in ``grammar.toml``; ``-`` where the clause has no verb.
    noun, side : str
        Head of the object (of the subject where there is none) and its group.
    flags : frozenset of str
        ``not``, ``no`` (of the object), ``hedge``, ``plan``, ``passive``, ``reported``, ``urged``, ``main`` ...
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


@cache
def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, tuple[str, str]]]:
    """Return the groups of verbs and of nouns, and what every form of a verb is a form of."""
    raw = tomllib.loads(files("eventstudy.news").joinpath("grammar.toml").read_text(encoding="utf-8"))
    verbs: dict[str, str] = {}
    nouns: dict[str, str] = {}
    for name, text in raw["verbs"].items():
        for lemma in text.split():
            verbs.setdefault(lemma, name)
    for name, text in raw["nouns"].items():
        for lemma in text.split():
            nouns.setdefault(lemma, name)
    forms: dict[str, tuple[str, str]] = {}
    irregular = {row.split()[0]: row.split()[1:] for row in _IRREGULAR.split(";")}
    lemmas = dict.fromkeys([*(lemma.split("_")[0] for lemma in verbs), *irregular])
    for lemma in lemmas:
        for kind, form in _inflected(lemma, irregular.get(lemma)):
            forms.setdefault(form, (lemma, kind))
    return verbs, nouns, forms


def _inflected(lemma: str, irregular: Sequence[str] | None) -> list[tuple[str, str]]:
    """Return the forms of a verb with their kinds: base, s, past, part, ing."""
    stem = lemma[:-1] if lemma.endswith("e") and not lemma.endswith(("ee", "oe", "ye")) else lemma
    if lemma in _DOUBLED:
        stem = lemma + lemma[-1]
    if lemma.endswith("y") and lemma[-2] not in "aeiou":
        third, past = lemma[:-1] + "ies", lemma[:-1] + "ied"
    else:
        third = lemma + ("es" if lemma.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")
        past = lemma + "d" if lemma.endswith("e") else stem + "ed"
    ing = stem + "ing" if not lemma.endswith("ie") else lemma[:-2] + "ying"
    found = [("base", lemma), ("s", third), ("ing", ing)]
    if irregular:
        return [*found, ("past", irregular[0]), ("part", irregular[-1])]
    extra = [("past", lemma + "ed"), ("ing", lemma + "ing")] if lemma.endswith("l") and lemma in _DOUBLED else []
    if "is" in lemma[-3:] and lemma.endswith("ise"):
        american = lemma[:-3] + "iz"
        extra += [("base", american + "e"), ("s", american + "es"), ("past", american + "ed"), ("ing", american + "ing")]
    return [*found, ("past", past), *extra]


@cache
def _capital_names() -> re.Pattern[str]:
    """Find the names of the table of actors in a text without regard to case, for wires in capitals."""
    names = sorted((name for name in default_actors().codes if len(name) > 2 or name in {"EU", "UN", "UK"}), key=len, reverse=True)
    return re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, names)) + r")(?!\w)", re.IGNORECASE)


def tokens(text: str) -> list[Token]:
    """Return the words of a text in small letters, names and numbers masked, so that no country means a stance."""
    found = list(_TOKEN.finditer(text))
    letters = [one.group() for one in found if one.group()[0].isalpha()]
    long = [word for word in letters if len(word) > 3]
    titled = len(long) > 2 and sum(word[0].isupper() for word in long) > 0.6 * len(long)
    named = set()
    pattern = _capital_names() if titled else default_actors().names
    for match in pattern.finditer(text):
        named.update(range(match.start(), match.end()))
    rows: list[Token] = []
    opening = True
    for one in found:
        word, start, end = one.group(), one.start(), one.end()
        low = word.lower().replace("’", "'")
        if start in named or (word[0].isupper() and not titled and not (opening and _known(low)) and low != "i"):
            tail = "'s" if low.endswith("'s") else ""
            if rows and rows[-1].word == "NAME":
                rows[-1] = Token("NAME", rows[-1].start, end)
            else:
                rows.append(Token("NAME", start, end))
            if tail:
                rows.append(Token("'s", end - 2, end))
        elif word[0].isdigit():
            rows.append(Token("NUM", start, end))
        elif low.endswith("'s") and len(low) > 2:
            rows += [Token(low[:-2], start, end - 2), Token("'s", end - 2, end)]
        elif low in {"u.s", "u.n", "e.u", "u.k"}:
            rows.append(Token("NAME", start, end))
        else:
            rows.append(Token(low, start, end))
        opening = word in ".!?:“\"‘'—" or (opening and not word[0].isalnum())
    return rows


@cache
def _common() -> frozenset[str]:
    return frozenset().union(_DETERMINERS, _NEGATORS, _PREPOSITIONS, _OPENERS, _RELATIVES, _PRONOUNS, _MODALS, _VERB_FORMS_OF_BE, _ADVERBS) | {"and", "but", "or", "talks", "new", "two", "three", "both", "there", "foreign", "peace", "nuclear", "air", "former", "top", "senior", "hundreds", "thousands"}


def _known(low: str) -> bool:
    """Whether a word at the beginning of a sentence is an ordinary one, not a name."""
    return low in _common() or low in _tables()[2] or noun_group(low) != "" or low.endswith(("ly", "ing", "ed"))


def noun_group(word: str) -> str:
    """Return the group of a noun, singular or plural, or an empty string."""
    nouns = _tables()[1]
    for form in _singulars(word):
        if form in nouns:
            return nouns[form]
    if "-" in word:
        return noun_group(word.rsplit("-", 1)[1])
    return ""


def _singulars(word: str) -> list[str]:
    forms = [word]
    if word.endswith("ies"):
        forms.append(word[:-3] + "y")
    if word.endswith("es"):
        forms.append(word[:-2])
    if word.endswith("s"):
        forms.append(word[:-1])
    if word.endswith("men"):
        forms.append(word[:-2] + "an")
    return forms


#: The side of a group of nouns: 1 raises when there is more of it, -1 folds.
_SIDES = {"hostile": 1, "military": 1, "coercion": 1, "threat": 1, "tension": 1, "talks": -1, "deal": -1, "relations": -1, "proposal": -1, "calm": -1, "diplomat": -1}
_NAMES = {1: "raise", -1: "fold"}
_TURNED = {"raise": "fold", "fold": "raise"}


def _lean(group: str, side: str) -> str:
    """Return which way a verb and what it is done to lean together."""
    base, _, default = group.partition("_")
    sign = _SIDES.get(side, 0)
    if base in {"force", "coerce", "scold", "violate"}:
        if base == "force" and side in {"deal"}:
            return "fold"
        return "fold" if base == "violate" and side in {"hostile", "coercion", "tension"} else "raise"
    if base in {"relent", "welcome"}:
        return "fold"
    if base == "up":
        return _NAMES.get(sign, default)
    if base == "down":
        return _NAMES.get(-sign, default)
    if base == "accept":
        return "raise" if sign > 0 and side != "threat" else "fold"
    if base == "reject":
        return "fold" if side in {"hostile", "coercion", "military", "tension"} else "raise"
    if base == "demand":
        return "fold" if side in {"talks", "calm"} else "raise"
    if base == "urge":
        return _NAMES.get(sign, "hold")
    if base == "defer":
        return "fold" if side in {"hostile", "coercion", "military"} else "hold"
    if base in {"talk", "look", "keep"}:
        return "hold"
    if base == "rise":
        return _NAMES.get(sign, "")
    if base == "fall":
        return _NAMES.get(-sign, "")
    return ""


def _combined(chain: Sequence[str], lean: str, flags: set[str]) -> str:
    """Return the lean of a verb under the verbs above it, the nearest applied first."""
    for group in reversed(chain):
        base = group.partition("_")[0]
        if base in {"reject", "down", "fall"}:
            lean = _TURNED.get(lean, "raise" if base == "reject" else lean)
        elif base == "scold":
            lean = "raise"
        elif base == "demand":
            lean = "raise" if lean != "raise" or "urged" in flags else lean
        elif base in {"look", "defer"}:
            lean = "hold"
        elif base == "accept" and not lean:
            lean = "fold"
    return lean


def frames(rows: Sequence[Token]) -> list[Frame]:
    """Return what the clauses of a text say, the main ones first.

    Examples
    --------
    >>> found = frames(tokens("The ministry refused to lift the sanctions after talks collapsed."))
    >>> [(one.chain, one.verb, one.noun, one.lean) for one in found]
    [('', 'refuse', 'sanction', 'raise'), ('', 'collapse', 'talk', 'raise')]
    """
    words = [row.word for row in rows]
    main: list[Frame] = []
    minor: list[Frame] = []
    for start, end, opener in _clauses(words):
        found = _read(words, start, end, opener)
        (minor if opener in _OPENERS or opener in _RELATIVES else main).extend(found)
    return [*main, *minor]


def _clauses(words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Cut at stops, at commas and 'and' before a verb, and at words that open a clause."""
    cuts: list[tuple[int, int, str]] = []
    start, opener = 0, ""
    for k, word in enumerate(words):
        cut = ""
        if word in _STOPS:
            cut = word
        elif word == ",":
            cut = ","
        elif word in _OPENERS or word in _RELATIVES:
            cut = word
        elif word in {"but", "and", "or"} and k > start and (word == "but" or any(_verb(words, at) for at in range(k + 1, min(k + 3, len(words))))):
            cut = word
        if not cut:
            continue
        if k > start:
            cuts.append((start, k, opener))
            start, opener = k + 1, cut if cut != "," else ","
        else:
            start, opener = k + 1, (cut if cut in _OPENERS or cut in _RELATIVES or opener in {"", ","} else opener)
    if start < len(words):
        cuts.append((start, len(words), opener))
    return cuts


def _verb(words: Sequence[str], k: int) -> tuple[str, str] | None:
    """Return lemma and kind if the word stands as a verb."""
    forms = _tables()[2]
    word = words[k]
    before = words[k - 1] if k else ""
    form = forms.get(word)
    if form is None:
        if word in _VERB_FORMS_OF_BE or word in _MODALS or not word.endswith("ed") or len(word) < 5 or word in {"united", "armed", "unprecedented", "so-called", "proposed", "indeed", "hundred"}:
            return None
        form = (word, "past")
    ambiguous = noun_group(word) != "" or form[1] in {"base", "s"}
    if before in _DETERMINERS and before not in {"that", "this", "both", "all", "some"}:
        return None
    if before in {"no", "little", "few", "scant", "without"} and (ambiguous or form[1] == "ing"):
        return None
    if before in {"'s", "NUM"} and (ambiguous or form[1] == "ing"):
        return None
    if form[1] == "base" and before not in {"to"} and before not in _MODALS and before not in _DO and ambiguous and before in _PREPOSITIONS | {"NUM"}:
        return None
    if before in _PREPOSITIONS - {"to", "out", "up", "down", "off", "over"} and noun_group(word):
        return None
    if before == "to" and form[1] == "s":
        return None
    return form


def _read(words: Sequence[str], start: int, end: int, opener: str = "") -> list[Frame]:
    """Return the frames of a clause: its verb and the verbs it governs; without a verb its nouns."""
    at = _main_verb(words, start, end, opener)
    if at is None:
        return _nominal(words, start, end)
    return _frame(words, start, at, end, (), frozenset())


def _main_verb(words: Sequence[str], start: int, end: int, opener: str) -> int | None:
    """Return where the finite verb of a clause stands."""
    candidates = [k for k in range(start, end) if _verb(words, k)]
    if not candidates:
        return None
    governed = {k for k in candidates if k > start and words[k - 1] in _MODALS | _DO | _HAVE | _BE | {"to", "not", "n't"}}
    for k in candidates:
        form = _verb(words, k)
        assert form is not None
        kind = form[1]
        if kind == "ing" and k not in governed:
            continue
        if k in governed:
            return k
        ambiguous = noun_group(words[k]) != "" and kind in {"base", "s"}
        if k == start and k + 1 < end and kind in {"base", "s"} and (ambiguous or kind == "s") and opener in {"", ",", ":", ".", "that"}:
            continue
        later = [j for j in candidates if j > k and (_verb(words, j) or ("", ""))[1] in {"past", "part", "s", "base"} and not any(w in {"to", "that"} for w in words[k + 1 : j])]
        if ambiguous and any(j - k <= 3 and not any(w in _PREPOSITIONS for w in words[k + 1 : j]) for j in later):
            continue
        if ambiguous and k + 1 < end and words[k + 1] in _BE | _HAVE | _MODALS | _DO:
            continue
        if kind == "base" and k > start and words[k - 1] == "NAME" and ambiguous and later:
            continue
        if kind in {"past", "part"} and k + 1 < end and words[k + 1] in {"by", "in", "near", "at", "from"} and any(words[j - 1] in _BE | _HAVE for j in later):
            continue
        return k
    return None if opener == "" and candidates[0] == start else candidates[0]


def _phrasal(words: Sequence[str], k: int, end: int, lemma: str) -> tuple[str, int]:
    """Return the lemma with its particles, and where the verb ends."""
    verbs = _tables()[0]
    nxt = words[k + 1] if k + 1 < end else ""
    two = f"{lemma}_{nxt}_{words[k + 2]}" if k + 2 < end else ""
    if two in verbs:
        return two, k + 2
    singular = _singulars(nxt)
    for form in singular:
        if f"{lemma}_{form}" in verbs and (nxt not in {"to"} or not (k + 2 < end and _verb(words, k + 2))):
            return f"{lemma}_{form}", k + 1
    for j in range(k + 2, min(k + 8, end)):
        if words[j] in _STOPS or words[j] == ",":
            break
        if words[j] in _FAR_PARTICLES and f"{lemma}_{words[j]}" in verbs:
            return f"{lemma}_{words[j]}", k
        if j < k + 5 and words[j] not in _PARTICLES:
            for form in _singulars(words[j]):
                if f"{lemma}_{form}" in verbs:
                    return f"{lemma}_{form}", k
    return lemma, k


def _frame(words: Sequence[str], start: int, at: int, end: int, chain: tuple[str, ...], inherited: frozenset[str]) -> list[Frame]:
    """Read one verb, its object, and the verb or clause that it governs."""
    verbs, nouns, _ = _tables()
    form = _verb(words, at)
    lemma, kind = form if form else (words[at], "base")
    lemma, last = _phrasal(words, at, end, lemma)
    group = verbs.get(lemma) or "other"
    flags = set(inherited)
    before = words[max(start, at - 5) : at]
    near = before[-3:]
    if any(word in {"not", "never", "n't", "cannot", "neither", "hardly", "barely", "unlikely"} or word.endswith("n't") for word in near) or ("no" in before and "longer" in before):
        flags.add("not")
    if any(word in _HEDGES for word in before):
        flags.add("hedge")
    if near and (near[-1] == "to" and not chain or any(w in {"will", "'ll", "shall", "won't"} for w in near)):
        flags.add("plan")
    passive = kind in {"past", "part"} and any(word in _BE or word in {"been"} for word in near)
    told, side, prepositions, stop = _object(words, last + 1, end)
    noun = words[told] if told is not None else ""
    heads = [told] if told is not None else []
    if any(word in {"no", "little", "few", "scant", "zero", "without"} for word in words[last + 1 : (told or last) + 1]):
        flags.add("no")
    governed = _governed(words, last + 1, end, stop)
    subject, subject_side = _subject(words, start, at)
    bare = kind in {"past", "part"} and not noun and subject is not None and subject_side in {"talks", "deal", "relations", "proposal", "coercion", "diplomat", "captive", "hostile", "military", "tension", "calm", "threat"}
    if (passive or bare or (not noun and group in {"rise", "fall"}) or (not side and not governed and subject_side)) and subject is not None and not (not passive and group in {"force", "coerce", "scold"} and not bare):
        if passive or bare:
            flags.add("passive")
        if subject_side and not side:
            heads, noun, side = [subject], words[subject], subject_side
        if any(word in {"no", "few", "little"} for word in words[max(start, subject - 3) : subject]):
            flags.add("no")
    if prepositions:
        flags.add("at:" + prepositions)
    lean = _lean(group, side)
    if "no" in flags or "not" in flags:
        lean = _TURNED.get(lean, lean) if ("no" in flags) != ("not" in flags) else lean
    head = _singulars(noun)[-1] if noun and noun not in nouns else noun
    own = tuple(dict.fromkeys([*range(at, last + 1), *heads]))
    if governed is None:
        return [Frame(lemma, group, head, side, frozenset(flags), _combined(chain, lean, flags), ">".join(chain), own)]
    mode, where = governed
    if mode == "that" or group == "say":
        inner = _read(words, where, end) if mode == "that" else _frame(words, where, where, end, chain, frozenset({"reported"}))
        inner = [one._replace(flags=one.flags | {"reported"}, chain=">".join(filter(None, [*chain, group if group != "say" else "say", one.chain]))) for one in inner]
        if group in {"scold", "demand", "urge", "reject"}:
            return [Frame(lemma, group, head, side, frozenset(flags), lean, ">".join(chain), own), *inner]
        return inner or [Frame(lemma, group, head, side, frozenset(flags), lean, ">".join(chain), own)]
    if group in {"demand", "urge"}:
        flags.add("urged")
    above = (*chain, ("not-" if "not" in flags else "") + group)
    passed = frozenset(flags - {"not", "no", "passive"} - {flag for flag in flags if flag.startswith("at:")})
    inner = _frame(words, where, where, end, above, passed)
    if "not" in flags:
        inner = [one._replace(lean=_TURNED.get(one.lean, one.lean)) for one in inner]
    return [one._replace(words=(*own[: last - at + 1], *one.words)) if k == 0 else one for k, one in enumerate(inner)]


def _governed(words: Sequence[str], first: int, end: int, stop: int) -> tuple[str, int] | None:
    """Return where a governed verb ('to lift', 'lifting') or clause ('that ...') begins, if one does."""
    for k in range(first, min(end, max(stop + 1, first + 1))):
        word = words[k]
        if word == "that":
            return "that", k + 1
        if word == "to" and k + 1 < end and (_tables()[2].get(words[k + 1]) or ("", ""))[1] == "base" and _verb(words, k + 1):
            return "to", k + 1
        if word == "from" and k + 1 < end and (_tables()[2].get(words[k + 1]) or ("", ""))[1] == "ing":
            return "to", k + 1
        if k == first and (_tables()[2].get(word) or ("", ""))[1] == "ing" and not noun_group(word):
            return "to", k
        if k > first and (word in _MODALS or (word in _BE | _HAVE | _DO)):
            return "that", first
        form = _verb(words, k)
        if k > first and form and form[1] in {"past", "s"} and words[k - 1] in {"NAME", *_PRONOUNS}:
            return "that", first
    return None


def _object(words: Sequence[str], first: int, end: int) -> tuple[int | None, str, str, int]:
    """Return the head of the object and its group; failing that, of what a preposition brings; where it ends."""
    head: int | None = None
    side = ""
    preposition = ""
    phrases = 0
    k = first
    stop = end
    while k < end:
        word = words[k]
        if word in {"to", "that"} and k + 1 < end and (word == "that" or _verb(words, k + 1)):
            stop = k
            break
        if word in _PREPOSITIONS and word not in _DETERMINERS:
            if side and side not in {"quantity", "person"}:
                stop = k
                break
            if side in {"quantity"}:
                side, head = "", None
            phrases += 1
            if word != "of":
                preposition = word
            if phrases > 3:
                stop = k
                break
        elif word in _DETERMINERS or word in {"NAME", "NUM", "'s", "and", "or", ","} or word in _NEGATORS or word in _ADVERBS or word.endswith("ly"):
            pass
        else:
            form = _verb(words, k)
            group = noun_group(word)
            if form and form[1] in {"past", "part", "s"} and not group and head is not None:
                stop = k
                break
            if word in _MODALS or word in _VERB_FORMS_OF_BE:
                stop = k
                break
            if group and (not side or side in {"person", "quantity", "other", "civil", "captive"} or k == (head or 0) + 1):
                head, side = k, group
            elif not side:
                head = k
            elif head is not None and k == head + 1 and not group and not form:
                head = k if not side else head
        k += 1
    return head, side, preposition, stop


def _subject(words: Sequence[str], start: int, at: int) -> tuple[int | None, str]:
    """Return the head of what stands before the verb, and its group: the last known noun of the first noun phrase."""
    head: int | None = None
    side = ""
    for k in range(start, at):
        word = words[k]
        if word in _MODALS or word in _VERB_FORMS_OF_BE:
            break
        if word in _PREPOSITIONS and side and side != "quantity":
            break
        group = noun_group(word)
        if group:
            head, side = k, group
    return head, side


def _nominal(words: Sequence[str], start: int, end: int) -> list[Frame]:
    """Return a frame for a clause without a verb: its first noun that has a side."""
    for k in range(start, end):
        side = noun_group(words[k])
        if side in _SIDES:
            flags = {"no"} if any(word in _NEGATORS for word in words[max(start, k - 4) : k]) else set()
            lean = _NAMES[_SIDES[side]]
            return [Frame("-", "-", _singulars(words[k])[-1], side, frozenset(flags), _TURNED[lean] if flags else lean, "", (k,))]
    return []


def groups() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the groups of verbs and nouns."""
    return _tables()[:2]
