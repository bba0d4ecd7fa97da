"""Makes the OpenAPI document out of the app's routes and what each area tells of its own.

The JSON Schemas are pydantic's: of the models that check what comes in, and of the types
that say what goes out. Loaded only for this.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from flask import Flask
from pydantic import TypeAdapter
from werkzeug.routing import Rule

from webapp.access import may_be_open
from webapp.api import health, words
from webapp.describing import LARGEST, Area, Binary, Operation

_JSON, _FORM, _FILES = (
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data",
)  # fmt: skip
_IN_RULE = re.compile(r"<(?:(\w+)(?:\(([^)]*)\))?:)?(\w+)>")
_Json = dict[str, Any]


class Told(NamedTuple):
    """A method of a route, and what is told of it."""

    rule: Rule
    method: str
    area: Area
    operation: Operation
    is_open: bool

    @property
    def path(self) -> str:
        """The rule as OpenAPI writes it: /films/{film_id}."""
        return _IN_RULE.sub(r"{\3}", self.rule.rule)

    @property
    def failure(self) -> Any:
        return self.operation.failure or self.area.failure

    @property
    def id(self) -> str:
        return f"{self.rule.endpoint.replace('.', '_')}_{self.method.lower()}"


def document(app: Flask) -> _Json:
    """Return the document of all that the app's areas tell."""
    areas = areas_of(app)
    told = list(_told(app, areas))
    schemas = Schemas.of(told)
    paths: dict[str, _Json] = {}
    for one in told:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    cookie = app.config["SESSION_COOKIE_NAME"]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Needledrop", "version": "1", "description": words.ABOUT},
        "tags": [{"name": area.name, "description": area.about} for area in areas],
        "security": _SECURITY,
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": _failures(told, schemas),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": words.TOKEN},
                "session": {"type": "apiKey", "in": "cookie", "name": cookie},
            },
        },
    }


_SECURITY: list[_Json] = [{"token": []}, {"session": []}]


def areas_of(app: Flask) -> list[Area]:
    """Return what the areas tell, of those that tell something."""
    found = []
    for blueprint in app.blueprints.values():
        is_package = hasattr(import_module(blueprint.import_name), "__path__")
        module = f"{blueprint.import_name}.described"
        if is_package and find_spec(module) is not None:
            found.append(import_module(module).AREA)
    return [*sorted(found, key=lambda area: str(area.name)), health.AREA]


def _told(app: Flask, areas: list[Area]) -> Iterator[Told]:
    described = {key: (area, one) for area in areas for key, one in area.operations.items()}
    seen = set()
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (len(rule.rule), rule.rule)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found = described.get(f"{method} {rule.endpoint}") or described.get(rule.endpoint)
            # Of an address that goes by several names, the shortest is told.
            if found is not None and (rule.endpoint, method) not in seen:
                seen.add((rule.endpoint, method))
                is_open = may_be_open(app.view_functions[rule.endpoint])
                yield Told(rule, method, *found, is_open)


@dataclass(frozen=True)
class Schemas:
    """The schema of each type in use, by the operation and the place in it."""

    found: Mapping[tuple[str, str], _Json]
    components: _Json

    @classmethod
    def of(cls, told: list[Told]) -> "Schemas":
        wanted = [
            ((one.id, place), mode, TypeAdapter(kind))
            for one in told
            for place, mode, kind in _kinds(one)
        ]
        found, rest = TypeAdapter.json_schemas(
            wanted,  # type: ignore[arg-type]
            ref_template="#/components/schemas/{model}",
        )
        return cls({key: schema for (key, _), schema in found.items()}, rest.get("$defs", {}))

    def body(self, one: Told) -> _Json:
        """Return the schema of what is sent, written out, for files may stand beside its fields."""
        if one.operation.body is None:
            return {"type": "object", "properties": {}}
        schema = self.found[one.id, "body"]
        named = schema.get("$ref", "").rpartition("/")[2]
        return dict(self.components[named] if named else schema)


def _kinds(one: Told) -> Iterator[tuple[str, str, Any]]:
    if one.operation.body is not None:
        yield "body", "validation", one.operation.body
    for status in one.operation.answers:
        for kind in one.operation.answered(status):
            if not isinstance(kind, Binary):
                yield str(status), "serialization", kind
    yield "failure", "serialization", one.failure


def _operation(one: Told, schemas: Schemas) -> _Json:
    operation = one.operation
    said: _Json = {
        "tags": [one.area.name],
        "summary": operation.summary,
        "operationId": one.id,
        "parameters": [
            *_in_path(one.rule),
            *_in_query(operation.query),
            *_in_header(operation.headers),
        ],
        "responses": _responses(one, schemas),
    }
    if operation.body is not None or operation.files:
        said["requestBody"] = _body(one, schemas)
    if (security := _security(one)) != _SECURITY:
        said["security"] = security
    return said


