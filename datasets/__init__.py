"""Bundled data, read as files and never executed.

``catalogue.toml``
    A label for every series (what it is, unit, institution, stamp, range, checksum, traps).
``series/``
    One CSV a series, ``session,price``, ascending; a day without a figure is absent.
``dividends.csv``
    What the bundled funds paid out: ``ex_date,instrument,usd_per_share``.
``atlas.json``
    What each headline market did on every event, as ``eventstudy.report.atlas`` computed it (``make atlas``).
``events/``
    One CSV a case, in the columns of the event schema.
``sources/``
    Figures that no Python package carries and that ``build.py`` reads from here.
``build.py``
    The script that writes ``series/`` and the measured fields of the labels. It is run by hand
    (``python datasets/build.py``) and imports nothing of ours.
"""
