"""What a worker does while the database is damaged: nothing, until that is over."""

import logging
import signal
from pathlib import Path

from core.service_notice import Notice
from database import damage

log = logging.getLogger(__name__)

_STOPS = (signal.SIGTERM, signal.SIGINT)
_LOOK_SECONDS = 2.0


def rest(data: Path) -> None:
    """Wait until the database in this folder is well again, or until told to stop."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    notice = Notice()
    notice.ready()
    log.warning("no task is begun while the database is damaged")
    while damage.is_noted(data):
        if signal.sigtimedwait(_STOPS, _LOOK_SECONDS) is not None:
            break
        notice.going_round()
    notice.stopping()
