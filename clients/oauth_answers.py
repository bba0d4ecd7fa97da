"""What token and device endpoints answer, and the errors that they know by name."""

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from clients.http import AGAIN, Answer, BadStatus
from clients.json_answers import read_json
from core.consents import LONGEST_SECONDS, Tokens
from core.errors import RemoteError

_SUCCESS = 200
_UNSAID_SECONDS = 600  # RFC 6749, 5.1: how long it holds may be left out
_SAID_MOST = 200  # characters of what a provider explains
_INTERVAL, _LONGEST_INTERVAL = 5, 60
_CODE_SECONDS, _CODE_LONGEST = 900, 3_600


class InvalidGrant(RemoteError):
    """The code or the refresh token is refused; `said` is what the provider says of it."""

    def __init__(self, service: str, said: str) -> None:
        super().__init__(service, f"{service} refused it: {said}.")
        self.said = said


class BadClient(RemoteError):
    """The house's own app is refused: a matter for the admin, no consent has ended."""

    def __init__(self, service: str) -> None:
        super().__init__(
            service,
            f"{service} refused the app of this house. An admin should compare its client id and "
            "secret with those in the provider’s console.",
        )


class StillWaiting(RemoteError):
    """Nobody has entered the code yet. `is_too_fast`: it wants to be asked less often."""

    def __init__(self, service: str, *, is_too_fast: bool) -> None:
        super().__init__(
            service, f"Waiting for the code to be entered at {service}.", retry_after=_INTERVAL
        )
        self.is_too_fast = is_too_fast


class Denied(RemoteError):
    def __init__(self, service: str) -> None:
        super().__init__(service, f"At {service} it was said not to allow this. Nothing changed.")


class CodeExpired(RemoteError):
    def __init__(self, service: str) -> None:
        super().__init__(service, "The code was not entered in time: begin again.")


class DeviceCode(BaseModel):
    """A code for a person, and the secret to ask with whether they entered it.

    `address`: where they enter it. `seconds`: how long it is good for.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    device_code: Annotated[SecretStr, Field(min_length=1, max_length=4_000)]
    user_code: str = Field(pattern=r"^[\x21-\x7e]{1,60}$")
    # RFC 8628 and Google call it by two names.
    address: str = Field(
        pattern=r"^https?://[\x21-\x7e]{1,400}$",
        validation_alias=AliasChoices("verification_uri", "verification_url"),
    )
    seconds: float = Field(
        _CODE_SECONDS, gt=0, le=_CODE_LONGEST, allow_inf_nan=False, validation_alias="expires_in"
    )
    interval: float = Field(_INTERVAL, ge=0, le=_LONGEST_INTERVAL, allow_inf_nan=False)


def _lower(said: Any) -> Any:
    return said.lower() if isinstance(said, str) else said


class _Tokens(BaseModel):
    """What RFC 6749, 5.1 names of an answer."""

    model_config = ConfigDict(hide_input_in_errors=True)

    access_token: str = Field(pattern=r"^[\x21-\x7e]{1,8000}$")
    token_type: Annotated[str, BeforeValidator(_lower)] = Field(pattern="^bearer$")
    expires_in: float | None = Field(None, ge=0, allow_inf_nan=False)
    refresh_token: str | None = Field(None, max_length=8_000)
    scope: str | None = Field(None, pattern=r"^[\x20-\x7e]{0,4000}$")


class _Trouble(BaseModel):
    """What RFC 6749, 5.2 names of one, and Google's device endpoint by another name."""

    error: str = Field(validation_alias=AliasChoices("error", "error_code"))
    error_description: str | None = None


_APP = ("invalid_client", "unauthorized_client", "deleted_client", "disabled_client")
_PENDING = ("authorization_pending", "slow_down")
_OVER = {"access_denied": Denied, "expired_token": CodeExpired}
_PASSES = ("temporarily_unavailable", "server_error", "rate_limit_exceeded")


def tokens(service: str, answer: Answer) -> Tokens:
    """Return what an answer of a token endpoint gives.

    Raises:
        InvalidGrant, BadClient, StillWaiting, Denied, CodeExpired: see there.
        RemoteError: something else that it refuses, or nothing that we understand.
    """
    if answer.status != _SUCCESS:
        raise trouble(service, answer)
    said = read_json(service, answer, _Tokens)
    held = said.expires_in if said.expires_in is not None else _UNSAID_SECONDS
    return Tokens(
        SecretStr(said.access_token),
        SecretStr(said.refresh_token) if said.refresh_token else None,
        int(min(held, LONGEST_SECONDS)),
        said.scope,
    )


def device_code(service: str, answer: Answer) -> DeviceCode:
    """Return what an answer of a device endpoint gives.

    Raises:
        BadClient, RemoteError: as `tokens`.
    """
    if answer.status != _SUCCESS:
        raise trouble(service, answer)
    return read_json(service, answer, DeviceCode)


def trouble(service: str, answer: Answer) -> RemoteError:
    """Return what an answer that is no success tells."""
    try:
        said = read_json(service, answer, _Trouble)
    except RemoteError:
        return BadStatus(service, answer.status, None)
    if said.error == "invalid_grant":
        return InvalidGrant(service, _plain(said.error_description or "it has ended"))
    if said.error in _APP:
        return BadClient(service)
    if said.error in _PENDING:
        return StillWaiting(service, is_too_fast=said.error == "slow_down")
    if said.error in _OVER:
        return _OVER[said.error](service)
    passes = said.error in _PASSES
    words = "has trouble of its own" if passes else f"refused the request: {_plain(said.error)}"
    return RemoteError(service, f"{service} {words}.", retry_after=AGAIN if passes else None)


def _plain(said: str) -> str:
    """Return a provider's words as one short line."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())
    return line.rstrip(".")[:_SAID_MOST] or "no reason given"
