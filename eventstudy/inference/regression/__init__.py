"""Regressions behind an event study, each with a standard error that the number of its dates can carry."""
