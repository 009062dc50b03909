"""Aligned arrays in, estimates out: least squares for every cell (session) of many series at once."""

from eventstudy.engine.cells import fit_cells, fit_pairs
from eventstudy.engine.fits import Fits, Form
from eventstudy.engine.sums import window_sums
from eventstudy.engine.table import fit_table
from eventstudy.engine.tasks import Progress, run_tasks

__all__ = ["Fits", "Form", "Progress", "fit_cells", "fit_pairs", "fit_table", "run_tasks", "window_sums"]
