"""Connecting by a code, trying a connection, and what happens to one that ends."""

import json
import logging
from typing import Any

from pydantic import SecretStr

from clients import oauth
from clients.http import Http
from clients.oauth import Provider
from clients.oauth_answers import CodeExpired, DeviceCode, StillWaiting
from clients.outside import outside
from clients.youtube import YouTube
from core import clock, consents, sealing
from core.consents import BANNER_DAYS, GOOGLE, NAMES, Account, Tokens
from core.errors import Conflict, Forbidden, NeedledropError, NotYet
from database import consent_ends, device_flows, grant_rows, grants
from database.device_flows import Code, Flow
from database.grant_rows import Sealed
from worker_jobs.consents import Consent
from worker_jobs.run import Run

PAGE = "/account/connections"
_SLOWER_SECONDS = 5  # RFC 8628, 3.5: with each "slow down"
_LEAST_SECONDS = 1
_FLOWS_KEEP = clock.DAY

log = logging.getLogger(__name__)


def poll_device(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Get a code for the person to enter elsewhere, then ask once whether they have.

    While they have not, it puts itself back into the queue. A worker that is killed after the
    tokens came and before they are kept loses them: begin again. Args: {"provider": str}.
    Result: {"name": whose account it is, "result_url": str}.

    Raises:
        NotYet: it is to be asked again.
        Conflict: it was given up, or what was granted is not enough.
        Denied, CodeExpired: the person will not, or did not in time.
    """
    person_id = _person(run)
    with run.db.reading() as session:
        flow = device_flows.find(session, person_id, args["provider"])
    if flow is None or flow.task_id != run.task.public_id:
        raise _given_up()
    linking = _Linking(run, person_id, args["provider"], flow)
    try:
        name = linking.step()
    except NeedledropError as error:
        if error.retry_after is None:
            linking.give_up()
        raise
    return {"name": name, "result_url": PAGE}


class _Linking:
    """One step of a device flow (RFC 8628)."""

    def __init__(self, run: Run, person_id: int, provider: str, flow: Flow) -> None:
        self._run, self._flow = run, flow
        self._whose = (person_id, provider)
        self._which = (*self._whose, flow.task_id)
        self._about = f"device:{person_id}:{provider}:{flow.task_id}"

    def step(self) -> str:
        """Do what is to be done next; return the account's name once it is connected."""
        if self._flow.has_tokens:
            return self._connect(_opened(self._open()))
        settings, name = self._run.settings, self._whose[1]
        self._run.report(f"Asking {NAMES[name]}")
        with outside(settings, *oauth.bases(settings, name)) as http:
            provider = oauth.provider(settings, http, name)
            if self._flow.device_code is None:
                self._begin(oauth.start_device(http, provider, self._flow.scopes))
            made = self._poll(http, provider)
        with self._run.db.writing() as session:
            device_flows.hold(session, *self._which, self._seal(_packed(made)))
        return self._connect(made)

    def give_up(self) -> None:
        with self._run.db.writing() as session:
            device_flows.drop(session, *self._which)

    def _begin(self, given: DeviceCode) -> None:
        interval = max(_LEAST_SECONDS, round(given.interval))
        code = Code(
            self._seal(given.device_code),
            given.user_code,
            given.address,
            interval,
            clock.now() + int(given.seconds * clock.SECOND),
        )
        with self._run.db.writing() as session:
            device_flows.show(session, *self._which, code)
        raise self._not_yet(interval)

    def _poll(self, http: Http, provider: Provider) -> Tokens:
        if (self._flow.expires_at or 0) < clock.now():
            raise CodeExpired(NAMES[provider.name])
        try:
            return oauth.poll_device(http, provider, self._open())
        except StillWaiting as error:
            interval = self._flow.interval_seconds
            if error.is_too_fast:
                interval += _SLOWER_SECONDS
                with self._run.db.writing() as session:
                    device_flows.slow_down(session, *self._which, interval)
            raise self._not_yet(interval) from None

    def _connect(self, made: Tokens) -> str:
        person_id, provider = self._whose
        if made.scopes is not None and consents.lacking(made.scopes.split(), self._flow.scopes):
            raise Conflict(
                f"{NAMES[provider]} was not allowed to do all that was asked for: begin again, and "
                "leave every box ticked."
            )
        account = _google_account(self._run, made.access)
        with self._run.db.writing() as session:
            if not device_flows.drop(session, *self._which):
                # Disconnected while Google was asked: what came is not to be kept after that.
                raise _given_up()
            grants.put(
                session,
                self._run.settings.data,
                person_id,
                provider,
                account=account,
                tokens=made,
                scopes=self._flow.scopes,
            )
        return account.name

    def _not_yet(self, seconds: float) -> NotYet:
        called = NAMES[self._whose[1]]
        return NotYet(
            called, f"Waiting for the code to be entered at {called}.", retry_after=seconds
        )

    def _seal(self, secret: SecretStr) -> str:
        return sealing.seal(self._run.settings.data, secret, about=self._about)

    def _open(self) -> SecretStr:
        sealed = self._flow.device_code or ""
        return sealing.unseal(self._run.settings.data, sealed, about=self._about)


def _given_up() -> Conflict:
    return Conflict("This was given up: begin again.")


def _packed(made: Tokens) -> SecretStr:
    refresh = made.refresh.get_secret_value() if made.refresh else None
    told = [made.access.get_secret_value(), refresh, made.seconds, made.scopes]
    return SecretStr(json.dumps(told))


def _opened(packed: SecretStr) -> Tokens:
    access, refresh, seconds, scopes = json.loads(packed.get_secret_value())
    return Tokens(SecretStr(access), SecretStr(refresh) if refresh else None, seconds, scopes)


def test_connection(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Ask the provider whose account it is, with the tokens that are kept; safe to repeat.

    Args: {"provider": str, "renew": whether the access token is to be a new one}. Result:
    {"name": str, "result_url": str}.

    Raises:
        ReconnectNeeded: there is no consent, or it has ended.
        Conflict: it is another account than the one that was connected.
        RemoteError: the provider cannot be asked.
    """
    person_id, provider = _person(run), args["provider"]
    with run.db.reading() as session:
        shown = grants.find(session, person_id, provider)
    if shown is None:
        raise consents.ReconnectNeeded(provider)
    # Also one that has ended: for want of its key, perhaps, and the key may be back.
    consent = Consent(run, shown)
    if args.get("renew"):
        consent.access(consent.access().version)
    run.report(f"Asking {NAMES[provider]} whose account this is")
    account = _account(run, consent)
    if shown.subject not in (account.subject, account.formerly):
        raise Conflict(f"{NAMES[provider]} says that this is another account: connect it again.")
    with run.db.writing() as session:
        grants.confirm(session, person_id, provider, account.name)
    return {"name": account.name, "result_url": f"{PAGE}?tested={args['provider']}"}


def revoke_consent(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Tell the provider that a person has disconnected; safe to repeat.

    Args: {"provider": str, "sealed": the token}, or with {"grant_id": int} both tokens, as they
    were kept. Result: {}.
    """
    provider, settings = args["provider"], run.settings
    if "grant_id" in args:
        kept = Sealed(args["grant_id"], provider)
        _, token = grant_rows.opened(settings.data, kept, args["sealed"])
    else:
        about = grants.revocation(provider)
        token = sealing.unseal(settings.data, args["sealed"], about=about)
    run.report(f"Disconnecting {NAMES[provider]}")
    with outside(settings, *oauth.bases(settings, provider)) as http:
        oauth.revoke(http, oauth.provider(settings, http, provider), token)
    return {}


def end_of_consents(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Note which consents end in 30, 7 or 1 days; their people's pages tell them so themselves.

    Drops what is left of flows that nobody finished. Result: {"ending": {days: how many},
    "dropped": how many}.
    """
    now = clock.now()
    with run.db.writing() as session:
        dropped = device_flows.drop_older(session, now - _FLOWS_KEEP)
        found = {days: consent_ends.on_day(session, now, days) for days in BANNER_DAYS}
    for days, ending in found.items():
        for person_id, provider in ending:
            log.info("%s of person %d has to be connected anew within %d days",
                     NAMES[provider], person_id, days)  # fmt: skip
    return {
        "ending": {str(days): len(ending) for days, ending in found.items()},
        "dropped": dropped,
    }


def _account(run: Run, consent: Consent) -> Account:
    if consent.shown.provider == GOOGLE:
        return _google_account(run, consent.access().token)
    from worker_jobs import spotify

    with spotify.opened_with(run, consent) as service:
        told = service.me()
    return Account(told.subject, told.name, told.formerly)


def _google_account(run: Run, token: SecretStr) -> Account:
    url = run.settings.youtube_url
    with outside(run.settings, url) as http:
        return YouTube(url, token, http).own_channel()


def _person(run: Run) -> int:
    if run.task.person_id is None:
        raise Forbidden("Only a person can connect an account.")
    return run.task.person_id
