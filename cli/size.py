"""`eventstudy size`: how often every test rejects in simulated studies of the user's own data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from eventstudy.cli.design_argument import DesignArgument
from eventstudy.cli.groups import grouped
from eventstudy.cli.of_a_study import Choices, Data, make_study, test_ids
from eventstudy.cli.options import CHOICES, Format, FormatOption, QuietOption


@grouped("measure", "market_lags", "market_leads", "missing", "family")
def size(
    context: typer.Context,
    *,
    _design: DesignArgument = None,
    data: Data,
    studies: Annotated[
        int,
        typer.Option("--studies", metavar="N", min=1, help="Simulated studies.", rich_help_panel=CHOICES),
    ] = 1_000,
    tests: Annotated[
        str, typer.Option("--tests", metavar="A,B", help="Test ids, default, all or none.", rich_help_panel=CHOICES)
    ] = "default",
    choices: Choices,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Show how often each test rejects where there is nothing to find: in studies simulated from this very data."""
    from eventstudy.cli.output import emit
    from eventstudy.cli.trust_views import size_view

    asked = {"windows": ["0:0"]} | choices.asked(context) | {"tests": test_ids(tests)}
    study = make_study(data, asked, quiet=quiet)
    with _bar(studies, quiet=quiet) as progress:
        found = study.size(studies, progress)
    emit(found, how, size_view(found))


@contextmanager
def _bar(total: int, *, quiet: bool) -> Iterator[Callable[[int], object] | None]:
    """Yield what moves a progress bar on stderr; None where nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("simulated studies"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)
