"""Aligned arrays in, estimates out: least squares for every cell (session) of a series at once."""

from eventstudy.engine.cells import Fits, Form, fit_cells

__all__ = ["Fits", "Form", "fit_cells"]
