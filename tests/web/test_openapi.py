"""The document of the API tells of every address that answers in JSON, and of nothing else."""

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from flask import Flask
from schemathesis import openapi

from core.settings import ROOT
from tests.web.conftest import Visitor
from webapp.api.document import areas_of

# By these a view answers in JSON, itself or by what it calls.
_MEANS = {"jsonify", "lead_to", "application/json"}
# It returns a dict, and Flask makes JSON of that.
_ALSO = {("health.alive", "GET")}
# They fail in JSON, and succeed by leading to a page, with a file or with nothing.
_BESIDE = {
    "crates.basket_csv", "crates.basket_m3u8", "crates.basket_txt",
    "films.collection_csv", "films.export_csv", "library.image", "library_api.acknowledge",
    "library_api.acknowledge_all", "listening.album_cover", "listening.export_zip", "mosaics.pdf",
    "mosaics.picture", "mosaics.set_monthly", "shelf.cover", "shelf.export_zip",
    "shelf.kept_export", "shelf.records_csv", "shelf.sounds_csv", "tasks.cancel", "tasks.sketch",
}  # fmt: skip


def answers_json(view: Callable[..., Any]) -> bool:
    """Say whether a view, or what it calls of the web's own, makes JSON."""
    open_, seen = [inspect.unwrap(view)], set[Any]()
    while open_:
        function = open_.pop()
        if function in seen or not isinstance(function, FunctionType):
            continue
        seen.add(function)
        said = set(_said(function.__code__))
        if said & _MEANS:
            return True
        open_ += [inspect.unwrap(one) for one in _called(function, said)]
    return False


def _said(code: CodeType) -> Iterator[str]:
    """Yield the names and texts in a function, and in those within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _said(constant)
        elif isinstance(constant, str):
            yield constant


def _called(function: FunctionType, said: set[str]) -> Iterator[FunctionType]:
    for name in said:
        found = function.__globals__.get(name)
        inside = vars(found).values() if isinstance(found, ModuleType) else [found]
        for one in inside:
            if not (isinstance(one, FunctionType) and one.__module__.startswith("webapp.")):
                continue
            if one is found or one.__name__ in said:
                yield one


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def told(document: dict[str, Any], app: Flask) -> set[tuple[str, str]]:
    """Return what the document tells of, as endpoints and methods."""
    known = {f"{endpoint.replace('.', '_')}_{method.lower()}": (endpoint, method)
             for endpoint, method in routes(app)}  # fmt: skip
    return {
        known[operation["operationId"]]
        for path in document["paths"].values()
        for operation in path.values()
    }


def test_it_tells_of_every_address_that_answers_in_json_and_of_no_other(
    app: Flask, alice: Visitor
) -> None:
    document = alice.get("/api/openapi.json").get_json()

    found = told(document, app)

    in_json = {one for one in routes(app) if answers_json(app.view_functions[one[0]])} | _ALSO
    about_itself = {("api.openapi", "GET")}
    assert in_json - about_itself - found == set()
    assert {endpoint for endpoint, _ in found - in_json} == _BESIDE


def test_nothing_is_told_of_an_address_that_is_gone(app: Flask) -> None:
    known = {endpoint for endpoint, _ in routes(app)}

    for area in areas_of(app):
        assert {key.rpartition(" ")[2] for key in area.operations} <= known


def test_it_is_openapi(alice: Visitor) -> None:
    document = alice.get("/api/openapi.json").get_json()

    openapi.from_dict(document).validate()
    assert document["openapi"] == "3.1.0"


def test_whoever_has_it_is_told_so(alice: Visitor) -> None:
    first = alice.get("/api/openapi.json")

    again = alice.get("/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_it_is_for_members(guest: Visitor) -> None:
    answer = guest.get("/api/openapi.json")

    assert (answer.status_code, answer.get_json()) == (401, {"error": "Log in, or send a token."})


def test_a_price_and_a_day_are_told_as_they_are_typed(alice: Visitor) -> None:
    schemas = alice.get("/api/openapi.json").get_json()["components"]["schemas"]

    purchase = schemas["Purchase"]["properties"]
    assert purchase["purchased_on"]["format"] == "date"
    assert {kind["type"] for kind in purchase["price"]["anyOf"]} == {"number", "string", "null"}


def test_its_page_wants_nothing_from_elsewhere_and_no_looser_policy(alice: Visitor) -> None:
    page = alice.get("/api/docs")

    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'; style-src 'self'" in policy and "unsafe" not in policy
    assert "//" not in page.text.replace("http://www.w3.org/2000/svg", "").partition("<main")[2]
    assert 'data-document="/api/openapi.json"' in page.text


def test_nothing_of_it_is_loaded_before_it_is_asked_for(tmp_path: Path) -> None:
    code = "from webapp import create_app; create_app(); import sys; print(*sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"NEEDLEDROP_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = printed.stdout.split()
    assert not [name for name in loaded if name.endswith(".described")]
    assert "webapp.describing" not in loaded
