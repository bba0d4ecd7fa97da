"""Any dig finds what plain sets find, and its pages show each of them once, in order."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from database import crate_orders
from database.crate_digs import Dig
from database.crate_finding import Found
from database.crate_search import Crate
from database.crates import Loader
from database.engine import Database
from tests import little_crates
from tests.conftest import remove_progress
from tests.digging import (
    ARTISTS,
    LABELS,
    TITLES,
    Pressing,
    batch,
    expected,
    in_order,
    one_per_master,
)

GENRES = ("Rock", "Electronic", "Jazz", "Funk / Soul")
STYLES = ("Techno", "Krautrock", "Ambient", "Modal")
COUNTRIES = ("Germany", "US", "Côte d'Ivoire", "UK & Europe")
FORMATS = ("Vinyl", "CD", "Cassette")
DESCRIPTIONS = ("LP", '12"', "Album", "Reissue")
OWNED = {3: 0, 7: 9, 8: 5, 11: 1, 12: 10, 30: 7, 999_999_999_999: 9, 4_000_000_000: 3}


def _some(rng: random.Random, of: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(rng.sample(of, rng.choice((0, 1, 1, 2))))


def _made(count: int = 400) -> list[Pressing]:
    rng = random.Random(11)
    return [
        Pressing(
            id=id_ * rng.choice((1, 1, 3)) + id_ // 50 * 70_000,
            title=rng.choice(TITLES),
            artists=tuple(rng.sample(sorted(ARTISTS), rng.choice((1, 1, 2)))),
            labels=(rng.choice(sorted(LABELS)),),
            genre=_some(rng, GENRES),
            style=_some(rng, STYLES),
            country=rng.choice((*COUNTRIES, None)),
            year=rng.choice((None, 1959, 1969, 1970, 1971, 1975, 1999, 2000, 2024)),
            format=_some(rng, FORMATS),
            description=_some(rng, DESCRIPTIONS),
            master_id=(master := rng.choice((None, *range(1, 40)))),
            is_main=master is None or rng.random() < 0.1,
            videos=rng.choice((0, 0, 1, 2, 7)),
        )
        for id_ in range(1, count + 1)
    ]


PRESSINGS = list({one.id: one for one in _made()}.values())


@pytest.fixture(
    scope="module",
    params=[("sqlite", "all at once"), ("sqlite", "by steps"), ("postgresql", "by steps")],
    ids=" ".join,
)
def crate(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crate]:
    """Sorted from their rows, as few releases are; or step by step, as many are."""
    database, way = request.param
    folder = tmp_path_factory.mktemp("crate")
    url = f"sqlite:///{folder / 'needledrop.sqlite3'}"
    if database == "postgresql":
        url = request.getfixturevalue("postgres_url")
    db = Database(url, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crate_orders, "_STEP", 7)
        if way == "by steps":
            patch.setattr(crate_orders, "_SORTED_AT_ONCE", 0)
        yield Crate(little_crates.opened(db, folder, _fill, version="20261001"))
    db.close()
    remove_progress(db)


def _fill(loader: Loader) -> None:
    loader.take(batch(PRESSINGS))


def _values(known: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    one = st.sampled_from((*known, *(name.upper() for name in known), "Nothing such"))
    signed = st.builds(lambda minus, name: minus + name, st.sampled_from(("", "", "-")), one)
    return st.lists(signed, max_size=3).map(tuple)


_YEARS = ("1959", "1970", "1960-1971", "-1971", "-1999-2024", "1812", "1975-1999")
_RARELY = st.sampled_from
DIGS = st.builds(
    Dig,
    q=_RARELY(("", "", "", "", "motley", "Tago CAN", "spoon records", "love", "?!", "björk warp")),
    artist=st.lists(_RARELY((*ARTISTS.values(), "artefakt", "nobody")), max_size=1).map(tuple),
    label=st.lists(_RARELY((*LABELS.values(), "warp", "Records")), max_size=1).map(tuple),
    title=st.lists(_RARELY((*(one for one in TITLES if one), "STRASSE", "love s")), max_size=1).map(
        tuple
    ),
    match=_RARELY(("whole", "words")),
    artist_id=st.lists(_RARELY((2, 4, 99)), max_size=1).map(tuple),
    label_id=st.lists(_RARELY((1, 5)), max_size=1).map(tuple),
    genre=_values(GENRES),
    style=_values(STYLES),
    country=_values(COUNTRIES),
    format=_values(FORMATS),
    description=_values(DESCRIPTIONS),
    year=st.lists(_RARELY(_YEARS), max_size=2).map(tuple),
    decade=st.lists(_RARELY(("1970", "-1990", "2020", "1810")), max_size=2).map(tuple),
    has_video=_RARELY((False, False, True)),
    main=_RARELY((False, False, True)),
    owned=_RARELY((None, None, "yes", "no")),
    rating_from=_RARELY((None, None, 1, 5)),
    rating_to=_RARELY((None, None, 7, 9)),
)
# Most fields at once find nothing: two of them at a time find more to compare.
_FIELDS = ("q", "artist", "label", "title", "artist_id", "label_id", "genre", "style", "country",
           "format", "description", "year", "decade", "has_video", "main", "owned", "rating_from",
           "rating_to")  # fmt: skip
NARROW = st.builds(
    lambda dig, kept: dig.model_copy(
        update={name: Dig.model_fields[name].default for name in _FIELDS if name not in kept}
    ),
    DIGS,
    st.sets(_RARELY(_FIELDS), max_size=3),
)
SORTS = ("newest", "oldest", "artist", "title", "videos", "random")


@settings(deadline=None, max_examples=200)
@given(dig=NARROW | DIGS)
def test_a_dig_finds_what_plain_sets_find(crate: Crate, dig: Dig) -> None:
    found = crate.find(dig, OWNED)

    assert set(found.ids) == expected(PRESSINGS, dig, OWNED)


@settings(deadline=None, max_examples=60)
@given(
    dig=NARROW, sort=_RARELY(SORTS), grouped=st.booleans(), limit=_RARELY((1, 7, 50)),
    seed=st.integers(0, 3),
)  # fmt: skip
def test_pages_show_everything_once_and_in_order(
    crate: Crate, dig: Dig, sort: str, limit: int, seed: int, *, grouped: bool
) -> None:
    dig = dig.model_copy(update={"sort": sort, "grouped": grouped, "seed": seed})
    found = crate.find(dig, OWNED)

    shown = _all_pages(crate, found, dig, limit if len(found) < 60 else 50)

    meant = set(found.ids)
    meant = one_per_master(PRESSINGS, meant) if grouped else meant
    if sort == "random":
        assert sorted(shown) == sorted(meant)
    else:
        assert shown == in_order(PRESSINGS, meant, sort)


def _all_pages(crate: Crate, found: Found, dig: Dig, limit: int) -> list[int]:
    shown: list[int] = []
    after: int | None = None
    while True:
        page = crate.page(found, dig, after, limit)
        shown += [row.id for row in page.rows]
        assert len(page.rows) == limit or page.after is None
        assert len(shown) <= len(found), "it goes round in circles"
        if page.after is None:
            return shown
        after = page.after


@settings(deadline=None, max_examples=25)
@given(dig=NARROW)
def test_a_count_is_what_its_value_alone_would_find(crate: Crate, dig: Dig) -> None:
    found = crate.find(dig, OWNED)

    for kind, values in crate.counts(found, dig, limit=3).items():
        others = {kind: (), "year": ()} if kind == "decade" else {kind: ()}
        for value in values:
            alone = dig.model_copy(update=others | {kind: (value.name,)})
            assert value.releases == len(expected(PRESSINGS, alone, OWNED)), (kind, value)
