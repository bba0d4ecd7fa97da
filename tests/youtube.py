"""A house whose people have connected the fake Google and YouTube, without the walk there."""

from pydantic import SecretStr

from core.consents import GOOGLE, GOOGLE_SCOPES, Account, Tokens
from core.settings import Settings
from core.videos import as_id
from database import grants
from database.engine import Database
from database.youtube_playlists import Wanted
from fakes.google_oauth import APP_SECRET
from fakes.youtube import FakeYouTube

SCOPES = " ".join(GOOGLE_SCOPES)


def settings_for(settings: Settings, fake: FakeYouTube) -> Settings:
    """Return settings by which the fake is Google and YouTube."""
    known = {
        "google_oauth_url": fake.url,
        "youtube_url": fake.url,
        "google_client_id": "house",
        "google_client_secret": SecretStr(APP_SECRET),
    }
    return settings.model_copy(update=known)


def connect(
    db: Database, settings: Settings, person_id: int, fake: FakeYouTube, name: str = "ada"
) -> None:
    """Let somebody have connected an account."""
    access, refresh = fake.consent(name, SCOPES)
    tokens = Tokens(SecretStr(access), SecretStr(refresh), 3_600, SCOPES)
    channel = fake.channels.of[name] or ("UC-none", name)
    with db.writing() as session:
        grants.put(
            session, settings.data, person_id, GOOGLE,
            account=Account(*channel), tokens=tokens, scopes=GOOGLE_SCOPES,
        )  # fmt: skip


def ids(many: int) -> list[str]:
    """Return ids that videos may have."""
    return [as_id(number * 7_919 + 1) for number in range(many)]


def wanted(video_ids: list[str]) -> list[Wanted]:
    return [Wanted(id_, f"Video {number}") for number, id_ in enumerate(video_ids)]
