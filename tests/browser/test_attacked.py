"""Chromium is attacked: pages elsewhere send forms here; pages of ours keep their own policy."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import func, select

from core.settings import Settings
from database.models import Task
from tests.attack.everywhere import Everywhere
from tests.web.conftest import (  # noqa: F401 - fixtures
    Visitor,
    app,
    house,
    member,
    over_https,
    public_url,
    settings,
)
from tests.web.serving import make_certificate, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_PATIENCE_MS = 60_000
_WATCH = """
    window.broken = [];
    addEventListener("securitypolicyviolation",
      (it) => window.broken.push(`${it.effectiveDirective} ${it.blockedURI} ${it.sourceFile}`));
"""
# By itself, as somebody would who has the victim open a page.
_FORM = """<!doctype html><title>Win</title>
<form method=post action="{to}/mosaics" enctype="{kind}">
<input name=letterboxd_username value=dave><input name=period value=month>
</form><script>document.forms[0].submit()</script>"""
_FETCH = """<!doctype html><title>Win</title><script>
fetch("{to}/mosaics", {{method: "POST", mode: "no-cors", credentials: "include",
  headers: {{"Content-Type": "text/plain"}}, body: '{{"letterboxd_username": "dave"}}'}})
  .finally(() => {{ document.title = "sent"; }});
</script>"""


@contextmanager
def elsewhere(page: str) -> Iterator[int]:
    """Serve a page on another port; yield that."""

    class Evil(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def logged_in(browser: Browser, visitor: Visitor, at: str, name: str) -> BrowserContext:
    """Return a browser that has the visitor's cookie."""
    found = visitor.client.get_cookie(name) or visitor.client.get_cookie("session")
    assert found
    context = browser.new_context(ignore_https_errors=True)
    # As it was set: not to be had by another host, over https not by plain http.
    cookie = {"name": name, "value": found.value, "url": at, "httpOnly": True, "sameSite": "Lax"}
    context.add_cookies([cookie | {"secure": at.startswith("https:")}])  # type: ignore[list-item]
    return context


def tasks(app: Flask) -> int:  # noqa: F811 - the fixture
    with house(app).db.reading() as session:
        return session.scalar(select(func.count()).select_from(Task)) or 0


def _is_attacked(browser: Browser, app: Flask, at: str, cookie: str) -> None:  # noqa: F811
    """Have forms and scripts of pages elsewhere sent here; they are refused, and do nothing."""
    victim = member(app, "victim")
    context = logged_in(browser, victim, at, cookie)
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{at}/account")
    assert page.url == f"{at}/account", "the control: whoever has the cookie is logged in"
    sent, said = list[str](), list[int]()
    page.on("request", lambda it: sent.append(it.method) if "/mosaics" in it.url else None)
    page.on("response", lambda it: said.append(it.status) if "/mosaics" in it.url else None)
    # Another port is the same site, and sends the cookie along; another name is another site.
    for host in ("127.0.0.1", "localhost"):
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
            with elsewhere(_FORM.format(to=at, kind=kind)) as port:
                page.goto(f"http://{host}:{port}/")
                page.wait_for_url(f"{at}/mosaics")
        with elsewhere(_FETCH.format(to=at)) as port:
            page.goto(f"http://{host}:{port}/")
            page.wait_for_function("document.title === 'sent'")
    # Of what a script sent the browser keeps even the refusal to itself.
    assert sent == ["POST"] * 8
    assert len(said) >= 6 and set(said) == {403}, said
    assert tasks(app) == 0
    context.close()


def test_a_page_elsewhere_sends_no_form_by_http(browser: Browser, app: Flask) -> None:  # noqa: F811
    with served(app) as host:
        _is_attacked(browser, app, f"http://{host}", "session")


def test_a_page_elsewhere_sends_no_form_by_https(
    browser: Browser,
    over_https: Flask,  # noqa: F811
    tmp_path: Path,
) -> None:
    certificate = make_certificate(tmp_path / "certificate.pem")
    with served(over_https, certificate) as host:
        _is_attacked(browser, over_https, f"https://{host}", "__Host-session")


def test_no_page_breaks_its_own_policy(
    browser: Browser,
    app: Flask,  # noqa: F811
    settings: Settings,  # noqa: F811
) -> None:
    """Every address that is a page, with one of everything in the house."""
    assert settings
    alice = member(app, "alice", is_admin=True)
    everywhere, broken, seen = Everywhere(app, alice.id), list[str](), 0
    with served(app) as host:
        context = logged_in(browser, alice, f"http://{host}", "session")
        context.set_default_timeout(_PATIENCE_MS)
        context.add_init_script(_WATCH)
        context.route(
            "**/*",
            lambda route: (
                route.abort()
                if route.request.resource_type == "image" or host not in route.request.url
                else route.continue_()
            ),
        )
        page = context.new_page()
        for door in everywhere.doors("GET"):
            with alice.get(door.address()) as answer:
                is_page = answer.mimetype == "text/html" and answer.status_code == 200
                answer.get_data()
            if not is_page or door.area == "static":
                continue
            # It would go on to another one meanwhile.
            page.goto(f"http://{host}{door.address()}?live=0", wait_until="load")
            broken += [f"{door.rule}: {one}" for one in page.evaluate("window.broken")]
            seen += 1
        # The control: what breaks it is noticed.
        page.evaluate("document.body.setAttribute('style', 'color: red')")
        page.wait_for_function("window.broken.length === 1")
        context.close()
    assert "\n".join(broken) == ""
    assert seen > 100
