"""A ReccoBeats that knows the tracks it is told of, and answers as oddly as the real one."""

import json
import random
import uuid
from typing import Any

from fakes.server import NOT_FOUND, Asked, Fake, Reply

_JSON = {"Content-Type": "application/json"}
_MOST = 40
_NAMES = uuid.UUID("0b9a3c5e-7c1d-4f58-9e60-2f0f4a1f9d11")


class FakeReccoBeats(Fake):
    """Reorders what it is asked for, leaves out what it does not know, wants a name of its guest.

    `asked`: the ids of each request.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self._known: dict[str, dict[str, Any]] = {}
        self._mixer = random.Random(7)
        self.asked: list[list[str]] = []

    def knows(self, spotify_id: str, isrc: str | None = None, **features: Any) -> None:
        """Let it know a track: `energy`, `key` and the like as it names them."""
        row = {
            "id": str(uuid.uuid5(_NAMES, spotify_id)),
            "href": f"https://open.spotify.com/track/{spotify_id}",
            "isrc": isrc,
            **features,
        }
        for name in filter(None, (spotify_id, isrc, row["id"])):
            self._known[str(name)] = row

    def reply(self, asked: Asked) -> Reply:
        if asked.route != "/v1/audio-features":
            return NOT_FOUND
        if asked.headers.get("user-agent", "").startswith("Python-urllib"):
            return Reply(403, {"Content-Type": "text/plain"}, b"error code: 1010")
        ids = [one for one in asked.query.get("ids", "").split(",") if one]
        self.asked.append(ids)
        if not 1 <= len(ids) <= _MOST:
            return _said({"error": f"size must be between 1 and {_MOST}"}, 400)
        rows = list({row["id"]: row for one in ids if (row := self._known.get(one))}.values())
        self._mixer.shuffle(rows)
        return _said({"content": rows})


def _said(body: Any, status: int = 200) -> Reply:
    return Reply(status, _JSON, json.dumps(body).encode())
