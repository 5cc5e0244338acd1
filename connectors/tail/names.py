"""The names that rotation gives: which of them belong to one log."""

import re
from typing import Final

_PACKED: Final = re.compile(r"\.(?:gz|xz|zst|bz2|Z)$")
_NUMBERED: Final = re.compile(
    r"(?:[-._][0-9]{1,8}(?:[-T_.][0-9]{2,6})*|[-._](?:old|bak|orig|prev|previous|save))$", re.IGNORECASE
)
_DATED_WITHIN: Final = re.compile(r"[-._][0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[-T_.][0-9]{2,6})*(?=\.[A-Za-z][A-Za-z0-9]*$)")
"""as in `app-20260301.log`"""


def log_of(name: str) -> str:
    """Return the name of the log that a file is, or is a copy of: `app.log` of `app.log.2.gz` and `app-20260301.log`.

    Of a name that is nothing but numbers and dates it is the name itself.
    """
    bare = _PACKED.sub("", name)
    while (shorter := _NUMBERED.sub("", bare)) not in (bare, ""):
        bare = shorter
    return _DATED_WITHIN.sub("", bare) or name
