"""What was counted is remembered for an hour: in the process, or in Redis for all processes.

A key holds the version of what was counted, so that nothing has to be cleared. Without its
Redis each process remembers for itself.
"""

import json
import logging
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from flask import Flask, current_app

from core import counters
from database import house
from webapp.database import reading, settings
from webapp.limits import redis_options

if TYPE_CHECKING:
    from flask_caching import Cache

log = logging.getLogger(__name__)
Value = TypeVar("Value")

LIVES_SECONDS = 3_600
MOST = 500
_WAIT_SECONDS = 0.2
_REST_SECONDS = 30.0
_KEY = "needledrop-memory"
_making = Lock()


class Remembered(NamedTuple):
    """What was asked for; `is_hit`: it had been made before."""

    value: Any
    is_hit: bool


def remembered(key: Sequence[object], make: Callable[[], Any]) -> Remembered:
    """Return what `make` returns, which is JSON, or what it did for the same key before.

    `key`: what the value is a function of; the first part says what it is. No names in it:
    it is written into the log.
    """
    words = " ".join(map(str, key))
    hashed = blake2b(words.encode(), digest_size=16).hexdigest()
    memory = _memory()
    kept = memory.ask(lambda cache: cache.get(hashed))
    is_hit = isinstance(kept, list) and len(kept) == 1
    counters.add("cache", "hit" if is_hit else "miss")
    log.info("cache %s: %s", "hit" if is_hit else "miss", words)
    if is_hit:
        return Remembered(kept[0], is_hit=True)
    value = make()
    # In a list, for None may be a value as well.
    memory.ask(lambda cache: cache.set(hashed, [value]))
    return Remembered(value, is_hit=False)


def clear() -> None:
    """Forget everything; a Redis that is away forgets when it is back."""
    _memory().clear()


def size() -> int:
    """Return how much is remembered."""
    return _memory().ask(_size)


class _Memory:
    """Redis, if there is one, and what stands in for it while it is away."""

    def __init__(self, app: Flask, redis_url: str | None) -> None:
        self._own = _cache(app, CACHE_TYPE="SimpleCache", CACHE_THRESHOLD=MOST - 1)
        self._shared: Cache | None = None
        self._failures: tuple[type[Exception], ...] = ()
        self._rests_until = 0.0
        self._owes_clearing = False
        if redis_url is not None:
            # Here alone: most houses have none.
            from redis import RedisError

            self._shared = _shared(app, redis_url)
            self._failures = (RedisError, OSError)

    def ask(self, do: Callable[["Cache"], Value]) -> Value:
        """Do it with the one that all processes share, or with our own."""
        if self._shared is not None and time.monotonic() >= self._rests_until:
            try:
                if self._owes_clearing:
                    self._shared.clear()
                    self._owes_clearing = False
                return do(self._shared)
            except self._failures as error:
                # Asked at each request it would make each of them slow.
                self._rests_until = time.monotonic() + _REST_SECONDS
                counters.add("cache", "failure")
                log.warning("the cache's Redis fails, and is left alone for a while: %s", error)
        elif self._shared is not None:
            counters.add("cache", "skip")
        return do(self._own)

    def clear(self) -> None:
        self._own.clear()
        self._owes_clearing = self._shared is not None
        self.ask(lambda _: None)


def _memory() -> _Memory:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's way
    with _making:
        found: _Memory | None = app.extensions.get(_KEY)
        if found is None:
            found = app.extensions[_KEY] = _Memory(app, settings().redis_url)
    return found


def _cache(app: Flask, **said: Any) -> "Cache":
    # Loaded when something is first remembered: a house without plays never needs it.
    from flask_caching import Cache

    made = Cache(with_jinja2_ext=False)
    made.init_app(app, {"CACHE_DEFAULT_TIMEOUT": LIVES_SECONDS, **said})
    return made


def _shared(app: Flask, redis_url: str) -> "Cache":
    from cachelib.serializers import BaseSerializer

    class AsJson(BaseSerializer):
        """Pickles, Flask-Caching's way, would let whoever writes to Redis run code here."""

        def dumps(self, value: Any, *_: Any) -> bytes:
            return json.dumps(value).encode()

        def loads(self, bvalue: bytes | None) -> Any:
            try:
                return None if bvalue is None else json.loads(bvalue)
            except ValueError:
                return None

    with reading() as session:
        # Houses may share a Redis.
        prefix = f"needledrop:{house.uuid_of(session)}:"
    return _cache(
        app,
        CACHE_TYPE="RedisCache",
        CACHE_REDIS_URL=redis_url,
        CACHE_KEY_PREFIX=prefix,
        CACHE_OPTIONS=redis_options(_WAIT_SECONDS),
        CACHE_SERIALIZER=AsJson,
    )


def _size(cache: "Cache") -> int:
    """Return how many entries a cache has; Flask-Caching does not tell."""
    own: Any = cache.cache
    if hasattr(own, "_read_client"):
        return sum(1 for _ in own._read_client.scan_iter(f"{own.key_prefix}*", count=1_000))  # noqa: SLF001
    return len(own._cache)  # noqa: SLF001
