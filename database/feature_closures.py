"""Where a provider has closed its features to the house's app, and until when that is believed."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import clock
from database.models import ProviderPace

SPOTIFY = "spotify:audio-features"
DAYS = 30
_CLOSE = text("""
    INSERT INTO provider_paces (provider, free_at, rest_until, said, day, calls)
         VALUES (:provider, 0, :until, :said, :day, 0)
    ON CONFLICT (provider) DO UPDATE SET rest_until = excluded.rest_until, said = excluded.said
""")


def close(session: Session, provider: str, app: str) -> None:
    """Remember for DAYS that a provider told an app nothing."""
    now = clock.now()
    row = {
        "provider": provider,
        "until": now + DAYS * clock.DAY,
        "said": _sentence(app),
        "day": clock.utc(now).date().isoformat(),
    }
    session.execute(_CLOSE, row)


def closed_until(session: Session, provider: str, app: str) -> int | None:
    """Return when an app may try again, None if it may do so now; another app always may."""
    query = select(ProviderPace.rest_until).where(
        ProviderPace.provider == provider,
        ProviderPace.said == _sentence(app),
        ProviderPace.rest_until > clock.now(),
    )
    return session.scalar(query)


def _sentence(app: str) -> str:
    return f"Audio features are closed for the app {app}."
