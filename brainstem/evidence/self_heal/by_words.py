"""Follows each entity down and up again by the words of its messages, and counts the cycles.

Takes who went down or came up, in order of time; gives cycles. An entity is a tunnel, an interface, a pool: what a message
names beside its words. A cycle belongs to the family that said "down".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Rows
from brainstem.arrays.state_version import require_version
from brainstem.contracts.tenant_report import HealCycle
from brainstem.parameters import parameter

HEAL_TRACKER_STATE_VERSION: Final = 2
OUTAGE_MAX_SECONDS: Final = parameter(
    "self_heal.by_words.outage_max_seconds",
    3600,
    "seconds",
    "what is out of service for longer has not healed by itself",
)
PAUSE_MAX_SECONDS: Final = parameter(
    "self_heal.by_words.pause_max_seconds", 900, "seconds", "what has only closed or ended for longer has begun anew"
)
UP_TO_DOWN_RATIO: Final = parameter(
    "self_heal.by_words.up_to_down_ratio", 3, "number", "how many times longer it must have been up than down"
)
_SECOND_US: Final = 1_000_000
_DAY_US: Final = 86_400 * _SECOND_US
UP_AT_LEAST_SECONDS: Final = parameter(
    "self_heal.by_words.up_at_least_seconds", 60, "seconds", "how long it must have been up at the least"
)
SAME_NAMES_SHARE: Final = parameter(
    "self_heal.by_words.same_names_share",
    2,
    "parts",
    "part (1 / n) of all names of two events that both must name to be about the same thing",
)
FORGET_US: Final = parameter(
    "self_heal.by_words.forget_us", 8 * _DAY_US, "microseconds", "what was not heard of for so long is forgotten"
)

Names = frozenset[int]


@dataclass(slots=True)
class _Entity:
    """What is known of one entity: since when it is down (0: it is up), who said so, in words of an outage or not, and when
    it last came up."""

    down_us: int = 0
    member: int = 0
    names: Mapping[int, str] = field(default_factory=dict)
    up_us: int = 0
    is_outage: bool = False

    @property
    def longest_us(self) -> int:
        """Return how long it may be down and heal."""
        return (OUTAGE_MAX_SECONDS if self.is_outage else PAUSE_MAX_SECONDS) * _SECOND_US

    @property
    def heard_us(self) -> int:
        """Return when the entity was last heard of."""
        return max(self.down_us, self.up_us)

    def healed_at(self, time_us: int) -> bool:
        """Return whether coming up now is healing: soon, and after it had been up for much longer."""
        down_us = time_us - self.down_us
        was_up_us = self.down_us - self.up_us if self.up_us else None
        if down_us > self.longest_us:
            return False
        return was_up_us is None or was_up_us >= max(UP_TO_DOWN_RATIO * down_us, UP_AT_LEAST_SECONDS * _SECOND_US)

    def cycle(self, names: Names, up_member: int, time_us: int) -> HealCycle:
        """Return the cycle that ends now, with the names that both events share."""
        shared = tuple(sorted(self.names[name] for name in names if name in self.names))
        return HealCycle(
            shared, self.member, self.down_us, (time_us - self.down_us) // _SECOND_US, up_member, self.is_outage
        )


class HealTracker:
    """The state of entities that have gone down lately."""

    def __init__(self) -> None:
        self._entities: dict[int, _Entity] = {}
        self._forgot_us = 0

    def concerned(self, transitions: Rows) -> Rows:
        """Return the transitions that can matter: those of entities that are known or go down here. Most that come up never
        went down."""
        known = np.fromiter(self._entities, np.uint64, len(self._entities))
        down = transitions["entity"][transitions["polarity"] < 0]
        return transitions[np.isin(transitions["entity"], np.concatenate([known, down]))]

    def follow(self, transitions: Rows, spellings: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, int, HealCycle]]:
        """Follow transitions sorted by time, source and position; gives slot, tenant hash and cycle of each return.

        `spellings` holds how names read, in the order of `transitions["names"]`, at the place that a row gives.
        """
        columns = ("entity", "polarity", "time")
        for index, (entity, polarity, time_us) in enumerate(
            zip(*(transitions[column].tolist() for column in columns), strict=True)
        ):
            state = self._entities.get(entity)
            if state is not None and time_us - state.heard_us > FORGET_US:
                # what is forgotten must not hang on when `forget` was last called
                del self._entities[entity]
                state = None
            if polarity > 0 and state is None:
                continue
            event = transitions[index]
            listed = [name for name in event["names"].tolist() if name]
            names = frozenset(listed)
            if polarity < 0:
                state = self._entities.setdefault(entity, state or _Entity())
                # a second "down" within one outage belongs to it; after a long silence it opens a new one
                if not state.down_us or time_us - state.down_us > state.longest_us:
                    state.down_us, state.member = time_us, int(event["member"])
                    state.is_outage = polarity == -2
                    state.names = dict(zip(listed, spellings[event["spelling"]], strict=True))
            elif state is not None and state.down_us and same_thing(frozenset(state.names), names):
                if state.healed_at(time_us):
                    yield int(event["slot"]), int(event["tenant"]), state.cycle(names, int(event["member"]), time_us)
                state.down_us, state.up_us = 0, time_us
            elif state is not None and not state.down_us:
                state.up_us = time_us

    def forget(self, now_us: int) -> None:
        """Drop, once a day, entities that have not been heard of for longer than cycles are counted."""
        if now_us - self._forgot_us < _DAY_US:
            return
        self._forgot_us = now_us
        self._entities = {key: each for key, each in self._entities.items() if now_us - each.heard_us <= FORGET_US}

    def drop(self, members: Sequence[int]) -> None:
        """Drop entities whose "down" was said by members that are forgotten."""
        gone = frozenset(members)
        self._entities = {key: each for key, each in self._entities.items() if each.member not in gone}

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values, version first."""
        return HEAL_TRACKER_STATE_VERSION, tuple(
            (key, each.down_us, each.member, tuple(sorted(each.names.items())), each.up_us, each.is_outage)
            for key, each in sorted(self._entities.items())
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        require_version("what heals", state[0], HEAL_TRACKER_STATE_VERSION)
        self._entities = {
            key: _Entity(down_us, member, dict(names), up_us, is_outage)
            for key, down_us, member, names, up_us, is_outage in state[1]
        }


def same_thing(down: Names, up: Names) -> bool:
    """Return whether two events name the same thing: at least half of all that they name is common to both.

    One shared name is not enough: a radio names itself beside every client that comes and goes.
    """
    return SAME_NAMES_SHARE * len(down & up) >= len(down | up)
