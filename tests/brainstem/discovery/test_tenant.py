"""Discovery: what the whole tenant shows, decisions and findings, and families that join others."""

from collections import defaultdict
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from brainstem.aggregate.deltas import member_key
from brainstem.arrays.hashing import name_hash
from brainstem.contracts.decision import Decision
from brainstem.contracts.event import Kind
from brainstem.contracts.features import ON_HOST
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.statement import Stated, Statement
from brainstem.contracts.tenant_report import HealCycle
from brainstem.discovery.surfacing import SURFACINGS_KEPT
from brainstem.discovery.tenant import DISCOVERY_STATE_VERSION, Tenant
from brainstem.evidence.kinds import FACTORS
from brainstem.explain.item import compose
from brainstem.signature.signing import signature_id
from tests.support.oracles import Cycled, TenantStory, tenant_facts
from tests.support.streams import Graph, assert_plain, events_of, in_one_go, works
from tests.support.tenants import DAY, SLOT, STRONG, features, heard_before, tell


def story_of(seed: int, tenant: str, graph: Graph) -> TenantStory:
    """Gather what happened to a tenant from its events, and from its buckets births, joins, cycles, rises and spreads."""
    events = [event for journal in works(seed) if journal.tenant == tenant for event in events_of(journal)]
    reports = [report for report in graph.reports if report.tenant == tenant]
    births = [birth for report in reports for birth in report.births.tolist()]
    feature_rows = np.concatenate([report.feature_rows for report in reports])
    feature_rows = feature_rows[feature_rows["facet"] == 0]
    rising, spreading = (
        feature_rows[feature_rows["rise_milli"] >= 6000],
        feature_rows[feature_rows["hosts_joined_7d"] > 0],
    )
    return TenantStory(
        [(event["slot"], event["member"]) for event in events],
        {member: slot for slot, member, into in births if not into},
        {member: (slot, into) for slot, member, into in births if into},
        [
            Cycled(slot, cycle.names, cycle.member, cycle.down_us, cycle.seconds)
            for report in reports
            for slot, cycle in report.cycles
        ],
        list(zip(rising["slot"].tolist(), rising["family"].tolist(), strict=True)),
        list(zip(spreading["slot"].tolist(), spreading["family"].tolist(), strict=True)),
        {event["member"]: event["service"] for event in events},
    )


@pytest.mark.parametrize("seed", range(4))
def test_every_decision_rests_on_facts_that_can_be_recounted(seed: int) -> None:
    """What only the whole tenant shows agrees with a recount from all events, births and cycles."""
    graph = in_one_go(works(seed))
    for tenant in ("north", "south"):
        story = story_of(seed, tenant, graph)
        decisions = [each for each in graph.decisions if each.tenant == tenant and each.cause != "joined"]
        assert decisions
        for decision in decisions:
            slot = decision.tick_us // SLOT_US - 1
            expected = tenant_facts(story, decision.family, slot)
            if decision.facts["facet_kind"]:
                # of a facet, from its own first event
                expected["born_after_slots"] = decision.facts["first_time"] // SLOT_US - min(
                    at for at, _ in story.heard
                )
            assert {name: decision.facts[name] for name in expected} == expected, (decision.template, slot)
        assert any(decision.facts["heal_cycles_7d"] for decision in decisions)


@pytest.mark.parametrize("seed", range(4))
def test_every_decision_adds_up_and_follows_from_the_one_before(seed: int) -> None:
    """Prior and contributions are the score, a family's bands follow each other, and each signature has a first decision."""
    graph = in_one_go(works(seed))
    history: dict[int, list[Decision]] = defaultdict(list)
    inherited: dict[int, set[str]] = defaultdict(set)
    for decision in graph.decisions:
        assert decision.prior + sum(points for _, points in decision.contributions) == decision.score
        assert [name for name, _ in decision.contributions] == [
            name for name in FACTORS if name in dict(decision.contributions)
        ]
        before = history[decision.family]
        if before:
            assert before[-1].joined_family is None, "nothing is decided about a family that joined another"
            assert before[-1].tick_us < decision.tick_us
            assert decision.from_band in {before[-1].to_band} | inherited[decision.family]
        before.append(decision)
        if decision.joined_family is not None:
            assert decision.cause == "joined"
            inherited[decision.joined_family].add(decision.from_band)
    births = {member for report in graph.reports for _, member, into in report.births.tolist() if not into}
    assert history.keys() == births
    assert {rows[0].cause for rows in history.values()} <= {"born", "surfaced", "joined"}


