"""A person's consent in a job's hands: what it covers, and an access token whenever one is needed.

Nothing else in the worker reads or renews tokens.
"""

import secrets
import time
from collections.abc import Sequence

from pydantic import SecretStr

from clients import oauth
from clients.outside import outside
from core.consents import NAMES, Access, ReconnectNeeded, ScopeNeeded, Tokens, lacking
from database import grants
from database.grant_store import GrantStore
from database.grants import Shown
from worker_jobs.run import Run


class Consent:
    """`access` is what clients call; `shown` is the consent as it was when the job began."""

    def __init__(self, run: Run, shown: Shown) -> None:
        self._run, self.shown = run, shown
        self._store = GrantStore(run.db, run.settings.data, shown.id, shown.provider)

    def access(self, refused: int | None = None) -> Access:
        """Return a usable token; `refused` is the version of one that was answered with 401.

        Raises:
            ReconnectNeeded: consent has ended.
            RemoteError: it has to be renewed, and the provider cannot be asked.
        """
        me = secrets.token_hex(8)
        return oauth.access_token(self._store, self._renew, me, refused, self._pause)

    def require(self, scopes: Sequence[str]) -> None:
        """Go on only with a consent that covers these.

        Raises:
            ScopeNeeded: it does not.
        """
        if missing := lacking(self.shown.scopes, scopes):
            raise ScopeNeeded(self.shown.provider, missing)

    def _renew(self, token: SecretStr) -> Tokens:
        name, settings = self.shown.provider, self._run.settings
        with outside(settings, *oauth.bases(settings, name)) as http:
            return oauth.refresh(http, oauth.provider(settings, http, name), token)

    def _pause(self, seconds: float) -> None:
        self._run.report(f"Waiting for the access to {NAMES[self.shown.provider]}")
        time.sleep(seconds)


def of(run: Run, person_id: int, provider: str) -> Consent:
    """Return somebody's consent.

    Raises:
        ReconnectNeeded: there is none, or it has ended.
    """
    with run.db.reading() as session:
        shown = grants.find(session, person_id, provider)
    if shown is None or not shown.is_ok:
        raise ReconnectNeeded(provider, shown.last_error if shown else None)
    return Consent(run, shown)
