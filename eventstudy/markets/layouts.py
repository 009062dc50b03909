"""Which column of a price file is what: its dates, its figures, the field of a market, whose figures a row holds."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from itertools import combinations, pairwise, permutations, product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from eventstudy import cells
from eventstudy.errors import InputError
from eventstudy.files import bundled_toml
from eventstudy.markets.instrument import entry_of
from eventstudy.tables import TIME_WORDS, cell_text, heading

BAR_FIELDS = {"close", "adjusted", "open", "high", "low", "volume"}
_CORE = {*BAR_FIELDS, "return"}
_PRICES = BAR_FIELDS - {"volume"}
_HALF, _MOST, _LOOKED_AT, _COLUMNS_LOOKED_AT = 0.5, 0.9, 200, 1000
_CLOCK_ONLY = re.compile(r"\d{1,2}:\d{2}(:\d{2})?").fullmatch
_DIGIT_CLOCK = re.compile(r"\d{1,6}").fullmatch
_MOVING_AVERAGE = re.compile(r"(?:[sewd]?ma|smavg|rsi|atr|ubb|lbb|bolband) ?\(?\d+[^)]*\)?(?: on .*)?").fullmatch
#: A heading and what may be its unit: `Close, RUB`, `Volume (shares)`, `Schlusskurs in EUR`, `Close_USD`.
_LONGEST_UNIT = 100
_WITH_UNIT = re.compile(r"(.+?)(?:\s*[(\[](?:[\d.]+ )?|,\s*|\s+in\s+|[ _/])([^\s()\[\],_/]+)(?:/[\w.]+)?[)\]]?")
#: What a file's name says beside its market's.
_DOWNLOADED = re.compile(r"(?i)[ _-]*(historical (data|prices)|прошлые данные|historische daten|\(\d+\)|_d|_daily)$")
#: Of two columns whose difference has less memory than this, bounded by two others: open and close.
_NO_MEMORY, _CROSSING, _ENOUGH_ROWS, _MOST_FIELDS = 0.3, 0.1, 20, 12


def plain(name: str) -> str:
    """Return a heading without accents, stars, numbers before it and points behind it."""
    letters = unicodedata.normalize("NFKD", heading(name).replace("ł", "l"))
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", re.sub(r"^\d+[a-b]?\. ", "", bare)).replace(".", "").rstrip("*: ").strip()


_TABLES = bundled_toml("eventstudy.markets", "layouts.toml")
_HEADINGS: dict[str, list[str]] = _TABLES["headings"]
_FIELDS = {plain(word): field for field, words in _TABLES["fields"].items() for word in words}
_NAMES = [plain(word) for word in _TABLES["fields"]["name"]]
_VAGUE = dict.fromkeys(_HEADINGS["vague"], 1) | dict.fromkeys(_HEADINGS["quotes"], 2)


@lru_cache(2 * _COLUMNS_LOOKED_AT)  # of one table each is asked for several times
def split_field(name: str) -> tuple[str, str]:
    """Return the market that a heading names, '' where none, and the field, '' where it is not one's.

    Examples
    --------
    >>> split_field("EMB_Adj Close"), split_field("Vol."), split_field("Close|BZ=F"), split_field("imoex")
    (('EMB', 'adjusted'), ('', 'volume'), ('BZ=F', 'close'), ('imoex', ''))
    """
    return split_fields([name])[name]


def split_fields(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return what `split_field` does of each column, as the header as a whole says it.

    Of several levels one holds the fields, and what stands in the others is a market: `LOW` in `Close|LOW` is Lowe's.

    Examples
    --------
    >>> split_fields(["Close|LOW", "Close|NET"]), split_fields(["NET", "CRWD"])
    ({'Close|LOW': ('LOW', 'close'), 'Close|NET': ('NET', 'close')}, {'NET': ('NET', ''), 'CRWD': ('CRWD', '')})
    """
    parted = ((name, re.sub(r"^\('?(.*?)'?\)$", r"\1", name).replace("', '", "|").split("|")) for name in names)
    rows = {name: [*filter(None, map(str.strip, row))] if len(row) > 1 else [name] for name, row in parted}
    several = [row for row in rows.values() if len(row) > 1]

    def fields(k: int) -> tuple[int, int, int]:
        words = [row[k] for row in several if k < len(row) and plain(row[k]) in _FIELDS]
        # Tickers are in capitals; of two levels of field words that with more of them, and more different ones.
        return sum(not word.isupper() for word in words), len(words), len({*words})

    level = max(reversed(range(max(map(len, several), default=1))), key=fields)
    if not fields(level)[1]:
        rows = {name: [part for part in row if not _is_unit(part)] or row[:1] for name, row in rows.items()}
    elif layout_of(names) != "yahoo":
        units = _levels_of_units(several, level)
        rows = {name: [part for k, part in enumerate(row) if k not in units] for name, row in rows.items()}
        level -= sum(k < level for k in units)
    found = {name: _split("|".join(row) or name, level) for name, row in rows.items()}
    # Of names that begin with a field: how many begin and how many end alike.
    begun = Counter(name.removesuffix(of) for name, (of, _) in found.items() if of)
    often = Counter(of for of, _ in found.values())
    bar = any(field in _PRICES and not of for of, field in found.values())
    # `Close_EURO` beside `Close_RUB=X` is of a market, whose name may be a unit's.
    nameless = [name for name, (of, _) in found.items() if not of]
    joined = {name: one for name in nameless if (one := _joined(name)) and begun[name.removesuffix(one[0])]}
    found |= joined if len(joined) == len(nameless) else {}
    for name, (of, _) in found.items():
        begin = name.removesuffix(of)
        ahead = not bar and begin.rstrip().casefold() in _HEADINGS["ahead"] and begin.endswith(" ")
        if ahead and of[:1].isupper() and not of.isupper() and entry_of(of) is None and begun[begin] == often[of] == 1:
            found[name] = name, ""  # `Close Brothers` is a company; `Close Brent` beside `Close WTI` is a close
    return _with_tickers(found)


