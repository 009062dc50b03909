"""The options of a study as one table, from which the command line, design files, schema and documentation are made.

A new choice of a design is one row of `DESIGN` beside the attribute of `eventstudy.study.Design` that holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

DATA, CHOICES, OUTPUT = "Data", "Choices", "Output"

#: A default that stands for none: the option, or the argument, must be given.
REQUIRED = ...


class Option(NamedTuple):
    """One option: a keyword in Python, a key of a design file, a word of the command line.

    Parameters
    ----------
    name : str
        The keyword and key.
    word : str
        The word of the command line and what stands behind it, ``--window A:B``; without dashes it is an argument.
    kind : str
        ``text``, ``whole``, ``number``, ``yes`` (given or not), ``path``; ``names`` (a list with commas); ``words`` and
        ``paths`` (repeatable); of a design also ``model``, ``window``, ``windows``, ``tests``, ``time``, ``labels``.
    default : object
        What holds where it is not given.
    help : str
        One plain line.
    panel : str
        Heading of the help under which it stands.
    allowed : sequence of str or str
        The values it may have, or where they are: ``models:MODELS`` is ``eventstudy.models.MODELS``.
    offered : sequence of str or str
        What completion offers, where that is more or less than what is allowed.
    first : bool
        Whether it stands on the first page of a long help.
    variable : str
        The environment variable of its default.
    hidden : bool
        Whether no help shows it.
    least : float, optional
        The smallest number it may be.
    """

    name: str
    word: str
    kind: str
    default: Any
    help: str
    panel: str = CHOICES
    allowed: Sequence[str] | str = ()
    offered: Sequence[str] | str = ()
    first: bool = False
    variable: str | None = None
    hidden: bool = False
    least: float | None = None

    def values(self, offered: bool = False) -> tuple[str, ...]:
        """Return the values it may have, or those that completion offers; none where any may be.

        Examples
        --------
        >>> DESIGN["missing"].values()
        ('exclude', 'partial')
        """
        found = (self.offered if offered else ()) or self.allowed
        if isinstance(found, str):
            module, _, name = found.partition(":")
            value = getattr(import_module(f"eventstudy.{module}"), name)
            found = value() if callable(value) else value
        return tuple(map(str, found))


def table(*rows: Option) -> dict[str, Option]:
    """Return options by name."""
    return {row.name: row for row in rows}


_WINDOWS = ("0:0", "0:1", "-1:1", "0:5", "0:10", "-5:5")
_SERIES = "markets.instrument:instrument_names"

#: What may be chosen of a study: the keywords of `eventstudy.study.design.make_design`, the keys of ``[design]``.
DESIGN = table(
    Option("model", "--model NAME", "model", "constant-mean",
           "Normal-return model: market-model, dimson, robust, garch, synthetic-control, ff3, ...",
           offered="models:MODELS", first=True),
    Option("market", "--market NAME", "text", None, "Market column.", offered=_SERIES, first=True),
    Option("factors", "--factors A,B", "names", None, "Factor or donor columns; mkt_rf=NAME,... for CAPM and its like.",
           offered=_SERIES),
    Option("lags", "--market-lags N", "whole", None, "Lags of model dimson."),
    Option("leads", "--market-leads N", "whole", None, "Leads of model dimson."),
    Option("estimation", "--estimation A:B", "window", "-130:-11", "Estimation window.",
           offered=("-130:-11", "-260:-11", "-90:-11"), first=True),
    Option("windows", "--window A:B", "windows", ("0:0", "0:1", "-1:1", "0:5"), "Event window; may be repeated.",
           offered=_WINDOWS, first=True),
    Option("series", "--series A,B", "names", None, "Series to study, separated by commas.", DATA, offered=_SERIES,
           first=True),
    Option("returns", "--returns KIND", "text", None,
           "simple, log, difference, level, or total (with what bundled funds paid out).",
           allowed=("simple", "log", "difference", "level", "total")),
    Option("tests", "--tests A,B", "tests", "default", "Tests by id, default, all or none.",
           offered="inference:TESTS", first=True),
    Option("group_by", "--group-by COLUMN", "text", "stance", "Column of the labels that are averaged.",
           offered=("stance", "actor", "kind", "phase", "target"), first=True),
    Option("contrast", "--contrast A-B", "labels", None, "Two labels, the first less the second.",
           offered=("raise-fold", "raise-hold", "fold-hold")),
    Option("as_of", "--as-of TIME", "time", None,
           "Look at nothing later: a time such as 2022-01-28T12:00+03:00, or a date to its end in UTC.", first=True),
    Option("min_obs", "--min-obs N", "whole", 60, "Fewest estimation returns an event may have."),
    Option("measure", "--measure NAME", "text", "return", "What is studied: return or variance.",
           allowed=("return", "variance")),
    Option("missing", "--missing RULE", "text", "exclude",
           "Windows that miss a session: exclude, or partial, which cumulates what there is.",
           allowed=("exclude", "partial")),
    Option("anchor", "--anchor RULE", "text", "stamp",
           "How a time becomes a session: stamp, same, next, previous or none.", allowed="matching:ANCHORS"),
    Option("overlap", "--overlap RULE", "text", "set-aside", "Windows that meet other news: set-aside, keep or first.",
           allowed="matching:OVERLAPS"),
    Option("clean", "--clean A:B", "window", "0:1", "Sessions of events left out of estimations; or none.",
           offered=("0:1", "0:5", "none")),
    Option("include_proposed", "--include-proposed", "yes", False, "Use proposed events too."),
    Option("scale", "--scale NAME", "text", "ewma", "Volatility of placebo z: ewma or garch.",
           allowed="inference.placebo:SCALES"),
    Option("family", "--family KIND", "text", "series", "What family p holds over: series or series-windows.",
           allowed=("series", "series-windows")),
    Option("seed", "--seed N", "whole", 0, "Seed of what is drawn at random.", variable="EVENTSTUDY_SEED", least=0),
    Option("adjust_splits", "--adjust-splits", "yes", False, "Divide prices by what looks like a split."),
)  # fmt: skip

#: Where events and prices come from, and what is said of them.
SOURCES = table(
    Option("case", "--case NAME", "text", None, "A bundled case, e.g. crimea-2014; all: the events of all cases.", DATA,
           offered="cases:case_names", first=True, variable="EVENTSTUDY_CASE"),
    Option("events", "--events FILE", "path", None,
           "Events: a table of any layout, JSON or TOML; - reads them from stdin.", DATA, first=True),
    Option("prices", "--prices FILE", "paths", None,
           "Prices: CSV, Excel or Parquet of any usual layout; - reads stdin; repeatable.", DATA, first=True),
    DESIGN["series"],
    Option("provider", "--provider NAME", "text", None,
           "Fetch prices: auto takes bundled figures where they cover the dates, else the network; or bundled, yahoo, "
           "fred.", DATA, allowed=("auto", "bundled", "yahoo", "fred")),
    Option("refresh", "--refresh", "yes", False, "Fetch anew what the cache has.", DATA),
    Option("offline", "--offline", "yes", False, "Use bundled and cached figures only.", DATA,
           variable="EVENTSTUDY_OFFLINE"),
    Option("columns", "--map OURS=THEIRS", "words", None,
           "Which column is which, e.g. time=Date, or of one price file gazp.csv:date=Day; repeatable.", DATA),
    Option("values", "--set OURS=VALUE", "words", None, "One value for all events, e.g. status=proposed.", DATA),
    Option("time_format", "--time-format CODES", "words", None,
           "How times are written: %d.%m.%Y, dmy, published_at=%d.%m.%Y; of one file of two events=dmy, prices=mdy; of "
           "one price file of several gazp.csv:dmy.", DATA),
    Option("sheet", "--sheet NAME", "words", None,
           "Sheet of a workbook; of two: events=NAME,prices=NAME; of one price file of several gazp.xlsx:NAME.", DATA),
    Option("decimal", "--decimal SIGN", "words", None,
           "Decimal sign of the prices: . or , and of one file of several gazp.csv:,", DATA),
    Option("column", "--column NAME", "words", None, "Column taken as prices; default the close; repeatable.", DATA),
    Option("as_", "--as COL=NAME", "words", None,
           "This column is that instrument, its hour included; NAME alone: every column.", DATA),
    Option("exchange", "--exchange COL=XTKS", "words", None,
           "Prices are struck at the close of this exchange; XTKS alone: of every column.", DATA),
    Option("close", "--close COL='16:00 ZONE'", "words", None,
           "When prices are struck, e.g. 'AAPL=16:00 America/New_York'.", DATA, first=True),
    Option("orientation", "--orientation COL=-1", "words", None, "-1: a fall is the gain.", DATA),
    Option("closures", "--closures FILE", "path", None, "TOML of days on which markets were shut.", DATA),
    Option("instrument", "--instrument COL.WORD=VALUE", "words", None, "Unit, returns, label.", DATA, hidden=True),
)  # fmt: skip

#: What a price file holds; for the commands that can study more than prices.
DATA_KIND = Option(
    "data_kind", "--data-kind KIND", "text", "prices", "What the file of --prices holds: prices, returns, volumes, or "
    "bars by the end that labels them.", DATA, allowed=("prices", "returns", "volumes", "bars-start", "bars-end"),
)  # fmt: skip

#: Whose clock bars show that have no offset.
TIME_ZONE = Option("time_zone", "--time-zone ZONE", "text", None,
                   "Zone of the clocks of bars without an offset, e.g. Europe/Moscow or MSK.", DATA)  # fmt: skip

#: How a finding is written.
WRITTEN = table(
    Option("how", "--format KIND", "text", "table", "How to write to stdout: table, json, csv, parquet or latex.",
           OUTPUT, allowed=("table", "json", "csv", "parquet", "latex"), first=True, variable="EVENTSTUDY_FORMAT"),
    Option("out", "--out DIR", "path", None, "Also write the result folder here.", OUTPUT, first=True),
    Option("raw_text", "--raw-text", "yes", False,
           "Write texts into CSV as they are, also those that a spreadsheet would run.", OUTPUT, hidden=True),
    Option("detail", "--detail", "yes", False, "Show all figures of the answer and all warnings.", OUTPUT, first=True),
    Option("quiet", "--quiet -q", "yes", False, "Keep warnings and progress off stderr.", OUTPUT, first=True,
           variable="EVENTSTUDY_QUIET"),
)  # fmt: skip


def schema(option: Option) -> dict[str, Any]:
    """Return the JSON Schema of a choice as a design writes it.

    Examples
    --------
    >>> schema(DESIGN["missing"])
    {'enum': ['exclude', 'partial']}
    >>> schema(DESIGN["market"])
    {'type': ['string', 'null']}
    """
    kinds = {"whole": "integer", "number": "number", "yes": "boolean", "names": "array", "windows": "array"}
    kind = kinds.get(option.kind, "array" if option.kind == "tests" else "string")
    optional = option.default is None
    if values := option.values():
        return {"enum": [*values, *([None] if optional else [])]}
    items = {"items": {"type": "string"}} if kind == "array" else {}
    return {"type": [kind, "null"] if optional else kind, **items}


def reference(options: Sequence[Option]) -> str:
    """Return options as a table of Markdown: the word, the key in Python and in a design file, default and meaning.

    Examples
    --------
    >>> print(reference([DESIGN["clean"]]).splitlines()[-1])
    | `--clean A:B` | `clean` | `0:1` | Sessions of events left out of estimations; or none. |
    """
    lines = ["| option | key | default | meaning |", "| --- | --- | --- | --- |"]
    for one in options:
        default = " ".join(one.default) if isinstance(one.default, tuple) else one.default
        shown = "" if default is None or default is False else f"`{default}`"
        lines.append(f"| `{one.word}` | `{one.name}` | {shown} | {one.help.replace('|', '/')} |")
    return "\n".join(lines) + "\n"
