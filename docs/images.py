"""Draw the pictures of the documentation from the bundled case: `make docs-images`."""

from io import BytesIO
from pathlib import Path

from PIL import Image  # it comes with matplotlib

import eventstudy as es
from eventstudy.charts import KINDS, to_bytes

FOLDER = Path(__file__).parent / "images"

#: What each picture shows.
PICTURES = {
    "raise-fold": {"series": "imoex"},
    "heatmap": {"window": "0:0"},
    "multiples": {},
    "placebo": {"series": "imoex", "event_id": "2022-01-27-kremlin-reply"},
}


def main() -> None:
    """Draw them all, at a screen's resolution and in few colours, for they are looked at on a page."""
    case = es.load_case("raise-or-fold-2022")
    result = es.EventStudy(case.events, case.prices, instruments=case.instruments, series=case.headline).fit()
    FOLDER.mkdir(exist_ok=True)
    for kind, choices in PICTURES.items():
        picture = Image.open(BytesIO(to_bytes(KINDS[kind].draw(result, **choices), "png")))
        small = picture.convert("RGB").resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
        few = small.quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(FOLDER / f"{kind}.png", optimize=True)


if __name__ == "__main__":
    main()
