"""What a person typed, as a model or as sentences about what to do; and a form shown again."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.errors import InvalidInput

Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], given: Mapping[str, Any]) -> Model:
    """Turn a form, or the body of a request, into a `model`.

    A browser sends an input left empty as ""; that counts as not given.

    Raises:
        InvalidInput: one sentence for each field that needs another look.
    """
    said = {name: value for name, value in given.items() if not _is_empty(value)}
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise InvalidInput(problems(model, error)) from None


def problems(model: type[BaseModel], error: ValidationError) -> dict[str, str]:
    """Say in one sentence a field what to do; "" is for the form as a whole."""
    found: dict[str, str] = {}
    for wrong in error.errors(include_url=False, include_input=False):
        name = str(wrong["loc"][0]) if wrong["loc"] else ""
        found.setdefault(name, _sentence(model, name, wrong))
    return found


def _sentence(model: type[BaseModel], name: str, wrong: ErrorDetails) -> str:
    # pydantic's own messages speak of types and lengths; the field's description
    # says what to do.
    described = model.model_fields[name].description if name in model.model_fields else None
    if wrong["type"] == "sentence" or described is None:
        return wrong["msg"]
    return described


def _is_empty(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


class Shown:
    """A form as a template sees it: hints, what was typed, what to look at again."""

    def __init__(
        self, model: type[BaseModel], given: Mapping[str, Any], problems: Mapping[str, str]
    ) -> None:
        self._model, self._given, self.problems = model, given, problems

    def value(self, name: str) -> Any:
        """Return what was typed, else the field's default, else ""."""
        # The arguments of a task say None of what was not given.
        if (typed := self._given.get(name)) is not None:
            return typed
        field = self._model.model_fields.get(name)
        if field is None or field.is_required() or field.default is None:
            return ""
        return field.default

    def hint(self, name: str) -> str:
        field = self._model.model_fields.get(name)
        return (field.description or "") if field else ""
