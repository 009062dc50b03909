"""Write those files of ``datasets/samples/`` that are figures; the pages work with them.

Run ``python docs/samples.py``; a test holds the files to what this writes. Rates and gas are the bundled figures in
investing.com's layout, the desk's list is a bundled case's; the banks and their index are drawn with a fixed seed. The
other samples (lists of dates, texts, a calendar, a feed) are kept by hand.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.markets.bundled import join_series

FIRST, LAST = "2023-07-03", "2025-03-14"
HEADINGS = ["Date", "Price", "Open", "High", "Low", "Vol.", "Change %"]
#: The file, the bundled series, the decimals, and whether the vendor gives a volume.
DOWNLOADS = [
    ("USD_RUB Historical Data.csv", "cbr-usd-rub", 4, False),
    ("Dutch TTF Natural Gas Futures Historical Data.csv", "ice-ttf-2019", 3, True),
]
BANKS = [
    *("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gingko", "Hazel", "Ivy", "Juniper"),
    *("Kauri", "Larch", "Maple", "Nutmeg", "Oak", "Pine", "Quince", "Rowan", "Spruce", "Teak"),
]
#: Three rounds of sanctions, and what each took from every bank's share on the day.
ROUNDS = [
    ("2024-02-22", "First round", -0.02),
    ("2024-06-12", "Second round", -0.03),
    ("2024-11-21", "Third round", -0.04),
]


def download(path: Path, series: str, decimals: int, *, volume: bool) -> None:
    """Write one series as a download of investing.com: newest row first, every cell quoted, volumes as 12.34K."""
    prices = join_series([series]).iloc[:, 0].dropna()
    if series == "cbr-usd-rub":  # dated the day after it is set; a market's file bears the day itself
        prices.index = prices.index - pd.offsets.BDay(1)
        prices = prices[~prices.index.duplicated(keep="last")]
    prices = prices.loc[FIRST:LAST]
    rng = np.random.default_rng(7)
    rows = []
    for day, price, before in zip(prices.index[1:], prices.iloc[1:], prices.iloc[:-1], strict=True):
        low, high = min(price, before), max(price, before)
        cells = [f"{cell:,.{decimals}f}" for cell in (price, before, high, low)]
        traded = f"{rng.uniform(2, 40):.2f}K" if volume else ""
        rows.append([day.strftime("%m/%d/%Y"), *cells, traded, f"{100 * (price / before - 1):.2f}%"])
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([HEADINGS, *reversed(rows)])


def banks(folder: Path) -> None:
    """Write prices of twenty invented banks and an index, and the rounds of sanctions upon them."""
    rng = np.random.default_rng(20)
    days = pd.bdate_range("2023-01-02", "2024-12-31")
    index = rng.normal(0.0003, 0.009, len(days))
    returns = rng.uniform(0.8, 1.4, len(BANKS)) * index[:, None] + rng.normal(0, 0.012, (len(days), len(BANKS)))
    for day, _, effect in ROUNDS:
        returns[days.get_loc(day)] += effect
    table = pd.DataFrame(returns, index=days, columns=[f"{name} Bank" for name in BANKS])
    table.insert(0, "Index", index)
    prices = (100 * (1 + table).cumprod()).round(2)
    prices.index = prices.index.date
    prices.to_excel(folder / "banks.xlsx", index_label="Date", sheet_name="Prices")
    rows = [["date", "headline"], *([day, f"{title} of sanctions on banks"] for day, title, _ in ROUNDS)]
    with (folder / "sanctions.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def desk_list(folder: Path) -> None:
    """Write the events of a bundled case under the headings of somebody's own list."""
    names = {"time": "Date", "time_zone": "Zone", "headline": "Title", "actor": "Who", "stance": "Move", "kind": "Kind"}
    events = es.load_case("raise-or-fold-2022").events[list(names)].rename(columns=names)
    events.to_csv(folder / "desk-list.csv", index=False, lineterminator="\n")


def write(folder: Path) -> None:
    """Write every sample that is made of figures or of a case."""
    folder.mkdir(exist_ok=True)
    for name, series, decimals, volume in DOWNLOADS:
        download(folder / name, series, decimals, volume=volume)
    banks(folder)
    desk_list(folder)


if __name__ == "__main__":
    write(Path(__file__).parents[1] / "datasets" / "samples")
