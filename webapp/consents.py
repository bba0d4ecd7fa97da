"""What a page says above everything else of consents that have ended, or end soon."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from core import clock
from core.consents import NAMES
from database import consent_ends
from database.consent_ends import Ending


class Banner(NamedTuple):
    """`is_urgent`: nothing comes from there any more, or not for much longer."""

    provider: str
    sentence: str
    is_urgent: bool


def banners(session: Session, person_id: int) -> list[Banner]:
    """Return what there is to say, none as a rule; templates/consents.html shows it. One query."""
    return [_banner(ending) for ending in consent_ends.of(session, person_id)]


def _banner(ending: Ending) -> Banner:
    name = NAMES[ending.provider]
    left = 0 if ending.ends_at is None else ending.ends_at - clock.now()
    if left <= 0:
        sentence = f"{name} is not connected any more. What came from there stays to be seen."
        return Banner(ending.provider, sentence, is_urgent=True)
    days = left // clock.DAY
    sentence = f"What you allowed at {name} ends {_in(days)}: connect it again before."
    return Banner(ending.provider, sentence, is_urgent=days < 1)


def _in(days: int) -> str:
    """Say when in steps of a month, a week and a day: not another sentence each morning."""
    if days < 1:
        return "within a day"
    return "within a week" if days < 7 else "within a month"  # noqa: PLR2004 - a week