def _levels_of_units(rows: Sequence[Sequence[str]], level: int) -> set[int]:
    """Return the levels that hold units or the fields again; units of volumes and changes are any words."""
    found, columns = set(), [_split(row[level], 0)[1] for row in rows if level < len(row)]
    several = len({*columns}) < len(columns)  # of one market each field is one column
    for k in range(max(map(len, rows))):
        parts = [(row[k], _split(row[level], 0)[1]) for row in rows if max(k, level) < len(row)]
        said = [part for part, field in parts if field in {*_PRICES, ""}] or [part for part, _ in parts]
        again = k > 1 and all(_FIELDS.get(plain(part)) == field for part, field in parts)  # PX_LAST below `Last Price`
        if k != level and said and (again or (all if several else any)(map(_is_unit, said))):
            found.add(k)
    return found


def _is_unit(part: str) -> bool:
    return re.split("[/ ]", part)[0].casefold() in _HEADINGS["units"]


def _split(name: str, level: int) -> tuple[str, str]:
    """Return market and field of one heading; of its levels one holds the fields."""
    bare = "return" if "%" in name and plain(name.replace("%", "")) in _FIELDS else ""
    if found := _FIELDS.get(plain(name), "") or bare or ("other" if _MOVING_AVERAGE(heading(name)) else ""):
        return "", found
    if "|" in name:
        parts = name.split("|")
        of, field = _split(parts.pop(min(level, len(parts) - 1)), 0)
        return ("|".join(parts), field) if field and not of else (name, "")
    unit = _WITH_UNIT.fullmatch(name.strip()) if len(name) <= _LONGEST_UNIT else None
    word = unit[2].casefold().strip(".") if unit else ""
    bracketed = name.strip()[-1:] in {")", "]"} and word in _HEADINGS["bracketed"]
    if unit and (bracketed or word in _HEADINGS["units"]):
        of, field = _split(unit[1], level)
        if field and (word not in {"b", "k", "m"} or field not in _PRICES):  # `Close (M)` may be Macy's
            return of, field
    if found := _joined(name.strip()):
        return found
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)  # BidClose, EMBClose
    return (name.strip(), "") if parted == name or not (found := _split(parted, level))[1] else found


