"""What counts, in which zone, and why a number is what it is."""

import pytest

from core.errors import NotFound
from core.plays import Source, Standing
from database import (
    listeners,
    people,
    play_recount,
    play_tops,
    play_why,
)
from database.listeners import Whose
from database.play_windows import ALWAYS, Window
from database.tasks import Enqueued
from tests.corrected import AT, MINUTE, House, delete_some, give, merge_artists


@pytest.mark.parametrize("rule", listeners.RULES)
def test_a_rule_counts_what_it_was_said_to(house: House, rule: str) -> None:
    parts = play_recount.spans(house.session, house.ana)
    foretold = sum(play_recount.by_rules(house.session, house.ana, *part)[rule] for part in parts)

    task = play_recount.set_rule(house.session, house.ana, rule, house.owner)
    for part in parts:
        play_recount.recount(house.session, house.ana, *part)

    assert (task is None) == (rule == "30s")
    house.check()
    assert house.counted(house.ana) == foretold == (7 if rule in ("all", "end") else 6)


def test_another_zone_moves_days(house: House) -> None:
    people.change(house.session, house.ana, zone="Pacific/Auckland", letterboxd_name=None)

    for part in play_recount.spans(house.session, house.ana):
        play_recount.recount(house.session, house.ana, *part)

    house.check()


def test_who_changes_their_mind_has_the_last_word(house: House) -> None:
    def say(*, is_joint: bool) -> Enqueued | None:
        wish = play_recount.Seen(is_joint=is_joint)
        return play_recount.set_seen(house.session, house.ana, wish, house.owner)

    assert say(is_joint=True) is None
    leaves, stays = say(is_joint=False), say(is_joint=True)

    assert leaves and stays and leaves.id < stays.id
    assert say(is_joint=True) == stays._replace(is_new=False)


def test_who_leaves_the_household_and_comes_back_changes_nothing_else(house: House) -> None:
    before = house.numbers()

    listeners.set_joint(house.session, house.ana, is_joint=False)
    listeners.set_joint(house.session, house.ana, is_joint=False)
    house.check()
    listeners.set_joint(house.session, house.ana, is_joint=True)

    assert house.numbers() == before


WINDOWS = [
    ALWAYS,
    Window(AT - 5 * MINUTE, AT + 25 * MINUTE),
    Window(1_600_000_000_000, AT + 15 * MINUTE),
    Window(AT + 15 * MINUTE, None),
]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("kind", ["", "artist", "primary", "album", "track"])
def test_every_why_adds_up(house: House, window: Window, kind: str) -> None:
    """Must show 6: every “why” adds up."""
    merge_artists(house)
    delete_some(house)
    give(house)
    for whose in (
        Whose(house.ana, (house.ana,), "UTC"),
        Whose(house.bo, (house.bo,), "Asia/Tokyo"),
        listeners.household(house.session),
    ):
        if not kind:
            found = play_why.why(house.session, whose, "", None, window)
            assert _adds_up(found)
            totals = play_tops.totals(house.session, whose, window)
            assert (found.counted, found.ms) == (totals.plays, totals.ms)
            continue
        tops = play_tops.tops(house.session, whose, play_why.KINDS[kind], window, limit=50)
        for top in tops:
            found = play_why.why(house.session, whose, kind, top.item, window)
            assert _adds_up(found)
            assert (found.counted, found.ms) == (top.plays, top.ms)
            assert found.by_rule is not None and found.by_rule["30s"] == found.counted


def _adds_up(found: play_why.Why) -> bool:
    away = sum(plays for standing, plays in found.standings.items() if standing)
    assert found.stored == sum(part.stored for part in found.parts)
    assert found.counted == sum(part.counted for part in found.parts)
    assert {one.standing for one in found.samples} == set(found.standings)
    return found.stored - away == found.counted


def test_why_tells_each_source_and_import(house: House) -> None:
    whose = Whose(house.ana, (house.ana,), "UTC")

    found = play_why.why(house.session, whose, "artist", house.artist("Ana & Co"), ALWAYS)

    assert [(part.source, part.stored, part.counted) for part in found.parts] == [
        (Source.SPOTIFY_EXTENDED, 3, 2),
        (Source.LASTFM, 2, 1),
    ]
    assert found.standings == {
        Standing.COUNTED: 3,
        Standing.SHORT: 1,
        Standing.DUPLICATE: 1,
    }
    with pytest.raises(NotFound):
        play_why.why(house.session, whose, "artist", 9_999, ALWAYS)
    hidden = found.without_files()
    assert (hidden.samples, {part.file_name for part in hidden.parts}) == ([], {None})
    assert sum(part.counted for part in hidden.parts) == found.counted
