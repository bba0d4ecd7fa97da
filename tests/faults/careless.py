"""What the program would be if it did not wait for the disk: the control of the power drill."""

import os
from typing import Any

from sqlalchemy import Connection

from database import engine

ASKED = "NEEDLEDROP_TEST_CARELESS"


def if_asked() -> None:
    """Let this process sync nothing, where the drill wants to see that it notices."""
    if os.environ.get(ASKED) != "1":
        return
    connected = engine._connected

    def without_waiting(connection: Any, record: Any) -> None:
        connected(connection, record)
        connection.execute("PRAGMA synchronous = OFF").close()

    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get("begin", "BEGIN"))

    engine._connected, engine._begin = without_waiting, begin