def _joined(name: str) -> tuple[str, str] | None:
    """Return market and field of a heading in which a field stands before or behind a market; None of others."""
    folded = re.sub(r"[_.:/-]", " ", name).casefold()
    for word, behind in product(_HEADINGS["joined"], (True, False)) if " " in folded else ():
        if not (folded.endswith((f" {word}", f" ({word})")) if behind else folded.startswith(f"{word} ")):
            continue
        cut = len(name) - len(word) - 1 if behind else len(word)
        begin, end = name[:cut], name[cut:]
        market, said = (begin.rstrip(" _.:/(-"), end) if behind else (end.strip(" _.:/()-"), begin)
        of = _FIELDS.get(plain(market.partition(" (")[0]), "other" if heading(market) in TIME_WORDS else "")
        if not of or (market.isupper() and not said.isupper()):  # LOW_Close
            return market, _FIELDS[word]
        if heading(market) in _HEADINGS["either"]:  # High Yield
            return name, ""
        # The adjusted closing price, an adjusted volume, the time of the close are of no market of that name. Of
        # Low_OPEN the other part is the field, which the next rounds find.
        if market.isupper() or not said.isupper():
            return "", _FIELDS[word] if of == "close" else "other"
    return None


def layout_of(names: Sequence[str]) -> str:
    """Return whose layout the headings of a file prove, '' where they could be anybody's.

    Examples
    --------
    >>> layout_of(["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"]), layout_of(["date", "close"])
    ('yahoo', '')
    """
    parts = [part.strip() for name in names for part in name.split("|")]
    said = {*parts, *(f"~{plain(part)}" for part in parts), *("|" for name in names if "|" in name)}
    return next((layout for layout, rows in _TABLES["proofs"].items() if any(map(said.issuperset, rows))), "")


