"""What scripts are told of accounts elsewhere: trying a connection. The rest is for browsers."""

from webapp.describing import Area, ordered

AREA = Area(
    "Connections",
    "Accounts elsewhere that a person has connected, on the page “Connections”.",
    {"accounts.try_connection": ordered("Try whether an account elsewhere lets us in", (409,))},
)
