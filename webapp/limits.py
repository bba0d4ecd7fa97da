"""How often an address may ask for what costs something."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user

from core.settings import Settings

limiter = Limiter(get_remote_address, headers_enabled=True)


def register(app: Flask, settings: Settings) -> None:
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        # Redis away: counted in the process meanwhile, and nobody is shut out.
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=settings.redis_url is not None,
        RATELIMIT_STORAGE_OPTIONS=(
            {"socket_timeout": 0.2, "socket_connect_timeout": 0.2} if settings.redis_url else {}
        ),
    )
    limiter.init_app(app)


def mosaics() -> str:
    """Return how many mosaics may be asked for: guests share a machine with its people."""
    return "60 per hour" if current_user.is_authenticated else "20 per hour"
