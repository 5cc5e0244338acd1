"""The twelve kinds of trouble, each as the lines it leaves before its incident.

Each takes a `Hand` and plants lines with it; counts are those at a signal-to-noise ratio of 1.
"""

from typing import Final

from benchmarks.weak_signal import texts
from benchmarks.weak_signal.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, every, flat, nightly, rising
from benchmarks.weak_signal.grammar import address
from benchmarks.weak_signal.signals import LAST_MARGIN_US, Hand, Scenario


def self_healing(hand: Hand) -> None:
    """One link among many goes and comes back by itself, a little more often each day."""
    onset, incident = hand.span(3, 7)
    hand.base(0.8, own_host=True)
    for time in rising(hand.dice, hand.events(9), onset, incident - LAST_MARGIN_US, 0.5):
        hand.plant(time, hand.hosts[0], 0)
        hand.plant(time + int(hand.dice.uniform(15, 500) * SECOND_US), hand.hosts[0], 1)
    hand.foretell(onset, incident)


def pool(hand: Hand) -> None:
    """A pool is at its limit now and then, at a rate that never changes."""
    onset, incident = hand.span(5, 9)
    hand.base(0.25)
    for time in rising(hand.dice, hand.events(20), onset, incident - LAST_MARGIN_US):
        hand.plant(time, hand.hosts[0])
    hand.foretell(onset, incident)


