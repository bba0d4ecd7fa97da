"""The pages of playlists at YouTube: accessible in both schemes, and fit for a phone."""

import pytest
from playwright.sync_api import Page

from core.consents import GOOGLE_SCOPES
from database import baskets
from database.baskets import Find
from database.models import Grant, YoutubeVideo
from tests import factories
from tests.browser.conftest import House
from tests.browser.rules import meets_the_rules
from tests.youtube import ids

pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PATHS = ["/crates/playlists/new", "/crates/playlists", "/crates/playlists/{playlist}"]
STATES = ("waiting", "added", "dead", "duplicate", "failed")


@pytest.fixture(scope="module")
def playlist(house: House) -> str:
    """Maya's, of a long name, with a video in each state; and one video in her basket."""
    with house.db.writing() as session:
        session.add(
            Grant(
                person_id=house.admin_id, provider="google", subject="UC-maya",
                subject_name="Maya", scopes=" ".join(GOOGLE_SCOPES), access_expires_at=0,
                authorised_at=0, version=1, status="OK", created_at=0,
            )
        )  # fmt: skip
        made = factories.youtube_playlist(
            session, house.admin_id, title=LONG, description=LONG, youtube_id="PL1",
            said="1 of 5 added, the rest tomorrow from 09:00.",
        )  # fmt: skip
        session.add_all(
            YoutubeVideo(
                playlist_id=made.id, position=position, video_id=video_id, title=LONG,
                state=state, reason=None if state == "added" else "It is private.",
            )
            for position, (video_id, state) in enumerate(zip(ids(5), STATES, strict=True))
        )  # fmt: skip
        find = Find(ids(6)[5], LONG, 60, 7, LONG, LONG, LONG)
        baskets.add(session, house.admin_id, [find])
        return made.public_id


@pytest.mark.parametrize("path", PATHS)
def test_meets_wcag_2_2_aa_on_a_phone(page: Page, playlist: str, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path.format(playlist=playlist))

    meets_the_rules(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
