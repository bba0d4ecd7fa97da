"""The cache from outside: how much is in it, and out with all of it."""

import hmac

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from webapp import cache
from webapp.access import by_token_alone
from webapp.database import settings
from webapp.insights import bp

_HEADER = "X-Invalidation-Secret"


@bp.post("/cache/invalidate")
@by_token_alone
def invalidate() -> ResponseReturnValue:
    """Clear the cache for whoever knows the secret: no session, no token."""
    secret = settings().cache_secret
    given = request.headers.get(_HEADER, "").encode()
    wanted = secret.get_secret_value().encode() if secret is not None else b""
    if not wanted or not hmac.compare_digest(given, wanted):
        return jsonify(error="Invalid secret key"), 403
    cache.clear()
    return jsonify(status="success", message="Cache has been cleared")


@bp.get("/cache/size")
def size() -> Response:
    return jsonify(size=cache.size())
