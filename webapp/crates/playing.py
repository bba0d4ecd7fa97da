"""The ways to play a basket: a page with a player, links, and files to take along."""

from collections.abc import Iterator

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field

from core import videos
from database import baskets
from database.baskets import Item
from database.engine import Database
from webapp import forms, security
from webapp.crates import basket_files, bp
from webapp.database import database, reading

_BATCH = 500
_PLAYER = "https://www.youtube-nocookie.com"


class Part(BaseModel):
    """Which fifty of the chosen videos."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    part: int = Field(1, ge=1, le=1_000, description="The number of a part, from 1.")


@bp.get("/basket/play")
def play() -> ResponseReturnValue:
    """Fifty videos in a player of YouTube's, the links to play all, and to each."""
    wanted = forms.read(Part, request.args).part
    with reading() as session:
        chosen = baskets.chosen_ids(session, current_user.id)
        parts = list(basket_files.parts(chosen))
        part = min(wanted, len(parts))
        begin = parts[part - 1][0][0] if parts else 1
        shown = baskets.chosen(
            session, current_user.id, after=begin - 1, limit=basket_files.AT_ONCE
        )
    page = render_template(
        "crates/play.html",
        part=part,
        items=shown,
        player=basket_files.embed([item.video_id for item in shown]) if shown else None,
        links=[basket_files.watch([video_id for _, video_id in part]) for part in parts],
        count=len(chosen),
        at_once=basket_files.AT_ONCE,
        address=videos.address,
    )
    answer = make_response(page)
    # Of all pages this one alone shows another's; nothing is asked of YouTube before it is opened.
    answer.headers["Content-Security-Policy"] = security.framing(_PLAYER)
    return answer


@bp.get("/basket.m3u8")
def basket_m3u8() -> Response:
    return _file(basket_files.m3u8(_chosen()), "audio/x-mpegurl", "m3u8")


@bp.get("/basket.csv")
def basket_csv() -> Response:
    return _file(basket_files.csv(_chosen()), "text/csv", "csv")


@bp.get("/basket.txt")
def basket_txt() -> Response:
    return _file(basket_files.text(_chosen()), "text/plain", "txt")


@bp.get("/basket.jspf")
def basket_jspf() -> Response:
    return _file(basket_files.jspf(_chosen()), "application/json", "jspf")


def _file(pieces: Iterator[str], kind: str, ending: str) -> Response:
    answer = Response(pieces, content_type=f"{kind}; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"basket.{ending}")
    return answer


def _chosen() -> Iterator[Item]:
    """Return the chosen videos; read out when the request is over, so all that counts goes in."""
    return _read(database(), int(current_user.id))


def _read(db: Database, person_id: int) -> Iterator[Item]:
    after = 0
    while True:
        with db.reading() as session:
            found = baskets.chosen(session, person_id, after=after, limit=_BATCH)
        yield from found
        if len(found) < _BATCH:
            return
        after = found[-1].position
