"""Functions that remember their latest answers, whatever texts a stranger hands them.

Takes a function of texts, returns one that answers short texts from memory. Long ones are computed each time: an `lru_cache`
counts its entries only, and thousands of them may be megabytes each.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, ParamSpec, TypeVar

REMEMBERED_LENGTH_MOST: Final = 1024
"""characters or bytes of all arguments of one call together"""

Texts = ParamSpec("Texts")
Answer = TypeVar("Answer")


def remembering(entries_most: int) -> Callable[[Callable[Texts, Answer]], Callable[Texts, Answer]]:
    """Return a decorator that remembers the answers to the latest `entries_most` different short arguments."""

    def decorate(function: Callable[Texts, Answer]) -> Callable[Texts, Answer]:
        remembered = lru_cache(maxsize=entries_most)(function)

        @wraps(function)
        def answer(*texts: Texts.args, **named: Texts.kwargs) -> Answer:
            if sum(map(len, texts)) <= REMEMBERED_LENGTH_MOST:  # type: ignore[arg-type]  # all of them are texts
                return remembered(*texts, **named)  # type: ignore[arg-type]  # and so they are hashable
            return function(*texts, **named)

        return answer

    return decorate
