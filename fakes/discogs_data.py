"""A page of Discogs' dumps: years, files, checksums; goes on in the middle of a file if it may.

Files are put up one by one, as the real ones are: a dump is complete when its checksums are.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from fakes.server import DRIP_SECONDS, NOT_FOUND, Asked, Fake, Reply

_PAGE = {"Content-Type": "text/html; charset=utf-8"}
_VERSION = re.compile(r"discogs_(\d{4})\d{4}_")
_FROM = re.compile(r"bytes=(\d+)-")
_UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))


class FakeDiscogsData(Fake):
    """`goes_on`: it can send the rest of a file. `has_tags`: it names ETags."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self._files: dict[str, bytes] = {}
        self.goes_on = self.has_tags = True

    def puts(self, version: str, kind: str, body: bytes) -> str:
        """Put up a file, or another in its place; return its name."""
        name = f"discogs_{version}_{kind}.xml.gz"
        self._files[name] = body
        return name

    def completes(self, version: str, *, but: Sequence[str] = (), lies: bool = False) -> None:
        """Put up the checksums of what is there, without some kinds; `lies`: wrong ones."""
        lines = [
            f"{hashlib.sha256(body + b'x' * lies).hexdigest()} *{name}\r\n"
            for name, body in sorted(self._files.items())
            if f"_{version}_" in name and not any(f"_{kind}." in name for kind in but)
        ]
        self._files[f"discogs_{version}_CHECKSUM.txt"] = "".join(lines).encode()

    def trickles(self, at_once: int, *, path_prefix: str) -> None:
        """Send what is asked for well, but slowly: so many bytes, and a pause."""

        def act(line: Any, asked: Asked) -> None:
            said = self.reply(asked)
            line.begin(said, len(said.body))
            for start in range(0, len(said.body), at_once):
                line.wfile.write(said.body[start : start + at_once])
                if self.closing.wait(DRIP_SECONDS):
                    return

        self._add(act, None, path_prefix)

    def path_of(self, name: str) -> str:
        """Return the beginning of the path by which a file is asked for."""
        return f"/?download={quote(_key(name), safe='')}"

    def reply(self, asked: Asked) -> Reply:
        if asked.route.startswith("/data/"):  # as the place behind the page has it
            return self._file(asked.route.removeprefix("/"), asked)
        if asked.route != "/" or not asked.headers.get("user-agent"):
            return NOT_FOUND
        if (key := asked.query.get("download")) is not None:
            return self._file(key, asked)
        return Reply(200, _PAGE, self._listing(asked.query.get("prefix", "")).encode())

    def _listing(self, prefix: str) -> str:
        keys = sorted(map(_key, self._files))
        if not prefix:
            years = sorted({key.split("/")[1] for key in keys})
            rows = [
                f'<a href="?prefix={quote(f"data/{year}/", safe="")}">{year}/</a>' for year in years
            ]
        else:
            rows = [self._row(key) for key in keys if key.startswith(prefix)]
        lines = "\n".join(rows)
        return f"<html><body><h1>Data</h1><pre>\n{lines}\n</pre></body></html>"

    def _row(self, key: str) -> str:
        name = key.rpartition("/")[2]
        link = f'<a href="?download={quote(key, safe="")}">{name}</a>'
        return f"2026-10-04 03:12:09   {_told(len(self._files[name]))}   {link}"

    def _file(self, key: str, asked: Asked) -> Reply:
        body = self._files.get(key.rpartition("/")[2])
        if body is None:
            return NOT_FOUND
        tag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        headers = {"Content-Type": "application/gzip"} | ({"ETag": tag} if self.has_tags else {})
        since = _FROM.fullmatch(asked.headers.get("range", ""))
        is_same = asked.headers.get("if-range", tag) == tag
        if since is None or not self.goes_on or not is_same:
            return Reply(200, headers, body)
        start = int(since[1])
        if start >= len(body):
            return Reply(416, {"Content-Range": f"bytes */{len(body)}"})
        span = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return Reply(206, headers | {"Content-Range": span}, body[start:])


def _key(name: str) -> str:
    found = _VERSION.match(name)
    return f"data/{found[1] if found else '0000'}/{name}"


def _told(size: int) -> str:
    for unit, word in _UNITS:
        if size >= unit:
            return f"{size / unit:.1f} {word}"
    return f"{size} B"
