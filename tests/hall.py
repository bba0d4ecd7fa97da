"""Finished mosaics for tests of pages, with their files, as the worker would leave them."""

import hashlib
from itertools import count
from pathlib import Path
from typing import Any

from core import clock
from core.names import fold
from database import mosaics, tasks
from database.engine import Database
from database.models import Mosaic, MosaicFilm
from database.owner import HOUSE

BYTES = b"\xff\xd8 a picture \xff\xd9"
_numbers = count(1)


class Hall:
    """Hangs finished mosaics."""

    def __init__(self, db: Database, pictures: Path, *, jpeg: bytes = BYTES) -> None:
        self.db, self.pictures, self.jpeg = db, pictures, jpeg

    def hang(self, person_id: int | None = None, name: str = "dave", **given: Any) -> Mosaic:
        number = next(_numbers)
        file: str | None = given.pop("file", f"{number}.jpg")
        films: int = given.pop("films", 1)
        if file:
            self.pictures.mkdir(parents=True, exist_ok=True)
            (self.pictures / file).write_bytes(self.jpeg)
            (self.pictures / mosaics.preview_of(file)).write_bytes(self.jpeg)
        usual = {
            "public_id": f"{number:032x}",
            "person_id": person_id,
            "is_shared": False,
            "name": name,
            "name_folded": fold(name),
            "title": f"{name} – March {number}",
            "alt": "Mosaic of 1 film poster: Ran (1985)",
            "recipe": {"letterboxd_username": name, "period": "month:2025-03", "layout": "sheet"},
            "file": file,
            "sha256": hashlib.sha256(self.jpeg).hexdigest(),
            "size": 2_345_678,
            "width": 1290,
            "height": 1010,
            "preview_width": 1290,
            "preview_height": 1010,
            "created_at": clock.now(),
        }
        made = Mosaic(**usual | given)
        with self.db.writing() as session:
            session.add(made)
            session.flush()
            session.add_all(
                MosaicFilm(
                    mosaic_id=made.id,
                    position=position,
                    title=f"Film {position}" if position else "<Ran>",
                    year=1985,
                    director="Akira Kurosawa",
                    half_stars=9,
                    watched_on="2025-03-04",
                    has_poster=True,
                )
                for position in range(films)
            )
        return made

    def hang_large(self, person_id: int | None = None, **given: Any) -> Mosaic:
        """Hang one of 1,290 by 1,010 pixels with its tiles, its film in the first of six cells."""
        places = {
            "left": 0, "top": 0, "pitch_x": 430, "pitch_y": 505, "width": 430, "height": 505,
            "columns": 3, "rows": 2, "cells": [0, -1, -1, -1, -1, -1],
        }  # fmt: skip
        made = self.hang(person_id, **{"places": places} | given)
        self.cut(str(made.file), made.width, made.height)
        return made

    def cut(self, file: str, width: int, height: int) -> None:
        """Write a picture of that size and its tiles, as the worker does."""
        from PIL import Image

        from worker_jobs.mosaic import jpeg, zoom

        image = Image.radial_gradient("L").resize((width, height)).convert("RGB")
        with (self.pictures / file).open("wb") as out:
            written = jpeg.write_bands(out, width, height, [lambda: image])
        with (self.pictures / mosaics.zoom_of(file)).open("wb") as out:
            zoom.write(out, self.pictures / file, written)

    def args_of(self, address: str) -> dict[str, Any]:
        with self.db.reading() as session:
            return tasks.get(session, address.rpartition("/")[2], HOUSE).args
