"""What is known of a user, an artist, an album or a track, by Last.fm's protocol."""

from typing import Any

from sqlalchemy.orm import Session

from core import clock
from database import lastfm_known, lastfm_lists, play_tops
from database.lastfm_known import Known
from database.play_sums import Kind
from database.play_windows import ALWAYS
from webapp.database import reading
from webapp.scrobble import lastfm_auth, lastfm_who
from webapp.scrobble.lastfm_who import User
from webapp.scrobble.lastfm_words import NOTHING, Asked, Refusal


def user(asked: Asked) -> tuple[str, Any]:
    asker = lastfm_auth.asker(asked)
    with reading() as session:
        found = lastfm_who.asked_for(session, asked, asker)
        plays = play_tops.totals(session, found.whose, ALWAYS).plays
        counts = {
            f"{kind.name.casefold()}_count": str(
                play_tops.distinct(session, found.whose, kind, ALWAYS)
            )
            for kind in (Kind.ARTIST, Kind.ALBUM, Kind.TRACK)
        }
    made = str(found.person.created_at // clock.SECOND)
    return "user", {
        "name": found.name,
        "realname": "",
        "url": "",
        "playcount": str(plays),
        **counts,
        "registered": {"unixtime": made, "#text": made},
        "subscriber": "0",
        "type": "user",
    }


def artist(asked: Asked) -> tuple[str, Any]:
    name, asker = asked.need("artist"), lastfm_auth.asker(asked)
    with reading() as session:
        who = lastfm_who.asked_for(session, asked, asker)
        item = lastfm_known.find_artist(session, name)
        found = _known(session, Kind.ARTIST, item, who)
    said = {"name": found.name, "mbid": found.mbid, "url": ""}
    return "artist", said | {"stats": _plays(found, who)}


def album(asked: Asked) -> tuple[str, Any]:
    by, title, asker = asked.need("artist"), asked.need("album"), lastfm_auth.asker(asked)
    with reading() as session:
        who = lastfm_who.asked_for(session, asked, asker)
        item = lastfm_known.find_album(session, by, title)
        found = _known(session, Kind.ALBUM, item, who)
    said = {"name": found.name, "artist": found.credit, "mbid": found.mbid, "url": ""}
    return "album", said | _plays(found, who)


def track(asked: Asked) -> tuple[str, Any]:
    by, title, asker = asked.need("artist"), asked.need("track"), lastfm_auth.asker(asked)
    with reading() as session:
        who = lastfm_who.asked_for(session, asked, asker)
        item = lastfm_known.find_track(session, by, title)
        found = _known(session, Kind.TRACK, item, who)
        is_loved = bool(lastfm_lists.are_loved(session, who.whose.id, [item or 0]))
    said = {"name": found.name, "mbid": found.mbid, "url": ""}
    said |= {"duration": str(found.duration_ms or 0)} | _plays(found, who)
    by_whom = {"name": found.credit, "mbid": "", "url": ""}
    return "track", {**said, "userloved": str(int(is_loved)), "artist": by_whom}


def _known(session: Session, kind: Kind, item: int | None, who: User) -> Known:
    found = None if item is None else lastfm_known.known(session, kind, item, who.whose.id)
    # A stranger learns nothing of what others hear, and of theirs what they made public.
    if found is None or (who.is_public and not found.plays):
        raise Refusal(NOTHING, "There is none that is known by that name.")
    return found


def _plays(found: Known, who: User) -> dict[str, str]:
    """Return how many listen and how often: of the household, and of the user."""
    heard_by, every = max(1, found.listeners), max(found.plays, found.all_plays)
    if who.is_public:
        heard_by, every = 1, found.plays
    return {
        "listeners": str(heard_by),
        "playcount": str(every),
        "userplaycount": str(found.plays),
    }