@pytest.mark.parametrize("seed", range(3))
def test_every_item_adds_up(seed: int) -> None:
    """Each surfacing makes one finding and one item whose contributions and prior are its score."""
    graph = in_one_go(works(seed))
    surfaced = {(each.tick_us, each.family): each for each in graph.decisions if each.cause == "surfaced"}
    assert {(each.tick_us, each.family) for each in graph.findings} == surfaced.keys()
    for found in graph.findings:
        item = compose(found, ZoneInfo("UTC"))["data"]
        assert item["prior"] + sum(each["points"] for each in item["contributions"]) == item["score"] >= 0
        decision = surfaced[found.tick_us, found.family]
        assert (found.score, found.facts, found.band) == (decision.score, decision.facts, "promote")
        assert len(found.kinds) >= 2 or found.kinds in (("countdown",), ("silence",), ("numeric_drift",))
        assert all(before < found.tick_us for before in found.surfaced_before_us)


def test_a_verdict_weighs_on_each_host_and_name_of_what_it_is_about() -> None:
    """What people call useless must not come back as one of its hosts."""
    tenant = heard_before()
    family = member_key(name_hash("north"), name_hash("works"), 5)
    said = Stated(int(Kind.FEEDBACK), "", signature_id(5), "", "known", "useless")
    useless = Statement((SLOT + 1) * SLOT_US - 1, "north", "file:/verdicts", 0, said)
    tell(tenant, SLOT, features(family, SLOT, cue=1), births=[(family, 0)], statements=[useless])
    on_host = features(family, SLOT + 1, facet=77, facet_kind=ON_HOST, **STRONG)
    (decision,) = tell(tenant, SLOT + 1, features(family, SLOT + 1), on_host).decisions
    assert decision.facts["facet_kind"] == ON_HOST
    assert dict(decision.contributions)["feedback"] < 0


def test_a_family_that_joins_another_brings_its_band_its_surfacings_and_its_cycles() -> None:
    """The younger one was promoted and healed five times; the older one goes on from there, and the younger one ends."""
    tenant = heard_before()
    tell(tenant, SLOT, features(1, SLOT), births=[(1, 0)])
    shown = tell(tenant, SLOT + 2, features(2, SLOT + 2, **STRONG), births=[(2, 0)])
    assert [each.cause for each in shown.decisions] == ["surfaced"]
    outages = [HealCycle(("steam4",), 2, (SLOT + 2) * SLOT_US + each, 30, 9, True) for each in range(5)]
    tell(tenant, SLOT + 3, features(2, SLOT + 3, **STRONG), cycles=outages)
    joined = tell(tenant, SLOT + 4, features(1, SLOT + 4), births=[(2, 1)])
    end = joined.decisions[0]
    assert (end.family, end.joined_family, end.cause) == (2, 1, "joined")
    assert (end.from_band, end.to_band, end.score) == ("promote", "ignore-fast", end.prior)
    # the younger one was shown less than a day ago
    assert tell(tenant, SLOT + 5, features(1, SLOT + 5, **STRONG)).findings == []
    again = tell(tenant, SLOT + 4 * DAY, features(1, SLOT + 4 * DAY, **STRONG))
    assert again.decisions[0].from_band == "promote"
    (found,) = again.findings
    assert found.family == 1
    assert found.facts["heal_cycles_7d"] == 5
    # healing is a new kind of evidence since the younger one surfaced
    assert found.surfaced_before_us == ((SLOT + 3) * SLOT_US,)


