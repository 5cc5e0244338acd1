"""Companions: messages that come whenever another one does, so that one item tells of both.

Takes the moments at which two families were heard in the latest slots of each, gives whether one tells the same as the
other. A fault is often told by several programs at once: by the kernel, by what audits it and by what was denied.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.jit.decorators import compiled

HEARD_KEPT: Final = 8
"""latest slots of a family of which the moment is kept"""
TOGETHER_SECONDS: Final = 120
"""what comes no further from another message than this comes with it"""
TOGETHER_LEAST: Final = 2
"""moments, at the least: that two messages come at one place for the first time together and so again is no chance"""
TOGETHER_OF_MOMENTS: Final = 0.75
"""of the moments of a message, those at which the other one comes too"""
CHANCE_SHARE: Final = 0.1
"""of all time, what lies so near the moments of the other one at the most: by what comes all the time nothing is told"""


@compiled
def note_moment(heard: Any, second: int) -> None:
    """Put the latest moment behind the others; the oldest one goes."""
    for place in range(len(heard) - 1):
        heard[place] = heard[place + 1]
    heard[len(heard) - 1] = second


@compiled
def co_occurs(own: Any, other: Any) -> bool:
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


def merged_moments(some: npt.NDArray[Any], others: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the latest moments of two families that become one."""
    moments = np.unique(np.concatenate([some, others]))[-HEARD_KEPT:]
    return np.pad(moments, (HEARD_KEPT - len(moments), 0))
