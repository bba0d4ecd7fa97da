"""npm's oidc-provider on loopback, and somebody with a browser who logs in there and agrees.

It is installed once, by its lock file, beside pytest's cache.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from core.settings import ROOT
from tests import npm

_HERE = ROOT / "tests" / "oidc"
_STEPS = 12
_SECONDS = 60.0


class OidcServer:
    """One that runs; `url` is its issuer and the base of all its doors."""

    def __init__(self, url: str) -> None:
        self.url = url

    def events(self) -> list[dict[str, Any]]:
        """Return what its token endpoint did so far: name, client, grant, error."""
        return list(requests.get(f"{self.url}/events", timeout=_SECONDS).json())

    def renewals(self) -> int:
        """Return how often a refresh token was good for something."""
        done = [one for one in self.events() if one["name"] == "success"]
        return sum(one["grant"] == "refresh_token" for one in done)

    def answers_after(self, ms: int) -> None:
        requests.get(f"{self.url}/slow", params={"ms": str(ms)}, timeout=_SECONDS)

    def agree(self, address: str, name: str = "ada") -> dict[str, str]:
        """Log in and agree to what this address asks for; return what comes back with the person.

        Nobody listens where they are led in the end.
        """
        with requests.Session() as browser:
            page = browser.get(address, allow_redirects=False, timeout=_SECONDS)
            for _ in range(_STEPS):
                if page.is_redirect:
                    to = urljoin(page.url, page.headers["Location"])
                    if not to.startswith(self.url):
                        return dict(parse_qsl(urlsplit(to).query))
                    page = browser.get(to, allow_redirects=False, timeout=_SECONDS)
                else:
                    page = self._sent(browser, page, name)
        raise AssertionError(f"it never leads back: {page.status_code} {page.text[:500]}")

    def enter_code(self, code: str, name: str = "ada", *, agrees: bool = True) -> None:
        """Enter the code of a device, log in, and agree to what it asks for, or do not."""
        with requests.Session() as browser:
            page = browser.get(f"{self.url}/device", timeout=_SECONDS)
            page = browser.post(
                f"{self.url}/device",
                data={"xsrf": _secret(page.text), "user_code": code},
                timeout=_SECONDS,
            )
            decision = {"confirm": "yes"} if agrees else {"abort": "yes"}
            page = browser.post(
                f"{self.url}/device",
                data={"xsrf": _secret(page.text), "user_code": code, **decision},
                timeout=_SECONDS,
            )
            for _ in range(_STEPS):
                if "<form" not in page.text or not agrees:
                    return
                page = self._sent(browser, page, name, allow_redirects=True)

    def _sent(
        self, browser: requests.Session, page: requests.Response, name: str, **how: Any
    ) -> requests.Response:
        """Send the form that a page shows: the login, or that one agrees."""
        form = re.search(r'action="([^"]+)"', page.text)
        assert form, f"no form: {page.status_code} {page.text[:500]}"
        asked = re.search(r'name="prompt" value="(\w+)"', page.text)
        prompt = asked[1] if asked else "login"
        typed = {"prompt": prompt, "login": name, "password": "any"}
        how = {"allow_redirects": False} | how
        url = urljoin(page.url, form[1])
        return browser.post(url, data=typed, timeout=_SECONDS, **how)


def _secret(page: str) -> str:
    found = re.search(r'name="xsrf" value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


@contextmanager
def running(cache: Path) -> Iterator[OidcServer]:
    """Start one, installed below `cache`; it ends with the block.

    Raises:
        npm.Missing: it cannot be started here.
    """
    modules = npm.installed(_HERE, cache)
    with subprocess.Popen(
        ["node", _HERE / "server.mjs", modules],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as started:
        try:
            line = started.stdout.readline().strip() if started.stdout else ""
            if not line:
                raise npm.Missing("npm's oidc-provider, which does not start")
            yield OidcServer(line)
        finally:
            started.terminate()
