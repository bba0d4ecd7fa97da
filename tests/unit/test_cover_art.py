"""Whom a cover is asked of: the archive, and archive.org only where the archive is the real one."""

import pytest

from clients import cover_art
from clients.guard import ARCHIVE_HOSTS, Bases
from core.settings import Settings


def test_only_the_real_archive_may_lead_to_archive_org() -> None:
    real, fake = Settings(), Settings(cover_art_url="http://127.0.0.1:9")

    assert cover_art.bases(real) == ("https://coverartarchive.org", *ARCHIVE_HOSTS)
    assert cover_art.bases(fake) == ("http://127.0.0.1:9",)


def test_no_machine_in_the_house_is_one_of_archive_orgs() -> None:
    """Public names: what they lead to is looked at when it is connected."""
    assert Bases(cover_art.bases(Settings())).anywhere == set()


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        ("76df3287-6cda-33eb-8e9a-044b5e15ffdd", True),
        ("../../../76df3287-6cda-33eb-8e9a-044b", False),
        ("76df3287-6cda-33eb-8e9a-044b5e15ffdd/front", False),
        ("", False),
    ],
)
def test_a_release_is_known_by_its_id_alone(said: str, is_one: bool) -> None:
    assert cover_art.is_release_id(said) is is_one


def test_the_address_of_a_front() -> None:
    found = cover_art.front_of(Settings(), "76df3287-6cda-33eb-8e9a-044b5e15ffdd")

    assert found.startswith("https://coverartarchive.org/release/76df3287-")
    assert found.endswith("/front-500")
