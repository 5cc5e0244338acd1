"""Versions of stored state: an unknown one is refused before anything is taken from it."""


class StateVersionError(ValueError):
    """Stored state is of a version that this build does not read."""


def require_version(what: str, found: object, known: int) -> None:
    """Raise `StateVersionError`, with what to do, when the stored state of `what` has another version than `known`."""
    if found != known:
        raise StateVersionError(
            f"the stored state of {what} has version {found!r}, and this build reads version {known}."
            " Operator action: resume with the build that wrote it, or start anew with an empty folder and replay."
        )
