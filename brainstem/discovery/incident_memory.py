"""Remembers a tenant's incidents, occurrences, precedents and verdicts, and looks up for each feature which of them stand
before it.

Takes labels, features and statements in order of slots, fills in the columns of features that rest on them. An incident or a
verdict counts from the slot after its own. Families are remembered by the shape of their message (service and template), so
that a family that returns under other numbers is known again, and so that tenants can be compared.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np

from brainstem.aggregate.deltas import member_key
from brainstem.arrays.aliases import Bools, Int32s, Row, Rows
from brainstem.arrays.hashing import name_hash
from brainstem.arrays.packing import packed_names, packed_rows, unpacked_names, unpacked_rows
from brainstem.contracts.event import Kind
from brainstem.contracts.finding import Earlier, parse_family_id
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.contracts.statement import Stated, Statement
from brainstem.contracts.tenant_report import Label
from brainstem.evidence.feedback import FAMILY_SCOPE, SIGNATURE_SCOPE, FeedbackRecord, FeedbackTable
from brainstem.evidence.incidents.message_shape import Shape, names, shape_of
from brainstem.evidence.incidents.occurrences import (
    LEAST_LEAD_SLOTS,
    OCCURRENCES_DTYPE,
    appearances,
    merge_occurrences,
    new_occurrences,
    note_episodes,
)
from brainstem.evidence.incidents.precedent import (
    ACTIVE_SLOTS,
    ELSEWHERE_EPISODES_LEAST,
    EPISODES_LEAST,
    SPAN_SLOTS_LEAST,
    YOUNG_SLOTS,
    Case,
    Precedents,
    Recalled,
    weight,
)
from brainstem.evidence.incidents.precursor import KEPT_SLOTS, PrecursorRecord, Precursors, Ticket
from brainstem.evidence.incidents.rarity import is_rare
from brainstem.parameters import parameter
from brainstem.signature.signing import parse_signature_id

LEARNING_SLOTS: Final = parameter(
    "incident_memory.learning_slots",
    3 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "in a tenant's first days everything is new",
)
EARLIER_SHOWN: Final = 5
"""incidents that an item names, the latest ones"""
ITEMS_KEPT: Final = parameter(
    "incident_memory.items_kept", 10_000, "number", "latest items that a verdict can be about"
)


class Recollection(NamedTuple):
    """What was remembered of a family in the present slot."""

    precursor_record: PrecursorRecord | None
    recalled: Recalled | None


class TenantMemories:
    """The incident memories of all tenants by name, and the precedents that they share."""

    def __init__(self, precedents: Precedents) -> None:
        self.precedents = precedents
        self.incident_memory: dict[str, IncidentMemory] = {}


class IncidentMemory:
    """What one tenant remembers of occurrences, incidents and verdicts."""

    def __init__(self, tenant: str, memories: TenantMemories | None = None) -> None:
        self._tenant = tenant
        self._memories = memories or TenantMemories(Precedents())
        self._memories.incident_memory[tenant] = self
        self._table = new_occurrences(64)
        self._used = 0
        self._free: list[int] = []
        """rows without a shape, the lowest last"""
        self._names: list[tuple[str, str]] = []
        """service and template of each row"""
        self._row_of_shape: dict[int, int] = {}
        self._row_of_family: dict[int, int] = {}
        self._precursors = Precursors()
        self._feedback = FeedbackTable()
        self._tickets: dict[str, int] = {}
        """slots of incidents by their id"""
        self._items: dict[str, tuple[int, int]] = {}
        """family and tick of items that were shown, by their id"""
        self._recollections: dict[int, Recollection] = {}

    def add_labels(self, labels: Mapping[int, Label]) -> None:
        """Take the labels of families that are new or have grown; a family whose shape changes takes its occurrences
        along.
        """
        for family in sorted(labels):
            label = labels[family]
            shape = _shape_of(label.service, label.template)
            before = self._row_of_family.get(family)
            row = self._row_of_shape.get(shape.exact)
            if row is None:
                row = self._add(shape, label)
            if row == before:
                continue
            self._table[row]["families"] += 1
            self._row_of_family[family] = row
            if before is not None:
                self._move(before, row)

    def join(self, member: int, family: int) -> None:
        """Merge a member into a family: its occurrences and verdicts are the family's from now on."""
        before, row = self._row_of_family.pop(member, None), self._row_of_family.get(family)
        if before is not None and row is not None:
            self._move(before, row)
        self._feedback.join(member, family)

    def _add(self, shape: Shape, label: Label) -> int:
        """Add a row for a shape and return its number."""
        if not self._free:
            if self._used == len(self._table):
                self._table = np.concatenate([self._table, new_occurrences(self._used)])
            self._free.append(self._used)
            self._used += 1
            self._names.append(("", ""))
        row = self._free.pop()
        self._table[row]["shape"] = shape.exact
        self._row_of_shape[shape.exact] = row
        self._names[row] = label.service, label.template
        return row

    def _shape(self, row: int) -> Shape:
        """Return the shape of a row; it is computed anew, for few rows are ever asked for theirs."""
        return _shape_of(*self._names[row])

    def evict(self, families: Iterable[int]) -> None:
        """Remove families, and their shapes where no other family has them and they are no precursor of an incident."""
        blank = new_occurrences(1)[0]
        for row in [self._row_of_family.pop(family) for family in families]:
            self._table[row]["families"] -= 1
            if self._table[row]["families"] == 0 and row not in self._precursors.learned:
                del self._row_of_shape[int(self._table[row]["shape"])]
                self._table[row] = blank
                self._names[row] = "", ""
                self._free.append(row)
        self._free.sort(reverse=True)

    def _move(self, before: int, row: int) -> None:
        """Move one family from the shape of row `before` to that of `row`; the occurrences of the first count for both."""
        self._table[before]["families"] -= 1
        if before != row:
            merge_occurrences(self._table[row], self._table[before])

    def fill(self, feature_rows: Rows, heard: Sequence[int], slot: int, began_slot: int) -> None:
        """Note the episodes of a slot, and fill in what is remembered.

        `heard` are the places of features with an event in the slot; `began_slot` is that of the tenant's first event.
        """
        self._recollections.clear()
        if heard:
            families = feature_rows["family"]
            rows = [self._row_of_family[int(families[place])] for place in heard]
            note_episodes(self._table, np.array(rows, np.int32), slot)
            if self._precursors.learned or self._memories.precedents:
                places = np.array(heard, np.intp)
                for index in places[is_rare(feature_rows[places])].tolist():
                    self._remember(feature_rows[index], slot, began_slot)
        if len(self._feedback):
            for features in feature_rows:
                self._fill_feedback(features, slot)

    @property
    def is_blank(self) -> bool:
        """Return whether nothing is remembered that a feature could rest on."""
        return not (self._precursors.learned or self._memories.precedents or len(self._feedback))

    @property
    def table(self) -> Rows:
        """Return the occurrences of shapes."""
        return self._table

    def rows_of_heard(self, feature_rows: Rows) -> Int32s:
        """Return the row of the shape's occurrences for each feature of a whole family with an event in its slot, else 0."""
        rows = np.zeros(len(feature_rows), np.int32)
        is_heard = (feature_rows["last_time"] // SLOT_US == feature_rows["slot"]) & (feature_rows["facet"] == 0)
        places = is_heard.nonzero()[0]
        rows[places] = [self._row_of_family[family] for family in feature_rows["family"][places].tolist()]
        return rows

    def _remember(self, features: Row, slot: int, began_slot: int) -> None:
        """Fill in the columns of precursors and precedents of one family, and keep what they rest on for an item."""
        family = int(features["family"])
        row = self._row_of_family[family]
        precursor_record = self._precursors.precursor_record(row, self._table, began_slot, slot)
        recalled = self._recall(row, slot, began_slot)
        if precursor_record is None and recalled is None:
            return
        self._recollections[family] = Recollection(precursor_record, recalled)
        if precursor_record is not None:
            features["precursor_hits"], features["precursor_incidents"] = (
                precursor_record.hits,
                precursor_record.incidents,
            )
            features["precursor_unfollowed"] = precursor_record.unfollowed
            features["precursor_lag_seconds"] = precursor_record.lead_seconds
            features["precursor_lift_milli"] = min(precursor_record.lift_milli, 2**31 - 1)
        if recalled is not None:
            features["precedent_days"] = max(1, (slot - recalled.case.slot) // SLOTS_PER_DAY)
            features["precedent_permille"] = recalled.permille
            features["precedent_cases"] = recalled.cases
            features["precedent_here"] = recalled.case.tenant == self._tenant

    def _recall(self, row: int, slot: int, began_slot: int) -> Recalled | None:
        """Return the precedents of a shape that has appeared lately and goes on; None where there is none to count.

        Cases near incidents are weighed against appearances of the same shapes near no incident, here and, where both
        tenants consent, elsewhere.
        """
        precedents, kept = self._memories.precedents, self._table[row]
        appeared = int(kept["appeared_slot"])
        if kept["appeared_episodes"] < EPISODES_LEAST or not SPAN_SLOTS_LEAST <= slot - appeared <= YOUNG_SLOTS:
            return None
        if appeared - began_slot < LEARNING_SLOTS:
            return None
        shape = self._shape(row)
        if not precedents.knows(shape.exact, shape.near):
            return None
        cases = precedents.recall(self._tenant, shape.exact, shape.near, shape.words, appeared)
        if not cases:
            return None
        near = {(case.tenant, case.appeared_slot) for case, _ in cases}
        comparable = self._memories.incident_memory
        consent = precedents.consent
        if consent.given_by(self._tenant):
            comparable = {name: memory for name, memory in comparable.items() if consent.given_by(name)}
        else:
            comparable = {self._tenant: self}
        elsewhere = 0
        shapes = sorted({shape.exact, *(case.exact for case, _ in cases)})
        for name, incident_memory in comparable.items():
            for begun, ended in itertools.chain.from_iterable(map(incident_memory.appearances_of, shapes)):
                current = name == self._tenant and begun >= appeared
                # an incident may still follow what has only just appeared elsewhere
                undecided = slot - ended <= ACTIVE_SLOTS and slot - begun <= ACTIVE_SLOTS
                if not current and not undecided and (name, begun) not in near:
                    elsewhere += 1
        return weight(cases, elsewhere)

    def appearances_of(self, shape: int) -> list[tuple[int, int]]:
        """Return when a shape appeared here and when it was last heard, oldest first."""
        row = self._row_of_shape.get(shape)
        return [] if row is None or not self._table[row]["families"] else appearances(self._table[row])

    def _fill_feedback(self, features: Row, slot: int) -> None:
        """Fill in the columns of feedback of one family."""
        standpoint = self._feedback.of(int(features["family"]), slot)
        if standpoint is not None:
            features["feedback_useful"], features["feedback_useless"] = standpoint.useful, standpoint.useless
            features["feedback_useful_milli"] = standpoint.useful_milli
            features["feedback_useless_milli"] = standpoint.useless_milli
            features["feedback_scope"] = standpoint.scope

    def add_item(self, item: str, family: int, tick_us: int) -> None:
        """Remember an item that was shown, so that a verdict about it finds its family."""
        self._items[item] = (family, tick_us)
        if len(self._items) > ITEMS_KEPT:
            del self._items[next(iter(self._items))]

    def earlier(self, family: int, surfaced_us: Iterable[int]) -> tuple[Earlier, ...]:
        """Return the entries of the past for an item of a family: incidents first, then feedback and its own surfacings."""
        remembered = self._recollections.get(family, Recollection(None, None))
        found: list[Earlier] = []
        if remembered.precursor_record is not None:
            found += [
                Earlier(ticket.time_us, self._tenant, f"an incident followed: {ticket.title}", 1000)
                for ticket in remembered.precursor_record.tickets[-EARLIER_SHOWN:]
            ]
        if remembered.recalled is not None:
            case, likeness = remembered.recalled.case, remembered.recalled.similarity_permille
            is_own = case.tenant == self._tenant
            outcome = f"an incident followed: {case.title}" if is_own else "an incident followed"
            entry = Earlier(case.time_us, self._tenant if is_own else "", outcome, likeness)
            if entry.when_us not in {other.when_us for other in found}:
                found.append(entry)
        shown = list(surfaced_us)
        verdict = self._feedback.before(family, shown[0] if shown else None)
        if verdict is not None:
            found.append(Earlier(verdict[0], self._tenant, verdict[1], 1000))
        for when, until in itertools.zip_longest(shown, shown[1:]):
            found.append(Earlier(when, self._tenant, self._feedback.outcome(family, when, until), 1000))
        return tuple(found)

    def learn(self, statements: Iterable[Statement], slot: int, began_slot: int, family_of: Mapping[int, int]) -> None:
        """Learn from what people stated in a slot; `family_of` maps members to the families that they have joined."""
        for statement in sorted(set(statements)):
            if statement.stated.kind == Kind.INCIDENT:
                self._learn_incident(statement, slot, began_slot)
            else:
                self._learn_feedback(statement.stated, slot, family_of)

    def _learn_incident(self, statement: Statement, slot: int, began_slot: int) -> None:
        """Learn from an incident; the same ticket counts once."""
        stated = statement.stated
        if stated.name in self._tickets:
            return
        self._tickets[stated.name] = slot
        for name in [name for name, old in self._tickets.items() if old <= slot - KEPT_SLOTS]:
            del self._tickets[name]
        table = self._table[: self._used]
        is_named = np.array([names(service, words, stated.service) for service, words in self._names], np.bool_)
        for group in self._precursors.take(Ticket(slot, statement.time_us, stated.text), stated.service):
            self._precursors.learn(group, table, is_named, began_slot, slot)
        self._memories.precedents.forget(slot)
        self._memories.precedents.take(self._cases(statement, slot, began_slot, is_named))

    def _cases(self, statement: Statement, slot: int, began_slot: int, is_named: Bools) -> Iterable[Case]:
        """Return the shapes that were young and active when an incident came; `is_named` tells which ones its service
        names.
        """
        table = self._table[: self._used]
        last = table["ends"][np.arange(len(table)), np.maximum(table["count"] - 1, 0)]
        young = (table["families"] > 0) & (table["count"] > 0)
        young &= (table["first_slot"] == table["appeared_slot"]) & (table["first_slot"] - began_slot >= LEARNING_SLOTS)
        young &= (slot - table["first_slot"] <= YOUNG_SLOTS) & (table["first_slot"] <= slot - LEAST_LEAD_SLOTS)
        young &= (slot - last <= ACTIVE_SLOTS) & (last - table["first_slot"] >= SPAN_SLOTS_LEAST)
        young &= table["appeared_episodes"] >= np.where(is_named, EPISODES_LEAST, ELSEWHERE_EPISODES_LEAST)
        for row in np.flatnonzero(young).tolist():
            shape, kept = self._shape(row), table[row]
            yield Case(
                self._tenant,
                slot,
                statement.time_us,
                int(kept["appeared_slot"]),
                int(kept["appeared_episodes"]),
                shape.exact,
                shape.near,
                bool(is_named[row]),
                statement.stated.text,
            )

    def _learn_feedback(self, stated: Stated, slot: int, family_of: Mapping[int, int]) -> None:
        """Remember a verdict about a family; one about an unknown item, family or signature is ignored."""
        if stated.name in self._items:
            family, tick_us = self._items[stated.name]
            found = {_family(family, family_of)}
            scope = FAMILY_SCOPE
        elif stated.name.startswith("f"):
            found, tick_us, scope = {_family(parse_family_id(stated.name), family_of)}, 0, FAMILY_SCOPE
        elif stated.name.startswith("s"):
            try:
                signature = parse_signature_id(stated.name)
            except ValueError:
                # of another version of masking: no family here has such a signature
                return
            tenant, tick_us, scope = name_hash(self._tenant), 0, SIGNATURE_SCOPE
            services = sorted({service for service, _ in self._names})
            members = [member_key(tenant, name_hash(service), signature) for service in services]
            found = {_family(member, family_of) for member in members}
        else:
            return
        for family in sorted(found & self._row_of_family.keys()):
            self._feedback.take(family, FeedbackRecord(slot, stated.verdict, scope, tick_us, stated.text, stated.by))

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values."""
        return (
            self._table[: self._used].tobytes(),
            packed_names([service for service, _ in self._names], [words for _, words in self._names]),
            packed_rows(self._row_of_family),
            self._precursors.snapshot(),
            self._feedback.snapshot(),
            tuple(self._tickets.items()),
            tuple((item, *about) for item, about in self._items.items()),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        table, named, rows, precursors, feedback_table, tickets, items = state
        kept = np.frombuffer(table, OCCURRENCES_DTYPE)
        self._used = len(kept)
        self._table = np.concatenate([kept, new_occurrences(64)])
        self._names = list(zip(*unpacked_names(named), strict=True))
        self._free = np.flatnonzero(kept["shape"] == 0).tolist()[::-1]
        used = np.flatnonzero(kept["shape"])
        self._row_of_shape = dict(zip(kept["shape"][used].tolist(), used.tolist(), strict=True))
        self._row_of_family = unpacked_rows(rows)
        self._precursors = Precursors.restored(precursors)
        self._feedback.restore(feedback_table)
        self._tickets = dict(tickets)
        self._items = {item: (family, tick_us) for item, family, tick_us in items}


_shape_of = lru_cache(maxsize=8192)(shape_of)


def _family(member: int, family_of: Mapping[int, int]) -> int:
    while member in family_of:
        member = family_of[member]
    return member
