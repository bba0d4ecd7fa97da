"""What programs read by Last.fm's protocol of a person: the latest plays, loved tracks, tops."""

from datetime import datetime
from typing import Any, NamedTuple

from core import clock
from core.names import fold
from database import lastfm_known, lastfm_lists, now_playing, play_tops
from database.lastfm_lists import Played
from database.now_playing import Playing
from database.play_sums import Kind
from database.play_tops import Top
from database.play_windows import ALWAYS, Window
from webapp.database import reading
from webapp.scrobble import lastfm_auth, lastfm_who, told
from webapp.scrobble.lastfm_words import INCOMPLETE, Asked, Refusal

_PERIODS = {"overall": 0, "7day": 7, "1month": 30, "3month": 90, "6month": 180, "12month": 365}
_USUAL, _MOST_RECENT, _MOST = 50, 200, 1_000
_LAST_PAGE = 1_000_000
_IMAGES = [{"size": size, "#text": ""} for size in ("small", "medium", "large", "extralarge")]
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _Page(NamedTuple):
    """Which part of a list is asked for; from page 1."""

    number: int
    size: int

    @classmethod
    def of(cls, asked: Asked, most: int) -> "_Page":
        return cls(asked.number("page", 1, _LAST_PAGE), asked.number("limit", _USUAL, most))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def attributes(self, user: str, total: int) -> dict[str, str]:
        return {
            "user": user,
            "page": str(self.number),
            "perPage": str(self.size),
            "totalPages": str(-(-total // self.size)),
            "total": str(total),
        }


def recent_tracks(asked: Asked) -> tuple[str, Any]:
    """What plays right now comes first, on top of the limit."""
    page, is_long = _Page.of(asked, _MOST_RECENT), asked.get("extended") == "1"
    asker, window = lastfm_auth.asker(asked), _window(asked)
    with reading() as session:
        user = lastfm_who.asked_for(session, asked, asker)
        total, found = lastfm_lists.recent(
            session, user.whose, window, limit=page.size, offset=page.offset
        )
        loved = lastfm_lists.are_loved(
            session, user.whose.id, {one.track_id for one in found} if is_long else ()
        )
        playing = now_playing.of(session, user.whose.id) if page.number == 1 else None
    tracks = [_playing(playing, is_long=is_long)] if playing else []
    for one in found:
        track = _recent(one, is_long=is_long)
        tracks.append(track | {"loved": str(int(one.track_id in loved))} if is_long else track)
    return "recenttracks", {"@attr": page.attributes(user.name, total), "track": tracks}


def _window(asked: Asked) -> Window:
    """Return from when until when; both ends belong to it."""
    since, until = told.when(asked.get("from")), told.when(asked.get("to"))
    return Window(
        None if since is None else since * clock.SECOND,
        None if until is None else (until + 1) * clock.SECOND,
    )


def _recent(one: Played, *, is_long: bool) -> dict[str, Any]:
    artist = _artist(one.credit, one.artist_mbid, is_long=is_long)
    return _track(one.title, one.mbid, artist) | {
        "album": {"mbid": one.album_mbid, "#text": one.album},
        "date": _date(one.at),
    }


def _playing(one: Playing, *, is_long: bool) -> dict[str, Any]:
    track = _track(one.title, "", _artist(one.artist, "", is_long=is_long))
    nowplaying = {"@attr": {"nowplaying": "true"}}
    return nowplaying | track | {"album": {"mbid": "", "#text": one.album}}


def _track(title: str, mbid: str, artist: dict[str, str]) -> dict[str, Any]:
    # In XML the first <name> has to be the track's.
    head = (
        {"name": title, "artist": artist} if "name" in artist else {"artist": artist, "name": title}
    )
    return head | {"mbid": mbid, "url": "", "streamable": "0", "image": _IMAGES}


def _artist(name: str, mbid: str, *, is_long: bool) -> dict[str, str]:
    if is_long:
        return {"name": name, "mbid": mbid, "url": ""}
    return {"mbid": mbid, "#text": name}


def _date(at: int) -> dict[str, str]:
    return {"uts": str(at // clock.SECOND), "#text": _in_words(clock.utc(at))}


def _in_words(at: datetime) -> str:
    # Whatever the machine's language is.
    return f"{at:%d} {_MONTHS[at.month - 1]} {at:%Y, %H:%M}"


def loved_tracks(asked: Asked) -> tuple[str, Any]:
    page, asker = _Page.of(asked, _MOST), lastfm_auth.asker(asked)
    with reading() as session:
        user = lastfm_who.asked_for(session, asked, asker)
        total = lastfm_lists.count_loved(session, user.whose.id)
        found = lastfm_lists.loved(session, user.whose.id, limit=page.size, offset=page.offset)
    tracks = [
        _track(one.title, one.mbid, _artist(one.credit, one.artist_mbid, is_long=True))
        | {"date": _date(one.at)}
        for one in found
    ]
    return "lovedtracks", {"@attr": page.attributes(user.name, total), "track": tracks}


def top_artists(asked: Asked) -> tuple[str, Any]:
    return _tops(asked, Kind.ARTIST)


def top_albums(asked: Asked) -> tuple[str, Any]:
    return _tops(asked, Kind.ALBUM)


def top_tracks(asked: Asked) -> tuple[str, Any]:
    return _tops(asked, Kind.TRACK)


def _tops(asked: Asked, kind: Kind) -> tuple[str, Any]:
    page, window = _Page.of(asked, _MOST), _period(asked)
    asker = lastfm_auth.asker(asked)
    with reading() as session:
        user = lastfm_who.asked_for(session, asked, asker)
        found, total = play_tops.ranking(
            session, user.whose, kind, window, limit=page.size, offset=page.offset
        )
        mbids = lastfm_known.mbids(session, kind, [one.item for one in found])
        artists = lastfm_known.artist_mbids(session, [one.credit for one in found if one.credit])
    items = [
        _top(one, page.offset + nth, mbids.get(one.item, ""), artists.get(fold(one.credit), ""))
        for nth, one in enumerate(found, 1)
    ]
    thing = kind.name.casefold()
    return f"top{thing}s", {"@attr": page.attributes(user.name, total), thing: items}


def _period(asked: Asked) -> Window:
    days = _PERIODS.get(asked.get("period").casefold() or "overall")
    if days is None:
        raise Refusal(INCOMPLETE, f"Invalid parameters: a period is one of {', '.join(_PERIODS)}.")
    return Window(since=clock.now() - days * clock.DAY) if days else ALWAYS


def _top(one: Top, rank: int, mbid: str, artist_mbid: str) -> dict[str, Any]:
    said: dict[str, Any] = {"@attr": {"rank": str(rank)}, "name": one.name}
    said |= {"playcount": str(one.plays), "mbid": mbid, "url": ""}
    if one.credit:
        said["artist"] = {"name": one.credit, "mbid": artist_mbid, "url": ""}
    return said | {"image": _IMAGES}
