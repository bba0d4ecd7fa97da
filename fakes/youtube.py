"""YouTube as far as playlists go, at the same address as its people's consents.

Counts the quota by its own clock, and answers with each documented error when told to. A video
may be on a playlist twice, as there; what is not made private is public.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fakes.google_oauth import FakeGoogle
from fakes.server import Asked, Reply

UNITS, RESERVED = 10_000, 1
_BASE = "/youtube/v3/"
_CHANGE = 50
_AT_ONCE = 50
_STALL_SECONDS = 30
_CALIFORNIA = ZoneInfo("America/Los_Angeles")


@dataclass
class Playlist:
    """`items`: the place of each video and its id, in order."""

    id: str
    owner: str
    title: str
    description: str
    privacy: str
    items: list[tuple[str, str]] = field(default_factory=list)

    @property
    def videos(self) -> list[str]:
        return [video_id for _, video_id in self.items]


@dataclass
class Fault:
    """An error in answer to changes: from the `after`th on, `times` times.

    `is_done`: the change is made all the same.
    """

    path: str
    status: int
    reason: str
    after: int
    times: int
    is_done: bool
    headers: dict[str, str]


class FakeYouTube(FakeGoogle):
    """Every video exists that is not in `gone`; `private` ones are their owners' alone.

    `now`: milliseconds since 1970, moved by hand. `most`: videos on a playlist. `stalls`: after
    which changes no answer comes, by their path and number. `late`: how often the next playlist
    that is made is not known yet.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.now = 0
        self.most = 5_000
        self.used: Counter[str] = Counter()
        self.playlists: dict[str, Playlist] = {}
        self.gone: set[str] = set()
        self.private: set[str] = set()
        self.unavailable: set[str] = set()  # shown as fine, and not taken
        self.troubled: set[str] = set()  # at each of which it breaks
        self.changes: Counter[str] = Counter()
        self.stalls: set[tuple[str, int]] = set()
        self.late = 0
        self._errors: list[Fault] = []
        self._asking = threading.Lock()
        self._number = 0

    def consent(self, name: str, scopes: str) -> tuple[str, str]:
        """Return an access and a refresh token of somebody, without the walk there."""
        told = json.loads(self._granted(name, scopes, is_new=True).body)
        return told["access_token"], told["refresh_token"]

    def forget_accesses(self) -> None:
        """Let every access token be worth nothing, as after an hour."""
        self._accesses.clear()

    def holds(self, owner: str, title: str, videos: Iterable[str] = ()) -> Playlist:
        """Let somebody have had a playlist before."""
        made = Playlist(self._new("PL"), owner, title, "", "private")
        made.items = [(self._new("item"), video_id) for video_id in videos]
        self.playlists[made.id] = made
        return made

    def fails(  # noqa: PLR0913 - by name
        self,
        status: int,
        reason: str,
        *,
        path: str = "playlistItems",
        after: int = 1,
        times: int = 1,
        is_done: bool = False,
        **headers: str,
    ) -> None:
        """Answer changes below `path` with an error, from the `after`th of all on."""
        named = {name.replace("_", "-"): said for name, said in headers.items()}
        self._errors.append(Fault(path, status, reason, after, times, is_done, named))

    def reply(self, asked: Asked) -> Reply:
        path = asked.route.removeprefix(_BASE)
        if path in (asked.route, "channels"):
            return super().reply(asked)
        with self._asking:
            answer = self._answer(asked, path)
            stalls = asked.method == "POST" and (path, self.changes[path]) in self.stalls
        if stalls:
            self.closing.wait(_STALL_SECONDS)
        return answer

    def _answer(self, asked: Asked, path: str) -> Reply:
        name = self._name(asked)
        if name is None:
            return _error(401, "authError", "Invalid Credentials")
        units = 1 if asked.method == "GET" else _CHANGE
        if self.used[self.day] + units > UNITS:
            self.used[self.day] += RESERVED
            return _error(403, "quotaExceeded", "You have exceeded your quota.")
        self.used[self.day] += units
        if self.channels.of.get(name) is None:
            return _error(401, "youtubeSignupRequired", "Unauthorized")
        return self._read(asked, path, name) if units == 1 else self._change(asked, path, name)

    @property
    def day(self) -> str:
        at = datetime.fromtimestamp(self.now / 1000, UTC)
        return at.astimezone(_CALIFORNIA).date().isoformat()

    def _name(self, asked: Asked) -> str | None:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        return self._accesses.get(token) if scheme == "Bearer" else None

    def _new(self, kind: str) -> str:
        self._number += 1
        return f"{kind}{self._number:06}"

    # What is read.

    def _read(self, asked: Asked, path: str, name: str) -> Reply:
        if path == "playlists":
            own = [one for one in self.playlists.values() if one.owner == name]
            return _page(asked, [_shown(one) for one in own])
        if path == "videos":
            # All at once, whatever maxResults says: here it means nothing.
            ids = asked.query["id"].split(",")[:_AT_ONCE]
            return _json({"items": [self._status(id_) for id_ in ids if id_ not in self.gone]})
        found = self.playlists.get(asked.query.get("playlistId", ""))
        if found is None or found.owner != name or self._is_late():
            return _error(404, "playlistNotFound", "The playlist cannot be found.")
        only = asked.query.get("videoId")
        items = [one for one in found.items if only in (None, one[1])]
        return _page(asked, [_placed(*one) for one in items])

    def _status(self, video_id: str) -> dict[str, Any]:
        privacy = "private" if video_id in self.private else "public"
        status = {"uploadStatus": "processed", "privacyStatus": privacy, "embeddable": True}
        return {"kind": "youtube#video", "id": video_id, "status": status}

    def _is_late(self) -> bool:
        self.late -= 1
        return self.late >= 0

    # What is changed.

    def _change(self, asked: Asked, path: str, name: str) -> Reply:
        self.changes[path] += 1
        fault = next(self._due(path), None)
        if fault is not None and not fault.is_done:
            return _error(fault.status, fault.reason, "As documented", fault.headers)
        body = json.loads(asked.body)
        done = self._make(body, name) if path == "playlists" else self._put(body, name)
        if fault is not None:
            return _error(fault.status, fault.reason, "As documented", fault.headers)
        return done

    def _due(self, path: str) -> Iterator[Fault]:
        for fault in self._errors:
            if fault.path == path and fault.times and self.changes[path] >= fault.after:
                fault.times -= 1
                yield fault

    def _make(self, body: dict[str, Any], name: str) -> Reply:
        said, privacy = body["snippet"], body.get("status", {}).get("privacyStatus", "public")
        made = Playlist(self._new("PL"), name, said["title"], said.get("description", ""), privacy)
        self.playlists[made.id] = made
        return _json(_shown(made))

    def _put(self, body: dict[str, Any], name: str) -> Reply:
        said = body["snippet"]
        found, video_id = self.playlists.get(said["playlistId"]), said["resourceId"]["videoId"]
        if found is None or self._is_late():
            return _error(404, "playlistNotFound", "The playlist cannot be found.")
        if found.owner != name:
            return _error(403, "playlistItemsNotAccessible", "Forbidden")
        if refusal := self._refusal(video_id):
            return refusal
        if len(found.items) >= self.most:
            return _error(403, "playlistContainsMaximumNumberOfVideos", "The playlist is full.")
        found.items.append((self._new("item"), video_id))
        return _json(_placed(*found.items[-1]))

    def _refusal(self, video_id: str) -> Reply | None:
        if video_id in self.gone:
            return _error(404, "videoNotFound", "Video not found.")
        if video_id in self.private | self.unavailable:
            return _error(400, "failedPrecondition", "Precondition check failed.")
        if video_id in self.troubled:
            return _error(500, "backendError", "Backend error.")
        return None