def _security(one: Told) -> list[_Json]:
    if not one.area.is_by_token_alone:
        return [{}, *_SECURITY] if one.is_open else _SECURITY
    # What is asked may be open to everybody, if that person says so.
    return [{}, {"token": []}] if one.method == "GET" else [{"token": []}]


def _in_path(rule: Rule) -> Iterator[_Json]:
    for kind, some, name in _IN_RULE.findall(rule.rule):
        schema: _Json = {"type": "string", "pattern": "^[A-Za-z0-9_.-]+$"}
        if kind == "int":
            schema = {"type": "integer", "minimum": 0, "maximum": LARGEST}
        elif kind == "any":
            schema = {"type": "string", "enum": [one.strip() for one in some.split(",")]}
        said = {"name": name, "in": "path", "required": True, "schema": schema}
        yield said | {"description": words.IN_PATH.get(name, "Which one.")}


def _in_query(query: Any) -> Iterator[_Json]:
    if query is None:
        return
    schema = TypeAdapter(query).json_schema()
    for name, field in schema["properties"].items():
        said = {"name": name, "in": "query", "required": name in schema.get("required", ())}
        yield said | {
            "description": field.pop("description", ""),
            "schema": _without_null(field),
        }


def _in_header(headers: Mapping[str, str]) -> Iterator[_Json]:
    for name, about in headers.items():
        yield {"name": name, "in": "header", "description": about, "schema": {"type": "string"}}


def _without_null(field: _Json) -> _Json:
    """Return the schema of a parameter: what is not given is left out of an address."""
    kept = {key: value for key, value in field.items() if key not in ("anyOf", "title")}
    if kept.get("default", "") is None:
        del kept["default"]
    some = [kind for kind in field.get("anyOf", ()) if kind != {"type": "null"}]
    return kept | (some[0] if len(some) == 1 else {"anyOf": some} if some else {})


def _body(one: Told, schemas: Schemas) -> _Json:
    operation, schema = one.operation, schemas.body(one)
    if operation.is_partial:
        schema.pop("required", None)
    if operation.files:
        files = {
            name: {"type": "string", "format": "binary", "description": about}
            for name, about in operation.files.items()
        }
        schema["properties"] = schema["properties"] | files
        return {"required": True, "content": {_FILES: {"schema": schema}}}
    kinds = (_JSON,) if one.area.is_by_token_alone else (_JSON, _FORM)
    return {
        "required": bool(schema.get("required")),
        "content": {kind: {"schema": schema} for kind in kinds},
    }


def _responses(one: Told, schemas: Schemas) -> _Json:
    found: _Json = {}
    for status in one.operation.answers:
        found[str(status)] = {"description": words.STATUSES[status]}
        for kind in one.operation.answered(status):
            schema, media = {"type": "string", "format": "binary"}, str(kind)
            if not isinstance(kind, Binary):
                schema, media = schemas.found[one.id, str(status)], _JSON
            found[str(status)].setdefault("content", {})[media] = {"schema": schema}
    for status in sorted(_failing(one) - one.operation.answers.keys()):
        found[str(status)] = {"$ref": f"#/components/responses/{_named(one.failure, status)}"}
    return found


def _named(failure: Any, status: int) -> str:
    return f"{failure.__name__}{status}"


def _failures(told: list[Told], schemas: Schemas) -> _Json:
    """Return every way to fail, by its name."""
    return {
        _named(one.failure, status): {
            "description": words.STATUSES[status],
            "content": {
                _JSON: {"schema": schemas.found[one.id, "failure"]} | _example(one.failure, status)
            },
        }
        for one in told
        for status in _failing(one)
    }


def _example(failure: Any, status: int) -> _Json:
    said = {"error": words.STATUSES[status], "code": status}
    return {"example": {name: said[name] for name in failure.__annotations__ if name in said}}


def _failing(one: Told) -> set[int]:
    """Return the statuses by which it may fail: its own, and those of all of its kind."""
    operation = one.operation
    found = {400, 401, 503, *operation.fails}
    if one.rule.arguments:
        found.add(404)
    if operation.query is not None or operation.body is not None:
        found.add(one.area.unclear)
    if one.method != "GET":
        found |= {413, one.area.unclear}
        if not one.area.is_by_token_alone:
            found.add(403)
    if operation.files:
        found.add(507)
    if one.area.is_by_token_alone:
        # Whoever guesses tokens; one that holds is never told so.
        found.add(429)
    return found
