"""Search: artists, albums and tracks that somebody played, by words in their names."""

from flask import request
from flask.typing import ResponseReturnValue

from database import play_search
from database.play_search import Found
from webapp.database import reading
from webapp.listening import bp, downloads, pieces
from webapp.listening.asked import asked

_MOST = 20


@bp.get("/search")
def search() -> ResponseReturnValue:
    words = request.args.get("q", "")[: play_search.LONGEST].strip()
    with reading() as session:
        wanted = asked(session)
        found = Found([], [], [])
        if words:
            found = play_search.search(session, wanted.whose, words, _MOST)
        covers = pieces.covers(session, found.albums)
    tables = {kind: pieces.tops_table(getattr(found, kind), kind) for kind in pieces.KINDS}
    return downloads.answer(
        "listening/search.html",
        wanted,
        tables,
        words=words,
        found=found._asdict(),
        covers=covers,
        most=_MOST,
    )
