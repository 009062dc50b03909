"""Write the table of options in ``scripting.md`` from what the commands are made from; a test holds it so."""

from __future__ import annotations

from pathlib import Path

from eventstudy.cli.output import declared
from eventstudy.options import DESIGN, OF_FIGURES, SOURCES, WRITTEN, option

BEGIN, END = "<!-- options -->\n", "<!-- end of options -->\n"


def page(text: str) -> str:
    """Return the page with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    rows = {**SOURCES, **OF_FIGURES, **DESIGN, **WRITTEN}
    of_run = declared("commands")["run"].items()
    own = [option(name, row)._replace(name="") for name, row in of_run if isinstance(row, dict) and "word" in row]
    lines = ["| option | key | default | meaning |", "| --- | --- | --- | --- |"]
    for one in (row for row in (*rows.values(), *own) if not row.hidden):
        default = " ".join(one.default) if isinstance(one.default, tuple) else one.default
        shown = "" if default is None or default is False else f"`{default}`"
        key = f"`{one.name}`" if one.name else ""
        lines.append(f"| `{one.word}` | {key} | {shown} | {one.help.replace('|', '/')} |")
    table = "\n".join(lines)
    return f"{before}{BEGIN}{table}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    path = Path(__file__).parent / "scripting.md"
    path.write_text(page(path.read_text(encoding="utf-8")), encoding="utf-8")
