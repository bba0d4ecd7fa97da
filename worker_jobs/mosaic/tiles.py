"""What is drawn of a film or a record: the one place where what is known of it becomes a tile."""

from pathlib import Path

from database.viewings import Seen
from worker_jobs.mosaic.layout import Tile


def tile_of(seen: Seen, picture: Path | None = None) -> Tile:
    by = (seen.director or "") if seen.record_id is not None else ""
    return Tile(
        title=seen.title,
        year=seen.year,
        director=seen.director,
        half_stars=seen.half_stars,
        poster=picture,
        key="\n".join([seen.title, *([by] if by else []), str(seen.year)]),
        by=by,
    )
