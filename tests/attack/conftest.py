"""Houses that somebody attacks: an app, and a Spotify that gives consents for it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.web.conftest import app, public_url, settings  # noqa: F401 - fixtures
from tests.web.connecting import Walker, set_up, walker
from tests.web.consenting import Consenting


@pytest.fixture
def spotify(app: Flask) -> Iterator[Consenting]:  # noqa: F811 - the fixture
    with Consenting() as made:
        set_up(app, made)
        yield made


@pytest.fixture
def victim(app: Flask) -> Walker:  # noqa: F811 - the fixture
    return walker(app, "victim")


@pytest.fixture
def attacker(app: Flask) -> Walker:  # noqa: F811 - the fixture
    """Somebody else of the house."""
    return walker(app, "attacker")
