"""Slow, obvious recomputations of what the compiled state computes, from the full list of events.

Takes every event that a family ever had, returns its features at the end of any slot, with plain loops. Where the fast state
forgets (bits older than 36 words of 64 slots, days older than 60, hosts beyond 16), the definition here states what it
forgets.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SLOT_US = 600_000_000
DAY = 144
"""slots of a day"""
WORD = 64
"""slots of a word of the bitmap"""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a family; `host` is a name hash, 0 for none."""

    time_us: int
    host: int = 0
    severity: int = 0
    cue: int = 0
    stateful: int = 0
    member: int = 1

    @property
    def slot(self) -> int:
        """Return the slot of the event."""
        return self.time_us // SLOT_US


@dataclass(slots=True)
class ServiceStory:
    """The events of a service: slot, member and host of each."""

    spoke: set[tuple[int, int, int]] = field(default_factory=set)

    @property
    def first_slot(self) -> int:
        """Return the slot of its first event since it was last silent for 17 days, by whole hours."""
        slots = sorted({slot for slot, _, _ in self.spoke})
        began = [later for before, later in pairwise(slots) if later // 6 - before // 6 >= 17 * 24]
        return began[-1] if began else slots[0]

    def came_to(self, host: int) -> int:
        """Return the slot of its first event on a host."""
        return max(self.first_slot, min(slot for slot, _, each in self.spoke if each == host))

    def activity(self, slot: int, days: int) -> tuple[int, int]:
        """Return how busy it is for an event in `slot`, and the daily mean before in thousandths, -1 for no past.

        Counted are the different (slot, member, host) before `slot`, by whole hours: of the last `days` days, the present
        hour included, and of up to 14 days before these, as far as there were any since its first hour, a day at least.
        """
        hour = slot // 6
        hours = [each // 6 for each, _, _ in self.spoke if each < slot]
        begin = hour - 24 * days
        past = min(14 * 24, begin - self.first_slot // 6)
        present = sum(begin < each for each in hours)
        if past < 24:
            return present, -1
        return present, sum(begin - past < each <= begin for each in hours) * 24_000 // past


@dataclass(slots=True)
class Story:
    """All that ever happened to one family, ordered by time, and to its service."""

    events: list[Happening] = field(default_factory=list)
    service: ServiceStory | None = None

    def until(self, slot: int) -> "Story":
        """Return what had happened by the end of a slot."""
        return Story([event for event in self.events if event.slot <= slot], self.service)


def episodes_of(events: Iterable[Happening]) -> list[int]:
    """Return the slots with at least one event, in order."""
    return sorted({event.slot for event in events})


def between(slots: Sequence[int], low: int, high: int) -> int:
    """Count the slots low..high, both included."""
    return sum(low <= each <= high for each in slots)


def due_slots(slots: Sequence[int], from_slot: int, to_slot: int) -> list[int]:
    """Return the slots at whose end a family's features are computed: those with an event, the last of every six hours
    for three days after the latest event, and the last of every UTC day until sixteen days after it."""
    due = []
    for slot in range(max(from_slot, slots[0]), to_slot + 1):
        silent = slot - slots[bisect_right(slots, slot) - 1]
        six_hours, day = (slot + 1) % 36 == 0, (slot + 1) % DAY == 0
        if silent == 0 or (six_hours and silent <= 3 * DAY) or (day and silent <= 16 * DAY):
            due.append(slot)
    return due


def windows_of(slots: Sequence[int], slot: int) -> list[int]:
    """Return the episodes of the 24 h that end with `slot`, and of each of the earlier 24 h windows, at most 14.

    An earlier window counts when the family was born at least so many whole days ago; the last of them may reach back
    before the birth, for it would be wrong to say that nothing came before there was anything.
    """
    lived = min(14, (slot - slots[0]) // DAY)
    return [between(slots, slot - (back + 1) * DAY + 1, slot - back * DAY) for back in range(lived + 1)]


def day_counts(slots: Sequence[int]) -> dict[int, int]:
    """Return episodes by UTC day as far back as days are kept: 60 days up to the day of the latest episode."""
    last_day = slots[-1] // DAY
    counts: dict[int, int] = {}
    for slot in slots:
        if slot // DAY > last_day - 60:
            counts[slot // DAY] = counts.get(slot // DAY, 0) + 1
    return counts


def rates_of(slots: Sequence[int], slot: int) -> dict[str, float]:
    """Return the rates.

    Mean: half an episode more than the sum of the earlier windows, over one window more than there are. Dispersion:
    population variance over mean of the earlier windows, at least 1, and 1 with fewer than two windows or no episode.
    Record: the largest of the earlier windows, and of the whole UTC days that began 16 to 59 days ago, after the birth.
    """
    windows = windows_of(slots, slot)
    earlier = windows[1:]
    today = slot // DAY
    days = [count for day, count in day_counts(slots).items() if 16 <= today - day <= 59 and day * DAY >= slots[0]]
    dispersion = 1.0
    if len(earlier) >= 2 and sum(earlier) > 0:
        mean = sum(earlier) / len(earlier)
        dispersion = max(1.0, sum((count - mean) ** 2 for count in earlier) / len(earlier) / mean)
    return {
        "episodes_24h": windows[0],
        "episodes_72h": between(slots, slot - 3 * DAY + 1, slot),
        "daily_mean_milli": (sum(earlier) + 0.5) / (len(earlier) + 1) * 1000,
        "daily_windows": len(earlier),
        "dispersion_milli": dispersion * 1000,
        "daily_record": max([0, *earlier, *days]),
        "active_days": sum(count > 0 for count in windows[:14]),
    }


def likelihood_ratio(present: float, past: float) -> float:
    """Return the log likelihood ratio of a Poisson rate that has grown, in nats; 0 where it has not."""
    return present * math.log(present / past) - (present - past) if present > past else 0.0


def busier(service: ServiceStory | None, slots: Sequence[int], days: int, own: float, own_past: float) -> float:
    """Return how much busier the rest of a service is than it used to be, as of the family's latest episode: five more than
    what came over five more than was usual, 100 at most; 1 where nothing is known of the past."""
    if service is None:
        return 1.0
    present, before_milli = service.activity(slots[-1], days)
    if before_milli < 0:
        return 1.0
    return min(100.0, (max(0.0, present - own) + 5) / (max(0.0, days * before_milli / 1000 - own_past) + 5))


def rise_of(slots: Sequence[int], slot: int, service: ServiceStory | None = None) -> tuple[float, set[int]]:
    """Return the rise in decibans (thousandths) and the window, 24 or 72 hours, that may have given it.

    A past rate is as many times larger as the rest of the service is busier than it used to be.
    Past rate of a day: the largest of the mean, 0.85 of the record and 0.3. From six earlier windows on also of three
    days: the larger of three times the mean of windows 3 and older, 0.85 of the largest three neighbouring ones, and 0.9.
    The ratio is divided by the dispersion and cut at 1000 decibans.
    """
    windows, rates = windows_of(slots, slot), rates_of(slots, slot)
    dispersion = rates["dispersion_milli"] / 1000
    day_mean = rates["daily_mean_milli"] / 1000
    grown = max(1.0, busier(service, slots, 1, windows[0], day_mean))
    day = likelihood_ratio(windows[0], grown * max(day_mean, 0.85 * rates["daily_record"], 0.3))
    three_days = 0.0
    if len(windows) > 6:
        older = windows[3:]
        triples = [sum(older[index : index + 3]) for index in range(len(older) - 2)]
        mean = (sum(older) + 0.5) / (len(older) + 1)
        grown = max(1.0, busier(service, slots, 3, sum(windows[:3]), 3 * mean))
        three_days = likelihood_ratio(sum(windows[:3]), grown * max(3 * mean, 0.85 * max(triples, default=0), 0.9))
    hours = {24} if day > three_days or three_days == 0 else {72}
    if math.isclose(day, three_days, rel_tol=1e-9):
        hours = {24, 72}
    return min(max(day, three_days) * 10 / math.log(10) / dispersion, 1000.0) * 1000, hours


def sustained_of(slots: Sequence[int], slot: int, service: ServiceStory | None = None) -> tuple[float, set[int]]:
    """Return in decibans (thousandths) how much more came on the last 3 to 8 days, the busiest left aside, than before, and
    the numbers of days that may have given it.

    The past is all older windows, at least five, and up to 28 whole UTC days behind 15 windows, as far as they are kept and
    lie after the birth. Past of a day: the mean, and 0.2 at least; of all days but one 0.85 of the most running. It must be
    twice as much, at the least.
    """
    windows = windows_of(slots, slot)
    today, counts = slot // DAY, day_counts(slots)
    first_kept = max(math.ceil(slots[0] / DAY), slots[-1] // DAY - 59)
    if len(windows) == 15:
        older = [counts.get(today - back, 0) for back in range(16, 44) if today - back >= first_kept]
    else:
        older = []
    with_service = 1.0
    if len(windows) > 6:
        mean = (sum(windows[3:]) + 0.5) / (len(windows) - 2)
        with_service = max(1.0, int(1000 * busier(service, slots, 3, sum(windows[:3]), 3 * mean) + 0.5) / 1000)
    ratios = {}
    for days in range(3, min(8, len(windows) - 5) + 1):
        recent, past = windows[:days], windows[days:] + older
        present = sum(recent) - max(recent)
        if present < 4:
            continue
        runs = [sum(past[index : index + days - 1]) for index in range(len(past))]
        mean, plain = (sum(past) + 0.5) / (len(past) + 1), sum(past) / len(past)
        variance = sum(count * count for count in past) / len(past) - plain * plain
        usual = max((days - 1) * mean, 0.85 * max(runs), 0.2 * (days - 1)) * with_service
        if present >= 2 * usual:
            ratios[days] = likelihood_ratio(present, usual) / max(1.0, variance / max(plain, 0.1))
    best = max(ratios.values(), default=0.0)
    days_of_best = (
        {days for days, ratio in ratios.items() if math.isclose(ratio, best, rel_tol=1e-9)} if best > 0 else {0}
    )
    return min(best * 10 / math.log(10), 1000.0) * 1000, days_of_best


def shrinking_of(events: Sequence[Happening]) -> float:
    """Return Kendall's statistic of shrinking gaps (thousandths), the largest over the followed hosts of five kept episodes
    or more and over the latest five gaps or more that span a day or more; gaps within a tenth are equal.
    """
    best = 0.0
    for host in known_hosts(events):
        minutes = host_minutes(events, host)
        gaps = [later - earlier for earlier, later in pairwise(minutes)]
        for kept in range(5, len(gaps) + 1):
            latest = gaps[-kept:]
            if sum(latest) < 1440:
                continue
            pairs = sum(
                (10 * later < 9 * earlier) - (9 * later > 10 * earlier)
                for index, later in enumerate(latest)
                for earlier in latest[:index]
            )
            best = max(best, pairs / math.sqrt(kept * (kept - 1) * (2 * kept + 5) / 18))
    return 1000 * best


def trend_of(slots: Sequence[int], slot: int) -> float:
    """Return Laplace's U of the last 14 windows over the root of the dispersion, in thousandths.

    Each episode is dated by the middle of its window. 0 with fewer than four windows or six episodes.
    """
    windows = windows_of(slots, slot)[:14]
    times = [len(windows) - back - 0.5 for back, count in enumerate(windows) for _ in range(count)]
    if len(times) < 6 or len(windows) < 4:
        return 0.0
    dispersion = rates_of(slots, slot)["dispersion_milli"] / 1000
    return math.sqrt(12 * len(times) / dispersion) * (sum(times) / len(times) / len(windows) - 0.5) * 1000


def memory_of(slots: Sequence[int], slot: int) -> float:
    """Return the base level ln(60 sum age^-0.5) in thousandths, age in seconds.

    Episodes are dated by the middle of their 64-slot word, cut to the time from the birth to now; those of the latest word
    by the middle of the latest slot, with an age of at least 300 s. 36 words are kept. Older episodes are dated by noon of
    their day, as far as whole days before the oldest word are kept; those of the part of a day between are forgotten.
    """
    now = (slot + 1) * 600
    last_word = slots[-1] // WORD
    oldest_word = last_word - 35
    total = 0.0
    for episode in slots:
        word = episode // WORD
        if word < oldest_word:
            continue
        begin, end = max(word * WORD, slots[0]), min((word + 1) * WORD, slot + 1)
        if word == last_word:
            begin, end = slots[-1], slots[-1] + 1
        total += 1 / math.sqrt(max(now - (begin + end) / 2 * 600, 300))
    for day, count in day_counts(slots).items():
        if day < oldest_word * WORD // DAY:
            total += count / math.sqrt(now - (day + 0.5) * 86_400)
    return math.log(60 * total) * 1000


def known_hosts(events: Sequence[Happening]) -> list[int]:
    """Return the hosts that are followed one by one: the first 16 in order of slot, of member and of hash."""
    ordered = sorted((event.slot, event.member, event.host) for event in events if event.host)
    return list(dict.fromkeys(host for _, _, host in ordered))[:16]


def growth_of(events: Sequence[Happening], slot: int) -> tuple[float, int]:
    """Return Kendall's z (thousandths) of the events of the whole UTC days of the last 14 that began after the birth, and
    the last three of these days against the first three, one event more in both (permille); 0 and 1000 below six days.
    """
    today, birth = (slot + 1) // DAY, min(event.slot for event in events)
    counts = [
        sum(event.slot // DAY == day for event in events) for day in range(today - 14, today) if day * DAY >= birth
    ]
    if len(counts) < 6:
        return 0.0, 1000
    signs = [(later > earlier) - (later < earlier) for index, later in enumerate(counts) for earlier in counts[:index]]
    number = len(counts)
    deviation = math.sqrt(number * (number - 1) * (2 * number + 5) / 18)
    return 1000 * sum(signs) / deviation, min(10**6, 1000 * (1 + sum(counts[-3:])) // (1 + sum(counts[:3])))


def clock_of(slots: Sequence[int], slot: int) -> float:
    """Return the mean resultant length (permille) of the times of day of the episodes from the word on in which the time two
    weeks ago lies; of more than 200 episodes only the earliest, up to the end of the word that has one too many."""
    taken: list[int] = []
    words = sorted({each // WORD for each in slots})
    for word in words:
        if word >= (slot - 14 * DAY) // WORD and len(taken) <= 200:
            taken += [each for each in slots if each // WORD == word]
    angles = [2 * math.pi * (each % DAY) / DAY for each in taken]
    return 1000 * math.hypot(sum(map(math.sin, angles)), sum(map(math.cos, angles))) / max(1, len(angles))


def joined_of(events: Sequence[Happening], slot: int, service: ServiceStory | None = None) -> int:
    """Count the followed hosts first seen in the last seven days, more than two hours after the family's birth and a day or
    more after its service came to the host, with two episodes or more; 0 while the followed hosts of the first two hours
    have fewer than three episodes together.

    What a merged family kept of each host's episodes, 14 of each part, is always enough to tell two or three.
    """
    birth = min(event.slot for event in events)
    founded = joined = 0
    for host in known_hosts(events):
        episodes = episodes_of(event for event in events if event.host == host)
        if episodes[0] <= birth + 12:
            founded += len(episodes)
        elif episodes[0] > slot - 7 * DAY and len(episodes) >= 2:
            joined += service is None or episodes[0] >= service.came_to(host) + DAY
    return joined if founded >= 3 else 0


def estimated_hosts(events: Sequence[Happening]) -> int:
    """Count distinct hosts; from 16 on by HyperLogLog with 64 registers and linear counting, at least 16."""
    hosts = {event.host for event in events if event.host}
    if len(hosts) < 16:
        return len(hosts)
    registers = [0] * 64
    for host in hosts:
        rest, rank = host // 64, 1
        while rank < 58 and rest % 2 == 0:
            rest, rank = rest // 2, rank + 1
        registers[host % 64] = max(registers[host % 64], rank)
    zeros = registers.count(0)
    estimate = 0.709 * 64 * 64 / sum(2.0**-rank for rank in registers)
    if estimate <= 160 and zeros:
        estimate = 64 * math.log(64 / zeros)
    return max(16, round(estimate))


def host_minutes(events: Sequence[Happening], host: int) -> list[int]:
    """Return the minute in which each episode of a host began; its last 14 episodes."""
    first: dict[int, int] = {}
    for event in events:
        if event.host == host:
            minute = event.time_us // 60_000_000
            first[event.slot] = min(first.get(event.slot, minute), minute)
    return [first[slot] for slot in sorted(first)][-14:]


def equals_usual(gap: int, usual: int) -> bool:
    """Return whether a gap is once, twice or three times the usual one, within 5 minutes up to a usual gap of 15 minutes and
    within a tenth (2 minutes at least) above."""
    tolerance = 5 if usual <= 15 else max(2, usual // 10)
    times = min(3, max(1, (gap + usual // 2) // max(1, usual)))
    return abs(gap - times * usual) <= tolerance


def regularity_of(events: Sequence[Happening]) -> tuple[int, int]:
    """Return the share of usual gaps (permille) over the followed hosts with five kept episodes or more, and the usual gap
    in seconds of the host with most usual gaps, the shortest of several. The usual gap is the lower median."""
    same, number, best, period = 0, 0, 0, 0
    for host in known_hosts(events):
        minutes = host_minutes(events, host)
        gaps = [later - earlier for earlier, later in pairwise(minutes)]
        if len(minutes) < 5:
            continue
        usual = sorted(gaps)[(len(gaps) - 1) // 2]
        held = sum(equals_usual(gap, usual) for gap in gaps)
        same, number = same + held, number + len(gaps)
        if held > best or (held == best and usual * 60 < period):
            best, period = held, usual * 60
    return (same * 1000 // number if number else 0), period


def features_of(story: Story, slot: int) -> dict[str, float]:
    """Return every column of a family's features in its bucket at the end of `slot` but `rise_hours`, `sustained_days` and
    what its service did, unrounded.
    """
    events = story.until(slot).events
    slots = episodes_of(events)
    regularity, period = regularity_of(events)
    week, growth = between(slots, slot - 7 * DAY + 1, slot), growth_of(events, slot)
    return rates_of(slots, slot) | {
        "episodes": len(slots),
        "whole_episodes": len(slots),
        "episodes_7d": week,
        "whole_7d": week,
        "growth_z_milli": growth[0],
        "growth_permille": growth[1],
        "clock_permille": clock_of(slots, slot),
        "born_into_service_slots": slots[0] - (story.service.first_slot if story.service else 0),
        "slot": slot,
        "first_time": min(event.time_us for event in events),
        "last_time": max(event.time_us for event in events),
        "count": len(events),
        "memory_milli": memory_of(slots, slot),
        "rise_milli": rise_of(slots, slot, story.service)[0],
        "trend_milli": trend_of(slots, slot),
        "sustained_milli": sustained_of(slots, slot, story.service)[0],
        "shrinking_z_milli": shrinking_of(events),
        "hosts": estimated_hosts(events),
        "hosts_joined_7d": joined_of(events, slot, story.service),
        "regularity_permille": regularity,
        "period_seconds": period,
        "cue": max(event.cue for event in events),
        "severity": max(event.severity for event in events),
        "stateful": max(event.stateful for event in events),
    }


@dataclass(frozen=True, slots=True)
class Cycled:
    """One heal cycle, reported at the end of `slot`; `member` is the message of the "down"."""

    slot: int
    names: tuple[str, ...]
    member: int
    down_us: int
    seconds: int


@dataclass(slots=True)
class TenantStory:
    """All that happened to one tenant: the slot of each event by member, births by slot and member, the slot from which on a
    family is part of another one, slot and family of each row of features that rose by 6 decibans or had hosts that joined,
    and the service of each member."""

    heard: list[tuple[int, int]]
    births: dict[int, int]
    absorbed: dict[int, tuple[int, int]]
    cycles: list[Cycled]
    rises: list[tuple[int, int]]
    spreads: list[tuple[int, int]]
    services: dict[int, int]

    def root(self, member: int, slot: int) -> int:
        """Return the family of a member at the end of a slot."""
        while member in self.absorbed and self.absorbed[member][0] <= slot:
            member = self.absorbed[member][1]
        return member

    def stood_alone(self, member: int, slot: int) -> bool:
        """Return whether a member was a family of its own at the end of a slot."""
        return self.births[member] <= slot and self.root(member, slot) == member


def begun_by_others(
    story: TenantStory, told: Sequence[tuple[int, int]], pause: int, window: int, family: int, slot: int
) -> int:
    """Count how often other families began, in the `window` slots up to `slot`, with what the features in `told` show.

    A family begins with the first such features, and with each that comes `pause` slots or more after it last began; what
    the families that became part of it began is its own. All that it began within the window counts as one, so that of two
    families that both began and were merged since, one still counts as another.
    """
    begun: list[tuple[int, int]] = []
    for at, each in sorted(told):
        if at <= slot and not any(story.root(one, at) == each and at - began < pause for began, one in begun):
            begun.append((at, each))
    recent = [each for began, each in begun if began > slot - window]
    return len(recent) - any(story.root(each, slot) == family for each in recent)


def service_births(story: TenantStory, family: int, slot: int) -> int:
    """Count the families of a family's service that were born on two UTC days running, the most of the last 15 days, as far
    as they began three days or more after the tenant's first event; the family itself (from the birth of its oldest part)
    left out when it was born in that time, on whichever day."""
    since = max(slot // DAY - 14, (min(at for at, _ in story.heard) + 3 * DAY) // DAY + 1)
    days = [story.births[each] // DAY for each in born_in_service(story, family, slot)]
    most = max((sum(each in (day, day - 1) and each >= since for each in days) for day in days), default=0)
    own = min(at for member, at in story.births.items() if at <= slot and story.root(member, slot) == family)
    return max(0, most - (own // DAY >= since))


def born_in_service(story: TenantStory, family: int, slot: int) -> list[int]:
    """Return the families of a family's service that were not found to be part of another one in the slot of their birth."""
    return [
        member
        for member, at in story.births.items()
        if at <= slot and story.services[member] == story.services[family] and story.stood_alone(member, at)
    ]


def tenant_facts(story: TenantStory, family: int, slot: int) -> dict[str, int]:
    """Return the columns of a family's features that only the whole tenant shows.

    Active are families with an event in the last 144 slots. Born together are the others born in the same slot or a
    neighbouring one that were not known to be part of another family by the end of the slot in which they met. Heal cycles
    are those that began in the last seven days of the one set of names that healed most often; of several such sets the one
    whose (begin, length) list is the largest; heal time is their upper median.
    """
    first = min(at for at, _ in story.heard)
    birth = story.births[family]
    together = [
        member
        for member, born in story.births.items()
        if member != family and abs(born - birth) <= 1 and born <= slot and story.stood_alone(member, max(born, birth))
    ]
    by_names: dict[tuple[str, ...], dict[int, int]] = {}
    for cycle in story.cycles:
        recent = cycle.slot <= slot and cycle.down_us > (slot - 7 * DAY) * SLOT_US
        if recent and story.root(cycle.member, slot) == family:
            by_names.setdefault(cycle.names, {})[cycle.down_us] = cycle.seconds
    most = max((sorted(cycles.items()) for cycles in by_names.values()), key=lambda each: (len(each), each), default=[])
    return {
        "active_families": len({story.root(member, slot) for at, member in story.heard if slot - DAY < at <= slot}),
        "rising_together": begun_by_others(story, story.rises, DAY, 12, family, slot),
        "spreading_together": begun_by_others(story, story.spreads, 7 * DAY, DAY, family, slot),
        "born_together": len(together),
        "service_births_2d": service_births(story, family, slot),
        "service_families": len(born_in_service(story, family, slot)),
        "born_after_slots": birth - first,
        "tenant_age_slots": slot - first,
        "heal_cycles_7d": len(most),
        "heal_entities": sum(len(cycles) >= 2 for cycles in by_names.values()),
        "heal_seconds": sorted(seconds for _, seconds in most)[len(most) // 2] if most else 0,
    }


def quiet_after(heard: Iterable[int]) -> int | None:
    """Return after how many silent slots a host has gone quiet that was heard in these; None while that cannot be told."""
    last = max(heard, default=0)
    flags = [slot in set(heard) for slot in range(last - 14 * 144 + 1, last + 1)]
    flags = flags[flags.index(True) :] if True in flags else []
    if sum(flags) < 12 or len(flags) < 144:
        return None
    silences = sorted(len(run) for run in "".join("#" if flag else "." for flag in flags).split("#") if run)
    longest = silences[-1] if silences else 0
    times = 2
    if len(flags) < 8 * 144:
        if longest >= 6:
            return None
        times = 4
    by_chance = 0
    # the first number of slots of which all are silent by chance once in a million
    while (1 - sum(flags) / (len(flags) + 1)) ** by_chance > 1e-6:
        by_chance += 1
    if len(silences) >= 5 and silences[len(silences) // 2] >= 0.8 * longest:
        by_chance = 0
    return max(6, times * longest + 1, by_chance)
