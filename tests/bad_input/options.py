# ruff: noqa: E501  # a case a line
"""Broken designs, options, result folders and samples, each with its exit code and words; rows as in `events.py`."""

import json
from functools import cache
from hashlib import sha256

import numpy as np
import pandas as pd

LONG = "9" * 5000
DEEP = "[" * 5000 + "]" * 5000
CASE = ("--case", "crimea-2014", "--series", "ruble", "--quiet")
DAYS = pd.bdate_range("2021-01-04", periods=200)
RUN = ("run", "--events", "{e.csv}", "--prices", "{p.csv}", "--quiet", "--window", "0:0")


def study(name, code, said, *more, command=("run",)):
    """Return a case of options of a study of a bundled case."""
    return (name, {}, (*command, *CASE, *more), code, said)


def design(name, text, code, said, command=("run", "{d.toml}", "--quiet")):
    """Return a case of a design file."""
    return (name, {"d.toml": text}, command, code, said)


def said_of_design(line):
    """Write a design of one choice more."""
    return f'[data]\ncase = "crimea-2014"\n[design]\nseries = ["ruble"]\nwindows = ["0:0"]\n{line}\n'


def events(*rows, header="time,stance,headline"):
    """Write events."""
    return "\n".join((header, *rows)) + "\n"


def prices(n=200, cell=lambda _, walk: f"{walk:.4f}"):
    """Write a walk of daily prices; `cell` writes each."""
    walk = 100 * np.exp(np.random.default_rng(5).normal(0, 0.01, 200).cumsum())
    return "date,mine\n" + "".join(f"{day:%Y-%m-%d},{cell(k, walk[k])}\n" for k, day in enumerate(DAYS[:n]))


@cache
def sound():
    """Return the files of a sound result folder."""
    import eventstudy as es  # made when a case asks for it
    from eventstudy.study import folder_files

    case = es.load_case("crimea-2014")
    result = es.EventStudy(case.events, case.prices, series=["ruble"], windows=["0:0"], tests=[]).fit()
    return {name: made if isinstance(made, bytes) else b"".join(made) for name, made in folder_files(result).items()}


NAMES = (
    *("study.json", "design.toml", "inputs/events.csv", "inputs/figures.csv", "inputs/figures.json"),
    *("SHA256SUMS", "average.csv", "car.csv", "matches.csv", "fits.csv", "abnormal.csv", "aar.csv", "tests.csv"),
)


def folder(name, file, change, code, said, command=("report", "{r}", "--out", "{page}"), anew=False):
    """Return a case of a result folder of which one file is changed: by a function, or to other bytes; None: not there.

    Its digest may be made anew, as of a folder that somebody makes up.
    """

    def content(one):
        if one == file:
            return change(sound()[one]) if callable(change) else change
        if anew and one == "SHA256SUMS":
            return sound()[one].replace(*(sha256(of).hexdigest().encode() for of in (sound()[file], content(file))))
        return sound()[one]

    return (f"folder: {name}", {f"r/{one}": lambda one=one: content(one) for one in NAMES}, command, code, said)


def edited(*keys, to=...):
    """Return what sets an entry of a JSON to another value, or takes it away."""

    def change(content):
        whole = at = json.loads(content)
        for key in keys[:-1]:
            at = at[key]
        if to is ...:
            del at[keys[-1]]
        else:
            at[keys[-1]] = to
        return json.dumps(whole).encode()

    return change


