"""Token endpoints that answer well, badly or not at all, and what that does to a consent."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, select, text

from clients import google_oauth, guard, oauth
from clients.http import Http, NotAllowed, TooMuch
from clients.oauth import Provider, StillLocked
from clients.oauth_answers import BadClient, CodeExpired, Denied, InvalidGrant, StillWaiting
from core import log_setup
from core.consents import GOOGLE, GOOGLE_SCOPES, SPOTIFY, Access, Account, ReconnectNeeded, Tokens
from core.errors import Busy, RemoteError
from core.settings import Settings
from database import grants
from database.engine import Database
from database.grant_store import GrantStore
from database.models import Grant
from fakes.google_oauth import APP_SECRET, FakeGoogle
from fakes.server import Fake
from tests import factories

HERE = "http://127.0.0.1:8000/account/google/callback"
TOKEN = SecretStr("the-refresh-token")
GOOD = {"access_token": "a", "token_type": "Bearer", "expires_in": 3_600}


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle() as fake:
        yield fake


@pytest.fixture
def http(google: FakeGoogle) -> Iterator[Http]:
    made = Http([google.url], user_agent="test", timeouts=(1.0, 1.0), pauses=())
    yield made
    made.close()


@pytest.fixture
def settings(google: FakeGoogle) -> Settings:
    return Settings(
        google_oauth_url=google.url, google_client_id="house",
        google_client_secret=SecretStr(APP_SECRET),
        spotify_accounts_url=google.url, spotify_client_id="the-app",
    )  # fmt: skip


@pytest.fixture
def provider(http: Http, settings: Settings) -> Provider:
    return oauth.provider(settings, http, GOOGLE)


def test_the_address_asks_for_a_lasting_consent_with_a_proof(provider: Provider) -> None:
    address = oauth.authorise_address(
        provider, state="s&s", verifier="v" * 43, redirect_uri=HERE, scopes=GOOGLE_SCOPES
    )

    said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(provider.authorise_url + "?")
    assert "v" * 43 not in address and said.pop("code_challenge")
    assert said == {
        "response_type": "code", "client_id": "house", "redirect_uri": HERE, "state": "s&s",
        "scope": GOOGLE_SCOPES[0], "code_challenge_method": "S256",
        "access_type": "offline", "prompt": "consent",
    }  # fmt: skip


def test_no_two_verifiers_are_alike_and_each_is_long_enough() -> None:
    made = {oauth.new_verifier() for _ in range(50)}

    assert len(made) == 50 and all(43 <= len(one) <= 128 for one in made)


@pytest.mark.parametrize(("secret", "is_basic"), [(SecretStr("s:ecret"), True), (None, False)])
def test_spotify_is_told_the_secret_in_a_header_and_without_one_the_id_alone(
    google: FakeGoogle, http: Http, settings: Settings, secret: SecretStr | None, *, is_basic: bool
) -> None:
    google.answers(200, {}, json.dumps(GOOD).encode())
    made = settings.model_copy(update={"spotify_client_secret": secret})

    oauth.refresh(http, oauth.spotify(made), TOKEN)

    (asked,) = google.requests
    fields = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
    assert fields.pop("grant_type") == "refresh_token"
    assert fields.pop("refresh_token") == TOKEN.get_secret_value()
    assert asked.headers.get("authorization", "").startswith("Basic ") == is_basic
    assert fields == ({} if is_basic else {"client_id": "the-app"})


@pytest.mark.parametrize("secret", ["clé", "пароль"])
def test_a_secret_that_no_header_holds_is_told(http: Http, settings: Settings, secret: str) -> None:
    made = settings.model_copy(update={"spotify_client_secret": SecretStr(secret)})

    with pytest.raises(RemoteError) as refused:
        oauth.refresh(http, oauth.spotify(made), TOKEN)

    assert secret not in str(refused.value)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({}, 3_600),
        ({"token_type": "bearer", "expires_in": "120"}, 120),
        ({"expires_in": 1e9}, 86_400),
        ({"expires_in": None}, 600),
        ({"scope": None, "refresh_token": "", "unknown": [1]}, 3_600),
    ],
)
def test_what_an_answer_may_be(
    google: FakeGoogle, http: Http, provider: Provider, said: dict[str, object], seconds: int
) -> None:
    google.answers(200, {}, json.dumps(GOOD | said).encode())

    made = oauth.refresh(http, provider, TOKEN)

    assert made == Tokens(SecretStr("a"), None, seconds, None)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"not json", b"\xff\xfe", b"<html>Log in</html>",
        *(
            json.dumps(GOOD | odd).encode()
            for odd in (
                {"access_token": None}, {"access_token": ""}, {"access_token": "a\r\nb"},
                {"access_token": 7}, {"token_type": "mac"}, {"token_type": None},
                {"expires_in": "soon"}, {"expires_in": -1}, {"refresh_token": ["x"]},
                {"access_token": "x" * 9_000}, {"scope": "a\0b"}, {"scope": "a\nb"},
            )
        ),
        b'{"access_token": "a", "token_type": "Bearer", "expires_in": NaN}',
        b'{"token_type": "Bearer"}',
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_told_and_holds_no_token(
    google: FakeGoogle, http: Http, provider: Provider, body: bytes
) -> None:
    google.answers(200, {"Content-Type": "application/json"}, body)

    with pytest.raises(RemoteError) as refused:
        oauth.refresh(http, provider, TOKEN)

    assert TOKEN.get_secret_value() not in str(refused.value)


BAD: dict[str, Callable[[Fake], None]] = {
    "html": lambda fake: fake.html(path_prefix="/token"),
    "drip": lambda fake: fake.endless(path_prefix="/token"),
    "drip of headers": lambda fake: fake.drips_headers(path_prefix="/token"),
    "hang up": lambda fake: fake.drops(path_prefix="/token"),
    "redirect": lambda fake: fake.redirects_to("http://127.0.0.1:9/", path_prefix="/token"),
    "503": lambda fake: fake.answers(503, path_prefix="/token"),
    "429": lambda fake: fake.answers(429, {"Retry-After": "7"}, path_prefix="/token"),
    "401": lambda fake: fake.answers(401, {}, b"no", path_prefix="/token"),
    "odd error": lambda fake: fake.answers(400, {}, b'{"error": "oops"}', path_prefix="/token"),
    "error as an object": lambda fake: fake.answers(
        403, {}, b'{"error": {"status": 403}}', path_prefix="/token"
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_trouble_is_told_in_time(
    google: FakeGoogle, http: Http, provider: Provider, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "SECONDS", 0.3)
    BAD[bad](google)

    with pytest.raises(RemoteError) as refused:
        oauth.refresh(http, provider, TOKEN)

    may_pass = bad not in ("redirect", "401", "odd error", "error as an object")
    assert (refused.value.retry_after is not None) == may_pass
    assert not isinstance(refused.value, InvalidGrant)


def test_more_than_an_answer_can_be_is_not_read(
    google: FakeGoogle, http: Http, provider: Provider
) -> None:
    google.floods(path_prefix="/token")

    with pytest.raises(TooMuch):
        oauth.refresh(http, provider, TOKEN)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invalid_grant", InvalidGrant),
        (401, "invalid_client", BadClient),
        (400, "unauthorized_client", BadClient),
        (428, "authorization_pending", StillWaiting),
        (400, "authorization_pending", StillWaiting),
        (403, "slow_down", StillWaiting),
        (403, "access_denied", Denied),
        (400, "expired_token", CodeExpired),
        (400, "invalid_scope", RemoteError),
    ],
)
def test_errors_are_known_by_their_codes_whatever_their_status(
    google: FakeGoogle, http: Http, provider: Provider,
    status: int, code: str, kind: type[RemoteError],
) -> None:  # fmt: skip
    google.answers(status, {}, json.dumps({"error": code}).encode(), path_prefix="/token")

    with pytest.raises(kind) as refused:
        oauth.refresh(http, provider, TOKEN)

    if isinstance(refused.value, StillWaiting):
        assert refused.value.is_too_fast == (code == "slow_down")


def test_a_providers_words_become_one_short_line(
    google: FakeGoogle, http: Http, provider: Provider
) -> None:
    words = "<b>Token\r\nrevoked</b>." + "x" * 1_000
    body = json.dumps({"error": "invalid_grant", "error_description": words}).encode()
    google.answers(400, {}, body, path_prefix="/token")

    with pytest.raises(InvalidGrant) as refused:
        oauth.refresh(http, provider, TOKEN)

    assert (
        refused.value.said.startswith("<b>Token revoked</b>.x") and len(refused.value.said) == 200
    )


def test_a_code_without_anything_lasting_is_no_consent(
    google: FakeGoogle, http: Http, provider: Provider
) -> None:
    google.answers(200, {}, json.dumps(GOOD).encode(), path_prefix="/token")

    with pytest.raises(RemoteError, match="no lasting consent"):
        oauth.exchange_code(http, provider, code="c", verifier="v", redirect_uri=HERE)


@pytest.mark.parametrize("called", ["verification_url", "verification_uri"])
def test_a_device_code_comes_in_either_spelling(
    google: FakeGoogle, http: Http, provider: Provider, called: str
) -> None:
    google.called = called

    code = oauth.start_device(http, provider, GOOGLE_SCOPES)

    assert (code.user_code, code.address) == ("CODE-0001", f"{google.url}/device")
    assert (code.seconds, code.interval) == (1_800, 5)
    assert "CODE-0001" in str(code) and code.device_code.get_secret_value() not in str(code)


@pytest.mark.parametrize(
    "odd",
    [
        {"verification_url": "javascript:alert(1)"},
        {"verification_url": None},
        {"user_code": ""},
        {"user_code": "<b>"*30},
        {"device_code": ""},
        {"interval": "often"},
        {"expires_in": -1},
    ],
)  # fmt: skip
def test_an_odd_device_code_is_shown_to_nobody(
    google: FakeGoogle, http: Http, provider: Provider, odd: dict[str, object]
) -> None:
    good = {
        "device_code": "d", "user_code": "ABCD", "verification_url": "https://google.com/device",
        "expires_in": 1_800, "interval": 5,
    }  # fmt: skip
    google.answers(200, {}, json.dumps(good | odd).encode(), path_prefix="/device")

    with pytest.raises(RemoteError):
        oauth.start_device(http, provider, GOOGLE_SCOPES)


def test_a_device_endpoint_that_is_asked_too_often_says_so_in_its_own_words(
    google: FakeGoogle, http: Http, provider: Provider
) -> None:
    google.answers(403, {}, b'{"error_code": "rate_limit_exceeded"}', path_prefix="/device")

    with pytest.raises(RemoteError) as refused:
        oauth.start_device(http, provider, GOOGLE_SCOPES)

    assert refused.value.retry_after


@pytest.mark.parametrize("is_known", [True, False])
def test_what_is_revoked_already_is_no_error(
    google: FakeGoogle, http: Http, provider: Provider, *, is_known: bool
) -> None:
    code = oauth.start_device(http, provider, GOOGLE_SCOPES)
    google.enters(code.user_code)
    made = oauth.poll_device(http, provider, code.device_code)
    assert made.refresh

    oauth.revoke(http, provider, made.refresh if is_known else TOKEN)

    assert google.revoked == ([made.refresh.get_secret_value()] if is_known else [])


def test_a_document_cannot_lead_elsewhere(
    google: FakeGoogle, http: Http, settings: Settings
) -> None:
    """Where it is not Google's own, its doors lie below its own address."""
    doors = {"authorization_endpoint": google.url, "token_endpoint": "http://127.0.0.1:9/token"}
    google.answers(200, {}, json.dumps(doors).encode(), path_prefix="/.well-known")

    lured = oauth.provider(settings, http, GOOGLE)

    with pytest.raises(NotAllowed):
        oauth.refresh(http, lured, TOKEN)
    with pytest.raises(RemoteError):
        oauth.start_device(http, lured, GOOGLE_SCOPES)


