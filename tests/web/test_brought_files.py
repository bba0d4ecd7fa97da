"""Files that were brought, in each area that takes some: only that area's have a page there."""

import pytest
from flask import Flask

from database import tasks
from database.owner import Owner
from tests.web.conftest import Visitor, house

AREAS = ("films", "shelf", "listening", "library")


@pytest.mark.parametrize("area", AREAS)
def test_a_task_that_reads_no_file_of_it_has_no_page_there(
    app: Flask, alice: Visitor, area: str
) -> None:
    args = {"dry_run": True, "upload": "x", "file_name": "x"}
    with house(app).db.writing() as session:
        other = tasks.enqueue(session, "create_mosaic", args, owner=Owner(alice.id)).public_id

    assert alice.get(f"/{area}/import/{other}").status_code == 404
    assert alice.submit("/account", to=f"/{area}/import/{other}/bring").status_code == 404
