"""Processes that want an access token at the same moment; one of them may stop half way.

Says "ready" and waits for a line; each process then says what came of it as JSON. One that is to
be killed says "asking" with the lease in its hand, or "answered" with what came not kept yet,
and stands still.
"""

import json
import os
import secrets
import sys
import time

from pydantic import SecretStr

from clients import oauth
from clients.oauth import Store
from clients.outside import outside
from core.consents import SPOTIFY, ReconnectNeeded, Tokens
from core.settings import Settings, load
from database.engine import Database
from database.grant_store import GrantStore


def _say(words: str) -> None:
    # In one piece: several write at once.
    os.write(1, f"{words}\n".encode())


def _stand_still(words: str) -> None:
    _say(words)
    time.sleep(600)


class _Careless(GrantStore):
    def save(self, version: int, tokens: Tokens, refresh: SecretStr) -> bool:
        _stand_still("answered")
        return super().save(version, tokens, refresh)


def _exchange(settings: Settings, stop: str) -> oauth.Exchange:
    def exchange(token: SecretStr) -> Tokens:
        if stop == "asking":
            _stand_still("asking")
        with outside(settings, settings.spotify_accounts_url) as http:
            return oauth.refresh(http, oauth.spotify(settings), token)

    return exchange


def _renew(grant_id: int, stop: str) -> None:
    settings = load()
    db = Database(settings.database, settings.running)
    kind = _Careless if stop == "answered" else GrantStore
    store: Store = kind(db, settings.data, grant_id, SPOTIFY)
    try:
        access = oauth.access_token(store, _exchange(settings, stop), secrets.token_hex(8))
        _say(json.dumps({"token": access.token.get_secret_value(), "version": access.version}))
    except ReconnectNeeded as error:
        _say(json.dumps({"error": str(error)}))
    db.close()


def main(grant_id: int, stop: str, processes: int) -> None:
    """Fork so many, once they are wanted: nothing is open yet."""
    _say("ready")
    sys.stdin.readline()
    for _ in range(processes - 1):
        if os.fork() == 0:
            break
    _renew(grant_id, stop)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