@pytest.mark.parametrize(
    "door", ["https://evil.example/authorize", "http://127.0.0.1@evil.example/", "http://[evil"]
)
def test_a_document_cannot_send_a_person_elsewhere(
    google: FakeGoogle, http: Http, settings: Settings, door: str
) -> None:
    doors = {"authorization_endpoint": door, "token_endpoint": f"{google.url}/token"}
    google.answers(200, {}, json.dumps(doors).encode(), path_prefix="/.well-known")

    with pytest.raises(NotAllowed):
        oauth.provider(settings, http, GOOGLE)


def test_googles_other_hosts_may_be_asked_where_google_is_the_real_one(settings: Settings) -> None:
    real = google_oauth.bases(Settings())

    assert guard.Bases(real).allow("https://oauth2.googleapis.com/token")
    assert not guard.Bases(real).anywhere, "a host of Google's never is a machine in the house"
    assert google_oauth.bases(settings) == (settings.google_oauth_url,)


def test_what_authlib_would_log_holds_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    try:
        log_setup.start(logging.DEBUG)
        for name in ("authlib", "authlib.integrations.requests_client", "urllib3"):
            logging.getLogger(name).debug("code_verifier hunter2")
    finally:
        root.handlers[:] = kept
        root.setLevel(level)

    assert "hunter2" not in capsys.readouterr().err


