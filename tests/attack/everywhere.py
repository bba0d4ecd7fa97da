"""Every address of a house that has one of everything, to be asked what nobody types."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from flask import Flask
from werkzeug.routing import Rule

from core.settings import ROOT
from tests.web.conftest import house
from tests.web.furnished import Furnished
from webapp.api.document import document

_PART = re.compile(r"<(?:[^<>]*:)?(\w+)>")
_ASKED = re.compile(r"""(?:args|form|files|values)\.(?:get|getlist)\(\s*"(\w+)\"""")
_TYPED = re.compile(r"""\bname="(\w+)\"""")
# Of what no furniture has one: nobody has it, whatever it is.
_NOBODYS = {
    "token_id": 999, "session_id": 999, "person_id": 999, "list_id": 1, "label_id": 1,
    "filename": "style.css", "month": "2026-01", "level": 0, "column": 0, "row": 0, "dig_id": 1,
    "item_id": 1,
}  # fmt: skip


class Door(NamedTuple):
    """A method of an address, with what stands in its variable parts."""

    rule: Rule
    method: str
    named: dict[str, str]

    @property
    def area(self) -> str:
        return str(self.rule.endpoint).partition(".")[0]

    def address(self, **other: str) -> str:
        """Return the address; `other` values, as they are in an address, for some of its parts."""
        values = self.named | other
        return _PART.sub(lambda found: values[found[1]], self.rule.rule)


class Everywhere:
    """All doors of an app; what is behind them is one person's."""

    def __init__(self, app: Flask, person_id: int) -> None:
        self._app, self._things = app, Furnished(app, person_id)
        self._names = dict(_names_by_area(app)) | dict(_told(app))

    def doors(self, *methods: str) -> Iterator[Door]:
        """Yield those of these methods, and see to it that what they order is no more than fits."""
        for rule in sorted(self._app.url_map.iter_rules(), key=lambda one: one.rule):
            for method in sorted((rule.methods or set()) & set(methods)):
                self.make_room()
                yield Door(rule, method, self._named(rule, method))

    def make_room(self) -> None:
        self._things.make_room()

    def _named(self, rule: Rule, method: str) -> dict[str, str]:
        known = _NOBODYS | self._things.named_by(_operation(rule, method))
        return {name: str(known[name]) for name in rule.arguments}

    def fields(self, door: Door) -> list[str]:
        """Return what may be asked or typed at a door; else what may in its area."""
        told = self._names.get(_operation(door.rule, door.method))
        return sorted((told or self._names[door.area]) - set(door.named) - {"csrf_token"})

    @property
    def secrets(self) -> list[str]:
        """Return what stands in no answer."""
        key = house(self._app).settings.secret_key
        return [key.get_secret_value()] if key else []

    @property
    def paths(self) -> list[str]:
        """Return where the house is on its machine."""
        return [str(house(self._app).settings.data), str(ROOT / "webapp")]


def _operation(rule: Rule, method: str) -> str:
    return f"{rule.endpoint.replace('.', '_')}_{method.lower()}"


def _names_by_area(app: Flask) -> Iterator[tuple[str, set[str]]]:
    """Read them out of the code and the forms of each area: nobody has to keep a list."""
    for area in {rule.endpoint.partition(".")[0] for rule in app.url_map.iter_rules()}:
        code = "".join(file.read_text() for file in (ROOT / "webapp" / area).glob("*.py"))
        pages = "".join(file.read_text() for file in (ROOT / "templates" / area).glob("*.html"))
        yield area, {*_ASKED.findall(code), *_TYPED.findall(pages)}


def _told(app: Flask) -> Iterator[tuple[str, set[str]]]:
    """Yield what the document of the API tells of each operation."""
    described = document(app)
    schemas = described["components"]["schemas"]
    for operations in described["paths"].values():
        for operation in operations.values():
            found = {one["name"] for one in operation.get("parameters", ()) if "name" in one}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                schema = content.get("schema", {})
                schema = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
                found |= schema.get("properties", {}).keys()
            yield operation["operationId"], found
