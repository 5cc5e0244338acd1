"""A bucket: the families of one share of the keys, and the sealing of ticks.

Takes shares of deltas with the progress of their input, gives tenant reports. Slots are sealed in order once every input has
passed them; what a sealed slot says does not depend on how its events were batched.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.attention import (
    CONCENTRATION_POINTS_MAX,
    FEEDBACK_MAX,
    HEAL_POINTS_MAX,
    LEARNING_SLOTS,
    SILENCE_DAYS,
    SPREAD_WINDOW_SLOTS,
    Factor,
    scores,
    weigh,
)
from brainstem.bands import Band, floor_quarters
from brainstem.delta import ENTITY_BYTES, Deltas, facet_key, member_key
from brainstem.event import Kind
from brainstem.family import Families
from brainstem.finding import POINT_QUANTUM, EvidenceLine
from brainstem.healing import Cycle, Healing
from brainstem.key_table import UNKNOWN, KeyTable
from brainstem.liveness import HEARD_DTYPE
from brainstem.notice import NOTICE_DTYPE
from brainstem.outcomes import is_rare
from brainstem.reading import ON_ENTITY, ON_HOST, ONE_MEMBER, READING_DTYPE, SLOT_US, SLOTS_PER_DAY
from brainstem.report import (
    BIRTH_DTYPE,
    Exhibit,
    Label,
    TenantReport,
    statements_from_plain,
    statements_to_plain,
)
from brainstem.signature import template
from brainstem.statement import Statement
from brainstem.versions import require_version
from state.facet_table import FacetShare, FacetTable
from state.family_table import FamilyTable
from state.frontier import NOT_YET, Frontier
from state.lines import LINES_KEPT, Line, LineStore
from state.notice_tables import GaugeTable, ScheduleTable
from state.service_table import ServiceTable
from state.waiting import Ready, Waiting, in_order

BUCKET_STATE_VERSION: Final = 3
NEVER_YET: Final = 2**31 - 1
SIGNATURES_SHOWN: Final = 16

Rows = npt.NDArray[Any]


@dataclass(slots=True)
class Profile:
    """The names and lines of a family row."""

    tenant: int
    service: int
    tokens: int
    family: int
    """the signature that the family goes by"""
    signatures: list[int]

    @property
    def group(self) -> tuple[int, int, int]:
        """Give the group of signatures within which the family can grow."""
        return (self.tenant, self.service, self.tokens)


@dataclass(slots=True)
class Sealing:
    """What one tenant's share of a seal has gathered so far."""

    births: list[tuple[int, int, int]] = field(default_factory=list)
    labels: dict[tuple[int, int], Label] = field(default_factory=dict)
    readings: list[Rows] = field(default_factory=list)
    exhibits: dict[tuple[int, int, int], Exhibit] = field(default_factory=dict)
    cycles: list[tuple[int, Cycle]] = field(default_factory=list)
    notices: list[Rows] = field(default_factory=list)
    heard: list[Rows] = field(default_factory=list)