# The loop over a store, on both databases.


@pytest.fixture
def store(db: Database, tmp_path: Path) -> GrantStore:
    """A consent whose access token has run out."""
    made = Tokens(SecretStr("old"), TOKEN, 0, None)
    with db.writing() as session:
        person = factories.person(session)
        grant_id = grants.put(
            session, tmp_path, person.id, SPOTIFY,
            account=Account("s", "Ada"), tokens=made, scopes=(),
        )  # fmt: skip
    return GrantStore(db, tmp_path, grant_id, SPOTIFY)


def new(_token: SecretStr) -> Tokens:
    return Tokens(SecretStr("new"), None, 3_600, None)


@pytest.mark.parametrize("trouble", [RemoteError("Spotify", "down", retry_after=9), BadClient("S")])
def test_trouble_at_the_provider_leaves_the_consent_alone_and_lets_the_next_try(
    db: Database, store: GrantStore, trouble: RemoteError
) -> None:
    def fail(_token: SecretStr) -> Tokens:
        raise trouble

    with pytest.raises(RemoteError) as told:
        oauth.access_token(store, fail, "me")

    assert told.value is trouble
    with db.reading() as session:
        row = session.scalars(select(Grant)).one()
    assert (row.status, row.version, row.lease_by) == ("OK", 1, None)
    assert oauth.access_token(store, new, "me") == Access(SecretStr("new"), 2)


