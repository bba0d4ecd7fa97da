"""What is drawn of a film, a record or an album: where what is known of it becomes a tile."""

from pathlib import Path

from database.viewings import Seen
from worker_jobs.mosaic.layout import Tile


def tile_of(seen: Seen, picture: Path | None = None) -> Tile:
    is_album = seen.album_id is not None
    is_cover = is_album or seen.record_id is not None
    by = (seen.director or "") if is_cover else ""
    return Tile(
        title=seen.title,
        year=seen.year,
        director=seen.director,
        half_stars=None if is_album else seen.half_stars,
        poster=picture,
        key="\n".join([seen.title, *([by] if by else []), str(seen.year)]),
        by=by,
        plays=seen.half_stars if is_album else None,
    )
