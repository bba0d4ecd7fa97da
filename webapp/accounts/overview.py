"""The account's one page, and the models of the forms on it; each form has its own module."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from flask import render_template
from flask_login import current_user
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from database import mosaic_asked, people, sessions, tokens
from database.people import Password
from webapp import consents, forms
from webapp.accounts.browsers import browser
from webapp.database import reading
from webapp.login import current_session_id

# Links of the machine, and what a machine without a zone is set to.
_NO_ZONES = {"localtime", "Factory"}


@cache
def zones() -> tuple[str, ...]:
    """Return the names of all time zones; kept, since finding them reads a folder of files."""
    return tuple(sorted(available_timezones() - _NO_ZONES))


def _zone(name: str) -> str:
    if name not in zones():
        raise PydanticCustomError("sentence", "Choose one of the time zones.")
    return name


class About(BaseModel):
    """What a person says of themselves."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    zone: Annotated[str, AfterValidator(_zone)] = Field(
        description="Your days and months begin there."
    )
    letterboxd_name: Annotated[str | None, BeforeValidator(mosaic_asked.account)] = Field(
        None,
        pattern="^[A-Za-z0-9_]{1,40}$",
        description="Letters, digits and _, or the profile's address; empty if you have none.",
    )


class NewPassword(BaseModel):
    """A change of one's own password."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    current: str = Field(description="The one you have now.")
    new: Password = Field(min_length=people.MIN_PASSWORD, description=people.PASSWORD_WANTED)


class NewToken(tokens.NewToken):
    """What a token is for, and that its owner asks for it."""

    password: str = Field(description="Your password, once more.")


def page(
    failed: type[BaseModel] | None = None,
    given: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> str:
    """Return the page; the `failed` form shows what was `given` and what to look at again."""
    with reading() as session:
        logins = sessions.listed(session, current_user.id)
        own = tokens.listed(session, current_user.id)
        banners = consents.banners(session, current_user.id)
    known = {"zone": current_user.zone, "letterboxd_name": current_user.letterboxd_name or ""}
    shown: dict[type[BaseModel], forms.Shown] = {
        model: forms.Shown(model, {}, {}) for model in (NewPassword, NewToken)
    }
    shown[About] = forms.Shown(About, known, {})
    if failed is not None:
        shown[failed] = forms.Shown(failed, given or {}, problems or {})
    return render_template(
        "accounts/index.html",
        about=shown[About],
        password=shown[NewPassword],
        new_token=shown[NewToken],
        zones=[(name, name.replace("_", " ")) for name in zones()],
        sessions=[(one, browser(one.browser)) for one in logins],
        current=current_session_id(),
        tokens=own,
        banners=banners,
    )
