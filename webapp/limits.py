"""How often an address may ask for what costs something."""

from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user

from core.settings import Settings

_WAIT_SECONDS = 0.2

limiter = Limiter(get_remote_address, headers_enabled=True)


def register(app: Flask, settings: Settings) -> None:
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        # Redis away: counted in the process meanwhile, and nobody is shut out.
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=settings.redis_url is not None,
        RATELIMIT_STORAGE_OPTIONS=redis_options(_WAIT_SECONDS) if settings.redis_url else {},
    )
    limiter.init_app(app)


def redis_options(seconds: float) -> dict[str, Any]:
    """Return how to ask a Redis that may be away: once, and for no longer than this."""
    # Here alone: most houses have none.
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # By itself it would try ten times, with pauses of seconds.
    return {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "retry": Retry(NoBackoff(), 0),
    }


def _orders() -> str:
    """Return how much work may be ordered: guests share a machine with its people."""
    return "60 per hour" if current_user.is_authenticated else "20 per hour"


# One count for every way to order: making one, making it again, running its task again.
orders = limiter.shared_limit(_orders, scope="orders")
