"""A house whose people have connected the fake Spotify, without the walk there and back."""

from typing import Any

from pydantic import SecretStr

from core.consents import SPOTIFY, Account, Tokens
from core.library import BY_ID
from core.settings import Settings
from database import grants
from database.engine import Database
from fakes.spotify import CLIENT_ID, CLIENT_SECRET, SCOPES, FakeSpotify, Library


def settings_for(settings: Settings, fake: FakeSpotify) -> Settings:
    """Return settings by which the fake is Spotify."""
    known: dict[str, Any] = {
        "spotify_api_url": fake.api_url,
        "spotify_accounts_url": fake.url,
        "spotify_image_url": fake.url,
        "spotify_client_id": CLIENT_ID,
        "spotify_client_secret": SecretStr(CLIENT_SECRET),
    }
    return settings.model_copy(update=known)


def connect(
    db: Database,
    settings: Settings,
    person_id: int,
    fake: FakeSpotify,
    library: Library | None = None,
    *,
    scopes: str = SCOPES,
) -> None:
    """Let somebody have connected the account of a library, the fake's first by default."""
    of = library or fake.library
    consent = fake.accounts.consent(of.owner_id, scopes)
    tokens = Tokens(
        SecretStr(next(iter(consent.access))), SecretStr(consent.refresh), 3_600, scopes
    )
    account = Account(of.account_id or f"{BY_ID}{of.owner_id}", of.owner_name)
    with db.writing() as session:
        grants.put(
            session, settings.data, person_id, SPOTIFY,
            account=account, tokens=tokens, scopes=scopes.split(),
        )  # fmt: skip
