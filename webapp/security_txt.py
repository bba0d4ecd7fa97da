"""/.well-known/security.txt (RFC 9116): whom to tell about a hole in this house."""

from flask import Blueprint, Response, abort

from core import clock
from webapp.access import open_to_guests
from webapp.database import settings

bp = Blueprint("security_txt", __name__)

# It is written anew for whoever asks: what somebody kept is worth asking for again by then.
_HOLDS = 180 * clock.DAY


@bp.get("/.well-known/security.txt")
@open_to_guests()
def security_txt() -> Response:
    """Name who is to be told; where a house names nobody, there is nothing here."""
    contact, public = settings().security_contact, settings().public_url
    if not contact:
        abort(404)
    until = clock.utc(clock.now() + _HOLDS).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [f"Contact: {contact}", f"Expires: {until}", "Preferred-Languages: en"]
    if public.startswith("https://"):
        lines.append(f"Canonical: {public}/.well-known/security.txt")
    return Response(
        "".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8"
    )
