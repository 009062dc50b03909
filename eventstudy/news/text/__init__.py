"""Reading: an article's text becomes proposed events, a sentence's words a stance, each with the spans that decided."""
