"""The expected failures, one root; each carries its data and a sentence fit to show a person.

webapp/errors.py makes a page or JSON of them, the worker's loop the end of a
task, the command line one line. Whatever is not one of these is a bug.
"""

from collections.abc import Mapping


class NeedledropError(Exception):
    """An expected failure, with a sentence fit to show a person.

    `status` is the HTTP status that tells it. `retry_after` is the seconds
    after which trying again may help; None means that it will not.
    """

    status = 500
    retry_after: float | None = None


class NotFound(NeedledropError):
    """Also for what belongs to somebody else: that it exists is nobody's business."""

    status = 404

    def __init__(self, what: str, key: object) -> None:
        super().__init__(f"There is no {what} {key}.")
        self.what, self.key = what, key


class Forbidden(NeedledropError):
    status = 403


class Conflict(NeedledropError):
    """It clashes with what is already there."""

    status = 409


class TooMany(NeedledropError):
    """Asked too often; `retry_after` is when it may be tried again."""

    status = 429

    def __init__(self, sentence: str, retry_after: float) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class InvalidInput(NeedledropError):
    """`problems` maps a field's name to what to do about it; "" is the whole form."""

    status = 422

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class BadFile(NeedledropError):
    """A file that a person brought and that cannot be read; says what is wrong with it."""

    status = 422


class RemoteError(NeedledropError):
    """A service outside gave no answer, or none that is understood.

    `retry_after` as in the root: a number where the failure may pass (network,
    5xx, 429), None where it will not (403, 404, an answer of the wrong shape).
    """

    status = 502

    def __init__(self, service: str, sentence: str, *, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.service, self.retry_after = service, retry_after


class NotYet(RemoteError):
    """The service is not to be asked before `retry_after`: who waits for it uses up no try."""


class Parked(NotYet):
    """It is left alone for a longer time, and for a reason that pages tell."""


class NoRoom(NeedledropError):
    """The disk is full. Passes once somebody has made room, so it is tried again."""

    status = 507
    retry_after = 30.0

    def __init__(self) -> None:
        super().__init__("The disk is full. Make room, and the work goes on by itself.")


class DiskFails(NeedledropError):
    """The disk takes no writes: it is read-only since a fault, or breaks off in the middle."""

    status = 503
    retry_after = 30.0

    def __init__(self) -> None:
        super().__init__(
            "Nothing can be saved at the moment: the disk takes no writes. What is there can be"
            " read; somebody must look at the machine."
        )


class Busy(NeedledropError):
    """Another process holds the database for longer than a request may wait."""

    status = 503
    retry_after = 5.0

    def __init__(self) -> None:
        super().__init__("The database is busy. Please try again in a few seconds.")


class GoneMeanwhile(NeedledropError):
    """What a job has just taken in is gone before it was done; the next try takes it in anew."""

    status = 503
    retry_after = 1.0

    def __init__(self) -> None:
        super().__init__("Something went while it was being taken in. It is tried again.")


class WrongFolder(NeedledropError):
    """The folder of data belongs to another database, or is not there any more."""


class CannotStart(SystemExit):
    """The program cannot run like this; the message says what to do. Ends with exit code 1."""


class BadSetting(CannotStart):
    """A setting is missing, malformed or unknown; the message names it."""


class Damaged(CannotStart):
    """The database is damaged or gone; the message says which backup to restore."""
