"""The collection: what a person watched, found by words."""

from flask import render_template, request
from flask_login import current_user

from database import film_posters, films
from webapp.database import reading
from webapp.films import bp

PAGE = 60
_LONGEST_SEARCH = 200  # letters; a thousand words would be more than SQLite can nest


@bp.get("")
def index() -> str:
    words = request.args.get("q", "").strip()[:_LONGEST_SEARCH]
    after = request.args.get("after")
    person_id = current_user.id
    with reading() as session:
        found = films.collection(session, person_id, words, after=after, limit=PAGE)
        count = films.count(session, person_id)
        doubts = films.doubts(session, person_id)
        posters = film_posters.hashes(session, [film.id for film in found])
    more = found[-1].key if len(found) == PAGE else None
    return render_template(
        "films/index.html",
        found=found,
        posters=posters,
        count=count,
        doubts=doubts,
        words=words,
        more=more,
    )
