"""A ListenBrainz and a Last.fm that plays can be sent to; both keep each play once, as they do."""

import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl

from fakes.server import NOT_FOUND, Asked, Fake, Reply

_JSON = {"Content-Type": "application/json"}
_AT_ONCE = {"listens": 1_000, "scrobbles": 50}
_MOST_BYTES = 10_240_000
_EARLIEST = 1_033_430_400


def _said(body: Any, status: int = 200) -> Reply:
    return Reply(status, _JSON, json.dumps(body).encode())


class FakeListenBrainz(Fake):
    """Takes listens of whoever brings one of `tokens`, which lead to names.

    Like the real one it refuses a request as a whole for one listen that it does not take.
    """

    def __init__(self, tokens: dict[str, str] | None = None, port: int = 0) -> None:
        super().__init__(port)
        self.tokens = tokens if tokens is not None else {"token": "ada"}
        self.listens: dict[tuple[str, int, str, str], dict[str, Any]] = {}
        self.submitted: list[int] = []  # how many came with each request

    def reply(self, asked: Asked) -> Reply:
        token = asked.headers.get("authorization", "").partition(" ")[2]
        name = self.tokens.get(token)
        if asked.route == "/1/validate-token":
            found = {"user_name": name} if name else {}
            return _said({"code": 200, "message": "", "valid": name is not None} | found)
        if asked.route != "/1/submit-listens":
            return NOT_FOUND
        if name is None:
            return _said({"code": 401, "error": "Invalid authorization token."}, 401)
        return self._submit(name, json.loads(asked.body), len(asked.body))

    def _submit(self, name: str, sent: dict[str, Any], size: int) -> Reply:
        payload = sent["payload"]
        many = _AT_ONCE["listens"] if sent["listen_type"] == "import" else 1
        is_fine = 0 < len(payload) <= many and size <= min(_MOST_BYTES, 10_240 * len(payload))
        if not is_fine or not all(map(_is_listen, payload)):
            return _said({"code": 400, "error": "Invalid JSON document submitted."}, 400)
        self.submitted.append(len(payload))
        for listen in payload:
            about = listen["track_metadata"]
            key = (name, listen["listened_at"], about["artist_name"], about["track_name"])
            self.listens[key] = listen
        return _said({"status": "ok"})


def _is_listen(listen: dict[str, Any]) -> bool:
    about = listen["track_metadata"]
    is_named = all(about.get(name, "").strip() for name in ("artist_name", "track_name"))
    is_taken = is_named and "refuse" not in about["track_name"]
    return is_taken and listen["listened_at"] > _EARLIEST


class FakeLastFm(Fake):
    """Takes scrobbles that are signed with `key` and `secret`, of `sessions` that lead to names."""

    def __init__(
        self,
        sessions: dict[str, str] | None = None,
        port: int = 0,
        *,
        key: str = "an-api-key",
        secret: str = "an-api-secret",  # noqa: S107 - nobody's
    ) -> None:
        super().__init__(port)
        self.sessions = sessions if sessions is not None else {"a-session": "ada"}
        self._key, self._secret = key, secret
        self.scrobbles: dict[tuple[str, str, str, str], dict[str, str]] = {}
        self.submitted: list[int] = []
        self.ignores: dict[str, str] = {}  # tracks, and by which number

    def reply(self, asked: Asked) -> Reply:
        if asked.route != "/2.0/":
            return NOT_FOUND
        sent = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        if wrong := self._wrong(sent):
            return _said({"error": wrong, "message": "no"}, 403)
        name = self.sessions[sent["sk"]]
        if sent["method"] == "user.getInfo":
            return _said({"user": {"name": name, "playcount": "1"}})
        if sent["method"] != "track.scrobble":
            return _said({"error": 3, "message": "Invalid Method"}, 400)
        return self._scrobble(name, sent)

    def _wrong(self, sent: dict[str, str]) -> int:
        if sent.get("api_key") != self._key:
            return 10
        signed = sorted(name for name in sent if name not in ("api_sig", "format"))
        said = "".join(f"{name}{sent[name]}" for name in signed) + self._secret
        if hashlib.md5(said.encode(), usedforsecurity=False).hexdigest() != sent.get("api_sig"):
            return 13
        return 0 if sent.get("sk") in self.sessions else 9

    def _scrobble(self, name: str, sent: dict[str, str]) -> Reply:
        count = sum(field.startswith("track[") for field in sent)
        if not 0 < count <= _AT_ONCE["scrobbles"]:
            return _said({"error": 6, "message": "Invalid parameters"}, 400)
        self.submitted.append(count)
        answers = []
        for number in range(count):
            about = {
                field.partition("[")[0]: said
                for field, said in sent.items()
                if field.endswith(f"[{number}]")
            }
            key = (name, about["timestamp"], about["artist"], about["track"])
            code = self.ignores.get(about["track"], "0")
            if code == "0":
                self.scrobbles[key] = about
            answers.append({"ignoredMessage": {"code": code, "#text": ""}})
        ignored = sum(one["ignoredMessage"]["code"] != "0" for one in answers)
        numbers = {"accepted": count - ignored, "ignored": ignored}
        said = answers if answers[1:] else answers[0]
        return _said({"scrobbles": {"@attr": numbers, "scrobble": said}})
