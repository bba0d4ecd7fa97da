"""Each request has a number: in its log lines, its answer, and the tasks that it puts in.

A proxy that is believed may have given one (webapp/forwarded.py), so that its own log has the
same; any other request gets one of ours.
"""

import re
import secrets

from flask import Flask, Response, request

from core import at_hand, counters

HEADER = "X-Request-ID"
_FIT = re.compile(r"[0-9A-Za-z-]{8,64}")


def register(app: Flask) -> None:
    """Number every request of an app; first of all, for any other part may refuse it."""
    app.before_request(_begin)
    app.after_request(_answered)
    app.teardown_request(_end)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    at_hand.begin_request(given if _FIT.fullmatch(given) else secrets.token_hex(8))


def _answered(response: Response) -> Response:
    if number := at_hand.request():
        response.headers[HEADER] = number
    counters.add("requests", f"{response.status_code // 100}xx")
    return response


def _end(_error: BaseException | None) -> None:
    at_hand.end_request()
