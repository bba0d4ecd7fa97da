"""The sample, for a house without a dump."""

from flask.typing import ResponseReturnValue

from core.errors import Conflict
from database import crate_sample
from webapp.answers import lead_to
from webapp.crates import bp, opened
from webapp.database import writing
from webapp.owner import current_owner


@bp.post("/sample")
def try_sample() -> ResponseReturnValue:
    """Have a crate made of the sample, where there is none."""
    if opened.find() is not None:
        raise Conflict("There is a crate already: the sample would take its place.")
    with writing() as session:
        task = crate_sample.ask(session, current_owner())
    return lead_to(task)
