"""Which signals a seed plants, where, and in which words."""

from random import Random
from typing import Final

from benchmarks.weak_signal.scenarios import SCENARIOS
from benchmarks.weak_signal.signals import HELD_OUT, Hand, Signal
from benchmarks.weak_signal.world import World

SIGNALS: Final = 20
"""Every kind once, and two thirds of them a second time in the other wording."""


def plant(world: World, strength: float) -> list[Signal]:
    """Plant all signals of a seed at a signal-to-noise ratio, and return them in the order of their ids."""
    dice = world.dice("planting")
    kinds = list(SCENARIOS)
    dice.shuffle(kinds)
    worded = [True] * (len(kinds) // 2) + [False] * (len(kinds) // 2)
    dice.shuffle(worded)
    chosen = list(zip(kinds, worded, strict=True))
    # the second ones take the opposite words, so that half of all are without an error word
    repeated = [pair for pair in chosen if pair[1]][: (SIGNALS - len(kinds)) // 2]
    repeated += [pair for pair in chosen if not pair[1]][: (SIGNALS - len(kinds)) // 2]
    chosen += [(kind, not error_worded) for kind, error_worded in repeated]
    return [
        _plant_one(world, strength, number, kind, error_worded) for number, (kind, error_worded) in enumerate(chosen)
    ]


def _plant_one(world: World, strength: float, number: int, kind: str, error_worded: bool) -> Signal:
    scenario, wording = SCENARIOS[kind]
    dice = world.dice("signal", number)
    tenant = world.tenants[number % len(world.tenants)]
    signal = Signal(f"{kind}-{number}", kind, tenant.name, error_worded, kind in HELD_OUT)
    entity, *siblings = _shuffled(world.grammar.entities(dice.randrange(9, 16)), dice)
    hand = Hand(
        world,
        tenant,
        signal,
        strength,
        dice,
        dice.choice(tenant.products).name,
        dice.sample(tenant.hosts, 3),
        world.grammar.trouble(wording, error_worded=error_worded),
        entity,
        siblings,
    )
    scenario(hand)
    return signal


def _shuffled(names: list[str], dice: Random) -> list[str]:
    dice.shuffle(names)
    return names