NUMBERS = [
    *(
        design(f"{what} of 5,000 digits in a design", said_of_design(f"{what} = {LONG}"), 2, "d.toml.*(digits|readable)")
        for what in ("seed", "min_obs", "lags")
    ),
    design("an estimation of 5,000 digits in a design", said_of_design(f'estimation = "-{LONG}:-11"'), 2, "is not a window"),
    design("a seed of 50 digits", said_of_design(f"seed = {'9' * 50}"), 0, ""),
    design("a fraction as a seed", said_of_design("seed = 1.5"), 2, "seed = 1.5 must be a whole number"),
    design("not a number as a seed", said_of_design("seed = nan"), 2, "seed = nan must be a whole number"),
    design("infinite observations", said_of_design("min_obs = inf"), 2, "min_obs = inf must be a whole number"),
    *(study(f"{word} of 5,000 digits", 2, word, word, LONG) for word in ("--seed", "--min-obs", "--budget", "--market-lags")),
    *(study(f"{word} of 5,000 digits and a sign", 2, "is not a window", word, f"-{LONG}:-11") for word in ("--estimation", "--window", "--clean")),
    study("a seed below 0", 2, "seed", "--seed", "-1"),
    study("a budget below 0", 2, "budget", "--budget", "-5"),
    study("a budget beyond memory", 0, "", "--budget", "9" * 18),
    *(study(f"an estimation of {n} sessions", 2, "at most 100,000", "--estimation", f"-{n}:-11") for n in ("100001", "100000000", "1000000000", "9999999999")),
    study("an estimation of 100,000 sessions", 0, "", "--estimation", "-100000:-11"),
    study("a window to 100000", 3, "window 0:100000 runs past the sample", "--window", "0:100000"),
    *(study(f"a window to {n}", 2, "at most 100,000", "--window", f"0:{n}") for n in ("1000000", "9999999999")),
    study("a window from far before", 2, "window.*sessions", "--window", "-9999999999:0"),
    study("clean days without end", 2, "at most 100,000", "--clean", "0:9999999999"),
    *(study(f"observations of {n}", 2, "min_obs", "--min-obs", n) for n in ("0", "-1", "1000000000000")),
    *(study(f"{n} horizons", 2, "horizons.*(most|not be negative)", "--horizons", n, command=("regress", "projections")) for n in ("1000000", "1000000000000", "-1")),
    *(study(f"{n} lags", 2, "lags.*(most|not be negative)", "--lags", n, command=("regress", "projections")) for n in ("1000000", "1000000000000", "-1")),
    *(study(f"holding {n} sessions", 2, "hold", "--hold", n, command=("signals",)) for n in ("-1", "100000000000", LONG)),
    *(study(f"Dimson with {n} lags", 2, "lags", "--model", "dimson", "--market", "wti", "--market-lags", n) for n in ("-1", "1000000", "1000000000000")),
]  # fmt: skip
CHOICES = [
    study("a window the wrong way round", 2, "ends before it begins", "--window", "5:0"),
    study("an estimation the wrong way round", 2, "ends before it begins", "--estimation", "-11:-130"),
    study("clean days the wrong way round", 2, "ends before it begins", "--clean", "1:0"),
    study("a window over the estimation", 2, "share sessions; end the estimation at", "--window", "-20:0"),
    study("an estimation over the event", 2, "share sessions", "--estimation", "-60:60"),
    study("an estimation shorter than its observations", 2, "fewer than the 60", "--estimation", "-40:-11"),
    study("a window twice", 2, "stands twice", "--window", "0:1", "--window", "0:1"),
    study("a window that is a word", 2, "is not a window", "--window", "soon"),
    study("a window of three numbers", 2, "is not a window", "--window", "0:1:2"),
    study("bytes that are no text", 2, "--title is not UTF-8 text", "--title", "a\udcffb", "--out", "{x.svg}", command=("chart", "car")),
    study("an empty window", 2, "--window is empty", "--window", ""),
    study("a test that is none", 2, "test", "--tests", "magic"),
    study("a test twice", 2, "twice", "--tests", "rank_z,rank_z"),
    study("an unknown model", 2, "model", "--model", "magic"),
    study("a market model without a market", 2, "market", "--model", "market-model"),
    study("a market without a model for it", 2, "market", "--market", "wti"),
    study("a market that is the series", 2, "ruble", "--model", "market-model", "--market", "ruble"),
    study("lags without Dimson", 2, "lags", "--market-lags", "1"),
    study("factors named twice", 2, "twice", "--model", "synthetic-control", "--factors", "wti,wti"),
    study("labels of another column", 2, "column|labels|group", "--group-by", "phase", "--contrast", "x-y"),
    study("a column that is none", 2, "no column|column", "--group-by", "magic"),
    study("a contrast of one label", 2, "contrast|labels", "--contrast", "raise"),
    study("a contrast of a label with itself", 2, "raise-raise|twice|itself|same", "--contrast", "raise-raise"),
    study("events that are not there", 4, "no.csv", "--events", "{no.csv}"),
    study("an unknown scale", 2, "scale", "--scale", "magic"),
    study("a day before all data", 3, "no event was published by 1990-01-01", "--as-of", "1990-01-01"),
    study("an as-of of year 1", 2, "as.of|year", "--as-of", "0001-01-01"),
    study("an as-of of year 9999", 2, "as.of|year|9999", "--as-of", "9999-12-31T23:59-12:00"),
    study("a series that is none", 2, "magic", "--series", "magic"),
    ("an empty series", {}, ("run", "--case", "crimea-2014", "--series", ""), 2, "--series is empty"),
    ("a series of commas", {}, ("run", "--case", "crimea-2014", "--series", ",,"), 2, "--series ',,' names nothing"),
    study("a series that climbs folders", 2, "", "--series", "../../etc/passwd"),
    study("an unknown kind of return", 2, "unknown return kind", "--returns", "magic"),
    study("an executor that is none", 2, "executor", "--executor", "magic"),
    study("an AAR by event", 2, "--aar", "--aar", "--by", "event"),
    study("volumes of no file", 2, "--data-kind", "--data-kind", "volumes"),
    study("an unknown format", 2, "--format", "--format", "docx"),
    study("a folder that is a file", 2, "cannot write", "--out", "/dev/null/x"),
    study("a rule that divides by zero", 2, "unknown side", "--rule", "raise=1/0", "--hold", "3", command=("backtest",)),
    study("a rule that is code", 2, "unknown side", "--rule", "raise=__import__('os').system('touch x')", "--hold", "3", command=("backtest",)),
    study("a size without bounds", 2, "unknown side", "--rule", "raise=1e999", "--hold", "3", command=("backtest",)),
    study("a size that is no number", 2, "unknown side", "--rule", "raise=nan", "--hold", "3", command=("backtest",)),
    study("a rule without a label", 2, "unknown stance", "--rule", "=long", "--hold", "3", command=("backtest",)),
    study("a rule twice", 2, "--rule", "--rule", "raise=long", "--rule", "raise=short", "--hold", "3", command=("backtest",)),
    study("a weight beyond numbers", 2, "at most 1,000", "--weight", "1e308", "--rule", "raise=long", command=("backtest",)),
    study("a weight of nothing", 2, "numbers above 0", "--weight", "0", "--rule", "raise=long", command=("backtest",)),
    study("a risk of nothing", 2, "numbers above 0", "--risk", "0", "--sizing", "volatility", "--rule", "raise=long", command=("backtest",)),
    study("calendars without end", 2, "more memory than there is|calendars", "--calendars", "10000000000000", "--rule", "raise=long", command=("backtest",)),
    study("a fee that is no number", 2, "costs of nan", "--fee", "nan", "--rule", "raise=long", command=("backtest",)),
    study("a fee without end", 2, "costs of inf", "--fee", "inf", "--rule", "raise=long", command=("backtest",)),
    study("a fee below 0", 2, "costs of -5", "--fee", "-5", "--rule", "raise=long", command=("backtest",)),
    study("no runs of a simulation", 2, "runs|samples|draws|No such option", "--runs", "0", command=("size",)),
    study("a grid of nothing", 2, "vary", "--vary", "window=", command=("grid",)),
    study("a grid of what is none", 2, "vary", "--vary", "magic=1", command=("grid",)),
    study("a grid without end", 2, "at most 100,000", "--vary", "window=0:1000000", command=("grid",)),
]  # fmt: skip
FORMULAS = [
    study(f"formula: {name}", 2, "formula|function|column", "--formula", text, command=("explain",))
    for name, text in (
        ("has nothing on the right", "car ~ 0"),
        ("divides by zero", "car ~ np.log(0)"),
        ("takes away what it has", "car ~ z - z - 1"),
        ("explains itself", "car ~ car"),
        ("explains itself by a function", "np.abs(car) ~ C(stance) + Q('car')"),
        ("imports", "car ~ __import__('os').system('touch x')"),
        ("imports within I", "car ~ I(__import__('os').system('touch x'))"),
        ("opens a file", "car ~ open('x','w')"),
        ("asks for attributes", "car ~ np.abs.__class__"),
        ("walks up from a column", "car ~ car.__class__.__mro__"),
        ("walks up from a text", "car ~ C(stance).__class__"),
        ("walks up from numpy", "car ~ np.lib.format.open_memmap('x')"),
        ("evaluates", "car ~ eval('1')"),
        ("is a lambda", "car ~ (lambda: 0)()"),
        ("comprehends", "car ~ [x for x in ().__class__.__bases__]"),
        ("writes to a file from numpy", "car ~ np.save('x', car)"),
        ("formats", "car ~ f'{__import__(\"os\")}'"),
        ("formats a column", "car ~ Q(f'{open(1)}')"),
        ("quotes what is none", "car ~ Q('__class__')"),
        ("assigns", "car ~ (os := 1)"),
        ("calls a call", "car ~ C(stance)(open)"),
        ("calls a method of a column", "car ~ car.to_csv('x')"),
        ("gives an option a call", "car ~ C(stance, levels=open('x','w'))"),
        ("gives an option a name", "car ~ C(stance, Treatment(reference=__import__('os')))"),
        ("calls by index", "car ~ np['save']('x')"),
        ("hides behind curly braces", "car ~ {__import__('os').system('touch x')}"),
        ("has back quotes", "car ~ `__import__('os').system('touch x')`"),
        ("has no end", "car ~ C(stance"),
        ("has two tildes", "car ~ z ~ move"),
        ("is empty", ""),
        ("has a NUL", "car ~ \x00"),
        ("is deep", "car ~ " + "(" * 5000 + "z" + ")" * 5000),
        ("is a power without end", "car ~ (z + move + bhar)**999999999"),
        ("formats a text within I", "car ~ I(f'{__import__(\"os\").system(\"touch x\")}')"),
        ("formats a text as an option", "car ~ C(stance, levels=f'{__import__(\"os\").system(\"touch x\")}')"),
        ("hides behind a comment", "car ~ z # + __import__('os').system('touch x')"),
        ("repeats a tuple", "car ~ I((1, 2)*999999999)"),
        ("has powers of powers", "car ~ I(((z**9)**9)**9**9)"),
        ("is a number without end", f"car ~ {LONG}"),
        ("raises a number without end", "car ~ I(9**9**9**9)"),
        ("shifts a number without end", "car ~ I(z + (1<<99999999999))"),
        ("explains nothing", "~ car"),
        ("divides whole numbers by zero", "car ~ I(1/0)"),
        ("takes a logarithm of what is below 0", "car ~ np.log(car)"),
        ("is a text of repeats", "car ~ I('a'*99999999999)"),
    )
]  # fmt: skip
TOML = [
    ("events in place of a design", {"n.csv": "date,headline\n2024-01-23,x\n"}, ("run", "{n.csv}"), 2, "n.csv' is no design .*--events"),
    *(design(f"nested {name} in a design", text, 2, "d.toml is not readable TOML: .*deep") for name, text in (
        ("lists", f"a = {DEEP}"), ("tables", "a = " + "{a = " * 3000 + "1" + "}" * 3000), ("keys", "a." * 5000 + "a = 1"),
        ("headings", "[" + "a." * 5000 + "a]"), ("lists within a choice", said_of_design(f"windows = {DEEP}")),
        ("keys within an instrument", "[instruments.ruble]\n" + "a." * 5000 + "a = 1"),
    )),
    *(("nested " + name + " in a style", {"s.toml": text}, ("chart", "car", *CASE, "--style", "{s.toml}", "--out", "{x.svg}"), 2, "s.toml is not readable TOML: .*deep")
      for name, text in (("lists", f"a = {DEEP}"), ("tables", "a = " + "{a = " * 3000 + "1" + "}" * 3000), ("keys", "size." + "a." * 5000 + "a = 1"))),
    ("a style of 5,000 digits", {"s.toml": f"dpi = {LONG}"}, ("chart", "car", *CASE, "--style", "{s.toml}", "--out", "{x.svg}"), 2, "s.toml"),
    ("a style of binary", {"s.toml": b"\x00\xff\xfe"}, ("chart", "car", *CASE, "--style", "{s.toml}", "--out", "{x.svg}"), 2, "s.toml"),
    ("nested lists in closures", {"c.toml": f"a = {DEEP}"}, ("run", *CASE, "--closures", "{c.toml}"), 2, "c.toml"),
    ("closures of 5,000 digits", {"c.toml": f"a = {LONG}"}, ("run", *CASE, "--closures", "{c.toml}"), 2, "c.toml"),
    design("a design of binary", b"\x00\x01\xff", 2, "d.toml"),
    design("a design in UTF-16", "[design]".encode("utf-16"), 2, "d.toml is not UTF-8"),
    design("a design that is empty", "", 2, "--case|--events|no events"),
    design("a design with a NUL", '[design]\nmodel = "\x00"', 2, "d.toml"),
    design("a design with a table twice", "[design]\n[design]\n", 2, "d.toml"),
    design("a design with a key twice", "[design]\nseed = 1\nseed = 2\n", 2, "d.toml"),
    design("a design with an unknown key", "[design]\nsed = 1\n", 2, "did you mean 'seed'"),
    design("a design with an unknown table", "[desing]\n", 2, "design"),
    design("a design of the wrong types", said_of_design('min_obs = "sixty"'), 2, "min_obs = 'sixty' must be"),
    design("a design with data that is a number", "[data]\ncase = 5\n", 2, "case = 5 must be a text"),
    design("a design with instruments that are a number", "instruments = 5\n", 2, "instruments"),
    design("a design with an instrument that is a list", "[instruments]\nruble = []\n", 2, "instruments"),
    design("a design with closures that are numbers", "[closures]\nruble = [1, 2]\n" + said_of_design(""), 2, "closures|ruble"),
    design("a design with closures that are no days", '[closures]\nruble = [{first = "soon", last = "later", why = "x"}]\n' + said_of_design(""), 2, "closures|soon"),
    design("a design with a close that is no clock", '[instruments.ruble]\nclose = "99:99 Nowhere/City"\n' + said_of_design(""), 2, "99:99|Nowhere|ruble"),
    design("a design with an exchange that is a path", '[instruments.ruble]\nexchange = "../../etc"\n' + said_of_design(""), 2, r"\.\./|exchange"),
    design("a design with a date as a window", said_of_design("estimation = 2022-01-01"), 2, "estimation"),
    design("a design that names itself as events", '[data]\nevents = "d.toml"\n[design]\nwindows = ["0:0"]\n', 2, "d.toml|prices"),
    design("a design that names no file", '[data]\nevents = "none.csv"\nprices = "none.csv"\n', 4, "none.csv"),
    design("a design that names a folder", '[data]\nevents = "."\nprices = "."\n', 2, "folder|directory"),
    ("a design that is not there", {}, ("run", "{d.toml}", "--quiet"), 4, "d.toml"),
    ("a folder as a design", {"d.toml/x": "x"}, ("run", "{d.toml}", "--quiet"), 2, "d.toml"),
    ("a folder as events", {"e.csv/x": "x", "p.csv": prices()}, RUN, 2, "e.csv.*(folder|directory)"),
    ("a folder as prices", {"e.csv": events("2021-09-01,raise,x"), "p.csv/x": "x"}, RUN, 2, "p.csv.*(folder|directory)"),
    ("no events file", {"p.csv": prices()}, RUN, 4, "e.csv"),
    ("no prices file", {"e.csv": events("2021-09-01,raise,x")}, RUN, 4, "p.csv"),
]  # fmt: skip
DAMAGES = (
    ("empty", b""), ("cut off", lambda content: content[: len(content) // 2]), ("of binary", bytes(range(256))),
    ("in UTF-16", lambda content: content.decode().encode("utf-16")), ("of NULs", b"\x00" * 4000),
)  # fmt: skip
DRAWN, REPORTED = ("chart", "car", "{r}", "--out", "{x.svg}"), ("report", "{r}", "--out", "{page}")
FOLDERS = [
    *(folder(f"{file} {how}", file, change, 2, f"r: {file} is not as it was written") for file in NAMES[:5] for how, change in DAMAGES),
    *(folder(f"digests {how}", "SHA256SUMS", change, 2, "r: (study.json is not as|it cannot be read)") for how, change in DAMAGES if how != "cut off"),
    folder("digests cut off", "SHA256SUMS", lambda content: content[: len(content) // 2], 2, "r: inputs/.* is not as it was written"),
    *(folder(f"no {file}", file, None, 4, f"has no {file}; write it again with: eventstudy run") for file in NAMES[:6]),
    folder("100 MB of spaces", "study.json", lambda _: b" " * 100_000_000, 2, "r: study.json is not as it was written"),
    *(folder(f"{command[0]} after {name} was changed", file, made, 2, f"r: {file} is not as it was written", command=command) for command in (DRAWN, REPORTED) for name, file, made in (
        ("a p-value", "study.json", edited("tables", "average", 0, "p_value", to=0.0123)), ("a warning", "study.json", edited("warnings", to=["all is well"])),
        ("a price of no event", "inputs/figures.csv", lambda content: content.replace(b"2013-08-15,", b"2013-08-15,1")),
        ("a headline", "inputs/events.csv", lambda content: content.replace(b"Crimea", b"Krim", 1)),
        ("a stamp", "inputs/figures.json", edited("instruments", "ruble", "stamp", "clock", to="10:00")),
        ("the seed", "design.toml", lambda content: content.replace(b"[design]", b"[design]\nseed = 7")),
    )),
    *(folder(f"{command[0]} of {file} with {name}, its digest made anew", file, made, 2, "r: (it cannot be read|unknown calendar|give one of prices|prices: there are no prices)", command=command, anew=True) for command in (DRAWN, REPORTED) for name, file, made in (
        ("a list", "study.json", b"[]"), ("null", "study.json", b"null"), ("no more", "study.json", b"{}"), ("depth", "study.json", DEEP.encode()), ("5,000 digits", "study.json", LONG.encode()),
        ("a list", "inputs/figures.json", b"[]"), ("no more", "inputs/figures.json", b"{}"), ("depth", "inputs/figures.json", DEEP.encode()),
        ("no stamp", "inputs/figures.json", edited("instruments", "ruble", "stamp")), ("a stamp of nothing", "inputs/figures.json", edited("instruments", "ruble", "stamp", to=None)),
        ("no hours", "inputs/figures.json", edited("instruments", "ruble", "hours")), ("an instrument of 5", "inputs/figures.json", edited("instruments", "ruble", to=5)),
        ("a zone of none", "inputs/figures.json", edited("instruments", "ruble", "stamp", "zone", to="../../etc/passwd")), ("another calendar", "inputs/figures.json", edited("instruments", "ruble", "calendar", to="MAGIC")),
        ("another kind", "inputs/figures.json", edited("kind", to="magic")), ("closures of soon", "inputs/figures.json", edited("instruments", "ruble", "closures", to=[{"first": "soon"}])),
        ("a word", "inputs/figures.csv", b"date,ruble\n2014-01-02,word\n"), ("a date that is none", "inputs/figures.csv", b"date,ruble\nsoon,1\n"), ("a ragged row", "inputs/figures.csv", b"date,ruble\n2014-01-02\n"),
        ("a row too long", "inputs/figures.csv", b"date,ruble\n2014-01-02,1,2,3\n"), ("only a header", "inputs/figures.csv", b"date,ruble\n"), ("a cell without end", "inputs/figures.csv", lambda _: b"date,ruble\n2014-01-02," + b"1" * 200_000 + b"\n"),
    )),
    *(folder(f"drawn with {name}, its digest made anew", "study.json", made, 2, "r: it cannot be read", command=DRAWN, anew=True) for name, made in (
        ("no average", edited("tables", "average")), ("an average of a number", edited("tables", "average", to=[5])), ("an average of an unknown series", edited("tables", "average", 0, "series", to="magic")),
        ("an average with a column more", edited("tables", "average", 0, "magic", to=9.0)),
    )),
    ("folder: not there", {}, ("report", "{r}", "--out", "{page}"), 4, "no .*r"),
    ("folder: empty", {"r/x": ""}, ("report", "{r}", "--out", "{page}"), 4, "has no study.json"),
    ("folder: a file", {"r": "x"}, ("report", "{r}", "--out", "{page}"), 2, "r"),
]  # fmt: skip
ONE_STANCE = events(*(f"{DAYS[k]:%Y-%m-%d},raise,x{k}" for k in (150, 160, 170)))
EXPLAIN = ("explain", *RUN[1:], "--formula", "car ~ C(stance)")
SAMPLES = [
    ("explain with one stance", {"e.csv": ONE_STANCE, "p.csv": prices()}, EXPLAIN, 2, "coefficient|same|nothing to compare|one label|rows"),
    ("explain with one event", {"e.csv": events("2021-09-01,raise,x"), "p.csv": prices()}, EXPLAIN, 2, "rows|nothing to compare"),
    ("explain with no event", {"e.csv": events(), "p.csv": prices()}, EXPLAIN, 2, "no event|no row|empty"),
    ("explain with equal rows", {"e.csv": events(*(f"{DAYS[150 + k // 2]:%Y-%m-%d},raise,x" for k in range(8))), "p.csv": prices()}, EXPLAIN, 2, "rows|nothing|same"),
    ("explain a constant", {"e.csv": events(*(f"{DAYS[k]:%Y-%m-%d},{'raise' if k % 20 else 'fold'},x{k}" for k in (150, 160, 170, 180, 190))), "p.csv": prices(cell=lambda *_: "5")}, EXPLAIN, 3, "series|constant|moves|no market event|no row"),
    ("one event", {"e.csv": events("2021-09-01,raise,x"), "p.csv": prices()}, RUN, 0, "after 1 raise"),
    ("no event", {"e.csv": events(), "p.csv": prices()}, RUN, 2, "no event|empty|no row"),
    ("one session", {"e.csv": events("2021-09-01,raise,x"), "p.csv": prices(1)}, RUN, 3, "no event can be used"),
    ("two sessions", {"e.csv": events("2021-01-05,raise,x"), "p.csv": prices(2)}, RUN, 3, "no event can be used"),
    ("a constant series", {"e.csv": events("2021-09-01,raise,x"), "p.csv": prices(cell=lambda *_: "5")}, RUN, 3, "no market event|constant"),
    ("ten thousand events on one day", {"e.csv": lambda: events(*(f"2021-09-01,raise,x{k}" for k in range(10_000))), "p.csv": prices()}, RUN, 0, "after 1 raise|10,000|10000"),
    ("an event before all prices", {"e.csv": events("2001-09-03,raise,x"), "p.csv": prices()}, RUN, 3, "no event can be used"),
    ("an event after all prices", {"e.csv": events("2031-09-03,raise,x"), "p.csv": prices()}, RUN, 3, "no event can be used"),
    ("a Dimson of one event", {"e.csv": events("2021-09-01,raise,x"), "p.csv": prices()}, (*RUN, "--model", "dimson"), 2, "market"),
    *((f"{' '.join(command)} of one event", {"e.csv": events("2021-09-01,raise,x"), "p.csv": prices()}, (*command, *RUN[1:]), code, said)
      for command, code, said in (
          (("regress", "dummies"), 0, ""), (("regress", "projections"), 0, ""), (("regress", "quantiles"), 0, ""), (("regress", "factor"), 2, "series"),
          (("regress", "diagnostics"), 0, ""), (("power",), 0, ""), (("grid",), 2, "No such option: --window"), (("match",), 0, ""))),
]  # fmt: skip
CASES = [*NUMBERS, *CHOICES, *FORMULAS, *TOML, *FOLDERS, *SAMPLES]
