"""Write below every block of a page what it prints now: ``python docs/printed.py tutorial README``.

Look at the difference before you commit it; `tests/test_pages.py` holds the pages to it.
"""

import os
import sys
import tempfile
from pathlib import Path
from runpy import run_path

ROOT = Path(__file__).resolve().parents[1]


def main(page):
    """Run a page and replace the text blocks that show output."""
    tests = run_path(str(ROOT / "tests" / "test_pages.py"))
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COLUMNS"] = "80"
        os.chdir(folder)
        tests["run_line"]("eventstudy sample all --out .")
        names = {"__name__": "page"}
        for language, code, shown in tests["blocks_of"](page):
            printed = tests["run_block"](language, code, names).rstrip().splitlines()
            if shown is not None:
                now = "\n".join(line.rstrip() for line in printed) + "\n"
                above = f"{code}```\n\n```text\n"
                text = text.replace(f"{above}{shown}```", f"{above}{now}```")
        os.chdir(ROOT)
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        main(ROOT / "README.md" if name == "README" else ROOT / "docs" / f"{name}.md")
