"""The word list of an ordinary error filter: the opponent's own, and the line between error- and info-worded signals."""

import re
from typing import Final


def words(text: str) -> tuple[str, ...]:
    """Return the words of a list that is written as one text."""
    return tuple(text.split())


_STEMS: Final = words(
    "error errno fail fatal crit warn timeout timed.out denied refused unable invalid exception panic corrupt "
    "unreachable abort reject broken missing cannot could.not expired exceeded overflow degraded emerg severe "
    "alert violation traceback segfault"
)
_WHOLE_WORDS: Final = words("err down lost bad dead killed oom leak stuck dropped mismatch unhealthy reset")

ERROR_WORDS: Final = re.compile("|".join(_STEMS) + r"|\b(?:" + "|".join(_WHOLE_WORDS) + r")\b", re.IGNORECASE)


def has_error_word(text: str) -> bool:
    """Return whether an error filter would show a line."""
    return ERROR_WORDS.search(text) is not None
