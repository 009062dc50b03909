"""From a study estimated to its result: placebos, tables, averages, tests and warnings."""

from __future__ import annotations

from itertools import chain

import pandas as pd

from eventstudy.tasks import Progress
from eventstudy.study.averages import average_table, groups
from eventstudy.study.cars import cars_in_time
from eventstudy.study.cautions import cautions
from eventstudy.study.design import Design
from eventstudy.study.estimated import Estimated
from eventstudy.study.given import Given
from eventstudy.study.headline import NO_HEADLINE, headlines
from eventstudy.study.inputs import describe_input
from eventstudy.study.pair_tables import PairTables, within
from eventstudy.study.pairs import Pairs
from eventstudy.study.placebos import DrawsByName, all_families, all_placebos, base_rates, placebo_ar
from eventstudy.study.result import StudyResult
from eventstudy.study.significance import affordable, significance_table


def result_of(
    estimated: Estimated, asked: Design, events: pd.DataFrame, given: Given, budget: int, progress: Progress | None
) -> StudyResult:
    """Make the result of a study.

    Parameters
    ----------
    estimated : Estimated
        The study, matched and estimated.
    asked : Design
        The choices as they were made; `estimated` has those of the stage that it is.
    events : DataFrame
        The events table.
    given : Given
        The figures that went in.
    budget : int
        Bytes that each table of pairs may take.
    progress : callable, optional
        Called with the number of series that have their placebos, and of all.
    """
    design, matches, estimates, histories = estimated.design, *estimated.parts
    involved = {name: histories[name] for name in (*matches.series, *asked.model.regressors)}
    pairs, pool = Pairs.of(matches), estimated.pool
    placebos = all_placebos(pairs, matches, estimates, design, progress)
    families = all_families(matches, estimates, placebos, design)
    made, left_out, too_large = within(budget, PairTables(estimated, pairs, placebos, families))
    tested, too_many = affordable(budget, len(pairs), design)
    found = groups(cars_in_time(pairs, matches, estimates, placebos, events), pool)
    headline = headlines(matches, estimates, placebos, design, pool)
    told = cautions(estimated, pairs, placebos), *(history.notes for history in involved.values())
    return StudyResult(
        design=asked,
        events=events,
        histories=involved,
        inputs=(describe_input("events", events), describe_input(given.kind, given.figures)),
        warnings=(*given.notes, *chain(*told), *too_large, *too_many),
        **made,
        average=average_table(found, base_rates(estimates, pool, design), headline, NO_HEADLINE),
        tests=significance_table(found, pairs, matches, estimates, tested),
        usable={name: estimate.usable for name, estimate in zip(matches.series, estimates, strict=True)},
        placebos=DrawsByName(placebos),
        placebo_ar={estimate.history.name: placebo_ar(estimate) for estimate in estimates},
        left_out=left_out,
        budget=budget,
        given=given,
    )
