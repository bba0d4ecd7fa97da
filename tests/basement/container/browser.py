"""A browser made of Python alone, and what somebody does with it."""

import http.client
import json
import re
import ssl
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from tests.basement.container.system import HOST, PATIENCE_SECONDS, PAUSE_SECONDS, until

EXPORT = Path("/opt/export.zip")
_HTTPS, _OK = 443, 200


class Browser:
    """Somebody at https://records.local, or http, who takes the certificate as it is."""

    def __init__(self, port: int = _HTTPS) -> None:
        self._port = port
        self._cookie = ""

    def ask(self, path: str, method: str = "GET", body: bytes | None = None,
            **headers: str) -> tuple[int, dict[str, str], bytes]:  # fmt: skip
        if self._port == _HTTPS:
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            line: http.client.HTTPConnection = http.client.HTTPSConnection(
                "127.0.0.1", timeout=PATIENCE_SECONDS, context=trusting
            )
        else:
            line = http.client.HTTPConnection("127.0.0.1", timeout=PATIENCE_SECONDS)
        scheme = "https" if self._port == _HTTPS else "http"
        own = {"Host": HOST, "Origin": f"{scheme}://{HOST}", "Cookie": self._cookie}
        named = {name.replace("_", "-"): said for name, said in headers.items()}
        try:
            line.request(method, path, body, own | named)
            answer = line.getresponse()
            said = dict(answer.getheaders())
            if cookie := said.get("Set-Cookie"):
                self._cookie = cookie.partition(";")[0]
            return answer.status, said, answer.read()
        finally:
            line.close()

    def submit(self, page: str, to: str, **typed: str) -> tuple[int, dict[str, str], bytes]:
        typed["csrf_token"] = self._token(page)
        kind = "application/x-www-form-urlencoded"
        return self.ask(to, "POST", urlencode(typed).encode(), Content_Type=kind)

    def bring(self, page: str, to: str, file: bytes, **typed: str) -> str:
        """Send a file by the form of a page; return where that leads."""
        typed["csrf_token"] = self._token(page)
        edge = uuid.uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{said}\r\n'.encode()
            for name, said in typed.items()
        ]
        head = f'--{edge}\r\nContent-Disposition: form-data; name="export"; filename="e.zip"\r\n'
        parts += [f"{head}Content-Type: application/zip\r\n\r\n".encode(), file]
        body = b"".join([*parts, f"\r\n--{edge}--\r\n".encode()])
        kind = f"multipart/form-data; boundary={edge}"
        status, headers, said = self.ask(to, "POST", body, Content_Type=kind)
        return headers.get("Location") or f"{status} {said[:300]!r}"

    def state(self, task: str) -> dict[str, Any]:
        status, _, body = self.ask(task, Accept="application/json")
        found: dict[str, Any] = json.loads(body) if status == _OK else {"status": status}
        return found

    def end_of(self, task: str) -> dict[str, Any]:
        """Poll a task to its end."""
        ends = ("COMPLETE", "ERROR", "CANCELLED")
        seen: list[dict[str, Any]] = []

        def ended() -> bool:
            seen.append(self.state(task))
            return seen[-1]["status"] in ends

        until(ended)
        return seen[-1]

    def mosaic(self, title: str) -> dict[str, Any]:
        """Have a picture made of the export, and wait for it."""
        period = "all" if title == "all" else f"year:{title}"
        led = self.bring("/", "/mosaics", EXPORT.read_bytes(), of="export", period=period)
        return self.end_of(led) if led.startswith("/tasks/") else {"status": led}

    def _token(self, page: str) -> str:
        found = re.search(rb'name="csrf_token" value="([^"]+)"', self.ask(page)[2])
        return found[1].decode() if found else ""


class Pollers:
    """Browsers that look every now and then, and count what went wrong."""

    def __init__(self, browser: Browser, *paths: str) -> None:
        self._stop = threading.Event()
        self.asked, self.failed, self.longest = 0, list[str](), 0.0
        self._threads = [
            threading.Thread(target=self._poll, args=(browser, path)) for path in paths
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _poll(self, browser: Browser, path: str) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            began = time.monotonic()
            try:
                status = str(browser.ask(path, Accept="application/json")[0])
            except (OSError, http.client.HTTPException) as error:
                status = repr(error)
            self.asked += 1
            self.longest = max(self.longest, time.monotonic() - began)
            if status != str(_OK):
                self.failed.append(f"{path}: {status}")

    def found(self) -> dict[str, Any]:
        return {"asked": self.asked, "failed": self.failed, "longest": round(self.longest, 2)}
