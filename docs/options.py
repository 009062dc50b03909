"""Write the table of options in ``scripting.md`` from `eventstudy.options`; a test holds it so."""

from __future__ import annotations

from pathlib import Path

from eventstudy.options import DESIGN, OF_FIGURES, SOURCES, WRITTEN, reference

BEGIN, END = "<!-- options -->\n", "<!-- end of options -->\n"


def page(text: str) -> str:
    """Return the page with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    rows = {**SOURCES, **OF_FIGURES, **DESIGN, **WRITTEN}
    return f"{before}{BEGIN}{reference([row for row in rows.values() if not row.hidden])}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    path = Path(__file__).parent / "scripting.md"
    path.write_text(page(path.read_text(encoding="utf-8")), encoding="utf-8")