def test_a_chain_of_joins_in_one_slot_ends_at_its_head() -> None:
    """Two joins in a row name the family that is left, and a later cycle of a joined member is that family's own."""
    tenant = Tenant("north")
    tell(tenant, SLOT, *(features(each, SLOT) for each in (1, 2, 3)), births=[(1, 0), (2, 0), (3, 0)])
    chain = tell(tenant, SLOT + 1, features(1, SLOT + 1), births=[(2, 1), (3, 2), (4, 0), (4, 3)])
    assert [(each.family, each.joined_family) for each in chain.decisions if each.cause == "joined"] == [
        *((2, 1), (3, 1), (4, 1))
    ]
    outages = [HealCycle(("steam4",), 4, SLOT * SLOT_US + each, 30, 9, True) for each in range(3)]
    last = tell(tenant, SLOT + 2, features(1, SLOT + 2, **STRONG), cycles=outages).decisions[0]
    assert last.facts["heal_cycles_7d"] == 3
    assert last.facts["active_families"] == 1


def test_an_entity_that_healed_often_counts_and_many_that_healed_once_do_not() -> None:
    """Ten things that each came back once are no flap; the names shown are of what healed at least twice."""
    tenant = heard_before()
    once = [HealCycle((f"client{each}",), 1, SLOT * SLOT_US + each, 30, 9, True) for each in range(10)]
    tell(tenant, SLOT, features(1, SLOT), births=[(1, 0)], cycles=once)
    calm = tell(tenant, SLOT + 1, features(1, SLOT + 1, **STRONG))
    assert calm.decisions[0].facts["heal_cycles_7d"] == 1
    assert calm.findings[0].entities == ()
    often = [HealCycle(("steam4", "mill1"), 1, SLOT * SLOT_US + 100 + each, 20 + each, 9, True) for each in range(4)]
    tell(tenant, SLOT + 2, features(1, SLOT + 2, **STRONG), cycles=often)
    (found,) = tell(tenant, SLOT + 1 + DAY, features(1, SLOT + 1 + DAY, **STRONG)).findings
    healed = ("heal_cycles_7d", "heal_entities", "heal_seconds")
    assert [found.facts[name] for name in healed] == [4, 1, 22]
    assert found.entities == ("mill1", "steam4")
    (later,) = tell(tenant, SLOT + 1 + 8 * DAY, features(1, SLOT + 1 + 8 * DAY, **STRONG)).findings
    assert [later.facts[name] for name in healed] == [0, 0, 0]
    assert later.entities == ()


@pytest.mark.parametrize(("slots", "counterpart"), [((0, 0), 0), ((0, 1), 1), ((0, 8 * DAY), 0)])
def test_a_family_that_repeats_that_something_is_back_is_a_counterpart(
    slots: tuple[int, int], counterpart: int
) -> None:
    """Twice in seven days; a return that holds several names is one return."""
    tenant = heard_before()
    both = [(1, 0), (2, 0)]
    first, second = (SLOT + 1 + slot for slot in slots)
    tell(tenant, SLOT, features(1, SLOT), features(2, SLOT), births=both)
    told = {
        slot: [
            HealCycle((f"pump{each}",), 1, slot * SLOT_US, 30, 2, True) for each in range((first, second).count(slot))
        ]
        for slot in (first, second)
    }
    for slot, cycles in told.items():
        says_up = features(2, slot, **STRONG) if slot == second else features(2, slot)
        outcome = tell(tenant, slot, features(1, slot), says_up, cycles=cycles)
    assert [found.facts["heal_counterpart"] for found in outcome.findings] == [counterpart]


def test_only_the_latest_surfacings_are_remembered() -> None:
    """The list of earlier surfacings has a bound."""
    tenant = heard_before()
    tell(tenant, SLOT, features(1, SLOT), births=[(1, 0)])
    found = [
        tell(tenant, SLOT + week * 7 * DAY, features(1, SLOT + week * 7 * DAY, **STRONG)).findings
        for week in range(1, 9)
    ]
    assert [len(each) for each in found] == [1] * 8
    ticks = [each[0].tick_us for each in found]
    assert found[-1][0].surfaced_before_us == tuple(ticks[-1 - SURFACINGS_KEPT : -1])


