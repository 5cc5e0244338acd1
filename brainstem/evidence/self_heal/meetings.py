"""The pairs of messages that a tenant's step follows, as tables, and the compiled code that counts how often one came soon
after another and tells whether it is its end.

Takes the events of a slot; writes into features what heals and what is only a counterpart. It is called for each slot of
each tenant, mostly from compiled code (`plain_slots.work_off`), and leaves to Python what it cannot do itself: making room,
and reading what the words of a pair say.

Pairs are rows of tables. Each is found by a hash of its two messages, and from either of them by a list through the links of
the pairs (`next_after`, `next_before`). What words say of a pair is looked up once and kept until a template changes.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from brainstem.arrays.aliases import Bools, Int32s, Int64s, Row, Rows, UInt64s
from brainstem.arrays.hash_table import FREE, mix, row_place, table_size
from brainstem.contracts.features import WHOLE_CONFIGURATION
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.evidence.history.advance import REVIEW_SLOTS
from brainstem.evidence.self_heal.by_words import UP_TO_DOWN_RATIO
from brainstem.jit.decorators import compiled_helper, compiled_without_refcounts
from brainstem.parameters import STORED_SHAPE, parameter

APART_SECONDS: Final = parameter(
    "self_heal.by_timing.apart_seconds",
    5,
    "seconds",
    "what comes sooner after another message is part of the same report",
)
TOGETHER_SECONDS: Final = parameter(
    "self_heal.by_timing.together_seconds",
    900,
    "seconds",
    "what comes later than that after another message has met it by chance",
)
TOLD_APART_SECONDS: Final = parameter(
    "self_heal.by_timing.told_apart_seconds",
    1,
    "seconds",
    "the same where words say that the second is the end of the first",
)
TOLD_TOGETHER_SECONDS: Final = parameter(
    "self_heal.by_timing.told_together_seconds",
    3600,
    "seconds",
    "what comes later than that is no end of it, whatever the words say",
)
ALIKE_LEAST: Final = parameter(
    "self_heal.by_timing.alike_least",
    0.5,
    "share",
    "Dice's coefficient of the words of two messages from which they are about one thing",
)
CHANCE_MOST: Final = parameter(
    "self_heal.by_timing.chance_most",
    0.001,
    "share",
    "how likely chance may bring all meetings of two messages that are not alike and come far from each other",
)
TOLD_MEETINGS_LEAST: Final = parameter(
    "self_heal.by_timing.told_meetings_least",
    2,
    "number",
    "meetings that make a pair of alike messages whose words say which is the trouble and which its end",
)
MEETINGS_LEAST: Final = parameter("self_heal.by_timing.meetings_least", 3, "number", "meetings that make a pair")
MET_LEAST: Final = min(MEETINGS_LEAST, TOLD_MEETINGS_LEAST)
"""no pair is made of fewer meetings, whatever its words say"""
FAITHFUL_SHARE: Final = parameter(
    "self_heal.by_timing.faithful_share",
    0.8,
    "share",
    "share of the second message's events that must follow the first",
)
EVEN_SHARE: Final = parameter(
    "self_heal.by_timing.even_share",
    5,
    "parts",
    "part (1 / n) of the first message's episodes in 7 days by which the second's may differ, and by one in any case",
)
EPISODES_MOST: Final = parameter(
    "self_heal.by_timing.episodes_most", 35, "episodes", "episodes in 7 days up to which a message is followed"
)
TOLD_EPISODES_MOST: Final = parameter(
    "self_heal.by_timing.told_episodes_most",
    168,
    "episodes",
    "the same of a message whose words say that something is out of service, or is back",
)
TOGETHER_MOST: Final = parameter(
    "self_heal.by_timing.together_most",
    48,
    "number",
    "followed messages of a service at once up to which they are held against each other",
)
GAPS_KEPT: Final = parameter(
    "self_heal.by_timing.gaps_kept", 9, "number", "latest gaps that tell the usual one", fixed=STORED_SHAPE
)
PAIRS_MOST: Final = parameter(
    "self_heal.by_timing.pairs_most",
    4096,
    "number",
    "pairs of a tenant; beyond it those are forgotten that met seldom and long ago",
)
PAIRS_LEFT: Final = parameter(
    "self_heal.by_timing.pairs_left",
    PAIRS_MOST * 3 // 4,
    "number",
    "pairs of a tenant that are left when there were more",
)
FORGET_US: Final = parameter(
    "self_heal.by_timing.forget_us",
    8 * SLOTS_PER_DAY * SLOT_US,
    "microseconds",
    "a pair that did not meet for so long is forgotten",
)
_SECOND_US: Final = 1_000_000
_WEEK_US: Final = 7 * SLOTS_PER_DAY * SLOT_US

DONE, COUNTERPARTS, TOO_MANY, NO_ROOM, NO_WORDS = 0, 1, 2, 4, 8
"""how `follow_slot` ends: all is done, and then, added up, something is a counterpart and there are more pairs than
`PAIRS_MOST`; or the tables are too small, or the words of the pairs marked as `ASKED` are not known, and it is to be called
again"""
NEAR, TOLD, NONE = 0, 1, 2
"""the meetings of a pair at a distance that speaks for itself, and at one that counts where the words of both agree: their
columns; and what stands for neither"""
UNKNOWN, ASKED = -1, -2
"""for what words say of a pair: nothing is known, and it is to be looked up"""
NO_END, SAYS_SO, ALIKE, FIRST_IS_TROUBLE, OUTAGE = 1, 2, 4, 8, 16
"""what words say of a pair, added up: that the second is no end of the first; that it is one; the words of both are alike;
that the first is a trouble; that the first is out of service and the second its end"""

MET_DTYPE: Final = np.dtype(
    [
        ("first", "u8"),  # family or member that comes first
        ("first_facet", "u8"),  # the facet of it, 0 where it is about all of it
        ("second", "u8"),
        ("second_facet", "u8"),
        ("first_family", "u8"),  # the family of each as it was at its latest event
        ("family", "u8"),  # of the second, as the two below
        ("episodes", "i4"),
        ("episodes_7d", "i4"),
        ("first_7d", "i4"),
        ("last_us", "i8"),  # when they last met, microseconds since the epoch, UTC
    ]
)
"""how often a message came after another one; the numbers of meetings are in tables beside it"""
PAIR_LINK_DTYPE: Final = np.dtype(
    [
        ("key", "u8"),  # hash of both messages
        ("next_after", "i4"),  # the next pair of which the first is the same, -1 where there is none
        ("next_before", "i4"),  # the next pair of which the second is the same
        ("words", "i1"),  # what words say of the pair, UNKNOWN where they have not been looked up
    ]
)
"""what belongs to a pair and follows from others"""
PAIR_SUBJECT_DTYPE: Final = np.dtype(
    [
        ("key", "u8"),  # hash of the message
        ("after", "i4"),  # a pair of which it is the first, -1 where there is none
        ("before", "i4"),  # a pair of which it is the second
    ]
)
FOLLOWED_DTYPE: Final = np.dtype(
    [
        ("service", "i4"),  # messages of one group, which is the service and the facet with its kind, may be a pair
        ("facet_kind", "u1"),
        ("facet", "u8"),
        ("time_us", "i8"),
        ("member", "u8"),  # with the facet it names the message
        ("family", "u8"),
        ("episodes", "i4"),
        ("episodes_7d", "i4"),
        ("place", "i4"),  # row of its features in the slot, -1 in a slot that has passed
    ]
)
"""the latest event of a message in a slot"""
PASSED: Final = -1
PAIRS, SUBJECTS, LATEST, STAGE, PAIRS_WANTED, LATEST_WANTED = 0, 1, 2, 3, 4, 5
"""places of `PairTables.counts`: rows in use; with which part of its work `follow_slot` goes on; and how many rows it needs
where there was no room"""
COUNTS: Final = 6
_TAKE, _MEET, _TELL = 0, 1, 2
"""parts of the work: events are taken, they meet, and what follows is told"""


class PairTables(NamedTuple):
    """The pairs of a tenant, and the events of the last hour."""

    pairs: Rows
    number: Int32s
    """meetings of each pair, shape (pairs, 2), `NEAR` and `TOLD`"""
    since: Int32s
    """in how many episodes the second of each pair had come at the first of these, shape (pairs, 2)"""
    gaps: Int32s
    """seconds between both at the latest of these, shape (pairs, 2, `GAPS_KEPT`); the n-th one is at n modulo that number"""
    links: Rows
    pair_cells: Int32s
    subjects: Rows
    subject_cells: Int32s
    latest: Rows
    """in order of groups and times"""
    order: Int32s
    """as long as `latest`, for use within one group"""
    kept: Bools
    """as long as `pairs`: which of them stay"""
    counts: Int64s


@compiled_without_refcounts
def follow_slot(
    slot: int,
    places: Int32s,
    feature_rows: Rows,
    members: UInt64s,
    services: Int32s,
    low: int,
    high: int,
    tables: PairTables,
) -> int:
    """Take the followed events of a slot, which are the features at `places`; fill in heal cycles and counterparts.

    `members` and `services` belong to `feature_rows`, of which those in `low:high` are of this slot. Cycles that are there
    already are left as they are. Returns how it ended; where that is `NO_ROOM` or `NO_WORDS` it goes on when it is called
    again with the same arguments.
    """
    counts = tables.counts
    if counts[STAGE] == _TAKE:
        _drop_late(tables.latest, counts, slot * SLOT_US - TOLD_TOGETHER_SECONDS * _SECOND_US)
        counts[LATEST_WANTED] = counts[LATEST] + len(places) + 1
        if len(places) and counts[LATEST_WANTED] > len(tables.latest):
            return NO_ROOM
        _take(places, feature_rows, members, services, tables)
        counts[STAGE] = _MEET
    if counts[STAGE] == _MEET:
        if len(places) and counts[LATEST] > 1:
            counts[PAIRS_WANTED] = counts[PAIRS] + _meetings_most(tables)
            if counts[PAIRS_WANTED] > len(tables.pairs):
                return NO_ROOM
            _meet_all(tables)
        counts[STAGE] = _TELL
    is_review = (slot + 1) % REVIEW_SLOTS == 0
    ended = DONE
    if counts[PAIRS]:
        if not _are_words_known(slot, places, feature_rows, members, low, high, is_review, tables):
            return NO_WORDS
        if _tell(slot, places, feature_rows, members, low, high if is_review else low, tables):
            ended = COUNTERPARTS
    if len(places):
        for index in range(counts[LATEST]):
            tables.latest[index].place = PASSED
    counts[STAGE] = _TAKE
    if (slot + 1) % SLOTS_PER_DAY == 0 and counts[PAIRS]:
        _forget((slot + 1) * SLOT_US - FORGET_US, tables)
    if counts[PAIRS] > PAIRS_MOST:
        ended += TOO_MANY
    return ended


@compiled_helper
def _drop_late(latest: Rows, counts: Int64s, since_us: int) -> None:
    """Drop the events before a time; the others stay in order."""
    left = 0
    for index in range(counts[LATEST]):
        if latest[index].time_us >= since_us:
            if left < index:
                latest[left] = latest[index]
            left += 1
    counts[LATEST] = left


@compiled_helper
def _take(places: Int32s, feature_rows: Rows, members: UInt64s, services: Int32s, tables: PairTables) -> None:
    """Add the events of a slot to the latest ones, in order, and tell their pairs in how many episodes they have come."""
    latest, pairs, links, counts = tables.latest, tables.pairs, tables.links, tables.counts
    for place in places:
        features = feature_rows[place]
        heard = latest[counts[LATEST]]
        heard.service, heard.facet_kind, heard.facet = services[place], features.facet_kind, features.facet
        heard.time_us, heard.member, heard.family = features.last_time, members[place], features.family
        heard.episodes, heard.episodes_7d, heard.place = features.episodes, features.episodes_7d, place
        counts[LATEST] += 1
        subject = _subject_of(members[place], features.facet, tables)
        if subject == FREE:
            continue
        pair = tables.subjects[subject].before
        while pair != FREE:
            pairs[pair].episodes, pairs[pair].episodes_7d = features.episodes, features.episodes_7d
            if pairs[pair].family != features.family:
                pairs[pair].family, links[pair].words = features.family, UNKNOWN
            pair = links[pair].next_before
        pair = tables.subjects[subject].after
        while pair != FREE:
            pairs[pair].first_7d = features.episodes_7d
            if pairs[pair].first_family != features.family:
                pairs[pair].first_family, links[pair].words = features.family, UNKNOWN
            pair = links[pair].next_after
    _sort_latest(latest, counts[LATEST], len(places))


@compiled_helper
def _sort_latest(latest: Rows, used: int, added: int) -> None:
    """Sort events of which all but the `added` last ones are in order; the last row of the table has to be free.

    Shell's method, with the distances of Ciura (2001): most rows are where they belong already.
    """
    spare = len(latest) - 1
    for distance in (701, 301, 132, 57, 23, 10, 4, 1):
        # a few events are best moved to their places directly
        if distance > 1 and (distance >= used or added <= 8):
            continue
        begin = max(distance, used - added) if distance == 1 and added <= 8 else distance
        for index in range(begin, used):
            if not _is_before(latest[index], latest[index - distance]):
                continue
            latest[spare] = latest[index]
            place = index
            while place >= distance and _is_before(latest[spare], latest[place - distance]):
                latest[place] = latest[place - distance]
                place -= distance
            latest[place] = latest[spare]


@compiled_helper
def _is_before(one: Row, other: Row) -> bool:
    """Return whether an event stands before another one: in order of groups, times and messages."""
    if one.service != other.service:
        return bool(one.service < other.service)
    if one.facet_kind != other.facet_kind:
        return bool(one.facet_kind < other.facet_kind)
    if one.facet != other.facet:
        return bool(one.facet < other.facet)
    if one.time_us != other.time_us:
        return bool(one.time_us < other.time_us)
    return bool(one.member < other.member)


@compiled_helper
def _end_of_group(latest: Rows, begin: int, used: int) -> int:
    """Return where the group ends whose events begin at a place."""
    first = latest[begin]
    end = begin + 1
    while (
        end < used
        and latest[end].service == first.service
        and latest[end].facet_kind == first.facet_kind
        and latest[end].facet == first.facet
    ):
        end += 1
    return end


@compiled_helper
def _meetings_most(tables: PairTables) -> int:
    """Return how many pairs may begin in the slot at the most."""
    latest, used = tables.latest, tables.counts[LATEST]
    most = begin = 0
    while begin < used:
        end = _end_of_group(latest, begin, used)
        if end - begin <= TOGETHER_MOST:
            for place in range(begin + 1, end):
                if latest[place].place >= 0:
                    most += place - begin
        begin = end
    return most


@compiled_helper
def _meet_all(tables: PairTables) -> None:
    """Record which messages of each group came after which others, each other one once, where it came last."""
    latest, order, used = tables.latest, tables.order, tables.counts[LATEST]
    begin = 0
    while begin < used:
        end = _end_of_group(latest, begin, used)
        if end - begin <= TOGETHER_MOST:
            last_new = begin
            for place in range(begin + 1, end):
                if latest[place].place >= 0:
                    last_new = place
            # where each message comes next
            for place in range(begin, last_new):
                order[place] = end
                for later in range(place + 1, last_new + 1):
                    if latest[later].member == latest[place].member:
                        order[place] = later
                        break
            for place in range(begin + 1, last_new + 1):
                if latest[place].place >= 0:
                    _meet(begin, place, tables)
        begin = end


@compiled_helper
def _meet(begin: int, place: int, tables: PairTables) -> None:
    """Record after which messages of its group, which begins at a place, an event came."""
    latest, order = tables.latest, tables.order
    later = latest[place]
    for before in range(place - begin):
        index = place - 1 - before
        earlier = latest[index]
        # what came before its own last event has met it already
        if earlier.member == later.member:
            break
        if order[index] < place or earlier.family == later.family:
            continue
        gap_seconds = (later.time_us - earlier.time_us) // _SECOND_US
        if TOLD_APART_SECONDS <= gap_seconds <= TOLD_TOGETHER_SECONDS:
            _note(earlier, later, gap_seconds, tables)


@compiled_helper
def _note(earlier: Row, later: Row, gap_seconds: int, tables: PairTables) -> None:
    """Count a meeting of two messages."""
    first, second = mix(earlier.member, earlier.facet), mix(later.member, later.facet)
    cell = row_place(tables.links, tables.pair_cells, mix(first, second))
    pair = int(tables.pair_cells[cell])
    if pair == FREE:
        pair = int(tables.counts[PAIRS])
        tables.counts[PAIRS] += 1
        each = tables.pairs[pair]
        each.first, each.first_facet, each.first_family = earlier.member, earlier.facet, earlier.family
        each.second, each.second_facet, each.family = later.member, later.facet, later.family
        each.episodes, each.episodes_7d, each.first_7d = later.episodes, later.episodes_7d, earlier.episodes_7d
        tables.number[pair, NEAR] = tables.number[pair, TOLD] = 0
        tables.since[pair, NEAR] = tables.since[pair, TOLD] = 0
        for index in range(GAPS_KEPT):
            tables.gaps[pair, NEAR, index] = tables.gaps[pair, TOLD, index] = 0
        tables.links[pair].words = UNKNOWN
        _enter(pair, tables)
    tables.pairs[pair].last_us = later.time_us
    _add(pair, TOLD, later.episodes, gap_seconds, tables)
    if APART_SECONDS <= gap_seconds <= TOGETHER_SECONDS:
        _add(pair, NEAR, later.episodes, gap_seconds, tables)


@compiled_helper
def _add(pair: int, kind: int, episodes: int, gap_seconds: int, tables: PairTables) -> None:
    """Count a meeting at which the second message has come in so many episodes."""
    number = tables.number[pair, kind]
    if number == 0:
        tables.since[pair, kind] = episodes
    tables.gaps[pair, kind, number % GAPS_KEPT] = gap_seconds
    tables.number[pair, kind] = number + 1


@compiled_helper
def _enter(pair: int, tables: PairTables) -> None:
    """Enter a pair that is not held under both of its messages; there has to be room for them."""
    each, link = tables.pairs[pair], tables.links[pair]
    first, second = mix(each.first, each.first_facet), mix(each.second, each.second_facet)
    link.key = mix(first, second)
    tables.pair_cells[row_place(tables.links, tables.pair_cells, link.key)] = pair
    subject = _entered_subject(first, tables)
    link.next_after, tables.subjects[subject].after = tables.subjects[subject].after, pair
    subject = _entered_subject(second, tables)
    link.next_before, tables.subjects[subject].before = tables.subjects[subject].before, pair


@compiled_helper
def _entered_subject(key: np.uint64, tables: PairTables) -> int:
    """Return the row of a message, which is added where there is none."""
    cell = row_place(tables.subjects, tables.subject_cells, key)
    if tables.subject_cells[cell] == FREE:
        row = tables.counts[SUBJECTS]
        tables.counts[SUBJECTS] += 1
        subject = tables.subjects[row]
        subject.key, subject.after, subject.before = key, FREE, FREE
        tables.subject_cells[cell] = row
    return int(tables.subject_cells[cell])


@compiled_helper
def _subject_of(member: np.uint64, facet: np.uint64, tables: PairTables) -> int:
    """Return the row of a message, -1 where it is part of no pair."""
    key = mix(member, facet)
    return int(tables.subject_cells[row_place(tables.subjects, tables.subject_cells, key)])


@compiled_helper
def _may_be_end(pair: int, tables: PairTables) -> bool:
    """Return whether the second of a pair may be the end of the first, whatever their words say.

    Both have to come about as often, for the counterpart of the latest event may be still to come.
    """
    each = tables.pairs[pair]
    if tables.number[pair, TOLD] < MET_LEAST or each.first_family == each.family:
        return False
    return bool(abs(each.first_7d - each.episodes_7d) <= max(1, each.first_7d // EVEN_SHARE))


@compiled_helper
def _are_words_known(
    slot: int,
    places: Int32s,
    feature_rows: Rows,
    members: UInt64s,
    low: int,
    high: int,
    is_review: bool,
    tables: PairTables,
) -> bool:
    """Return whether it is known what words say of all pairs that are asked for; mark those of which it is not."""
    asked = 0
    for place in places:
        asked += _ask(_subject_of(members[place], feature_rows[place].facet, tables), tables)
    if is_review:
        for place in range(low, high):
            if _is_quiet(feature_rows[place], slot):
                asked += _ask(_subject_of(feature_rows[place].family, feature_rows[place].facet, tables), tables)
    return asked == 0


@compiled_helper
def _ask(subject: int, tables: PairTables) -> int:
    """Mark the pairs of a message whose words have to be looked up; return how many there are."""
    if subject == FREE:
        return 0
    links = tables.links
    asked = 0
    pair = tables.subjects[subject].after
    while pair != FREE:
        if links[pair].words < 0 and _may_be_end(pair, tables):
            links[pair].words = ASKED
            asked += 1
        pair = links[pair].next_after
    pair = tables.subjects[subject].before
    while pair != FREE:
        if links[pair].words < 0 and _may_be_end(pair, tables):
            links[pair].words = ASKED
            asked += 1
        pair = links[pair].next_before
    return asked


@compiled_helper
def _is_quiet(features: Row, slot: int) -> bool:
    """Return whether features are of a whole family without an event in the slot."""
    return bool(features.facet_kind == WHOLE_CONFIGURATION and features.last_time // SLOT_US != slot)


@compiled_helper
def _tell(
    slot: int, places: Int32s, feature_rows: Rows, members: UInt64s, low: int, high: int, tables: PairTables
) -> bool:
    """Fill in the heal cycles of the messages of a slot, and which of them are counterparts; return whether any is.

    The same of whole families in `low:high` without an event in the slot: what heals does so whether or not it has just been
    said.
    """
    order, count = tables.order, len(places)
    has_counterparts = False
    for index in range(count + high - low):
        place = places[index] if index < count else low + index - count
        features = feature_rows[place]
        if index >= count and not _is_quiet(features, slot):
            continue
        member = members[place] if index < count else features.family
        subject = _subject_of(member, features.facet, tables)
        is_counterpart = False
        if subject != FREE:
            _fill_cycles(subject, features, tables)
            is_counterpart = _is_counterpart(subject, tables)
        if is_counterpart:
            features.heal_counterpart |= 1
            has_counterparts = True
        if index < count:
            order[index] = is_counterpart
    if has_counterparts:
        # each part of a family that is a counterpart as a whole is one too
        for index in range(count):
            whole = feature_rows[places[index]]
            if order[index] and whole.facet == 0:
                for part in places:
                    if feature_rows[part].family == whole.family:
                        feature_rows[part].heal_counterpart |= 1
    return has_counterparts


@compiled_helper
def _fill_cycles(subject: int, features: Row, tables: PairTables) -> None:
    """Fill in the heal cycles of a message that is the first of a pair, unless words have told them.

    Of several pairs the most frequent one counts; of those that met as often the one that follows sooner.
    """
    if features.heal_cycles_7d != 0:
        return
    best, best_number, best_seconds = FREE, 0, 0
    pair = tables.subjects[subject].after
    while pair != FREE:
        met = _meetings_that_count(pair, tables)
        if met != NONE:
            number, seconds = tables.number[pair, met], _usual_seconds(pair, met, tables)
            if (
                best == FREE
                or number > best_number
                or (number == best_number and seconds < best_seconds)
                or (number == best_number and seconds == best_seconds and _is_second_before(pair, best, tables.pairs))
            ):
                best, best_number, best_seconds = pair, number, seconds
        pair = tables.links[pair].next_after
    if best != FREE:
        features.heal_cycles_7d = min(features.episodes_7d, tables.pairs[best].episodes_7d)
        features.heal_entities = 1
        features.heal_seconds = best_seconds
        features.heal_learned = 1
        features.heal_outage = 1 if tables.links[best].words & OUTAGE else 0


@compiled_helper
def _is_second_before(pair: int, other: int, pairs: Rows) -> bool:
    """Return whether the second message of a pair stands before that of another one."""
    if pairs[pair].second != pairs[other].second:
        return bool(pairs[pair].second < pairs[other].second)
    return bool(pairs[pair].second_facet < pairs[other].second_facet)


@compiled_helper
def _is_counterpart(subject: int, tables: PairTables) -> bool:
    """Return whether a message only says that another one has passed."""
    pair = tables.subjects[subject].before
    while pair != FREE:
        if _meetings_that_count(pair, tables) != NONE:
            return True
        pair = tables.links[pair].next_before
    return False


@compiled_helper
def _meetings_that_count(pair: int, tables: PairTables) -> int:
    """Return by which of its meetings the second message of a pair is the end of the first, `NONE` where it is no end; what
    words say of it has to be known.
    """
    # most pairs have met once
    if not _may_be_end(pair, tables):
        return NONE
    words = tables.links[pair].words
    if words & NO_END:
        return NONE
    met = NEAR if _is_faithful(pair, NEAR, MEETINGS_LEAST, tables) else TOLD
    if met == TOLD and not _is_told(pair, words, tables):
        return NONE
    return NONE if _is_switched(pair, met, tables) else met


@compiled_helper
def _is_told(pair: int, words: int, tables: PairTables) -> bool:
    """Return whether the second message of a pair is the end of the first by its meetings at a distance that counts where
    words agree.
    """
    says_so, alike = words & SAYS_SO != 0, words & ALIKE != 0
    if not _is_faithful(pair, TOLD, TOLD_MEETINGS_LEAST if says_so and alike else MEETINGS_LEAST, tables):
        return False
    if _usual_seconds(pair, TOLD, tables) < APART_SECONDS:
        # what follows at once may be part of the same report
        return words & FIRST_IS_TROUBLE != 0 and (says_so or alike)
    return alike or (says_so and _is_beyond_chance(pair, tables))


@compiled_helper
def _is_faithful(pair: int, kind: int, least: int, tables: PairTables) -> bool:
    """Return whether the second of a pair seldom comes without the first, by meetings of one kind."""
    number = tables.number[pair, kind]
    come = tables.pairs[pair].episodes - tables.since[pair, kind] + 1
    return bool(number >= least and number >= FAITHFUL_SHARE * come)


@compiled_helper
def _is_beyond_chance(pair: int, tables: PairTables) -> bool:
    """Return whether chance would hardly let all meetings happen in so much of seven days as lies behind the first."""
    covered = min(1.0, max(1, tables.pairs[pair].first_7d) * TOLD_TOGETHER_SECONDS * _SECOND_US / _WEEK_US)
    return bool(covered ** float(tables.number[pair, TOLD]) <= CHANCE_MOST)


@compiled_helper
def _usual_seconds(pair: int, kind: int, tables: PairTables) -> int:
    """Return the median of the latest gaps of a pair, which has met."""
    count = min(tables.number[pair, kind], GAPS_KEPT)
    usual = 0
    for index in range(count):
        gap = tables.gaps[pair, kind, index]
        shorter = as_long = 0
        for other in range(count):
            shorter += 1 if tables.gaps[pair, kind, other] < gap else 0
            as_long += 1 if tables.gaps[pair, kind, other] == gap else 0
        if shorter <= count // 2 < shorter + as_long:
            usual = gap
    return int(usual)


@compiled_helper
def _is_switched(pair: int, met: int, tables: PairTables) -> bool:
    """Return whether the first of two comes soon after the second as well, as with what is switched on and off."""
    each = tables.pairs[pair]
    key = mix(mix(each.second, each.second_facet), mix(each.first, each.first_facet))
    back = tables.pair_cells[row_place(tables.links, tables.pair_cells, key)]
    if back == FREE:
        return False
    if met == NEAR:
        return bool(tables.number[back, NEAR] * UP_TO_DOWN_RATIO >= tables.number[pair, NEAR])
    # how soon is soon follows from how long it is gone; of the meetings those kept are a sample
    limit = UP_TO_DOWN_RATIO * _usual_seconds(pair, TOLD, tables)
    soon = 0
    for index in range(min(tables.number[back, TOLD], GAPS_KEPT)):
        soon += 1 if tables.gaps[back, TOLD, index] < limit else 0
    return bool(soon * UP_TO_DOWN_RATIO >= min(tables.number[pair, TOLD], GAPS_KEPT))


@compiled_helper
def _forget(since_us: int, tables: PairTables) -> None:
    """Forget the pairs that have not met since a time."""
    are_all_kept = True
    for pair in range(tables.counts[PAIRS]):
        tables.kept[pair] = tables.pairs[pair].last_us >= since_us
        are_all_kept &= tables.kept[pair]
    if not are_all_kept:
        keep_pairs(tables)


@compiled_without_refcounts
def keep_pairs(tables: PairTables) -> None:
    """Forget all pairs but those marked in `kept`; the others stay in order."""
    pairs, counts = tables.pairs, tables.counts
    left = 0
    for pair in range(counts[PAIRS]):
        if not tables.kept[pair]:
            continue
        if left < pair:
            pairs[left] = pairs[pair]
            tables.links[left].words = tables.links[pair].words
            for kind in (NEAR, TOLD):
                tables.number[left, kind], tables.since[left, kind] = (
                    tables.number[pair, kind],
                    tables.since[pair, kind],
                )
                for index in range(GAPS_KEPT):
                    tables.gaps[left, kind, index] = tables.gaps[pair, kind, index]
        left += 1
    counts[PAIRS] = left
    enter_pairs(tables)


@compiled_without_refcounts
def enter_pairs(tables: PairTables) -> None:
    """Enter all pairs anew under their messages."""
    for cell in range(len(tables.pair_cells)):
        tables.pair_cells[cell] = FREE
    for cell in range(len(tables.subject_cells)):
        tables.subject_cells[cell] = FREE
    tables.counts[SUBJECTS] = 0
    for pair in range(tables.counts[PAIRS]):
        _enter(pair, tables)


def pair_tables(pairs: int, latest: int, held: PairTables | None = None) -> PairTables:
    """Return tables with room for so many pairs and latest events, and for what is in `held`, where it is given."""
    tables = PairTables(
        np.zeros(pairs, MET_DTYPE),
        np.zeros((pairs, 2), np.int32),
        np.zeros((pairs, 2), np.int32),
        np.zeros((pairs, 2, GAPS_KEPT), np.int32),
        np.zeros(pairs, PAIR_LINK_DTYPE),
        np.full(table_size(pairs), FREE, np.int32),
        np.zeros(2 * pairs, PAIR_SUBJECT_DTYPE),
        np.full(table_size(2 * pairs), FREE, np.int32),
        np.zeros(latest, FOLLOWED_DTYPE),
        np.zeros(latest, np.int32),
        np.zeros(pairs, np.bool_),
        np.zeros(COUNTS, np.int64),
    )
    if held is not None:
        grown: Iterable[tuple[Rows, Rows]] = zip(tables, held, strict=True)
        for rows, before in grown:
            if before is not held.pair_cells and before is not held.subject_cells:
                rows[: len(before)] = before
        enter_pairs(tables)
    return tables
