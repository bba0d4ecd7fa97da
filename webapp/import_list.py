"""The list of what a person has brought: the same for films, records and plays."""

from collections.abc import Sequence
from typing import Any, Protocol

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from webapp.errors import wants_json
from webapp.numbers import number

_TOLD = ("file_name", "counts", "created_at", "undone_at")


class Listed(Protocol):
    """An import in the list, which shows and tells more of it."""

    @property
    def id(self) -> int: ...
    @property
    def public_id(self) -> str: ...


def before() -> int | None:
    """Return the last id of the page before this one; None on the first."""
    return request.args.get("before", type=number)


def answer(
    template: str, found: Sequence[Listed], page: int, *, also: Sequence[str] = (), **words: Any
) -> ResponseReturnValue:
    """Answer with a page of imports; `found` has one more where there are older ones.

    `also`: what JSON tells of each beside what it tells of all.
    """
    is_more, found = len(found) > page, found[:page]
    more = found[-1].id if is_more else None
    if wants_json():
        told = [
            {"import": one.public_id, **{name: getattr(one, name) for name in (*also, *_TOLD)}}
            for one in found
        ]
        return jsonify(imports=told, before=more)
    return render_template(template, found=found, more=more, **words)
