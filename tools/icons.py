"""Picks the icons in use out of lucide-static (ISC) into one sprite, static/icons/icons.svg.

    npm pack lucide-static && tar xzf lucide-static-*.tgz
    python tools/icons.py package

Not part of the running program: the sprite is checked in.
"""

# ruff: noqa: INP001 - a script by itself

import re
import sys
from pathlib import Path

SPRITE = Path(__file__).resolve().parent.parent / "static" / "icons" / "icons.svg"
USED = (
    "arrow-left arrow-right bell chart-no-axes-column check circle-user-round clapperboard coins "
    "disc-3 download expand file-up headphones heart house images library list-checks list-music "
    "log-in log-out minus package-open pause pencil play plus rotate-cw search shuffle "
    "sliders-horizontal star trash-2 triangle-alert undo-2 upload x"
)
LICENCE = (
    "Icons: Lucide (https://lucide.dev), ISC License, Copyright (c) Lucide Icons and "
    "Contributors; some from Feather, MIT License, Copyright (c) 2013-present Cole Bemis."
)


def symbol(package: Path, name: str) -> str:
    drawn = (package / "icons" / f"{name}.svg").read_text()
    shapes = re.sub(r"\s+", " ", drawn[drawn.index(">", drawn.index("<svg")) + 1 :])
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24">{shapes.replace("</svg>", "").strip()}</symbol>'
    )


def main() -> None:
    package = Path(sys.argv[1])
    symbols = "\n".join(symbol(package, name) for name in USED.split())
    SPRITE.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg">\n<!-- {LICENCE} -->\n{symbols}\n</svg>\n'
    )


if __name__ == "__main__":
    main()
