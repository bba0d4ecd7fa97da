"""What areas share in reading a request and answering it; knows nothing of any area."""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, jsonify, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from core.errors import InvalidInput
from database.tasks import Enqueued
from webapp.database import settings
from webapp.errors import wants_json
from webapp.forwarded import SENDS_PICTURES

YEAR_SECONDS = 31_536_000
_LONGEST_NEXT = 2_000
# Where the nginx of deploy/pi finds DATA/pictures, for none but us to name.
_INSIDE_NGINX = "/_pictures/"


def typed() -> Mapping[str, Any]:
    """Return what was sent: the fields of a form, or of a JSON object.

    Raises:
        InvalidInput: there is half a letter in the JSON, which no page and no database can hold.
    """
    if not request.is_json:
        return request.form
    try:
        body = request.get_json()
        if not isinstance(body, dict):
            raise BadRequest("Send a JSON object.")
        odd = [name for name, value in body.items() if not _is_text({name: value})]
    except RecursionError:
        raise BadRequest("This JSON is nested too deeply.") from None
    if odd:
        known = (name if _is_text(name) else "" for name in odd)
        raise InvalidInput(dict.fromkeys(known, "Send text: there is half a letter in this."))
    return body


def _is_text(value: object) -> bool:
    """Say whether JSON has but whole letters, as all that a form sends has."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def lead_to(task: Enqueued) -> ResponseReturnValue:
    """Answer that a task was put in: the way to its page, or JSON where that is asked for."""
    url = url_for("tasks.show", public_id=task.public_id)
    if wants_json():
        return jsonify(task=task.public_id, url=url), 202
    return redirect(url, 303)


def picture(file: Path, sha256: str, kind: str = "image/jpeg") -> Response:
    """Send a picture, to be kept: pages give its address with its hash."""
    answer = send_file(file, mimetype=kind, etag=sha256, max_age=YEAR_SECONDS)
    show_only(answer)
    return answer


def from_pictures(name: str, **how: Any) -> Response:
    """Send a file of DATA/pictures; or have nginx do so, which is a quarter of the work.

    Args:
        name: of the file.
        how: as `send_file` takes it.
    """
    path = settings().pictures / name
    if not request.environ.get(SENDS_PICTURES):
        return send_file(path, mimetype="image/jpeg", **how)
    changed = path.stat().st_mtime
    how |= {"conditional": False, "last_modified": changed}
    answer = send_file(BytesIO(), mimetype="image/jpeg", **how)
    answer.make_conditional(request)
    if answer.status_code == 200:  # noqa: PLR2004 - else it is known already
        answer.headers["X-Accel-Redirect"] = _INSIDE_NGINX + quote(name)
    return answer


def show_only(answer: Response) -> None:
    """Let the browser show a picture, and do nothing else with it. It may be one person's alone."""
    answer.cache_control.public = False
    answer.cache_control.private = True
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"


def is_own(address: str) -> bool:
    r"""Say whether an address leads to a page of ours: a path on this host, and nothing else.

    Browsers read "//host" and "/\\host" as another host's address, and drop tabs and
    line ends before they look.
    """
    return (
        0 < len(address) <= _LONGEST_NEXT
        and address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and address.isprintable()
    )


def onward(otherwise: str) -> str:
    """Return where a form's `next` leads, if it is a page of ours."""
    given = request.form.get("next", "")
    return given if is_own(given) else otherwise