class Bucket:
    """The state of one bucket."""

    def __init__(self, inputs: int) -> None:
        self.frontier = Frontier(inputs)
        self.sealed_before = NOT_YET
        self._waiting = Waiting()
        self._table = FamilyTable()
        self._facets = FacetTable()
        self._services = ServiceTable()
        self._lines = LineStore()
        self._schedules = ScheduleTable()
        self._gauges = GaugeTable()
        self._aliases = Families()
        self._healing = Healing()
        self._row_of = KeyTable()
        self._profiles: dict[int, Profile] = {}
        self._names: dict[int, str] = {}
        self._active: list[tuple[int, dict[int, int]]] = []
        """families of each tenant that stay active through a stretch, by the stretch's first slot"""
        self._statements: list[Statement] = []
        # the slots of the earliest incident and verdict: from the next one on, families may surface because of them
        self._incident_slot = NEVER_YET
        self._feedback_slot = NEVER_YET

    def take(self, deltas: Deltas) -> None:
        """Keep a share of deltas until its slots are sealed."""
        self._waiting.add(deltas, self.sealed_before)
        self._names.update(deltas.names)
        self._statements.extend(deltas.statements)
        for statement in deltas.statements:
            slot = statement.time_us // SLOT_US
            if statement.stated.kind == Kind.INCIDENT:
                self._incident_slot = min(self._incident_slot, slot)
            else:
                self._feedback_slot = min(self._feedback_slot, slot)

    def seal(self) -> list[TenantReport]:
        """Seal every slot that all inputs have passed; gives a report per tenant that had anything to say."""
        before = self.frontier.done_before
        if before <= self.sealed_before:
            return []
        ready = self._waiting.take_before(before)
        self._services.date(ready.rows)
        sealing: dict[int, Sealing] = defaultdict(Sealing)
        self._active = []
        self._walk(ready, before, sealing)
        share = self._facets.step(ready.rows, ready.sightings)
        self._follow_facets(ready, share, sealing)
        self._tell(ready, share, before, sealing)
        self._keep_lines(ready, share)
        turns = in_order(self._healing.concerned(ready.transitions), "time", "source", "position", "entity")
        for slot, tenant, cycle in self._healing.follow(turns, ready.spellings):
            sealing[tenant].cycles.append((slot, cycle))
        self._healing.forget(before * SLOT_US)
        self._note_heard(ready, sealing)
        self.sealed_before = before
        stated = self._stated_before(before)
        reports = [self._report(tenant, sealing[tenant], stated) for tenant in sorted(sealing)]
        return reports + [TenantReport(tenant, statements=tuple(stated[tenant])) for tenant in sorted(stated)]

    def _stated_before(self, slot: int) -> dict[str, list[Statement]]:
        """Take the statements of slots below `slot`, by tenant; the rest goes on waiting."""
        ready: dict[str, list[Statement]] = defaultdict(list)
        for statement in self._statements:
            if statement.time_us // SLOT_US < slot:
                ready[statement.tenant].append(statement)
        self._statements = [each for each in self._statements if each.time_us // SLOT_US >= slot]
        return ready

    def snapshot(self) -> tuple[Any, ...]:
        """Give the state as plain values, version first."""
        profiles = tuple(
            (row, each.tenant, each.service, each.tokens, each.family, tuple(each.signatures))
            for row, each in self._profiles.items()
        )
        return (
            BUCKET_STATE_VERSION,
            self.frontier.snapshot(),
            self.sealed_before,
            self._waiting.snapshot(),
            self._table.snapshot(),
            self._facets.snapshot(),
            self._services.snapshot(),
            self._lines.snapshot(),
            self._schedules.snapshot(),
            self._gauges.snapshot(),
            self._aliases.snapshot(),
            self._healing.snapshot(),
            tuple(self._row_of.items()),
            profiles,
            tuple(self._names.items()),
            (self._incident_slot, self._feedback_slot, statements_to_plain(self._statements)),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        require_version("a bucket", state[0], BUCKET_STATE_VERSION)
        (
            _,
            frontier,
            self.sealed_before,
            waiting,
            table,
            facets,
            services,
            lines,
            schedules,
            gauges,
            aliases,
            healing,
            row_of,
            profiles,
            names,
            stated,
        ) = state
        self.frontier.restore(frontier)
        self._waiting.restore(waiting)
        self._table.restore(table)
        self._facets.restore(facets)
        self._services.restore(services)
        self._lines.restore(lines)
        self._schedules.restore(schedules)
        self._gauges.restore(gauges)
        self._aliases = Families.restore(aliases)
        self._healing.restore(healing)
        for member, row in row_of:
            self._row_of[member] = row
        self._names = dict(names)
        self._incident_slot, self._feedback_slot, statements = stated
        self._statements = list(statements_from_plain(statements))
        for row, tenant, service, tokens, family, signatures in profiles:
            self._profiles[row] = Profile(tenant, service, tokens, family, list(signatures))

    def _walk(self, ready: Ready, before: int, sealing: dict[int, Sealing]) -> None:
        """Seal stretches of slots; a stretch begins where an unknown signature appears, for it may change the families."""
        rows = ready.rows
        if not len(rows) and not len(self._table):
            return
        unknown = self._row_of.rows_of(rows["member"]) == UNKNOWN
        begin = self.sealed_before if self.sealed_before != NOT_YET else int(rows["slot"][0])
        newborn = rows[unknown]
        newborn = newborn[np.sort(np.unique(newborn["member"], return_index=True)[1])]
        edges = sorted({begin, *newborn["slot"].tolist()})
        for low_slot, high_slot in zip(edges, [*edges[1:], before], strict=True):
            low, high = np.searchsorted(rows["slot"], (low_slot, high_slot)).tolist()
            self._adopt(newborn[newborn["slot"] == low_slot], ready, sealing)
            self._step(rows[low:high], ready, low_slot, high_slot - 1, sealing)

    def _adopt(self, newborn: Rows, ready: Ready, sealing: dict[int, Sealing]) -> None:
        """Give each unknown signature of a slot a family of its own or the one it belongs to."""
        for row in newborn:
            member, signature, slot = int(row["member"]), int(row["signature"]), int(row["slot"])
            profile = Profile(int(row["tenant"]), int(row["service"]), int(row["tokens"]), signature, [signature])
            index = self._table.add(member, profile.tenant, slot)
            self._row_of[member] = index
            self._profiles[index] = profile
            tenant = sealing[profile.tenant]
            tenant.births.append((slot, member, 0))
            words = template(ready.texts[int(row["text"])].message)
            tenant.labels[member, slot] = Label(self._names.get(profile.service, ""), words.text, signature)
            for merge in self._aliases.add(profile.group, signature, words.tokens, slot):
                self._merge(profile.group, merge.kept, merge.absorbed, slot, tenant)
            final = self._row_of[member]
            tenant.labels[self._key_of(final), slot] = self._label(final)

    def _merge(self, group: tuple[int, int, int], kept: int, absorbed: int, slot: int, tenant: Sealing) -> None:
        """Make two families one."""
        keep = self._row_of[member_of(group, kept)]
        gone = self._row_of[member_of(group, absorbed)]
        if keep == gone:
            return
        family = member_of(group, kept)
        self._table.merge(keep, gone, family)
        old = self._profiles.pop(gone)
        profile = self._profiles[keep]
        for signature in old.signatures:
            self._row_of[member_of(group, signature)] = keep
        profile.signatures = sorted({*profile.signatures, *old.signatures}, key=lambda each: (each != kept, each))
        self._lines.families.make_room(max(keep, gone) + 1)
        self._lines.merge(keep, gone)
        tenant.births.append((slot, member_of(group, absorbed), family))

    def _key_of(self, row: int) -> int:
        profile = self._profiles[row]
        return member_of(profile.group, profile.family)

    def _label(self, row: int) -> Label:
        profile = self._profiles[row]
        words = self._aliases.template_of(profile.group, profile.family)
        return Label(self._names.get(profile.service, ""), words, profile.family)

    def _step(self, rows: Rows, ready: Ready, from_slot: int, to_slot: int, sealing: dict[int, Sealing]) -> None:
        """Fold a stretch of slots and gather readings and exhibits."""
        active = self._table.active_since(to_slot - SLOTS_PER_DAY + 1)
        self._active.append((from_slot, active))
        row_of = self._row_of.rows_of(rows["member"])
        readings, reading_rows = self._table.step(rows, row_of, from_slot, to_slot)
        if len(readings):
            self._gather(readings, reading_rows, ready, sealing)

    def _follow_facets(self, ready: Ready, share: FacetShare, sealing: dict[int, Sealing]) -> None:
        """Report the readings of facets, and leave out what says no more than its family does."""
        readings = share.readings
        rows = self._row_of.rows_of(readings["family"])
        several = np.array([len(self._profiles[row].signatures) > 1 for row in rows.tolist()], bool)
        kept = several | (readings["facet"] != 0)
        if not kept.any():
            return
        readings, rows, facet_rows = readings[kept], rows[kept], share.reading_rows[kept]
        readings["facet_kind"][readings["facet"] == 0] = ONE_MEMBER
        readings["facet"] = np.where(readings["facet"] == 0, readings["family"], readings["facet"])
        tenants = self._tenants_of(rows)
        for tenant in np.unique(tenants).tolist():
            sealing[tenant].readings.append(readings[tenants == np.uint64(tenant)])
        best = readings.copy()
        best["stateful"] = self._table.stateful(rows)
        begins = [begin for begin, _ in self._active]
        stretches = np.searchsorted(begins, readings["slot"], side="right") - 1
        best["active_families"] = [
            self._active[stretch][1].get(tenant, 1)
            for stretch, tenant in zip(stretches.tolist(), tenants.tolist(), strict=True)
        ]
        slots = np.ascontiguousarray(share.deltas["slot"])
        for index in np.flatnonzero(may_surface(best, self._incident_slot, self._feedback_slot)).tolist():
            reading = readings[index]
            slot, member, facet = (int(reading[name]) for name in ("slot", "family", "facet"))
            end = int(np.searchsorted(slots, slot + 1))
            fresh = share.deltas["line"][:end][share.rows[:end] == facet_rows[index]].tolist()
            exhibit = self._facet_exhibit(ready, fresh, int(rows[index]), int(facet_rows[index]), reading)
            sealing[int(tenants[index])].exhibits[member, facet, slot] = exhibit

    def _tell(self, ready: Ready, share: FacetShare, before: int, sealing: dict[int, Sealing]) -> None:
        """Gather notices of silent jobs and moving numbers, with what can be shown of what they are about."""
        if self.sealed_before == NOT_YET and not len(ready.rows):
            return
        begin = self.sealed_before if self.sealed_before != NOT_YET else int(ready.rows["slot"][0])
        notices = np.concatenate(
            [
                self._schedules.step(ready.rows, ready.sightings, begin, before - 1),
                self._gauges.step(ready.numbers, begin, before - 1),
            ]
        )
        slots = np.ascontiguousarray(share.deltas["slot"])
        for index, row in enumerate(self._row_of.rows_of(notices["member"]).tolist()):
            notice = notices[index]
            tenant = sealing[self._profiles[row].tenant]
            tenant.notices.append(notices[index : index + 1])
            member, facet, slot = (int(notice[name]) for name in ("member", "facet", "slot"))
            facet_row = self._facets.row_of(facet_key(member, int(notice["facet_kind"]), facet))
            end = int(np.searchsorted(slots, slot + 1))
            fresh = share.deltas["line"][:end][share.rows[:end] == facet_row].tolist() if facet_row >= 0 else []
            tenant.exhibits[member, facet, slot] = self._notice_exhibit(ready, fresh, row, facet_row, notice)

    def _notice_exhibit(self, ready: Ready, fresh: list[int], row: int, facet_row: int, notice: Any) -> Exhibit:
        """Show what a notice is about, though nothing of it may have come in this seal."""
        if fresh:
            return self._facet_exhibit(ready, fresh, row, facet_row, notice)
        owners = (self._lines.facets, facet_row) if facet_row >= 0 else (self._lines.families, row)
        lines = self._lines.shown(*owners)
        host = int(notice["host"])
        return self._exhibit(row, lines, (self._names[host],) if host else ())

    def _tenants_of(self, rows: npt.NDArray[np.int32]) -> npt.NDArray[np.uint64]:
        return np.array([self._profiles[row].tenant for row in rows.tolist()], np.uint64)

    def _gather(
        self, readings: Rows, reading_rows: npt.NDArray[np.int32], ready: Ready, sealing: dict[int, Sealing]
    ) -> None:
        """Sort readings by tenant and build exhibits for the families that may surface."""
        tenants = self._tenants_of(reading_rows)
        for tenant in np.unique(tenants).tolist():
            sealing[tenant].readings.append(readings[tenants == np.uint64(tenant)])
        best = readings.copy()
        best["active_families"] = [self._active[-1][1].get(tenant, 1) for tenant in tenants.tolist()]
        shown = np.flatnonzero(may_surface(best, self._incident_slot, self._feedback_slot))
        if not len(shown):
            return
        owners, slots = self._row_of.rows_of(ready.rows["member"]), np.ascontiguousarray(ready.rows["slot"])
        for index in shown.tolist():
            row, slot = int(reading_rows[index]), int(readings["slot"][index])
            fresh = np.flatnonzero(owners[: np.searchsorted(slots, slot + 1)] == row)
            fresh = fresh[_by_time(ready.rows[fresh])]
            lines = self._known(self._lines.shown(self._lines.families, row), fresh.tolist(), ready)
            key = (int(readings["family"][index]), 0, slot)
            hosts = tuple(self._names[host] for host in self._table.hosts_of(row, slot))
            sealing[int(tenants[index])].exhibits[key] = self._exhibit(row, lines, hosts)

    def _facet_exhibit(self, ready: Ready, fresh: list[int], row: int, facet_row: int, reading: Any) -> Exhibit:
        """Show a facet as it was known at the end of a slot."""
        lines = self._known(self._lines.shown(self._lines.facets, facet_row), fresh, ready)
        latest = self._row(ready, fresh[-1])
        hosts = tuple(sorted({self._names[line[4]] for line in lines if line[4]}))
        message = ready.texts[int(latest["text"])].message
        entity = ""
        if reading["facet_kind"] == ON_HOST:
            hosts = (self._names[int(reading["facet"])],)
        elif reading["facet_kind"] == ON_ENTITY:
            spelled = message[int(latest["name_start"]) : int(latest["name_end"])][:ENTITY_BYTES]
            entity = spelled.decode("utf-8", "replace")
        return Exhibit(
            self._names.get(self._profiles[row].service, ""),
            template(message).text,
            (int(latest["signature"]),),
            hosts,
            tuple(self._shown(line) for line in lines),
            entity,
        )

    def _known(self, kept: list[Line], fresh: list[int], ready: Ready) -> list[Line]:
        """Give the first line and the latest ones of what was kept before this seal and of what came in it."""
        first = kept[0] if kept else self._line(ready, fresh[0])
        latest = [*kept[1:], *(self._line(ready, index) for index in fresh[-LINES_KEPT:])][-LINES_KEPT:]
        return latest if first in latest else [first, *latest]

    def _line(self, ready: Ready, index: int) -> Line:
        """Give the line of a delta, or, after all deltas, of a sighting."""
        row = self._row(ready, index)
        slot, event_time, source, position, host = (
            int(row[name]) for name in ("slot", "event_time", "source", "position", "host")
        )
        return slot, event_time, source, position, host, ready.texts.raws[int(row["text"])]

    def _row(self, ready: Ready, index: int) -> Any:
        count = len(ready.rows)
        return ready.rows[index] if index < count else ready.sightings[index - count]

    def _keep_lines(self, ready: Ready, share: FacetShare) -> None:
        """Keep the lines of this seal for later exhibits."""
        if not len(ready.rows):
            return
        chunk = self._lines.add_chunk(ready.texts.raws)
        order = _by_time(ready.rows)
        numbers = np.empty(len(ready.rows) + len(ready.sightings), np.int32)
        numbers[: len(ready.rows)] = self._lines.add(ready.rows, chunk)
        numbers[len(ready.rows) :] = self._lines.add(ready.sightings, chunk)
        self._lines.families.make_room(len(self._table))
        self._lines.families.hang(self._row_of.rows_of(ready.rows["member"][order]), numbers[order])
        self._lines.facets.make_room(len(self._facets))
        self._lines.facets.hang(share.rows, numbers[share.deltas["line"]])
        self._lines.sweep()

    def _note_heard(self, ready: Ready, sealing: dict[int, Sealing]) -> None:
        """Tell each tenant which source heard which host in which slot."""
        heard = np.unique(ready.rows[["tenant", "slot", "source", "host"]])
        for tenant in np.unique(heard["tenant"]).tolist():
            own = heard[heard["tenant"] == np.uint64(tenant)]
            rows = np.zeros(len(own), HEARD_DTYPE)
            for column in ("slot", "source", "host"):
                rows[column] = own[column]
            sealing[tenant].heard.append(rows)

    def _exhibit(self, row: int, lines: list[Line], hosts: tuple[str, ...]) -> Exhibit:
        """Put together what can be shown of a family."""
        profile = self._profiles[row]
        label = self._label(row)
        return Exhibit(
            label.service,
            label.template,
            tuple(profile.signatures[:SIGNATURES_SHOWN]),
            hosts,
            tuple(self._shown(line) for line in lines),
        )

    def _shown(self, line: Line) -> EvidenceLine:
        """Give a line with names in place of hashes."""
        _, event_time, source, position, host, raw = line
        return EvidenceLine(self._names[source], position, event_time, self._names[host] if host else "", raw)

    def _report(self, tenant: int, sealing: Sealing, stated: dict[str, list[Statement]]) -> TenantReport:
        """Put together what this bucket has to say of a tenant."""
        readings = np.concatenate(sealing.readings) if sealing.readings else np.zeros(0, READING_DTYPE)
        return TenantReport(
            self._names[tenant],
            readings[np.lexsort((readings["facet"], readings["family"], readings["slot"]))],
            np.array(sealing.births, BIRTH_DTYPE),
            tuple(sealing.cycles),
            sealing.labels,
            sealing.exhibits,
            np.concatenate(sealing.notices) if sealing.notices else np.zeros(0, NOTICE_DTYPE),
            np.concatenate(sealing.heard) if sealing.heard else np.zeros(0, HEARD_DTYPE),
            tuple(stated.pop(self._names[tenant], ())),
        )


def _by_time(rows: Rows) -> npt.NDArray[np.intp]:
    """Give the order of deltas by slot, and event time, source and position of the line that speaks for each."""
    return np.lexsort(tuple(rows[name] for name in ("position", "source", "event_time", "slot")))


def member_of(group: tuple[int, int, int], signature: int) -> int:
    """Give the key of a signature within its group's tenant and service."""
    return member_key(group[0], group[1], signature)


def may_surface(
    readings: Rows, incident_slot: int = NEVER_YET, feedback_slot: int = NEVER_YET
) -> npt.NDArray[np.bool_]:
    """Tell which readings could reach promotion with the best that the tenant's step can add to them.

    `active_families` holds how many there are at least. The slots are those of the first incident and the first verdict
    of all.
    """
    best = readings.copy()
    best["born_after_slots"] = int(SILENCE_DAYS) * SLOTS_PER_DAY
    best["tenant_age_slots"] = LEARNING_SLOTS + SPREAD_WINDOW_SLOTS
    quarters = weigh(best)
    # how many members its family has, and how often they come, only the tenant knows
    quarters[best["facet_kind"] == ONE_MEMBER, Factor.CONCENTRATION] = int(CONCENTRATION_POINTS_MAX * POINT_QUANTUM)
    healed = best["stateful"].astype(np.int32) * int(HEAL_POINTS_MAX * POINT_QUANTUM)
    after_incident = readings["slot"] > incident_slot
    # a precursor outweighs the prior by itself, a precedent together with little else
    foretells = after_incident & (readings["last_time"] // SLOT_US == readings["slot"]) & is_rare(readings)
    praised = (readings["slot"] > feedback_slot).astype(np.int32) * int(FEEDBACK_MAX * POINT_QUANTUM)
    reach = scores(quarters) + healed + praised >= floor_quarters(Band.PROMOTE)
    return np.asarray(reach | foretells, bool)
