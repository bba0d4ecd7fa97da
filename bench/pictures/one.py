"""Measure one way of making a picture, in a process of its own; tell it as JSON.

    python -m bench.pictures.one MODULE.FUNCTION FOLDER OUT COLUMNS ROWS CELL_WIDTH CELL_HEIGHT

Whoever starts it imports nothing large: the peak of a process begins at its parent's.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

from bench.pictures.work import Method, Work, measure


def named(name: str) -> Method:
    module, function = name.split(".")
    method: Method = getattr(import_module(f"bench.pictures.{module}"), function)
    return method


def main() -> None:
    name, folder, out, *numbers = sys.argv[1:]
    columns, rows, width, height = map(int, numbers)
    method = named(name)  # before the measurement: imports do not count
    work = Work(Path(folder), Path(out), columns, rows, (width, height))
    print(json.dumps(measure(method, work)))


if __name__ == "__main__":
    main()
