"""A basket to take along: M3U8, CSV, JSPF, plain addresses, and links that YouTube plays at once.

Pure: videos in, text out, in pieces.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from core import videos
from core.json_stream import as_array
from database.baskets import Item
from webapp.track_tables import written

AT_ONCE = 50  # videos that YouTube takes in one address
TITLE = "Discogs basket"
_WATCH = "https://www.youtube.com/watch_videos?video_ids="
_EMBED = "https://www.youtube-nocookie.com/embed/"
_UNTIMED = -1  # what M3U says of a length that nobody knows
COLUMNS = (
    "video_id", "address", "video_title", "seconds", "artist", "release", "label", "release_id",
)  # fmt: skip

Thing = TypeVar("Thing")


def watch(video_ids: Sequence[str]) -> str:
    """Return the address at which YouTube plays up to AT_ONCE videos, one after the other."""
    return _WATCH + ",".join(video_ids)


def embed(video_ids: Sequence[str]) -> str:
    """Return the address of a player for a page, without cookies, of one video or more."""
    first, *rest = video_ids
    return _EMBED + first + (f"?playlist={','.join(rest)}" if rest else "")


def parts(items: Iterable[Thing]) -> Iterator[list[Thing]]:
    """Yield things by as many as YouTube takes at once."""
    rest = iter(items)
    while part := list(islice(rest, AT_ONCE)):
        yield part


def m3u8(items: Iterable[Item]) -> Iterator[str]:
    yield f"#EXTM3U\n#PLAYLIST:{TITLE}\n"
    for item in items:
        seconds = _UNTIMED if item.seconds is None else item.seconds
        # A line break in a title would begin an address of its own.
        called = " ".join(item.called.split())
        yield f"#EXTINF:{seconds},{called}\n{videos.address(item.video_id)}\n"


def text(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        yield f"{videos.address(item.video_id)}\n"


def csv(items: Iterable[Item]) -> Iterator[str]:
    rows = (
        (
            item.video_id, videos.address(item.video_id), item.video_title, item.seconds,
            item.artist, item.title, item.label, item.release_id,
        )
        for item in items
    )  # fmt: skip
    return written(COLUMNS, rows)


def jspf(items: Iterable[Item]) -> Iterator[str]:
    """Yield a playlist as XSPF would say it, in JSON; lengths are in milliseconds there."""
    yield f'{{"playlist":{{"title":{json.dumps(TITLE)},"track":'
    yield from as_array(_track(item) for item in items)
    yield "}}\n"


def _track(item: Item) -> dict[str, Any]:
    told: dict[str, Any] = {
        "location": [videos.address(item.video_id)],
        "title": item.called,
        "creator": item.artist,
        "album": item.title,
    }
    return told if item.seconds is None else told | {"duration": item.seconds * 1000}
