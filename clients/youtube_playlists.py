"""Playlists at YouTube: one's own, what is on one, making one, putting a video on it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from clients.http import Http
from clients.json_answers import read_json
from clients.youtube import SERVICE, shown
from clients.youtube_calls import Call, Caller, Quota
from core.consents import Access

AT_ONCE = 50  # things in one answer
_READ, _CHANGE = 1, 50  # units
_PRIVATE = "private"
_BROKEN = {"deleted", "failed", "rejected"}
_ID = Field(pattern=r"^[\x21-\x7e]{1,200}$")

Rows = TypeVar("Rows", bound="_Page")


class Own(NamedTuple):
    """A playlist of one's own; `videos`: how many are on it."""

    id: str
    title: str
    description: str
    videos: int


class Item(NamedTuple):
    """A video on a playlist; `id` is the place's, not the video's."""

    id: str
    video_id: str


class _Model(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)


class _Page(_Model):
    nextPageToken: str | None = None  # noqa: N815 - as YouTube spells it


class _Snippet(_Model):
    title: Annotated[str, AfterValidator(shown)] = ""
    description: str = ""


class _Many(_Model):
    itemCount: int = 0  # noqa: N815


class _Status(_Model):
    privacyStatus: str = ""  # noqa: N815
    uploadStatus: str = ""  # noqa: N815


class _Playlist(_Model):
    id: str = _ID
    snippet: _Snippet = _Snippet()
    contentDetails: _Many = _Many()  # noqa: N815


class _Playlists(_Page):
    items: list[_Playlist] = []


class _Video(_Model):
    videoId: str = ""  # noqa: N815


class _Placed(_Model):
    id: str = _ID
    contentDetails: _Video = _Video()  # noqa: N815


class _Items(_Page):
    items: list[_Placed] = []


class _Checked(_Model):
    id: str
    status: _Status = _Status()


class _Videos(_Page):
    items: list[_Checked] = []


class Playlists:
    """All of it raises what `Caller.answer` does; what is made is private, always."""

    def __init__(
        self, url: str, access: Callable[[int | None], Access], http: Http, quota: Quota
    ) -> None:
        self._caller = Caller(url, access, http, quota)

    def own(self) -> Iterator[Own]:
        """Give all of one's own playlists; each 50 cost a unit."""
        asked = {"part": "snippet,contentDetails", "mine": "true"}
        for page in self._pages("playlists", asked, _Playlists):
            for one in page.items:
                told = one.snippet
                yield Own(one.id, told.title, told.description, one.contentDetails.itemCount)

    def make(self, title: str, description: str) -> str:
        """Make a private playlist; return its id. Costs 50 units."""
        body = {
            "snippet": {"title": title, "description": description},
            "status": {"privacyStatus": _PRIVATE},
        }
        call = Call("playlists", {"part": "snippet,status"}, _CHANGE, body)
        return read_json(SERVICE, self._caller.answer(call), _Playlist).id

    def items(self, playlist_id: str) -> Iterator[Item]:
        """Give what is on a playlist; each 50 cost a unit."""
        return self._items({"playlistId": playlist_id})

    def holds(self, playlist_id: str, video_id: str) -> str | None:
        """Return the place of a video on a playlist, None if it is not there; costs a unit."""
        found = self._items({"playlistId": playlist_id, "videoId": video_id})
        return next((one.id for one in found if one.video_id == video_id), None)

    def dead(self, video_ids: Sequence[str]) -> dict[str, str]:
        """Return those of up to 50 videos that nobody can play, with why; costs a unit."""
        # YouTube knows no maxResults here: all that are asked for by id come at once.
        asked = {"part": "status", "id": ",".join(video_ids)}
        answer = self._caller.answer(Call("videos", asked, _READ))
        found = {one.id: one.status for one in read_json(SERVICE, answer, _Videos).items}
        told = {video_id: _why_dead(found.get(video_id)) for video_id in video_ids}
        return {video_id: why for video_id, why in told.items() if why is not None}

    def add(self, playlist_id: str, video_id: str) -> str:
        """Put a video at the end of a playlist; return its place. Costs 50 units.

        Not safe to repeat: YouTube takes a video twice.
        """
        resource = {"kind": "youtube#video", "videoId": video_id}
        body = {"snippet": {"playlistId": playlist_id, "resourceId": resource}}
        call = Call("playlistItems", {"part": "snippet"}, _CHANGE, body, adds=True)
        return read_json(SERVICE, self._caller.answer(call), _Placed).id

    def _items(self, which: dict[str, str]) -> Iterator[Item]:
        for page in self._pages("playlistItems", {"part": "contentDetails"} | which, _Items):
            yield from (Item(one.id, one.contentDetails.videoId) for one in page.items)

    def _pages(self, path: str, asked: dict[str, str], model: type[Rows]) -> Iterator[Rows]:
        asked = asked | {"maxResults": str(AT_ONCE)}
        while True:
            page = read_json(SERVICE, self._caller.answer(Call(path, asked, _READ)), model)
            yield page
            if page.nextPageToken is None or page.nextPageToken == asked.get("pageToken"):
                return
            asked = asked | {"pageToken": page.nextPageToken}


def _why_dead(status: _Status | None) -> str | None:
    if status is None:
        return "It is not at YouTube any more, or only for whom it is shared with."
    if status.privacyStatus == _PRIVATE:
        return "It is private."
    if status.uploadStatus in _BROKEN:
        return "YouTube cannot play it."
    return None
