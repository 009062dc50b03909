"""GDELT event files to proposed events: rows filtered as bytes, then counted by day, actors and stance."""