def choose_columns(
    names: Sequence[str], figures: str, asked: Sequence[str], source: str
) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Return the fields of each market among the columns of figures, and the columns left out.

    Parameters
    ----------
    names : sequence of str
        The columns that hold figures.
    figures : {'prices', 'bars', 'returns', 'volumes'}
        What is wanted.
    asked : sequence of str
        The columns that the user named, by their headings or a level of them; empty: whatever the headings say.
    source : str
        What to call the file in messages.

    Returns
    -------
    markets : dict of str to dict of str to str
        By market ('' where the columns do not name it) the column of each field, the one used first.
    left_out : list of str
        Columns that are no field of a market and no market of their own.

    Raises
    ------
    InputError
        If nothing of what is wanted is there, or a column may be a market or a field.
    """
    found = split_fields(names)
    of = {name: one for name, one in found.items() if one[1] and one[0] in asked}
    if asked and ({*asked} & {*names} or {*asked} != {market for market, _ in of.values()}):  # columns, no tickers
        return _asked(found, asked, source), []
    found, names = (of, [*of]) if asked else (found, names)
    letters = {name: name.casefold() for name in names if name.casefold() in _TABLES["letters"]}
    if set("ohlc") <= set(names) or (set("ohlc") <= {*letters.values()} and len(letters) == len(names)):
        found |= {name: ("", _TABLES["letters"][letter]) for name, letter in letters.items()}
    wanted = {"volumes": ("volume",), "returns": ("return",)}.get(figures, ("close", "adjusted"))
    vague = {name: _VAGUE.get(plain(name), 0) for name in names}
    if len(names) == 1 and vague[names[0]]:
        return {"": {wanted[0]: names[0]}}, []
    markets: dict[str, dict[str, str]] = {}
    for name in sorted((name for name in names if found[name][1] in _CORE), key=vague.__getitem__):
        ticker, field = found[name]
        first = markets.setdefault(ticker, {}).setdefault(field, name)
        if first != name and field in wanted and vague[first] == vague[name]:
            raise InputError(f"{source}: '{first}' and '{name}' may both be the {field}; name one with --column")
    whole = {market: of for market, of in markets.items() if set(wanted) & set(of)}
    own = [name for name, (_, field) in found.items() if not field]  # markets, beside which measures are none
    no_market = _CORE | {"other"} if markets or own else _CORE
    # `OI` among `AAPL` and `MSFT` may be a ticker rather than a measure.
    tickers = [] if whole else [name for name in names if re.fullmatch("[A-Z]{1,3}", name)]
    others = [n for n, (_, field) in found.items() if field not in no_market or (field == "other" and n in tickers)]
    bars = any({"open", "high", "low"} & set(of) for of in markets.values())
    if whole and (bars or not others or figures in {"returns", "volumes"}):
        return whole, others
    if others and (bars or "" in whole or len(own) == 1 < len(others)):
        among = cells.brief_list(others)
        which = cells.brief_list(name for name in others if name not in own)
        no_close = f"an open, high or low without a close, which may be any of {among}"
        why = no_close if bars or not own else f"{which} may be a market, or a measure of {own[0]}"
        if whole:
            price = next(iter(whole[""].values()))
            why = f"'{price}' may be the price of the one market or of one market among {among}"
        raise InputError(f"{source}: {why}; name the columns of prices with --column")
    if not others:
        there = f"; it has: {cells.brief_list(names)}; name one with --column" if names else ""
        there += ", or give --data-kind returns" * any("return" in of for of in markets.values())
        raise InputError(f"{source} has no column of {figures}{there}")
    beside, often = set(others), Counter(found[name][0] for name in others)
    left_out = [name for name, (ticker, _) in found.items() if name not in beside and ticker not in whole]
    called = {name: found[name][0] if not found[name][1] and often[found[name][0]] == 1 else name for name in others}
    return whole | {called[name]: {wanted[0]: name} for name in others}, left_out


def _with_tickers(found: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return fields of columns; among tickers in capitals `LOW`, `NYSE:LOW` and `NET` are markets.

    A bar has a close, or both a high and a low; changes beside markets are refused by their figures.
    """
    fields = {field for _, field in found.values()}
    if fields & {"close", "adjusted"} or {"high", "low"} <= fields:
        return found
    own = [name for name, (_, field) in found.items() if not field]
    words = [name for name in found if own and heading(name) in _HEADINGS["either"]]
    if "".join(found).isupper():
        bars = {"open", "high", "low", "return"}
        bare = [name for name, (of, field) in found.items() if (not of or ":" in name) and field in bars]
        words += [name for name in bare if ":" in name or len(found) - len(bare) > 1]
    return found | {name: (name, "") for name in words}


def _asked(found: Mapping[str, tuple[str, str]], asked: Sequence[str], source: str) -> dict[str, dict[str, str]]:
    """Return the columns that the user named, by their headings or by a level of them; each is a market."""
    folded, bare = {*map(heading, asked)}, {*map(plain, asked)}
    chosen = [name for name in found if name in asked or heading(name) in folded]
    chosen = chosen or [name for name in found if {*map(plain, name.split("|"))} & bare]
    levels = {plain(part) for name in chosen for part in (name, *name.split("|"))}
    if absent := [one for one in asked if not chosen or plain(one) not in levels]:
        raise InputError(f"{source} has no column of figures {' or '.join(absent)}; it has: {cells.brief_list(found)}")
    # `LOW US Equity` is a share, and EMB_Low not what is meant by EMB.
    part = {"open", "high", "low"}
    tickers = [name if of and field in part else of for name in chosen for of, field in [found[name]]]
    often, alone = Counter(tickers), len(chosen) == 1
    names = [of if often[of] == 1 and (of or alone) else name for of, name in zip(tickers, chosen, strict=True)]
    return {market: {found[name][1] or "close": name} for market, name in zip(names, chosen, strict=True)}


