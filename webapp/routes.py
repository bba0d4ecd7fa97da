"""Routes that cost nothing until somebody links to them."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

Built = tuple[str, str]


class LateRule(Rule):
    """A route whose addresses are put together by a function that is written at the first of them.

    Werkzeug writes and compiles two for each route at the start: of hundreds of routes that is
    most of what a start costs after the imports, and megabytes that stay.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Built]:  # noqa: FBT002 - its shape
        written: list[Callable[..., Built]] = []

        # Both are positional: a route may have a value of any name.
        def build(rule: Rule, /, **values: Any) -> Built:
            if not written:
                written.append(super(LateRule, self)._compile_builder(append_unknown))
            return written[0](rule, **values)

        return build


class Site(Flask):
    """A Flask app with such routes."""

    url_rule_class = LateRule
