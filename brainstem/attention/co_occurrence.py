"""Companions: messages that come whenever another one does, so that one item tells of both.

Takes the moments at which two families were heard in the latest slots of each, gives whether one tells the same as the
other. A fault is often told by several programs at once: by the kernel, by what audits it and by what was denied.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter

HEARD_KEPT: Final = parameter(
    "co_occurrence.heard_kept", 8, "number", "latest slots of a family of which the moment is kept"
)
TOGETHER_SECONDS: Final = parameter(
    "co_occurrence.together_seconds",
    120,
    "seconds",
    "what comes no further from another message than this comes with it",
)
TOGETHER_LEAST: Final = parameter(
    "co_occurrence.together_least",
    2,
    "number",
    "moments, at the least: that two messages come at one place for the first time together and so again is no chance",
)
TOGETHER_OF_MOMENTS: Final = parameter(
    "co_occurrence.together_of_moments",
    0.75,
    "share",
    "of the moments of a message, those at which the other one comes too",
)
CHANCE_SHARE: Final = parameter(
    "co_occurrence.chance_share",
    0.1,
    "share",
    "share of all time that lies so near the moments of the other one, at the most: what comes all the time tells"
    " nothing",
)


@compiled
def note_moment(heard: Any, second: int) -> None:
    """Put the latest moment behind the others; the oldest one goes."""
    for place in range(len(heard) - 1):
        heard[place] = heard[place + 1]
    heard[len(heard) - 1] = second


@compiled
def comes_with(own: Any, other: Any) -> bool:
    """Return whether one message comes whenever another one does, of moments in seconds, 0 for none, latest last.

    Of its moments count those of which it is known whether the other one came, so none before the first that is kept.
    """
    first = np.int64(0)
    last = np.int64(other[len(other) - 1])
    number = 0
    for moment in other:
        if moment > 0:
            number += 1
            if first == 0:
                first = np.int64(moment)
    if number < TOGETHER_LEAST or 2 * TOGETHER_SECONDS * (number - 1) > CHANCE_SHARE * (last - first):
        return False
    known = 0
    together = 0
    for moment in own:
        if moment == 0 or moment < first - TOGETHER_SECONDS:
            continue
        known += 1
        for another in other:
            if another > 0 and abs(np.int64(another) - np.int64(moment)) <= TOGETHER_SECONDS:
                together += 1
                break
    return together >= TOGETHER_LEAST and together >= TOGETHER_OF_MOMENTS * known


def joined_moments(some: npt.NDArray[Any], others: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the latest moments of two families that become one."""
    moments = np.unique(np.concatenate([some, others]))[-HEARD_KEPT:]
    return np.pad(moments, (HEARD_KEPT - len(moments), 0))