def refuse_fields(columns: Mapping[str, cells.Floats], source: str) -> None:
    """Refuse markets that are open, high, low and close of one, in words not known here.

    Raises
    ------
    InputError
        If two columns bound all others and two of these differ as open and close do, without memory: the difference of
        two markets lasts.
    """
    names = [name for name, values in columns.items() if np.isfinite(values).sum() > _ENOUGH_ROWS][:_MOST_FIELDS]
    rows = pd.DataFrame({name: columns[name] for name in names}).replace([np.inf, -np.inf], np.nan).dropna().to_numpy()
    for low, high in permutations(range(len(names)), 2) if len(rows) > _ENOUGH_ROWS else ():
        within = np.flatnonzero(((rows >= rows[:, [low]]) & (rows <= rows[:, [high]])).all(axis=0))
        for a, b in combinations([k for k in within.tolist() if k not in {low, high}], 2):
            apart = rows[:, a] - rows[:, b]
            crossing = min((apart > 0).mean(), (apart < 0).mean()) > _CROSSING
            if crossing and abs(np.corrcoef(apart[1:], apart[:-1])[0, 1]) < _NO_MEMORY:
                four = cells.brief_list(names[k] for k in (a, b, low, high))
                raise InputError(f"{source}: {four} look like fields of one market; name its price with --column")


def shown(label: object) -> str:
    """Write a row's label as people do: a session with its clock only where it has one."""
    if not isinstance(label, pd.Timestamp):
        return str(label)
    return str(label)[:10] if label == label.normalize() else label.isoformat(" ", "minutes")


