"""How it was played: skips, to the end, shuffle, platforms and countries, as sources say."""

from flask.typing import ResponseReturnValue

from database import play_how
from database.play_how import How
from webapp.database import reading
from webapp.listening import bp, downloads
from webapp.listening.asked import asked
from webapp.listening.downloads import Table

ENDINGS = {
    "trackdone": "Played to the end",
    "fwdbtn": "Forward button",
    "backbtn": "Back button",
    "clickrow": "Another track was chosen",
    "clickside": "Another list was chosen",
    "playbtn": "Play button elsewhere",
    "remote": "From another device",
    "endplay": "Another one was begun",
    "logout": "Player was closed",
    "popup": "A message came up",
    "trackerror": "An error",
    "unexpected-exit": "Player broke off",
    "unexpected-exit-while-paused": "Player broke off in a pause",
    "switched-to-audio": "Video was left for sound",
    "switched-to-video": "Sound was left for video",
    "appload": "Player was started",
    "unknown": "Not known",
}
GROUPS = ("platforms", "countries", "endings", "players", "sources")


@bp.get("/how")
def how() -> ResponseReturnValue:
    """Of whole months: those that the window touches."""
    with reading() as session:
        wanted = asked(session)
        found = play_how.how(session, wanted.whose, *wanted.months)
    return downloads.answer(
        "listening/how.html", wanted, _tables(found), how=found, endings=ENDINGS, groups=GROUPS
    )


def _tables(found: How) -> dict[str, Table]:
    shares = ("to_the_end", "skipped", "shuffled", "offline", "private")
    rows = [
        (name, one.plays, one.told, one.share)
        for name, one in ((name, getattr(found, name)) for name in shares)
    ]
    parts = {name: Table(("name", "plays", "share"), getattr(found, name)) for name in GROUPS}
    return {"shares": Table(("what", "plays", "told", "share"), rows), **parts}
