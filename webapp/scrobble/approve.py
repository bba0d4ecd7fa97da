"""Where a person lets a player in that asked by Last.fm's protocol; the player sends them here."""

import logging
import re
from typing import Annotated
from urllib.parse import quote, urlsplit

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from core.errors import NotFound
from database import scrobble_grants
from webapp import forms, security
from webapp.database import reading, writing
from webapp.login import address
from webapp.scrobble import bp

log = logging.getLogger(__name__)

_LONGEST = 2_000
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
# None of these is another program's.
_NOT_THERE = ("about", "blob", "data", "file", "javascript", "vbscript", "view-source")


def _leads_elsewhere(given: str) -> str:
    try:
        found = urlsplit(given)
    except ValueError:
        found = urlsplit("")
    is_web = found.scheme in ("http", "https")
    is_fine = _SCHEME.fullmatch(found.scheme) and found.scheme not in _NOT_THERE
    # A browser takes "\\" for "/", and would go to what stands before a name shown here.
    is_plain = given.isprintable() and "\\" not in given and "@" not in found.netloc
    if not is_fine or not is_plain or (is_web and not found.hostname):
        raise PydanticCustomError("sentence", "The address to go back to is none.")
    return given


class Wanted(BaseModel):
    """Which player asks, and where to go back to. Without a token one is made for `cb`."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    api_key: str = Field(max_length=200, description="The player did not say who it is.")
    token: str = Field("", max_length=200, description="The token is none.")
    cb: Annotated[str, AfterValidator(_leads_elsewhere)] | None = Field(
        None, max_length=_LONGEST, description="The address to go back to is none."
    )

    @property
    def host(self) -> str:
        """Whom the browser goes back to, in words; "" for nobody."""
        found = urlsplit(self.cb or "")
        return found.hostname or found.scheme

    @property
    def back(self) -> str:
        """Whom the form leads to, as a policy of the browser's names it."""
        found = urlsplit(self.cb or "")
        is_web = found.scheme in ("http", "https")
        return f"{found.scheme}://{found.netloc}" if is_web else f"{found.scheme}:"


@bp.get("/api/auth", strict_slashes=False)
def ask_approval() -> ResponseReturnValue:
    if not request.args.get("api_key"):
        return render_template("scrobble/nobody.html")
    wanted = forms.read(Wanted, request.args)
    if wanted.token:
        with reading() as session:
            scrobble_grants.check(session, wanted.token, wanted.api_key)
    elif wanted.cb is None:
        return render_template("scrobble/nobody.html")
    page = make_response(render_template("scrobble/approve.html", wanted=wanted))
    if wanted.cb is not None:
        page.headers["Content-Security-Policy"] = security.policy(quote(wanted.back, ":/.[]"))
    return page


@bp.post("/api/auth", strict_slashes=False)
def approve() -> ResponseReturnValue:
    wanted = forms.read(Wanted, request.form)
    if not wanted.token and wanted.cb is None:
        raise NotFound("token", "in this form")
    with writing() as session:
        token = wanted.token or scrobble_grants.ask(session, wanted.api_key)
        scrobble_grants.approve(session, token, wanted.api_key, current_user.id)
    log.info("%r let a player in from %s", current_user.name, address())
    if wanted.cb is None:
        return render_template("scrobble/approved.html")
    return _back(wanted.cb, token)


def _back(to: str, token: str) -> Response:
    before, mark, fragment = to.partition("#")
    joint = "&" if "?" in before else "?"
    answer: Response = redirect(f"{before}{joint}token={token}{mark}{fragment}", 303)  # type: ignore[assignment]
    # The token lets in whoever reads it first.
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
