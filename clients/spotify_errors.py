"""What goes wrong at Spotify, and what whoever runs the house can do about it."""

from core.errors import RemoteError

SERVICE = "Spotify"
DASHBOARD = "developer.spotify.com/dashboard"


class Unreadable(RemoteError):
    """It does not show, or let us change, this one thing; the others may be fine.

    `code`: the status that it said so with; None: it was not even asked.
    """

    says = "Spotify does not {verb} this {thing}."

    def __init__(self, thing: str, code: int | None = None, *, to_change: bool = False) -> None:
        verb = "let us change" if to_change else "show us"
        super().__init__(SERVICE, self.says.format(verb=verb, thing=thing))
        self.code = code


class Garbled(Unreadable):
    """It does show it, in a shape that we do not understand."""

    says = "What Spotify answers of this {thing} we do not understand."


class FeaturesClosed(RemoteError):
    """It tells nothing of how tracks sound, as to every app since November 2024."""

    def __init__(self) -> None:
        super().__init__(SERVICE, "Spotify keeps audio features closed for this app.")


class NotOnList(RemoteError):
    """The person is none of the five whom a development app may serve."""

    def __init__(self) -> None:
        sentence = (
            "This Spotify account is not on the list of the house's app: whoever set the app up "
            f"adds it at {DASHBOARD}, under “User Management”."
        )
        super().__init__(SERVICE, sentence)


class PremiumNeeded(RemoteError):
    """Whoever owns the app has no Premium, without which no development app is answered."""

    def __init__(self) -> None:
        sentence = "Spotify answers only while the owner of the house's app there has Premium."
        super().__init__(SERVICE, sentence)


def not_understood() -> RemoteError:
    return RemoteError(SERVICE, "Spotify answered something that we do not understand.")
