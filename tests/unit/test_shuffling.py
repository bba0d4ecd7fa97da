"""An order at random holds every number once, and knows where each one is."""

import pytest

from core.shuffling import Shuffle


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 16, 17, 1_000, 5_000])
@pytest.mark.parametrize("seed", [0, 1, 4_294_967_295])
def test_every_number_has_one_place(count: int, seed: int) -> None:
    shuffle = Shuffle(count, seed)

    order = [shuffle.at(place) for place in range(count)]

    assert sorted(order) == list(range(count))
    assert [shuffle.place(number) for number in order] == list(range(count))


def test_another_seed_is_another_order() -> None:
    orders = {tuple(Shuffle(50, seed).at(place) for place in range(50)) for seed in range(100)}

    assert len(orders) == 100
