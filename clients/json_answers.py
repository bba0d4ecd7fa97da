"""Answers in JSON, as models: what a service says is checked before anybody leans on it."""

import logging
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError, ValidatorFunctionWrapHandler

from clients.http import AGAIN, Answer, Fields, Http
from core.errors import RemoteError

JSON_MOST, JSON_SECONDS = 4 << 20, 30.0

log = logging.getLogger(__name__)

Model = TypeVar("Model", bound=BaseModel)


def get_json(  # noqa: PLR0913 - whom, what and as what
    http: Http,
    service: str,
    url: str,
    model: type[Model],
    *,
    params: Fields | None = None,
    headers: Fields | None = None,
) -> Model:
    """Ask for JSON and return it as a `model`.

    Raises:
        RemoteError: as Http.get, and as read_json.
    """
    answer = http.get(
        service, url, params=params, headers=headers, most=JSON_MOST, seconds=JSON_SECONDS
    )
    return read_json(service, answer, model)


def read_json(service: str, answer: Answer, model: type[Model]) -> Model:
    """Return the JSON of an answer as a `model`.

    Raises:
        RemoteError: it is no JSON, which may pass, or JSON of another shape, which will not.
    """
    try:
        return model.model_validate_json(answer.body)
    except ValidationError as error:
        is_json = error.errors(include_input=False)[0]["type"] != "json_invalid"
        sentence = f"{service} answered something that we do not understand."
        raise RemoteError(service, sentence, retry_after=None if is_json else AGAIN) from None


def none_if_odd(row: Any, validate: ValidatorFunctionWrapHandler) -> Any:
    """Make a row that does not fit None, so that it does not cost the rows around it."""
    try:
        return validate(row)
    except ValidationError as error:
        log.warning("a row that does not fit is left out: %s", error.errors()[0]["loc"])
        return None
