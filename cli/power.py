"""`eventstudy power`: the smallest effect that this very study could have seen."""

from __future__ import annotations

import typer

from eventstudy.cli.design_argument import DesignArgument
from eventstudy.cli.groups import grouped
from eventstudy.cli.of_a_study import Choices, Data, make_study
from eventstudy.cli.options import Format, FormatOption, QuietOption


@grouped("measure", "market_lags", "market_leads", "tests", "missing", "family")
def power(
    context: typer.Context,
    *,
    _design: DesignArgument = None,
    data: Data,
    choices: Choices,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Show the smallest effect this study could have seen four times in five, by series, stance and window."""
    from eventstudy.cli.output import emit
    from eventstudy.cli.trust_views import power_view
    from eventstudy.study.design import DEFAULT_WINDOWS

    asked = {"windows": list(DEFAULT_WINDOWS)} | choices.asked(context) | {"tests": []}
    found = make_study(data, asked, quiet=quiet).power()
    emit(found, how, power_view(found))
