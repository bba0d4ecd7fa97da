"""Spotify's own description of its Web API, and whether an answer is one that it describes."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

_DROPPED = ("discriminator", "example", "examples")
_NULL = {"type": "null"}


def _or_null(schema: Any) -> dict[str, Any]:
    return {"anyOf": [schema, _NULL]}


def _nullable(name: str, *fields: str) -> Callable[[dict[str, Any]], None]:
    """Let fields of a schema be null, which it does not say that they may."""

    def patch(schemas: dict[str, Any]) -> None:
        properties = _properties(schemas[name])
        for field in fields:
            properties[field] = _or_null(properties[field])

    return patch


def _rows_nullable(name: str) -> Callable[[dict[str, Any]], None]:
    """Let rows of a page be null."""

    def patch(schemas: dict[str, Any]) -> None:
        items = _properties(schemas[name])["items"]
        items["items"] = _or_null(items["items"])

    return patch


def _things(schemas: dict[str, Any]) -> None:
    # Track and episode are told apart by `type`, and as schemas they are not: one that has all
    # of both fits twice. A file of somebody's own fits neither: it has no id.
    own = {
        "type": "object",
        "required": ["id", "uri"],
        "properties": {"id": _NULL, "uri": {"pattern": "^spotify:local:"}},
    }
    properties = schemas["PlaylistTrackObject"]["properties"]
    for name in ("item", "track"):
        properties[name] = {"anyOf": [*properties[name]["oneOf"], own, _NULL]}


def _playable(schemas: dict[str, Any]) -> None:
    schemas["EpisodeBase"]["required"].remove("is_playable")


# Where real answers are otherwise than the document. Recorded: pictures of a playlist that are
# null, a saved album that is, things in a playlist that fit no schema or two, an episode that
# does not say whether it can be played.
# What it only says in words: added_at and added_by of old playlists, `next` where a list ends.
# Known of others: rows of a playlist that have come to nothing, no context of a play.
_DEVIATIONS = (
    _nullable("SimplifiedPlaylistObject", "images", "description", "public"),
    _nullable("PlaylistObject", "public"),
    _rows_nullable("PagingSavedAlbumObject"),
    _rows_nullable("PagingPlaylistTrackObject"),
    _things,
    _playable,
    _nullable("PlaylistTrackObject", "added_at", "added_by"),
    _nullable("CursorPagingObject", "next", "cursors"),
    _nullable("PlayHistoryObject", "context"),
)


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema says of its fields, itself or as the last of several."""
    own: dict[str, Any] = schema if "properties" in schema else schema["allOf"][-1]
    return own["properties"]  # type: ignore[no-any-return]


def _as_json_schema(node: Any) -> Any:
    """Return a piece of an OpenAPI 3.0 document as JSON Schema has it, which knows null as a type.

    What stands beside a $ref counts for nothing there.
    """
    if isinstance(node, list):
        return [_as_json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    made = {name: _as_json_schema(one) for name, one in node.items() if name not in _DROPPED}
    return _or_null(made) if made.pop("nullable", False) is True else made


class Document:
    def __init__(self, file: Path) -> None:
        # Through JSON: what looks like a date is text to us.
        said = json.loads(json.dumps(yaml.load(file.read_text(), yaml.CSafeLoader), default=str))
        made = _as_json_schema(said)
        self._paths, self._components = made["paths"], made["components"]
        for patch in _DEVIATIONS:
            patch(self._components["schemas"])
        self._validators: dict[tuple[str, str, int], Any] = {}

    def problems(
        self, path: str, body: Any, *, method: str = "get", status: int = 200
    ) -> list[str]:
        """Return what about the body of an answer is otherwise than described."""
        key = path, method, status
        if key not in self._validators:
            self._validators[key] = self._validator(self._schema(*key))
        return [
            f"{method} {path} at {list(error.instance_path)}: {error.message[:200]}"
            for error in self._validators[key].iter_errors(body)
        ]

    def _schema(self, path: str, method: str, status: int) -> dict[str, Any]:
        answer = self._paths[path][method]["responses"][str(status)]
        if "$ref" in answer:
            return {"$ref": f"{answer['$ref']}/content/application~1json/schema"}
        return answer["content"]["application/json"]["schema"]  # type: ignore[no-any-return]

    def _validator(self, schema: Mapping[str, Any]) -> Any:
        whole = {"allOf": [schema], "components": self._components}
        return jsonschema_rs.Draft4Validator(whole)


@cache
def document(file: Path) -> Document:
    """Return the document, read once: it takes a second."""
    return Document(file)