class Cells:
    """The cells of a price file or a frame; what each column is is settled by the column as a whole.

    Parameters
    ----------
    frame : DataFrame
        Text, or typed columns as a frame has them; its ``attrs`` as `eventstudy.tables.table_of` leaves them.
    places : array or Index, same length
        The rows of the file, or the labels of the frame, by which messages name a cell.
    name, stem : str
        What to call the file in messages, and the name that it gives a market without one.
    how : SimpleNamespace
        What was asked: ``figures, form, decimal, asked, series, zone, lenient`` (see `read_prices`).
    """

    def __init__(self, frame: pd.DataFrame, places: Any, name: str, stem: str, how: SimpleNamespace) -> None:
        self.places, self.name, self.stem, self.how = places, name, stem, how
        self.attrs, frame.attrs = frame.attrs, {}  # which pandas would copy with every column that is taken
        #: By name; a frame would make each column anew whenever it is taken.
        self.columns = {str(one): column for one, column in frame.items()}
        self.names = list(self.columns)
        self.notes: list[str] = list(self.attrs.get("notes", ()))
        self._texts: dict[str, pd.Series] = {}

    def where(self, column: str, row: int) -> str:
        """Name a cell in a message."""
        place = shown(self.places[row]) if isinstance(self.places, pd.Index) else f"row {self.places[row]}"
        return f"{self.name}, {place}, column {cells.brief(column)}"

    def part(self, kept: Any, names: list[str]) -> Cells:
        """Return some rows (a mask of them) and columns."""
        rows = np.flatnonzero(kept)
        frame = pd.DataFrame({name: self.columns[name].iloc[rows] for name in names})
        frame.attrs = self.attrs
        return Cells(frame, self.places[rows], self.name, self.stem, self.how)

    def text(self, name: str) -> pd.Series:
        """Return a column as text, '' where a cell is empty."""
        if name not in self._texts:
            self._texts[name] = self.columns[name].map(cell_text).reset_index(drop=True)
        return self._texts[name]

    def _said(self, name: str, most: int | None = None) -> list[str]:
        return [text for text in self.text(name).iloc[:most] if text.casefold() not in cells.MISSING]

    def _share(self, name: str, fits: Callable[[str], Any]) -> float:
        """Return the share of the first cells that fit, of those that say anything; typed figures fit nothing."""
        if types.is_numeric_dtype(self.columns[name]) and heading(name) not in TIME_WORDS:
            return 0.0
        said = self._said(name, _LOOKED_AT)
        return sum(bool(fits(text)) for text in said) / len(said) if said else 0.0

    def is_dated(self, name: str) -> bool:
        """Whether a column is typed as dates or periods."""
        kind = self.columns[name].dtype
        return types.is_datetime64_any_dtype(kind) or isinstance(kind, pd.PeriodDtype)

    def times(self, asked: str | None) -> tuple[str, str | None]:
        """Return the column of dates, and that of clocks beside it."""
        names, first = self.names, self.names[:_COLUMNS_LOOKED_AT]
        clocks = [name for name in first if self._share(name, _CLOCK_ONLY) > _MOST]
        clocks += [name for name in names if heading(name) == "time" and self._share(name, _DIGIT_CLOCK) > _MOST]
        dated = [n for n in first if asked is None and n not in clocks and self._share(n, cells.looks_dated) > _HALF]

        def rank(name: str) -> int:
            if self.is_dated(name):
                return 0
            if name not in clocks and heading(name) in TIME_WORDS:  # a cell of it may be wrong
                return 1 if name in dated else 2 if self._share(name, cells.may_be_time) > _HALF else 4
            return 3 if name in dated else 5

        if asked is None:
            ranks = {name: rank(name) for name in names}
            asked = min(names, key=ranks.__getitem__, default="")
            if ranks.get(asked, 5) == 5:  # noqa: PLR2004
                bare = names and names[0] == "column 1"  # without a header, a column is known by what is in it
                shown_as = (f"{name} '{self.text(name).iloc[0]}'" if bare else name for name in names)
                there = f"(its columns: {cells.brief_list(shown_as)})"
                is_file = not isinstance(self.places, pd.Index)
                mend = "name it with --map date=COLUMN" if is_file else "set_index the session dates"
                raise InputError(f"{self.name} has no date column; {mend} {there}")
            unsure = len(dated) > 1 and asked == dated[0] and not any(heading(name) in TIME_WORDS for name in dated)
            if unsure and names[0] != "column 1" and not self.blocks(asked) and not self._same_days(dated[:2]):
                two = f"'{dated[0]}' or '{dated[1]}'"
                raise InputError(f"{self.name}: the dates may be those of {two}; name one with --map date=COLUMN")
        return asked, next((name for name in clocks if name != asked), None)

    def _same_days(self, names: list[str]) -> bool:
        """Whether columns hold the same days, as a day's beginning and its end; of bars the hour counts."""
        days = []
        with suppress(InputError):
            days = [[when[:10] for when in cells.parse_times(self.text(name), form=self.how.form)[0]] for name in names]
        return len(days) > 1 and days[0] == days[1] and self.how.figures != "bars"

    def blocks(self, time: str) -> list[list[str]]:
        """Return the columns of markets side by side, each with its own dates in front; none where they share them."""
        words = [heading(re.sub(r"[._ ]\d+$", "", name.rpartition("|")[2])) for name in self.names]
        own = words[self.names.index(time)]
        begins = [k for k, word in enumerate(words) if word == own] if own in TIME_WORDS - {"time"} else []
        blocks = [self.names[a:b] for a, b in pairwise([*begins, len(self.names)])]
        return blocks if len(blocks) > 1 and all(len(block) > 1 for block in blocks) else []

    def changing_nominal(self, name: str) -> str:
        """Return the column of the number of units that a rate is of, if that changes."""
        per = self.names if plain(name) in _HEADINGS["rates"] else []
        return next((one for one in per if plain(one) in _HEADINGS["nominals"] and len({*self.text(one)}) > 1), "")

    def figures(self, taken: set[str | None]) -> tuple[list[str], list[str]]:
        """Return the columns of figures (without any: those that should have been), and those that are no market's.

        A code is one figure throughout, a count of the rows goes up or down by one; a column of nothing may be a market
        without a price, but beside the price of one.
        """
        rest = [name for name in self.names if name not in taken]
        found = [name for name in rest if self._is_figures(name)] or [n for n in rest if plain(n) not in _NAMES]
        if len(found) > 1 and not self.how.asked and all(re.fullmatch(r"column \d+", name) for name in found):
            which = cells.brief_list(found)
            raise InputError(f"{self.name} has no header, and figures in {which}; name one with --column")
        own = [name for name in found if len(self.places) > _ENOUGH_ROWS and not split_field(name)[1]]
        still = [] if self.how.asked else [name for name in own if self._is_still(name)]
        priced = ("", "close") in map(split_field, found)
        still = [name for name in still if priced or self.text(name).iloc[0]] if len(still) < len(found) else []
        return [name for name in found if name not in still], still

    def _is_still(self, name: str) -> bool:
        """Whether a column has one figure throughout, or counts the rows."""
        column = self.columns[name]
        is_typed = types.is_any_real_numeric_dtype(column)
        said: Any = column.to_numpy(np.float64, na_value=np.nan) if is_typed else self.text(name).to_numpy()
        steps = np.diff(pd.to_numeric(said, errors="coerce"))
        return any(bool(one.all()) for one in (said == said[0], steps == 1, steps == -1))

    def _is_figures(self, name: str) -> bool:
        """Whether most cells of a column are figures."""
        column = self.columns[name]
        if heading(name) in _HEADINGS["numbered"]:
            return False
        if types.is_any_real_numeric_dtype(column) and column.count():
            return True
        said = self._said(name) if column.count() else []
        if not said or self.is_dated(name):
            return not said and not split_field(name)[1]
        if plain(name) in _NAMES and cells.plain_numbers(said[:_LOOKED_AT]) is None:
            return False
        if pd.to_numeric(pd.Series(said), errors="coerce").notna().sum() * 2 > len(said):
            return True
        # A list, which is no figure, is refused by its cell later.
        figures = [cells.is_number(text) or text.startswith("[") for text in said[:_LOOKED_AT]]
        return sum(figures) * 2 > len(figures)

    def series(self, text: list[str], figures: list[str], time: str) -> tuple[list[str] | None, str]:
        """Return whose price each row is, and the column that says so; else None, and the market that is named."""
        asked = self.how.series
        units = [name for name in text if plain(name) in {*_HEADINGS["measures"], *_HEADINGS["currencies"]}]
        own = {one[2].casefold() for name in figures if (one := _WITH_UNIT.fullmatch(name[:_LONGEST_UNIT]))}
        own = {*filter(str.isalpha, own)} - {self.text(name).iloc[0].casefold()[:3] for name in units}  # USD beside BTC
        are_rates = bool({*map(plain, figures)} & {*_HEADINGS["rates"]} or (units and own & {*_HEADINGS["units"]}))
        known = sorted((name for name in text if plain(name) in _NAMES), key=lambda name: _NAMES.index(plain(name)))
        if asked is None and self.text(time).is_unique and not are_rates:
            text, known = ([name for name in of if name not in units] for of in (text, known))
        candidates = [asked] if asked is not None else [*known, *(name for name in text if name not in known)]
        if not are_rates:  # beside a price a currency names the market where nothing else does
            candidates.sort(key=units.__contains__)
        dates, priced = self.text(time), np.ones(len(self.places), dtype=bool)
        if not dates.is_unique:  # a row without a price, as that of a board without trades, names no market
            priced = np.any([(self.columns[name] != "") & self.columns[name].notna() for name in figures], axis=0)
            dates = dates[priced]
        kinds = {name: self.text(name)[priced].nunique() for name in candidates}
        several = [name for name in candidates if kinds[name] > 1]
        market = next((self.text(n)[priced].iloc[0] for n in candidates if kinds[n] == 1 and n in {asked, *known}), "")
        if asked in several:
            chosen = several
        elif dates.is_unique:
            stacked = len(figures) == 1 and known and not market and 1 < kinds[known[0]] <= len(dates) // 2
            chosen = known if stacked else []
        else:
            apart = [n for n in several if not pd.MultiIndex.from_arrays([dates, self.text(n)[priced]]).has_duplicates]
            chosen = [*apart, *(name for name in several if name in known)]
            unsure = [name for name in apart if are_rates or name not in units]
            if len(unsure) > 1 and unsure[0] not in known:
                which = f"{cells.brief_list(unsure)} may name the market"
                raise InputError(f"{self.name}: {which} of a row; say which with --map name=COLUMN")
        names = self.text(chosen[0]) if chosen else pd.Series("", index=range(len(self.places)))
        for name in units if chosen or not are_rates else ():
            for _, of in self.text(name)[priced].groupby(names[priced], sort=False):
                said = [unit for unit in of.unique() if unit]
                if len(said) > 1:
                    mend = f"leave the rows of one out, or say that it names the market: --map name={name}"
                    raise InputError(f"{self.name}, column {name}: prices in {said[0]} and {said[1]}; {mend}")
            self.notes += [] if chosen else [f"prices in {unit}" for unit in said]
        return (names.tolist(), chosen[0]) if chosen else (None, market)

    def of_one_field(self) -> Cells:
        """Return the rows of the field wanted where a row is one field of a market: ``2021-01-04, Close, 71.2``."""
        wanted = "volume" if self.how.figures == "volumes" else "close"
        for name in self.names if len(self.places) else ():
            column = self.columns[name]
            if types.is_numeric_dtype(column) or split_field(cell_text(column.iloc[0]))[1] not in BAR_FIELDS:
                continue
            words = self.text(name)
            kinds = {word: split_field(word) for word in words.unique()}
            if len(kinds) > 1 and all(not market and field in BAR_FIELDS for market, field in kinds.values()):
                kept = words.map(lambda word, kinds=kinds: kinds[word][1] == wanted)
                if not kept.any():
                    there = cells.brief_list(kinds)
                    raise InputError(f"{self.name}, column {name}: no row is a {wanted}; there are {there}")
                taken = self.part(kept, [one for one in self.names if one != name])
                taken.notes.append(f"rows of {words[kept].iloc[0]} in column {name}")
                return taken
        return self

    def market(self) -> tuple[str, bool]:
        """Return the name of the one market of a file, and whether it is only the file's."""
        for row in self.attrs.get("above", ()):
            said = [cell.strip() for cell in row if cell.strip()]
            if len(said) > 1 and plain(said[0]) in {*_NAMES} - {"currency", "country"}:
                return said[1], False
        return _DOWNLOADED.sub("", self.stem).strip() or self.stem, True

    def with_numbers(self) -> Cells:
        """Return the cells with the columns of plain numbers as numbers, where their points are of decimals."""
        texts = {name: self.columns[name].tolist() for name in self.names if heading(name) not in TIME_WORDS}
        pointed = [name for name, column in texts.items() if any("." in text for text in column[:_LOOKED_AT])]
        found = {name: one for name in pointed if (one := cells.plain_numbers(texts[name])) is not None}
        others = any("," in text for name, column in texts.items() if name not in found for text in column)
        sure = {"."} if others or self.attrs.get("delimiter") == ";" else {".", ""}  # 76.302 may be thousands there
        found = {name: numbers for name, numbers in found.items() if cells.decimal_sign(texts[name]) in sure}
        self.attrs = {**self.attrs, "points": bool(found)}
        self.columns |= {name: pd.Series(numbers) for name, numbers in found.items()}
        return self

    def numbers(self, name: str, hint: str) -> tuple[cells.Floats, str]:
        """Return the figures of a column of text, and a note; formulas that failed are missing, and said."""
        text = self.text(name)
        if (failed := text.str.fullmatch(r"#\S+[!?]")).any():
            first = int(failed.argmax())
            which = f"{failed.sum()}, first row {self.places[first]} ({text[first]})"
            self.notes.append(f"failed formulas read as missing: {which}")
        return cells.parse_numbers(text, decimal=self.how.decimal, hint=hint, where=partial(self.where, name))

    def sign_hint(self, numeric: list[str], time: str) -> str:
        """Return the decimal sign that the figures show: '' for none, '?' where a point may be either."""
        if self.how.decimal is not None:
            return str(self.how.decimal)
        signs: set[str] = {"."} if self.attrs.get("points") else set()
        for name in numeric:
            if not types.is_numeric_dtype(self.columns[name]):
                try:
                    signs |= {*cells.decimal_sign(self.text(name))} - {"?"}
                except ValueError:
                    signs |= {".", ","}
        if len(signs) == 1:
            return signs.pop()
        # A file of the European continent without one sure sign: 15.345 may be fifteen thousand.
        continental = self.attrs.get("delimiter") == ";" and "." in str(self.columns[time].iloc[0])[:6]
        return "?" if continental and not signs else ""
