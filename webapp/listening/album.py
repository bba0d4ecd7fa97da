"""An album: how often, since when, and its tracks."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from database import play_pages, record_plays
from database.play_sums import Kind
from webapp.database import reading
from webapp.listening import bp, detail, downloads, pieces
from webapp.listening.asked import asked

_TRACKS = 100


@bp.get("/albums/<int:album_id>")
def album(album_id: int) -> ResponseReturnValue:
    with reading() as session:
        wanted = asked(session)
        found = play_pages.album(session, album_id)
        if found.counts_as is not None:
            return redirect(url_for(".album", album_id=found.counts_as, **wanted.args))
        said = detail.told(session, wanted, Kind.ALBUM, album_id)
        tracks = play_pages.on_album(session, wanted.whose, album_id, _TRACKS)
        artist_id = play_pages.counts_as_artist(session, found.artist_id)
        on_shelf = record_plays.of_album(session, album_id, wanted.whose.person_ids)
    tables = {
        "tracks": pieces.tops_table(tracks, "tracks"),
        **detail.tables(said, wanted),
    }
    return downloads.answer(
        "listening/album.html",
        wanted,
        tables,
        album=found,
        artist_id=artist_id,
        tracks=tracks,
        on_shelf=on_shelf,
        **said,
    )
