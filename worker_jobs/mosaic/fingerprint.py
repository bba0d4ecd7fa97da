"""Whether a mosaic would come out as one that is there: of the same, nothing is drawn twice."""

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import PIL

from database import mosaic_files
from database.mosaic_asked import Order
from database.mosaic_files import Known
from database.owner import Owner
from database.viewings import Seen
from worker_jobs.run import Run

# What these say shows in the title and in the films.
_SHOWN_ELSEWHERE = {"period", "only"}


def of(
    args: dict[str, Any],
    title: str,
    films: Sequence[Seen],
    paths: Sequence[Path | None],
    *said: Any,
) -> str:
    """Return what only a picture of the very same has: order, films, posters, and drawing.

    `said` is what decides the picture beside these.
    """
    asked = {name: args[name] for name in sorted(Order.model_fields) if name in args}
    for name in _SHOWN_ELSEWHERE:
        asked.pop(name, None)
    rows = [
        [*film._replace(poster_address=None), path.name if path else None]
        for film, path in zip(films, paths, strict=True)
    ]
    everything = [_drawing(), args["source"], asked, title, rows, said]
    return sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()


def same(run: Run, fingerprint: str, name: str) -> Known | None:
    """Return the owner's mosaic of the very same, if it is there, file and all."""
    owner = Owner(run.task.person_id, run.task.guest_hash)
    with run.db.reading() as session:
        found = mosaic_files.same(session, fingerprint, name, owner)
    return found if found and run.store.has(run.settings.pictures / found.file) else None


@cache
def _drawing() -> str:
    """Return the version of the drawing: another one with each change of it, or of Pillow."""
    found = sha256(PIL.__version__.encode())
    for module in sorted(Path(__file__).parent.glob("*.py")):
        found.update(module.read_bytes())
    return found.hexdigest()
