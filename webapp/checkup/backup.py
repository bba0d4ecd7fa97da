"""The newest backup, and how old it is."""

from core import by_hand, clock
from core.settings import Settings
from database import backups, damage
from webapp.checkup.check import MB, Check

_OLD = 2 * clock.DAY  # one is made every night
_HINT = f"{by_hand.command('backup')} makes one now; keep a copy of it on another machine."


def look(settings: Settings) -> list[Check]:
    data = settings.data
    if damage.is_noted(data):
        return [Check("damage", "fail", "the database is damaged", damage.what_to_do(data))]
    if settings.database_file is not None and not settings.database_file.exists():
        return []
    # Those before updates hold the tables alone.
    whole = [one for one in backups.listed(backups.folder(data)) if one.before is None]
    if not whole:
        return [Check("backup", "warn", "there is none", _HINT)]
    age = clock.now() - whole[0].when
    detail = f"{clock.utc(whole[0].when):%Y-%m-%d %H:%M} UTC, {whole[0].size / MB:.1f} MB"
    if age > _OLD:
        return [Check("backup", "warn", f"{detail}: {age // clock.DAY} days old", _HINT)]
    return [Check("backup", "ok", detail)]
