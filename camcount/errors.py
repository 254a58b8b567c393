"""What can go wrong, and the exit code that says so."""


class CamcountError(Exception):
    """Anything that a user can mend; its message says what failed, why, and what to do."""

    exit_code = 1


class MismatchError(CamcountError):
    """Something was read, but it does not look as `--digits` or `--match` demand."""


class SourceError(CamcountError):
    """A source cannot be opened, decoded, or is lost for good."""

    exit_code = 3


class NotAPictureError(SourceError):
    """It is no picture, or none of a format that camcount reads."""


class DisplayError(CamcountError):
    """There is no display, and a window was demanded."""

    exit_code = 4


class ModelError(CamcountError):
    """A model is missing, unreadable, or not of the shape that camcount needs."""

    exit_code = 5


class OutputError(CamcountError):
    """An output cannot be written."""

    exit_code = 6


class NothingReadError(CamcountError):
    """Nothing was recognised where something was demanded."""

    exit_code = 7


class MissingExtraError(CamcountError):
    """An optional dependency is not installed."""

    exit_code = 8


class SinkClosed(Exception):
    """Whoever looked at a sink closed it (a window, a pipe): the run ends quietly."""
