"""The measurements keep to themselves: nothing of the real house is read or touched."""

import time
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from bench import memory, mosaic, postgres, quality
from bench.pictures import codebox, posters
from bench.pictures.one import named
from bench.pictures.ssim import ssim
from bench.pictures.targets import TARGETS
from bench.pictures.work import Watch, Work, measure


def test_the_programs_measured_get_none_of_the_settings_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "theirs.sqlite3"
    monkeypatch.setenv("NEEDLEDROP_DATABASE_URL", f"sqlite:///{theirs}")
    until = time.monotonic() + 90

    with memory.house(tmp_path / "data") as (web, worker):
        while not (tmp_path / "data" / "house").exists() and time.monotonic() < until:
            assert web.is_alive and worker.is_alive
            time.sleep(0.05)

    assert (tmp_path / "data" / "needledrop.sqlite3").exists()
    assert not theirs.exists()


def test_without_postgresql_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PROGRAMS", tmp_path)

    with pytest.raises(SystemExit, match="sudo apt install postgresql"), postgres.server(tmp_path):
        pass


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    folder = tmp_path_factory.mktemp("pictures")
    posters.make(folder, 12, (100, 150))
    return Work(folder, folder / "none.jpg", 4, 3, (32, 48))


def made(way: mosaic.Way, work: Work) -> Image.Image:
    out = work.folder / f"{way.method}.jpg"
    named(way.method)(work._replace(out=out), Watch())
    with Image.open(out) as image:
        return image.convert("RGB")


def test_all_build_the_same_wall(work: Work) -> None:
    """Or their times could not be compared."""
    walls = [made(way, work) for way in mosaic.entered(mosaic.WALLS)]

    for wall in walls:
        assert wall.size == (128, 144)
        difference = ImageStat.Stat(ImageChops.difference(wall, walls[0])).mean
        assert max(difference) < 12  # they reduce differently


def test_all_build_a_picture_of_so_many_cells(work: Work) -> None:
    for way in mosaic.entered(mosaic.PHOTOS):
        side = (codebox.SIDE,) * 2 if way.method == "codebox.photo" else work.cell
        assert made(way, work).size == (work.columns * side[0], work.rows * side[1]), way.called


def test_what_precedes_the_start_is_not_measured(work: Work) -> None:
    def method(work: Work, watch: Watch) -> None:
        time.sleep(0.2)
        watch.start()
        work.out.write_bytes(bytes(1_000_000))
        watch.lap("writing")

    figures = measure(method, work)

    assert figures["laps"]["writing"].wall < 0.2
    assert figures["size"] == 1.0


@pytest.mark.parametrize("name", TARGETS)
def test_the_more_blurred_the_less_alike(name: str) -> None:
    target = TARGETS[name]().reduce(6)
    little, much = (target.filter(ImageFilter.GaussianBlur(radius)) for radius in (1, 6))

    assert ssim(target, target) == pytest.approx(1)
    assert 1 > ssim(target, little) > ssim(target, much) > 0


def test_fewer_limits_bring_a_picture_nearer_to_its_target(tmp_path: Path) -> None:
    pile = quality.pile(tmp_path / "posters", 30)
    target = TARGETS["drawing"]().reduce(4)
    free, apart = (
        quality.made(target, quality.Setting(columns=12, apart=apart), pile, tmp_path)
        for apart in (0, 2)
    )

    assert free.error < apart.error
    assert free.most > apart.most
