"""What is asked by Last.fm's protocol, and how it is answered: by XML, or JSON where asked for.

One body serves both. In XML the members of `@attr` are attributes, and so is all that stands
beside a `#text`; what is left are children, in their order.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from flask import Response, g, jsonify, request

from core.errors import NeedledropError
from webapp.scrobble import told

# What XML 1.0 does not know, escaped or not.
_NO_LETTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

NO_METHOD, NO_LOGIN, INCOMPLETE, NOTHING, FAILED, NO_SESSION = 3, 4, 6, 7, 8, 9
BAD_SIGNATURE, NOT_APPROVED, EXPIRED, UNAVAILABLE, PRIVATE, TOO_OFTEN = 13, 14, 15, 16, 17, 29
_BY_STATUS = {400: INCOMPLETE, 403: PRIVATE, 404: NOTHING, 405: INCOMPLETE, 413: INCOMPLETE,
              422: INCOMPLETE, 429: TOO_OFTEN, 503: UNAVAILABLE, 507: UNAVAILABLE}  # fmt: skip


class Refusal(NeedledropError):
    """Turned away with a number of the protocol's; `status` plays no part."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


class Asked:
    """A call: what stands in the address and in the body is one."""

    def __init__(self) -> None:
        self.fields = {**request.args.to_dict(), **told.form()}
        self.method = self.get("method").casefold()
        self.is_post = request.method == "POST"
        # Also for what fails later on.
        g.is_in_json = _wants_json(self.get("format"))

    def get(self, name: str) -> str:
        return self.fields.get(name, "")

    def need(self, name: str) -> str:
        """Return what is there.

        Raises:
            Refusal: 6, it is not.
        """
        if not (found := self.get(name).strip()):
            raise Refusal(INCOMPLETE, f"Invalid parameters: {name} is missing.")
        return found

    def number(self, name: str, default: int, most: int) -> int:
        """Return a number from 1; what is none is the default, what is more is the most."""
        said = self.get(name)
        is_number = said.isascii() and said.isdecimal() and len(said) < len("1000000000")
        return min(int(said) if is_number and int(said) else default, most)


def answer(root: str, said: Any) -> Response:
    """Return what a call has to say, as `root`; "" for nothing."""
    if g.is_in_json:
        return jsonify({root: said} if root else {})
    return _xml("ok", element(root, said) if root else "")


def failed(number: int, message: str) -> Response:
    """Return a failure. Its HTTP status is 200: clients look into the body alone."""
    # Before a call was read there is only its address to go by.
    if g.get("is_in_json", _wants_json(request.args.get("format", ""))):
        return jsonify(error=number, message=message)
    return _xml("failed", element("error", {"#text": message, "code": number}))


def failed_by_status(status: int, message: str) -> Response:
    return failed(_BY_STATUS.get(status, FAILED), message)


def _wants_json(said: str) -> bool:
    if said:
        return said == "json"
    accepted = request.accept_mimetypes.best_match(["text/xml", "application/json"])
    return accepted == "application/json"


def _xml(status: str, inner: str) -> Response:
    whole = f'<?xml version="1.0" encoding="UTF-8"?>\n<lfm status="{status}">{inner}</lfm>\n'
    return Response(whole, mimetype="text/xml")


def element(name: str, said: Any) -> str:
    """Return a value as elements of XML.

    >>> element("artist", [{"name": "Can", "@attr": {"rank": "1"}}])
    '<artist rank="1"><name>Can</name></artist>'
    >>> element("track", {"#text": "Vitamin C", "corrected": "0"})
    '<track corrected="0">Vitamin C</track>'
    """
    if isinstance(said, list):
        return "".join(element(name, one) for one in said)
    if not isinstance(said, Mapping):
        return f"<{name}>{escape(_letters(said))}</{name}>"
    if "#text" in said:
        inner = escape(_letters(said["#text"]))
        attributes = {key: value for key, value in said.items() if key != "#text"}
    else:
        inner = "".join(element(key, one) for key, one in said.items() if key != "@attr")
        attributes = said.get("@attr", {})
    written = "".join(f" {key}={quoteattr(_letters(one))}" for key, one in attributes.items())
    return f"<{name}{written}>{inner}</{name}>"


def _letters(said: Any) -> str:
    return _NO_LETTERS.sub("", str(said))
