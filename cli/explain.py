"""`eventstudy explain`: which attributes of an event go with a larger reaction."""

from __future__ import annotations

from typing import Annotated

import typer

from eventstudy.cli.groups import grouped
from eventstudy.cli.of_a_study import Choices, Data, make_study
from eventstudy.cli.options import CHOICES, Format, FormatOption, OutOption, QuietOption

FormulaOption = Annotated[
    str,
    typer.Option(
        "--formula", metavar="'Y ~ X'", help="What is explained ~ by what; C(...) for words.", rich_help_panel=CHOICES
    ),
]
ClusterOption = Annotated[
    str,
    typer.Option("--cluster", metavar="KIND", help="What hangs together: date, event, none.", rich_help_panel=CHOICES),
]


@grouped("measure", "market_lags", "market_leads", "tests", "missing", "scale", "family", "seed")
def explain(
    *,
    formula: FormulaOption,
    cluster: ClusterOption = "date",
    data: Data,
    choices: Choices,
    how: FormatOption = Format.table,
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Regress CARs on attributes of their events: stance, intensity, actor, phase, or columns of your own."""
    from eventstudy.cli.method_views import explain_view
    from eventstudy.cli.methods import write_found
    from eventstudy.study.explain import explain as explain_study

    asked = {"windows": ["0:1"]} | choices.asked() | {"tests": []}
    result = make_study(data, asked, quiet=quiet).fit()
    found = explain_study(result, formula, cluster)
    options = {"method": "explain", "formula": formula, "cluster": cluster}
    write_found(result, options, found, how, explain_view(found, formula), out, quiet=quiet)
