"""Consents and tokens at a server that others wrote: the code flow, and renewing by many at once.

Its public app is given a new refresh token each time, and a second use of the old one ends the
consent; the one with a secret keeps its refresh token. Spotify does the same.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from clients import oauth
from clients.oauth import StillLocked
from clients.oauth_answers import BadClient, InvalidGrant
from clients.outside import outside
from core import clock, folders
from core.consents import RECONNECT, SPOTIFY, Account, ReconnectNeeded, ScopeNeeded, Tokens
from core.settings import ROOT, Settings, load
from database import grants
from database.engine import Database
from database.models import Grant
from database.owner import Owner
from tests import factories
from tests.oidc_server import OidcServer
from tests.worker.listening import begin
from worker_jobs import consents
from worker_jobs.consents import Consent

HERE = "http://127.0.0.1:8000/account/spotify/callback"
SCOPES = ("user-library-read", "user-top-read")
SECRET = SecretStr("of-the-house")
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Process = subprocess.Popen[str]
StartRenewing = Callable[..., Process]


@pytest.fixture
def settings(tmp_path: Path, oidc: OidcServer, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The public app, whose refresh tokens rotate."""
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    known = {"spotify_accounts_url": oidc.url, "spotify_client_id": "public"}
    made = load().model_copy(update=known)
    folders.make(made)
    oidc.answers_after(0)
    return made


@pytest.fixture
def with_secret(settings: Settings) -> Settings:
    known = {"spotify_client_id": "house", "spotify_client_secret": SECRET}
    return settings.model_copy(update=known)


@pytest.fixture
def ada(db: Database) -> int:
    with db.writing() as session:
        return factories.person(session, "ada").id


def agreed(settings: Settings, oidc: OidcServer, scopes: tuple[str, ...] = SCOPES) -> Tokens:
    """Walk to the server and back."""
    provider, verifier = oauth.spotify(settings), oauth.new_verifier()
    address = oauth.authorise_address(
        provider, state="the state", verifier=verifier, redirect_uri=HERE, scopes=scopes
    )
    back = oidc.agree(address)
    assert back["state"] == "the state"
    with outside(settings, oidc.url) as http:
        return oauth.exchange_code(
            http, provider, code=back["code"], verifier=verifier, redirect_uri=HERE
        )


def connect(db: Database, settings: Settings, person_id: int, oidc: OidcServer) -> Consent:
    made = agreed(settings, oidc)
    with db.writing() as session:
        grants.put(
            session, settings.data, person_id, SPOTIFY,
            account=Account("ada", "Ada"), tokens=made, scopes=SCOPES,
        )  # fmt: skip
    return consents.of(begin(db, settings, Owner(person_id)), person_id, SPOTIFY)


def change(db: Database, **values: object) -> None:
    with db.writing() as session:
        session.execute(update(Grant).values(**values))


def expire(db: Database) -> None:
    change(db, access_expires_at=clock.now())


def row(db: Database) -> Grant:
    with db.reading() as session:
        return session.scalars(select(Grant)).one()


def test_a_code_with_its_proof_gives_tokens(settings: Settings, oidc: OidcServer) -> None:
    made = agreed(settings, oidc)

    assert made.refresh is not None and made.seconds == 3_600
    assert (made.scopes or "").split() == list(SCOPES)


def test_so_it_does_for_an_app_with_a_secret(with_secret: Settings, oidc: OidcServer) -> None:
    assert agreed(with_secret, oidc).refresh is not None


def test_a_code_of_somebody_elses_walk_gives_nothing(settings: Settings, oidc: OidcServer) -> None:
    provider = oauth.spotify(settings)
    address = oauth.authorise_address(
        provider, state="s", verifier=oauth.new_verifier(), redirect_uri=HERE, scopes=SCOPES
    )
    code = oidc.agree(address)["code"]

    with outside(settings, oidc.url) as http, pytest.raises(InvalidGrant):
        oauth.exchange_code(
            http, provider, code=code, verifier=oauth.new_verifier(), redirect_uri=HERE
        )


@SQLITE
def test_a_wrong_secret_is_the_admins_business_and_ends_no_consent(
    db: Database, with_secret: Settings, ada: int, oidc: OidcServer
) -> None:
    connect(db, with_secret, ada, oidc)
    expire(db)
    wrong = with_secret.model_copy(update={"spotify_client_secret": SecretStr("mistyped")})

    with pytest.raises(BadClient, match="An admin"):
        consents.of(begin(db, wrong, Owner(ada)), ada, SPOTIFY).access()

    assert row(db).status == "OK" and row(db).lease_by is None
    consents.of(begin(db, with_secret, Owner(ada)), ada, SPOTIFY).access()


@SQLITE
def test_a_token_that_holds_is_not_renewed(
    db: Database, settings: Settings, ada: int, oidc: OidcServer
) -> None:
    consent, before = connect(db, settings, ada, oidc), oidc.renewals()

    first, second = consent.access(), consent.access()

    assert first == second and first.version == 1
    assert oidc.renewals() == before


@SQLITE
def test_a_token_that_was_refused_is_renewed_once_by_all_who_hold_it(
    db: Database, settings: Settings, ada: int, oidc: OidcServer
) -> None:
    consent, before = connect(db, settings, ada, oidc), oidc.renewals()
    refused = consent.access()

    newer = consent.access(refused.version)

    assert newer.version == refused.version + 1 and newer.token != refused.token
    assert consent.access(refused.version) == newer
    assert oidc.renewals() == before + 1


@SQLITE
def test_a_refresh_token_that_rotates_is_followed(
    db: Database, settings: Settings, ada: int, oidc: OidcServer
) -> None:
    consent = connect(db, settings, ada, oidc)

    for version in (2, 3, 4):
        expire(db)
        assert consent.access().version == version


