"""Co-occurrence: messages that come whenever another one does, so that one item stands for both.

Takes the moments of the latest slots of two families, returns whether one comes with the other. A fault is often reported by
several programs at once: by the kernel, by the audit daemon, and by the program that was denied.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Rows
from brainstem.jit.decorators import compiled
from brainstem.parameters import STORED_SHAPE, parameter

HEARD_KEPT: Final = parameter(
    "co_occurrence.heard_kept", 8, "number", "latest slots of a family of which the moment is kept", fixed=STORED_SHAPE
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

ENDS_SECONDS: Final = parameter(
    "co_occurrence.ends_seconds", 3600, "seconds", "what ends a trouble comes no later than that after it"
)


@compiled
def note_moment(moments: Rows, second: int) -> None:
    """Append the latest moment, in seconds since the epoch, and drop the oldest one."""
    for place in range(len(moments) - 1):
        moments[place] = moments[place + 1]
    moments[len(moments) - 1] = second


@compiled
def co_occurs(moments: Rows, other: Rows) -> bool:
    """Return whether a message comes whenever another one does, by moments in seconds, latest last, 0 for none.

    Moments of the message before the first kept one of the other do not count: whether that one came then is unknown.
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
    for moment in moments:
        if moment == 0 or moment < first - TOGETHER_SECONDS:
            continue
        known += 1
        for another in other:
            if another > 0 and abs(np.int64(another) - np.int64(moment)) <= TOGETHER_SECONDS:
                together += 1
                break
    return together >= TOGETHER_LEAST and together >= TOGETHER_OF_MOMENTS * known


def ends(moments: Rows, other: Rows) -> bool:
    """Return whether a message comes after another one each time, by moments in seconds, latest last, 0 for none.

    Moments before the first kept one of the other do not count. Unlike `co_occurs` it asks for words that agree, so
    chance is not considered.
    """
    others = [moment for moment in other.tolist() if moment > 0]
    known = [moment for moment in moments.tolist() if others and moment >= others[0]]
    behind = sum(any(0 <= moment - each <= ENDS_SECONDS for each in others) for moment in known)
    return behind >= TOGETHER_LEAST and behind >= TOGETHER_OF_MOMENTS * len(known)


def merged_moments(some: Rows, others: Rows) -> Rows:
    """Return the latest moments of two families that become one, padded with zeros in front."""
    moments = np.unique(np.concatenate([some, others]))[-HEARD_KEPT:]
    return np.pad(moments, (HEARD_KEPT - len(moments), 0))
