"""Slots of a tenant that need nothing but compiled code, worked off many in one call.

Takes the features of several slots of one tenant in order, with the births in them; works through each slot as
`tenant.Tenant.discover` does, and stops at one that needs more: facets, notices, heal cycles, counterparts, words of a pair
that have not been read, or a family that scores high enough to be held against others. Most slots of most tenants hold a few
families that say what they always say, or are reviewed in silence, so calls from Python would be most of what they cost.
"""

from typing import Final

from brainstem.arrays.aliases import Bools, Flags, Int32s, Int64s, Rows, UInt64s
from brainstem.attention.bands import Band, floor_quarters
from brainstem.attention.state import NO_CAUSE, settle
from brainstem.attention.weigh import weigh_and_score
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.discovery.family_columns import COUNTERPART, HEALING, HEARD, fill_family_columns
from brainstem.evidence.discounts.change_event import BIRTH_DAYS
from brainstem.evidence.incidents.occurrences import note_episodes
from brainstem.evidence.self_heal.meetings import DONE, PairTables, follow_slot
from brainstem.jit.decorators import compiled, compiled_without_refcounts

WATCH_QUARTERS: Final = floor_quarters(Band.WATCH)
NEXT_BIRTH, TOLD, FOUND, STOPPED, ENDED = 0, 1, 2, 3, 4
"""places of `progress`: the next of the births, how many verdicts have a cause so far, the marks of the slot at which
`work_off` has stopped, why it has, and how `follow_slot` has ended in it"""
SPECIAL, FOLLOWED, HIGH, WORTH_SHOWING = 0, 1, 2, 3
"""why `work_off` stops: a slot needs more than is done here, its pairs of messages do, families score so high that they
are held against others, or one of them may be shown"""
WHOLE, WEIGHING, JUDGING = 0, 1, 2
"""with what `work_off` begins in its first slot: with all of it, with weighing where the columns of families are filled in,
or with judging where all is weighed"""
NO_SERVICE: Final = -1


@compiled
def is_one_row_each(feature_rows: Rows) -> bool:
    """Return whether features are of one row a family, in order of families, as they are where no facet is reported."""
    is_ascending = True
    for index in range(1, len(feature_rows)):
        is_ascending &= feature_rows[index - 1].family < feature_rows[index].family
    return is_ascending


@compiled_without_refcounts
def note_births(
    attention_states: Rows,
    index: int,
    slot: int,
    births: Int32s,
    service_families: Int32s,
    service_births: Int32s,
    birth_day: Int32s,
    progress: Int64s,
) -> None:
    """Count the births of one slot, from the next one in `births` on, for their services and for the families beside them.

    A row of `births` holds the place of the slot; the service in which a family is born, or `NO_SERVICE`; the row of an
    attention state; and how many families were born beside it. Other tables are those of a `BirthLog`.
    """
    day = slot // SLOTS_PER_DAY
    while progress[NEXT_BIRTH] < len(births) and births[progress[NEXT_BIRTH], 0] == index:
        service, row = births[progress[NEXT_BIRTH], 1], births[progress[NEXT_BIRTH], 2]
        if service != NO_SERVICE:
            service_families[service] += 1
            if birth_day[service, day % BIRTH_DAYS] != day:
                birth_day[service, day % BIRTH_DAYS] = day
                service_births[service, day % BIRTH_DAYS] = 0
            service_births[service, day % BIRTH_DAYS] += 1
        attention_states[row].born_together += births[progress[NEXT_BIRTH], 3]
        progress[NEXT_BIRTH] += 1


@compiled
def work_off(
    begin: int,
    begin_with: int,
    slots: Int64s,
    starts: Int64s,
    ends: Int64s,
    since_slots: Int32s,
    is_special: Bools,
    births: Int32s,
    attention_states: Rows,
    rows: Int32s,
    feature_rows: Rows,
    members: UInt64s,
    services: Int32s,
    followed: Int32s,
    followed_starts: Int64s,
    followed_ends: Int64s,
    tables_of_pairs: PairTables,
    heard: Int32s,
    risen: Int32s,
    spread: Int32s,
    clock: Int64s,
    service_families: Int32s,
    service_births: Int32s,
    birth_day: Int32s,
    marks: Flags,
    occurrences: Rows,
    occurrence_rows: Int32s,
    quarters: Int32s,
    score: Int32s,
    worth: Bools,
    verdicts: Rows,
    changes: Int32s,
    told: Int32s,
    progress: Int64s,
) -> int:
    """Work off slots from the one at place `begin` on, of which a part is done already (`begin_with`); return the place of
    the slot at which it stops, or their number.

    Features of whole families in a slot are `feature_rows[start:end]`; `rows` are those of their attention states,
    `occurrence_rows` those of their shapes where they have an event; `members` and `services` are of each what `follow_slot`
    takes, and `followed` holds the places of those that it follows. `since_slots` tells from which slot on the tenant is
    known.

    It stops at a special slot, and at one that turns out to need more, and writes why into `progress`. Births are counted
    there and the columns of families are filled in; where it stops for `FOLLOWED` pairs have been taken as far as `ENDED`
    says, where it stops for `HIGH` all of them and families are weighed; and nothing else is done. Writes into `told` the
    places of verdicts with a cause.
    """
    for index in range(begin, len(slots)):
        slot, low, high = slots[index], starts[index], ends[index]
        if begin_with == WHOLE:
            note_births(attention_states, index, slot, births, service_families, service_births, birth_day, progress)
            clock[1] = since_slots[index]
            if low == high and not is_special[index]:
                continue
            found = fill_family_columns(
                attention_states,
                rows[low:high],
                slot,
                feature_rows[low:high],
                heard,
                risen,
                spread,
                clock,
                service_families,
                service_births,
                birth_day,
                marks[low:high],
            )
            progress[FOUND], progress[STOPPED] = found, SPECIAL
            if is_special[index] or found & (HEALING | COUNTERPART) != 0 or not is_one_row_each(feature_rows[low:high]):
                return index
            ended = follow_slot(
                slot,
                followed[followed_starts[index] : followed_ends[index]],
                feature_rows,
                members,
                services,
                low,
                high,
                tables_of_pairs,
            )
            if ended != DONE:
                progress[STOPPED], progress[ENDED] = FOLLOWED, ended
                return index
        if (
            begin_with != JUDGING
            and weigh_and_score(feature_rows[low:high], quarters[low:high], score[low:high]) >= WATCH_QUARTERS
        ):
            progress[STOPPED] = HIGH
            return index
        begin_with = WHOLE
        causes = settle(
            attention_states,
            rows[low:high],
            slot,
            feature_rows[low:high],
            score[low:high],
            quarters[low:high],
            worth[low:high],
            verdicts[low:high],
            changes[low:high],
        )
        if causes < 0:
            progress[STOPPED] = WORTH_SHOWING
            return index
        for place in range(low, high):
            if marks[place] & HEARD:
                note_episodes(occurrences, occurrence_rows[place : place + 1], slot)
        if causes:
            for place in range(low, high):
                if verdicts[place].cause != NO_CAUSE:
                    told[progress[TOLD]] = place
                    progress[TOLD] += 1
    return len(slots)