def _shown(one: Playlist) -> dict[str, Any]:
    return {
        "kind": "youtube#playlist",
        "id": one.id,
        "snippet": {"title": one.title, "description": one.description},
        "status": {"privacyStatus": one.privacy},
        "contentDetails": {"itemCount": len(one.items)},
    }


def _placed(item_id: str, video_id: str) -> dict[str, Any]:
    return {
        "kind": "youtube#playlistItem",
        "id": item_id,
        "contentDetails": {"videoId": video_id},
    }


def _page(asked: Asked, items: list[dict[str, Any]]) -> Reply:
    size = min(int(asked.query.get("maxResults", "5")), _AT_ONCE)
    begin = int(asked.query.get("pageToken", "0"))
    told: dict[str, Any] = {
        "pageInfo": {"totalResults": len(items), "resultsPerPage": size},
        "items": items[begin : begin + size],
    }
    if begin + size < len(items):
        told["nextPageToken"] = str(begin + size)
    return _json(told)


def _json(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    said = {"Content-Type": "application/json", **(headers or {})}
    return Reply(status, said, json.dumps(body).encode())


def _error(status: int, reason: str, message: str, headers: dict[str, str] | None = None) -> Reply:
    errors = [{"domain": "youtube", "reason": reason, "message": message}]
    return _json({"error": {"code": status, "message": message, "errors": errors}}, status, headers)
