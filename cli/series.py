"""`eventstudy series`: the instruments and the bundled figures behind them."""

from __future__ import annotations

from typing import Annotated

import typer
from eventstudy.cli.options import Format, FormatOption

app = typer.Typer(help="Market series: which instruments there are, and what is known of each.", no_args_is_help=True)


@app.command("list", epilog="Example: eventstudy series list")
def list_series(how: FormatOption = Format.table) -> None:
    """List the instruments and the bundled figures of each."""
    import pandas as pd
    from eventstudy.cli.output import emit
    from eventstudy.cli.views import frame_view

    from eventstudy.markets.bundled import series_labels
    from eventstudy.markets.instrument import find_instrument

    rows = []
    for label in series_labels().values():
        instrument = find_instrument(label.instrument)
        rows.append(
            {
                "instrument": label.instrument,
                "label": instrument.label,
                "group": instrument.group,
                "quote": instrument.quote,
                "orientation": instrument.orientation,
                "first": label.first.isoformat(),
                "last": label.last.isoformat(),
                "rows": label.rows,
                "stamp": instrument.stamp.label,
                "institution": label.institution,
                "series": label.name,
            }
        )
    frame = pd.DataFrame(rows).sort_values(["group", "instrument", "first"], ignore_index=True)
    columns = ["instrument", "group", "quote", "first", "last", "rows", "series"]
    emit(frame, how, frame_view(frame, "Instruments with bundled figures", columns))


@app.command("show", epilog="Example: eventstudy series show ruble")
def show_series(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An instrument, an alias, or a bundled series.")],
    how: FormatOption = Format.table,
) -> None:
    """Show what is known of an instrument and of the bundled figures behind it."""
    import pandas as pd
    from eventstudy.cli.output import TextTable, emit

    from eventstudy.markets.bundled import series_labels
    from eventstudy.markets.instrument import find_instrument

    labels = series_labels()
    instrument = find_instrument(labels[name].instrument if name in labels else name)
    facts = {
        "instrument": instrument.name,
        "label": instrument.label,
        "group": instrument.group,
        "quote": instrument.quote,
        "up": instrument.up,
        "returns": instrument.returns,
        "unit": instrument.unit or f"{instrument.returns} return",
        "stamp": instrument.stamp.label,
        "aliases": ", ".join(instrument.aliases),
        "closures": "; ".join(f"{c.first} .. {c.last} {c.why}" for c in instrument.closures),
    }
    for label in labels.values():
        if name == label.name or (name not in labels and label.instrument == instrument.name):
            facts[label.name] = (
                f"{label.title}; {label.unit}; {label.institution}, read from {label.package}; "
                f"{label.first} .. {label.last}, {label.rows} rows; {label.licence}. {label.traps}"
            )
    frame = pd.DataFrame({"fact": list(facts), "value": list(facts.values())})
    rows = tuple((fact, value) for fact, value in facts.items() if value)
    view = TextTable(f"{instrument.label} ({instrument.name})", ("fact", "value"), rows, left=("fact", "value"))
    emit(frame, how, view)