def test_a_snapshot_does_not_change_a_tenant() -> None:
    """Taking a snapshot twice, and going through one, gives the same snapshot; its values are plain."""
    tenant = Tenant("north")
    tell(tenant, SLOT, features(1, SLOT, **STRONG), features(2, SLOT), births=[(1, 0), (2, 0)])
    outages = [HealCycle(("steam4",), 2, SLOT * SLOT_US + each, 30, 9, True) for each in range(3)]
    tell(tenant, SLOT + 1, features(2, SLOT + 1, **STRONG), cycles=outages)
    state = tenant.snapshot()
    assert_plain(state)
    assert state[0] == DISCOVERY_STATE_VERSION
    assert tenant.snapshot() == state
    assert Tenant.restored(state).snapshot() == state


def test_a_deploy_differs_from_a_single_newborn() -> None:
    """Seven families born in neighbouring slots know of each other, one born later does not."""
    tenant = Tenant("north")
    tell(tenant, SLOT, *(features(each, SLOT) for each in (1, 2, 3)), births=[(each, 0) for each in (1, 2, 3)])
    tell(
        tenant,
        SLOT + 1,
        *(features(each, SLOT + 1) for each in (4, 5, 6, 7)),
        births=[(each, 0) for each in (4, 5, 6, 7)],
    )
    rows = [features(each, SLOT + 3, **STRONG) for each in (1, 4, 8)]
    told = tell(tenant, SLOT + 3, *rows, births=[(8, 0)])
    together = {each.family: each.facts["born_together"] for each in told.decisions}
    assert together == {1: 6, 4: 6, 8: 0}


@pytest.mark.parametrize(
    ("begins", "column", "window", "pause"),
    [
        ({"rise_milli": 6000}, "rising_together", 12, DAY),
        ({"hosts_joined_7d": 1}, "spreading_together", DAY, 7 * DAY),
    ],
)
def test_what_rises_or_spreads_together_knows_of_each_other(
    begins: dict[str, int], column: str, window: int, pause: int
) -> None:
    """Who began counts for all others, not for itself, until the window is over; going on is no new beginning."""
    tenant = heard_before()
    pair = tell(tenant, SLOT, *(features(each, SLOT, **begins) for each in (1, 2)), births=[(1, 0), (2, 0)])
    assert [each.facts[column] for each in pair.decisions] == [1, 1]

    def others(family: int, slot: int) -> int:
        """Report a quiet newborn; return how many others are counted as born with it."""
        (decision,) = tell(tenant, slot, features(family, slot), births=[(family, 0)]).decisions
        return decision.facts[column]

    assert others(3, SLOT + window - 1) == 2
    assert others(4, SLOT + window) == 0
    tell(tenant, SLOT + pause - 1, features(1, SLOT + pause - 1, **begins))
    assert others(5, SLOT + pause - 1) == 0
    tell(tenant, SLOT + pause, features(1, SLOT + pause, **begins))
    assert others(6, SLOT + pause) == 1


TENANTS = [f"{place}{number}" for place in ("acme", "fox", "Müller GmbH ", "t") for number in range(12)]


@pytest.mark.parametrize("tenant_name", TENANTS)
def test_of_a_trouble_and_its_end_the_trouble_is_shown_whatever_the_tenant_is_called(tenant_name: str) -> None:
    """Both come as often and score the same; keys of families hold the tenant's name and decide nothing."""
    tenant = Tenant(tenant_name)
    tell(tenant, SLOT - 10 * DAY, features(99, SLOT - 10 * DAY), births=[(99, 0)])
    down, back = (member_key(name_hash(tenant_name), name_hash("works"), each) for each in (5, 6))
    labels = {down: "PROBLEM: pump is unreachable", back: "OK: pump is unreachable"}
    found = []
    for slot in (SLOT, SLOT + 40):
        rows = [
            features(family, slot, active_days=14, cue=2, episodes=400, episodes_24h=1 + (slot > SLOT))
            for family in (down, back)
        ]
        rows[1]["last_time"] += 600_000_000 - 1
        for row in rows:
            if slot > SLOT:
                row["countdown_falls"] = 5
        births = sorted((family, 0) for family in labels) if slot == SLOT else []
        found += tell(tenant, slot, *rows, births=births, templates=labels).findings
    assert [each.family for each in found] == [down]
