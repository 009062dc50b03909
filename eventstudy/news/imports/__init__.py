"""Other people's files to proposed events: tables, calendars, feeds."""
