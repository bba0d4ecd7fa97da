"""A YouTube that says of videos whether they can be embedded, in its own odd ways."""

import json
from urllib.parse import parse_qs, urlsplit

from fakes.server import NOT_FOUND, Asked, Fake, Reply

_TEXT = {"Content-Type": "text/html; charset=UTF-8"}
# How it speaks of what cannot be had: with JSON's status too.
_WAYS = {
    "gone": Reply(404, _TEXT, b"Not Found"),
    "removed": Reply(400, _TEXT, b"Bad Request"),
    "private": Reply(403, _TEXT, b"Forbidden"),
    "private at 200": Reply(200, _TEXT, b"Forbidden"),
    "not embedded": Reply(401, _TEXT, b"Unauthorized"),
    "odd": Reply(200, _TEXT, b"<!DOCTYPE html><title>Before you continue</title>"),
}


class FakeYouTubePages(Fake):
    """Plays every video but those that it is told of. `asked`: the ids, in order."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self._ways: dict[str, str] = {}
        self.asked: list[str] = []

    def says(self, way: str, *video_ids: str) -> None:
        """Let it answer about these in one of `_WAYS`."""
        if way not in _WAYS:
            raise KeyError(way)
        self._ways |= dict.fromkeys(video_ids, way)

    def reply(self, asked: Asked) -> Reply:
        if asked.route != "/oembed" or asked.query.get("format") != "json":
            return NOT_FOUND
        id_ = parse_qs(urlsplit(asked.query.get("url", "")).query).get("v", [""])[0]
        self.asked.append(id_)
        if id_ in self._ways:
            return _WAYS[self._ways[id_]]
        told = {
            "type": "video",
            "version": "1.0",
            "title": f"Video {id_}",
            "provider_name": "YouTube",
            "html": f'<iframe src="https://www.youtube.com/embed/{id_}"></iframe>',
        }
        return Reply(200, {"Content-Type": "application/json"}, json.dumps(told).encode())
