"""The document of the API as OpenAPI, and Swagger UI over it."""

import json

from flask import Response, current_app, render_template, request

from webapp.api import bp

_KEPT = "needledrop-openapi"


@bp.get("/openapi.json")
def openapi() -> Response:
    answer = Response(_document(), mimetype="application/json")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _document() -> bytes:
    kept: bytes | None = current_app.extensions.get(_KEPT)
    if kept is None:
        # What it is made of is loaded when somebody asks for it; most houses never do.
        from webapp.api.document import document

        kept = json.dumps(document(current_app), ensure_ascii=False).encode()
        current_app.extensions[_KEPT] = kept
    return kept


@bp.get("/docs")
def docs() -> str:
    return render_template("api/docs.html")