@SQLITE
def test_a_consent_that_ended_there_is_told_and_can_be_given_again(
    db: Database, settings: Settings, ada: int, oidc: OidcServer
) -> None:
    consent = connect(db, settings, ada, oidc)
    expire(db)
    # As a thief would have it: the server ends the consent when the real one comes.
    stolen = consent._store.read().refresh
    assert stolen is not None
    with outside(settings, oidc.url) as http:
        oauth.refresh(http, oauth.spotify(settings), stolen)

    with pytest.raises(ReconnectNeeded, match="connect it"):
        consent.access()

    kept = row(db)
    assert (kept.status, kept.secret) == (RECONNECT, None) and kept.last_error
    with pytest.raises(ReconnectNeeded):
        consents.of(begin(db, settings, Owner(ada)), ada, SPOTIFY)
    assert connect(db, settings, ada, oidc).access().version == kept.version + 1


@SQLITE
def test_who_never_connected_is_asked_to(db: Database, settings: Settings, ada: int) -> None:
    with pytest.raises(ReconnectNeeded):
        consents.of(begin(db, settings, Owner(ada)), ada, SPOTIFY)


@SQLITE
def test_what_was_not_allowed_is_asked_for_first(
    db: Database, settings: Settings, ada: int, oidc: OidcServer
) -> None:
    consent = connect(db, settings, ada, oidc)

    consent.require(SCOPES[:1])
    with pytest.raises(ScopeNeeded) as refused:
        consent.require((*SCOPES, "playlist-modify-private"))

    assert refused.value.scopes == ("playlist-modify-private",)


@pytest.fixture
def start_renewing(db: Database, settings: Settings, oidc: OidcServer) -> Iterator[StartRenewing]:
    """Start a process that waits for a word to renew; killed at the end of the test."""
    started: list[Process] = []
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NEEDLEDROP_")},
        "NEEDLEDROP_DATA": str(settings.data),
        "NEEDLEDROP_SPOTIFY_ACCOUNTS_URL": oidc.url,
    }
    if not db.is_sqlite:
        url = db.engine.url.render_as_string(hide_password=False)
        environment["NEEDLEDROP_DATABASE_URL"] = url.replace("+psycopg", "")

    def start(stop: str = "", client: str = "public", processes: int = 1) -> Process:
        app = {"NEEDLEDROP_SPOTIFY_CLIENT_ID": client}
        if client == "house":
            app["NEEDLEDROP_SPOTIFY_CLIENT_SECRET"] = SECRET.get_secret_value()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.worker.renewing", str(row(db).id), stop, str(processes)],
            cwd=ROOT, env=environment | app, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def hear(process: Process) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def send_off(process: Process) -> None:
    """Let it begin, once it can."""
    assert hear(process) == "ready"
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def said(process: Process) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(hear(process))
    return told


def test_six_processes_at_once_make_one_token_call(
    db: Database, settings: Settings, ada: int, oidc: OidcServer, start_renewing: StartRenewing
) -> None:
    consent = connect(db, settings, ada, oidc)
    expire(db)
    before, oidc_events = oidc.renewals(), len(oidc.events())
    oidc.answers_after(300)
    processes = start_renewing(processes=6)

    send_off(processes)
    told = [said(processes) for _ in range(6)]

    assert all(one == told[0] for one in told) and told[0]["version"] == 2
    assert oidc.renewals() == before + 1 and len(oidc.events()) == oidc_events + 1
    expire(db)
    oidc.answers_after(0)
    assert consent.access().version == 3


@SQLITE
@pytest.mark.parametrize("client", ["public", "house"])
def test_one_that_is_killed_with_the_lease_in_its_hand_costs_nothing(
    db: Database, settings: Settings, with_secret: Settings, ada: int, oidc: OidcServer,
    start_renewing: StartRenewing, monkeypatch: pytest.MonkeyPatch, client: str,
) -> None:  # fmt: skip
    consent = connect(db, with_secret if client == "house" else settings, ada, oidc)
    expire(db)
    killed = start_renewing("asking", client)
    send_off(killed)
    assert hear(killed) == "asking"
    killed.kill()
    monkeypatch.setattr(oauth, "PATIENCE_SECONDS", 0.3)

    with pytest.raises(StillLocked) as locked:
        consent.access()
    # As if the lease had run out; the queue tries again by then.
    change(db, lease_until=clock.now() - 1)

    assert (locked.value.retry_after or 0) + 12 > oauth.LEASE_SECONDS
    assert consent.access().version == 2


def killed_with_the_answer(db: Database, process: Process) -> None:
    expire(db)
    send_off(process)
    assert hear(process) == "answered"
    process.kill()
    change(db, lease_until=clock.now() - 1)


@SQLITE
def test_an_answer_that_was_not_kept_costs_nothing_where_refresh_tokens_stay(
    db: Database, with_secret: Settings, ada: int, oidc: OidcServer, start_renewing: StartRenewing
) -> None:
    consent = connect(db, with_secret, ada, oidc)

    killed_with_the_answer(db, start_renewing("answered", "house"))

    assert consent.access().version == 2


def test_where_they_rotate_it_costs_the_consent_and_a_new_one_mends_it(
    db: Database, settings: Settings, ada: int, oidc: OidcServer, start_renewing: StartRenewing
) -> None:
    """Nobody can help that: the new token was told once, to a process that is no more."""
    consent = connect(db, settings, ada, oidc)

    killed_with_the_answer(db, start_renewing("answered"))

    with pytest.raises(ReconnectNeeded):
        consent.access()
    assert connect(db, settings, ada, oidc).access()
