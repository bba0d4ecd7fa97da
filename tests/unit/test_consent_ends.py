"""Which consents want to be given again, on both databases."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.orm import Session

from core import clock
from core.consents import GOOGLE, SPOTIFY, Account, Tokens
from database import consent_ends, grants
from database.consent_ends import Ending
from database.models import Grant
from tests import factories
from webapp import consents


@pytest.fixture
def ada(session: Session, tmp_path: Path) -> int:
    """She has connected both; Google names no end."""
    person_id = factories.person(session).id
    for provider in (SPOTIFY, GOOGLE):
        grants.put(
            session,
            tmp_path,
            person_id,
            provider,
            account=Account(f"ada-{provider}", "Ada"),
            tokens=Tokens(SecretStr("access"), SecretStr("refresh"), 3_600, None),
            scopes=("a",),
        )
    return person_id


def test_what_holds_for_longer_than_a_month_or_without_end_is_not_told(
    session: Session, ada: int
) -> None:
    assert consent_ends.of(session, ada) == []


def test_what_ends_soon_and_what_has_ended_is_told_to_its_person(
    session: Session, ada: int
) -> None:
    soon = clock.now() + 6 * clock.DAY
    session.execute(update(Grant).where(Grant.provider == SPOTIFY).values(reconnect_by=soon))
    ended = {"status": "RECONNECT", "last_error": "revoked"}
    session.execute(update(Grant).where(Grant.provider == GOOGLE).values(ended))

    assert consent_ends.of(session, ada) == [
        Ending(GOOGLE, None, "revoked"),
        Ending(SPOTIFY, soon, None),
    ]
    assert consent_ends.of(session, factories.person(session).id) == []
    assert [(one.provider, one.is_urgent) for one in consents.banners(session, ada)] == [
        (GOOGLE, True),
        (SPOTIFY, False),
    ]