def media_spread(hand: Hand) -> None:
    """A fault of a production lot: one host after another has a few."""
    onset, incident = hand.span(4, 8)
    hand.base(0.1)
    hosts = hand.dice.sample(hand.tenant.hosts, 5)
    number = hand.events(18, least=5)
    for index, time in enumerate(rising(hand.dice, number, onset, incident - LAST_MARGIN_US, 0.4)):
        reached = 1 + min(4, index * 5 // number)
        place = hand.dice.randrange(reached)
        hand.plant(time, hosts[place], entity=hand.siblings[place])
    hand.foretell(onset, incident)


def slow_guessing(hand: Hand) -> None:
    """One account is tried a few times a day from ever other addresses, below a benign rate of mistyped passwords."""
    onset, incident = hand.span(5, 10)
    for time in flat(hand.dice, 4, hand.world.start_us, hand.world.end_us):
        who, ip = hand.dice.choice(texts.USERS + texts.GUESSED_USERS), address(hand.dice)
        hand.noise(time, hand.dice.choice(hand.tenant.hosts), who=who, ip=ip)
    target = hand.world.grammar.word()
    for time in rising(hand.dice, hand.events(22), onset, incident - LAST_MARGIN_US):
        hand.plant(time, hand.dice.choice(hand.hosts), who=target, ip=address(hand.dice))
    hand.foretell(onset, incident)


def lease_drift(hand: Hand) -> None:
    """Something is used up: rare mentions become frequent, and the number in them falls to nothing."""
    onset, incident = hand.span(5, 9)
    hand.base(0.4, own_host=True)
    number = hand.events(18, least=5)
    for index, time in enumerate(rising(hand.dice, number, onset, incident - LAST_MARGIN_US, 1.0)):
        left = round(26 * (1 - (index + 1) / (number + 1)))
        hand.plant(time, hand.hosts[0], value=left)
    hand.foretell(onset, incident)


def shrinking_restarts(hand: Hand) -> None:
    """A process is replaced after ever shorter intervals."""
    onset, incident = hand.span(4, 8)
    hand.base(0.5, own_host=True)
    number = hand.events(9, least=4)
    share = 0.72
    whole = 1 - share**number
    for index in range(number):
        passed = (1 - share**index) / whole
        time = onset + int((incident - LAST_MARGIN_US - onset) * passed * hand.dice.uniform(0.97, 1))
        hand.plant(time, hand.hosts[0], 0)
        hand.plant(time + hand.dice.randrange(2, 40) * SECOND_US, hand.hosts[0], 1)
    hand.foretell(onset, incident)


def countdown(hand: Hand) -> None:
    """Days count down and nobody renews; others of the kind are renewed in time."""
    days = hand.dice.randrange(8, 15)
    onset, _ = hand.span(days, days + 0.5)
    incident = onset + days * DAY_US
    for sibling in hand.siblings[: hand.dice.randrange(5)]:
        left = hand.dice.randrange(40, 90)
        for time in nightly(hand.dice, 5, hand.world.start_us, hand.world.end_us, hand.world.start_us, 5 * MINUTE_US):
            left = left - 1 if left > 21 else 90
            hand.noise(time, hand.hosts[0], entity=sibling, value=left)
    period = int(DAY_US / hand.strength)
    for time in every(hand.dice, period, onset, incident - HOUR_US, 1):
        hand.plant(time + hand.dice.randrange(50) * SECOND_US, hand.hosts[0], value=(incident - time) // DAY_US)
    hand.foretell(onset, incident)


def precursor(hand: Hand) -> None:
    """Hours before each of a service's incidents the same lines; sometimes they come and nothing follows."""
    hits = max(3, round(3 + hand.strength))
    leads = [hand.dice.uniform(3, 9) for _ in range(hits)]
    moments = [1.5 + 25.5 * (index + hand.dice.uniform(0.1, 0.9)) / hits for index in range(hits)]
    moments[-1] = max(moments[-1], 19.0)
    for index, (day, lead) in enumerate(zip(moments, leads, strict=True)):
        incident = hand.world.day(day)
        onset = incident - int(lead * HOUR_US)
        for time in rising(hand.dice, 2, onset, onset + HOUR_US):
            hand.plant(time, hand.hosts[0])
        hand.foretell(onset, incident, scored=index >= 2 and day > 7.5)
    for day in (hand.dice.uniform(1, 13), hand.dice.uniform(13, 27)):
        for time in rising(hand.dice, 2, hand.world.day(day), hand.world.day(day) + HOUR_US):
            hand.noise(time, hand.hosts[0], entity=hand.entity)


def precedent(hand: Hand) -> None:
    """What stood before one company's incident appears at another."""
    earlier = hand.dice.choice([tenant for tenant in hand.world.tenants if tenant is not hand.tenant])
    first = hand.world.day(hand.dice.uniform(4, 11))
    before = first + int(hand.dice.uniform(0.8, 2) * DAY_US)
    place = hand.dice.choice(earlier.hosts)
    for time in rising(hand.dice, hand.events(6), first, before - LAST_MARGIN_US):
        hand.plant(time, place, tenant=earlier)
    hand.foretell(first, before, scored=False, tenant=earlier)
    onset = before + int(hand.dice.uniform(4, 11) * DAY_US)
    incident = onset + int(hand.dice.uniform(1, 3) * DAY_US)
    hand.entity = hand.siblings[0]
    for time in rising(hand.dice, hand.events(6), onset, incident - LAST_MARGIN_US):
        hand.plant(time, hand.hosts[0])
    hand.foretell(onset, incident)


def silent_job(hand: Hand) -> None:
    """A nightly job has not run since some night; whoever needs its result finds out days later."""
    hour, jitter = hand.dice.uniform(0.5, 5), int(14 * MINUTE_US / hand.strength)
    start = hand.world.start_us
    night = hand.dice.randrange(13, 23)
    missed = start + night * DAY_US + int(hour * HOUR_US)
    incident = missed + int(hand.dice.uniform(2, 4.5) * DAY_US)
    for sibling in hand.siblings[: hand.dice.randrange(4)]:
        at = hand.dice.choice(hand.tenant.hosts)
        for time in nightly(hand.dice, hour + hand.dice.uniform(-0.5, 3), start, hand.world.end_us, start, jitter):
            for step in range(len(hand.wording)):
                hand.noise(time + step * 400 * SECOND_US, at, step, sibling)
    for time in nightly(hand.dice, hour, start, missed, start, jitter):
        for step in range(len(hand.wording)):
            hand.plant(time + step * hand.dice.randrange(200, 600) * SECOND_US, hand.hosts[0], step)
    for time in nightly(hand.dice, hour, incident, hand.world.end_us, start, jitter):
        for step in range(len(hand.wording)):
            hand.noise(time + step * 400 * SECOND_US, hand.hosts[0], step, hand.entity)
    hand.foretell(missed + jitter, incident)


def info_drift(hand: Hand) -> None:
    """A harmless message at a low rate becomes a little less rare every day."""
    onset, incident = hand.span(6, 10)
    hand.base(0.6)
    for time in flat(hand.dice, 0.5, hand.world.start_us, onset):
        hand.noise(time, hand.hosts[0], entity=hand.entity)
    for time in rising(hand.dice, hand.events(26), onset, incident - LAST_MARGIN_US, 1.2):
        hand.plant(time, hand.hosts[0])
    hand.foretell(onset, incident)


def numeric_drift(hand: Hand) -> None:
    """A number reported all the time leaves its range at a constant pace; its likes swing about theirs."""
    onset, incident = hand.span(6, 9)
    period = int(8 * HOUR_US / hand.strength)
    limit = hand.dice.randrange(200, 900)
    level, swing = limit * hand.dice.uniform(0.3, 0.5), limit * 0.03
    for entity in (hand.entity, *hand.siblings[: hand.dice.randrange(6)]):
        own = entity == hand.entity
        for time in every(hand.dice, period, hand.world.start_us, hand.world.end_us, 20 * MINUTE_US):
            drifting = own and onset <= time < incident - LAST_MARGIN_US
            share = (time - onset) / (incident - onset) if drifting else 0.0
            value = round(level + (limit - level) * share + hand.dice.gauss(0, swing))
            if drifting:
                hand.plant(time, hand.hosts[0], value=value, limit=limit)
            else:
                hand.noise(time, hand.hosts[0], entity=entity, value=value, limit=limit)
    hand.foretell(onset, incident)


SCENARIOS: Final[dict[str, tuple[Scenario, str]]] = {
    "self_healing": (self_healing, "self_healing"),
    "pool_exhaustion": (pool, "pool"),
    "media_spread": (media_spread, "media"),
    "slow_guessing": (slow_guessing, "guessing"),
    "lease_drift": (lease_drift, "lease"),
    "shrinking_restarts": (shrinking_restarts, "restarts"),
    "countdown": (countdown, "countdown"),
    "precursor": (precursor, "precursor"),
    "precedent": (precedent, "precedent"),
    "silent_job": (silent_job, "nightly"),
    "info_drift": (info_drift, "drift"),
    "numeric_drift": (numeric_drift, "numeric"),
}
"""Each kind with the wordings it uses."""