def test_who_comes_while_another_renews_waits_for_what_comes(store: GrantStore) -> None:
    assert store.take_lease(1, "another", 30)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            store.save(1, new(TOKEN), TOKEN)

    def never(_token: SecretStr) -> Tokens:
        raise AssertionError("it was asked for twice")

    assert oauth.access_token(store, never, "me", None, pause).version == 2
    assert len(pauses) == 3


def test_who_waits_in_vain_comes_again_later(
    store: GrantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.take_lease(1, "another", 30)
    monkeypatch.setattr(oauth, "PATIENCE_SECONDS", 0.05)

    with pytest.raises(StillLocked) as told:
        oauth.access_token(store, new, "me")

    assert told.value.retry_after


def test_an_end_that_a_new_consent_overtook_ends_nothing(
    db: Database, store: GrantStore, tmp_path: Path
) -> None:
    """The person has just connected again, while the token before was being refused."""
    tokens = iter([TOKEN, SecretStr("given anew")])

    def refused_meanwhile(token: SecretStr) -> Tokens:
        assert token == next(tokens)
        if token == TOKEN:
            again = Tokens(SecretStr("a"), SecretStr("given anew"), 0, None)
            with db.writing() as session:
                grants.put(
                    session, tmp_path, 1, SPOTIFY,
                    account=Account("s", "Ada"), tokens=again, scopes=(),
                )  # fmt: skip
            raise InvalidGrant("Spotify", "Refresh token revoked")
        return new(token)

    assert oauth.access_token(store, refused_meanwhile, "me") == Access(SecretStr("new"), 3)


def test_what_came_is_kept_though_the_database_is_busy_at_first(
    store: GrantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token before may be worth nothing any more."""
    monkeypatch.setattr(oauth, "_PAUSES", (0.0, 0.0))
    tries: list[int] = []

    class Hindered(GrantStore):
        def save(self, version: int, tokens: Tokens, refresh: SecretStr) -> bool:
            tries.append(version)
            if len(tries) < 3:
                raise Busy
            return super().save(version, tokens, refresh)

    hindered = Hindered(store._db, store._folder, store._whose.grant_id, SPOTIFY)

    assert oauth.access_token(hindered, new, "me").version == 2
    assert len(tries) == 3 and store.read().access == SecretStr("new")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_came_is_kept_though_the_server_of_the_database_restarts(
    db: Database, store: GrantStore
) -> None:
    def restarted_meanwhile(token: SecretStr) -> Tokens:
        others = text("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()
        """)
        server = create_engine(db.engine.url)
        with server.begin() as connection:
            connection.execute(others)
        server.dispose()
        return new(token)

    assert oauth.access_token(store, restarted_meanwhile, "me") == Access(SecretStr("new"), 2)
    assert store.read().access == SecretStr("new")


def test_a_consent_that_ended_is_not_asked_about(store: GrantStore) -> None:
    store.end(1, "Refresh token revoked")

    with pytest.raises(ReconnectNeeded, match="Refresh token revoked"):
        oauth.access_token(store, new, "me")
