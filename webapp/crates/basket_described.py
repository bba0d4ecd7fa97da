"""What scripts are told of the basket."""

from typing_extensions import TypedDict

from database.baskets import Cap, TakeOut
from webapp.crates.basket import Choice, Releases, WholeDig
from webapp.describing import Binary, Operation, ordered


class PutInBasket(TypedDict):
    """Links that were found, videos of them that are new, and all that are in the basket now.

    `gone`: of the new ones, those that play no more; they are not chosen.
    """

    found: int
    new: int
    gone: int
    videos: int


class BasketNow(TypedDict):
    """How much the basket is; `seconds` of the chosen videos, but for `untimed` of them.

    `gone`: what plays no more; `left_out`: what plays and is not chosen.
    """

    videos: int
    chosen: int
    releases: int
    seconds: int
    untimed: int
    gone: int
    left_out: int


class JspfTrack(TypedDict, total=False):
    """`duration` in milliseconds, where it is known."""

    location: list[str]
    title: str
    creator: str
    album: str
    duration: int


class JspfPlaylist(TypedDict):
    title: str
    track: list[JspfTrack]


class Jspf(TypedDict):
    """A playlist as JSPF has it."""

    playlist: JspfPlaylist


_NOW = {200: BasketNow}

OPERATIONS = {
    "crates.basket": Operation("How much your basket is", _NOW),
    "crates.add_releases": Operation(
        "Put the videos of releases into your basket",
        {200: PutInBasket},
        (404, 409),
        body=Releases,
    ),
    "crates.add_dig": Operation(
        "Put the videos of a dig into your basket", {200: PutInBasket}, (404, 409), body=WholeDig
    ),
    "crates.choose": Operation(
        "Choose which videos of a release are played", _NOW, (404,), body=Choice
    ),
    "crates.choose_all": Operation("Choose all videos that still play", _NOW),
    "crates.cap": Operation("Choose no more of each release than so many", _NOW, body=Cap),
    "crates.take_out": Operation(
        "Take out a video, a release, an artist, a label, or what is gone",
        _NOW,
        (404,),
        body=TakeOut,
    ),
    "crates.empty": Operation("Empty your basket", _NOW),
    "crates.check_videos": ordered("Have YouTube asked which videos still play", (409,)),
    "crates.basket_m3u8": Operation("The chosen videos as M3U8", {200: Binary("audio/x-mpegurl")}),
    "crates.basket_csv": Operation("The chosen videos as CSV", {200: Binary("text/csv")}),
    "crates.basket_txt": Operation(
        "The addresses of the chosen videos", {200: Binary("text/plain")}
    ),
    "crates.basket_jspf": Operation("The chosen videos as JSPF", {200: Jspf}),
}
