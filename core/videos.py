"""Videos of YouTube: their ids, in every form of address, and as the numbers that crates keep.

The eleven characters are exactly 64 bits; the last one carries only four of them.
"""

import base64
import binascii
import re
from urllib.parse import parse_qs, urlsplit

_ID = re.compile(r"[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]", re.ASCII)
_HOSTS = frozenset({"youtube.com", "youtube-nocookie.com"})
_SHORT = "youtu.be"
_PATHS = ("embed", "v", "shorts", "live", "e")


def video_id(address: str) -> str | None:
    """Return the id of the video that an address leads to, None for any other address.

    >>> video_id("https://youtu.be/tHo8-qLdx9A?t=3")
    'tHo8-qLdx9A'
    """
    said = address.strip()
    try:
        parts = urlsplit(said if "//" in said else f"//{said}")
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("music.")
    except ValueError:
        return None
    path = [part for part in parts.path.split("/") if part]
    found = ""
    if host == _SHORT:
        found = path[0] if path else ""
    elif host in _HOSTS and path[:1] == ["watch"]:
        found = parse_qs(parts.query).get("v", [""])[0]
    elif host in _HOSTS and len(path) > 1 and path[0] in _PATHS:
        found = path[1]
    return found if _ID.fullmatch(found) else None


def as_number(id_: str) -> int:
    """Return an id as a signed number of 64 bits.

    >>> as_id(as_number("tHo8-qLdx9A"))
    'tHo8-qLdx9A'
    """
    # A dump has ten million of them: translate(), and what base64 does with it, take twice as long.
    usual = id_.replace("-", "+").replace("_", "/")
    return int.from_bytes(binascii.a2b_base64(f"{usual}="), "big", signed=True)


def as_id(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(8, "big", signed=True)).decode()[:11]


def address(id_: str) -> str:
    return f"https://www.youtube.com/watch?v={id_}"
