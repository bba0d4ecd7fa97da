"""Addresses that are worked out late are the same ones."""

from types import CodeType
from typing import Any, ClassVar

import pytest
from werkzeug.routing import BuildError, Map, MapAdapter, Rule

from webapp.routes import LateRule, Site

WRITTEN: list[str] = []


class _Counted(LateRule):
    @staticmethod
    def _get_func_code(code: CodeType, name: str) -> Any:
        WRITTEN.append(name)
        return Rule._get_func_code(code, name)


class _Routes:
    KNOWN: ClassVar[list[tuple[str, dict[str, Any]]]] = [
        ("/plain", {"endpoint": "plain"}),
        ("/of/<int:number>/<name>", {"endpoint": "of"}),
        ("/all/", {"endpoint": "all", "defaults": {"page": 1}}),
        ("/all/<int:page>", {"endpoint": "all"}),
        ("/odd/<self>/<values>", {"endpoint": "odd"}),
    ]

    @classmethod
    def bound(cls, kind: type[Rule]) -> MapAdapter:
        return Map([kind(rule, **said) for rule, said in cls.KNOWN]).bind("needledrop.test")


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("plain", {}),
        ("plain", {"q": "ä & b", "page": 2}),
        ("of", {"number": 7, "name": "a/b c"}),
        ("of", {"number": 7, "name": "x", "rule": "r", "written": "w"}),
        ("all", {"page": 1}),
        ("all", {"page": 2, "sort": "name"}),
        ("odd", {"self": "s", "values": "v"}),
    ],
)
def test_an_address_is_the_same(endpoint: str, values: dict[str, Any]) -> None:
    late, early = _Routes.bound(LateRule), _Routes.bound(Rule)

    assert late.build(endpoint, values) == early.build(endpoint, values)
    assert late.build(endpoint, values) == early.build(endpoint, values), "the second time"


def test_without_its_values_there_is_none() -> None:
    with pytest.raises(BuildError):
        _Routes.bound(LateRule).build("of", {"number": 7})


def test_nothing_is_written_before_somebody_asks() -> None:
    WRITTEN.clear()
    routes = _Routes.bound(_Counted)
    assert WRITTEN == []

    for _ in range(2):
        routes.build("of", {"number": 7, "name": "x"})

    assert WRITTEN == ["<builder:'/of/<int:number>/<name>'>"]


def test_every_route_of_a_site_is_late() -> None:
    site = Site(__name__)
    site.add_url_rule("/", "home")
    assert {type(rule) for rule in site.url_map.iter_rules()} == {LateRule}
