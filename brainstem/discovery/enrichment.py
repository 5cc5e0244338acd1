"""Fills columns of facets' features from those of their family, and finds which family a new one succeeds.

Takes features of families and of facets, and notices, with what is remembered of the tenant. Facets get the columns of their
family, notices get features of their own, and families the one that they succeed. Columns of a bucket are not changed.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Int32s, Row, Rows
from brainstem.arrays.rows import concat, picked
from brainstem.attention.bands import Band, floor_quarters
from brainstem.attention.state_table import StateTable
from brainstem.contracts.features import FEATURES_DTYPE, ON_HOST, ONE_MEMBER
from brainstem.contracts.notice import GROWTH, OUTCOME, SILENCE
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.tenant_report import Label
from brainstem.discovery.family_map import FamilyMap
from brainstem.discovery.notice_columns import fill_notice
from brainstem.evidence.discounts.lineage import FamilyLife, predecessor
from brainstem.evidence.frequency.acceleration import ACCELERATION
from brainstem.evidence.frequency.novelty import NOVELTY
from brainstem.evidence.frequency.spread import SPREAD
from brainstem.evidence.kinds import mask_of
from brainstem.evidence.numbers import countdown
from brainstem.evidence.statistics import LEARNING_SLOTS

TENANT_COLUMNS: Final = (
    "active_families",
    "rising_together",
    "spreading_together",
    "born_together",
    "heal_cycles_7d",
    "heal_entities",
    "heal_seconds",
    "heal_outage",
    "heal_learned",
    "heal_counterpart",
    "service_births_2d",
    "service_families",
    "tenant_age_slots",
    *(name for name in FEATURES_DTYPE.names or () if name.startswith(("precursor_", "precedent_", "feedback_"))),
)
"""columns that a facet shares with its family"""
_FIELDS: Final[Mapping[str, Any]] = FEATURES_DTYPE.fields or {}
TENANT_BYTES: Final = np.concatenate(
    [np.arange(offset, offset + column.itemsize) for column, offset in (_FIELDS[name][:2] for name in TENANT_COLUMNS)]
)
"""the places of these columns in the bytes of a row"""
COUNTED_DOWN: Final = mask_of(countdown.KIND)
"""the bit of countdowns in a mask of kinds"""


def fill_facets(facets: Rows, feature_rows: Rows, family_map: FamilyMap, began_slot: int) -> Rows:
    """Fill in, in place, what facets share with their family; return the facets that are left.

    Dropped are facets of families without features in this slot, and members that are a family alone. `began_slot` is
    that of the tenant's first event. Returns `facets` itself where none is dropped.
    """
    if not len(facets):
        return facets
    families = family_map.families(facets["family"])
    known = feature_rows["family"].take(np.searchsorted(feature_rows["family"], families), mode="clip") == families
    alone = (facets["facet_kind"] == ONE_MEMBER) & (families == facets["family"])
    if alone.any():
        known[alone] &= family_map.has_several_members(families[alone])
    if not known.all():
        facets, families = picked(facets, known), families[known]
    whole = np.searchsorted(feature_rows["family"], families)
    # column by column would be most of what a slot with a few facets costs
    _bytes_of(facets)[:, TENANT_BYTES] = _bytes_of(feature_rows)[whole[:, None], TENANT_BYTES]
    first_slots = facets["first_time"] // SLOT_US
    facets["born_after_slots"] = np.maximum(0, first_slots - began_slot)
    members = facets["facet_kind"] == ONE_MEMBER
    if members.any():
        facets["whole_episodes"][members] = feature_rows["whole_episodes"].take(whole[members])
        facets["siblings"][members] = [family_map.count(family) - 1 for family in families[members].tolist()]
        facets["whole_7d"][members] = _of_all_members(facets[members], feature_rows.take(whole[members]))
    return facets


def _of_all_members(members: Rows, families: Rows) -> npt.NDArray[np.int64]:
    """Return the episodes in 7 days of all members of the family of each of `members`, with those that came in one slot; as
    `told_with` counts them.
    """
    own, events = members["episodes"].astype(np.int64), np.maximum(1, members["count"])
    others = (families["count"] - members["count"]) * own // events
    most = np.maximum(0, members["siblings"].astype(np.int64)) * own
    with_others = np.minimum(np.maximum(0, others - (families["episodes"] - own)), most)
    counted: npt.NDArray[np.int64] = families["whole_7d"] + members["episodes_7d"] * with_others // np.maximum(1, own)
    return counted


def _bytes_of(rows: Rows) -> npt.NDArray[np.uint8]:
    """Return a view of rows as bytes, shape (rows, bytes of a row)."""
    return rows.view(np.uint8).reshape(len(rows), rows.dtype.itemsize)


def features_of_notices(notices: Rows, feature_rows: Rows, family_map: FamilyMap, state_table: StateTable) -> Rows:
    """Return a copy of a family's features for each member, host or entity of `notices`, with the columns of its notices."""
    filled: dict[tuple[int, int, int], Rows] = {}
    for notice in notices:
        member, facet, kind = (int(notice[name]) for name in ("member", "facet", "facet_kind"))
        family = family_map.family(member)
        # a countdown that was shown is at its end, so silence about it is expected
        ended = state_table[family]["surfaced_kinds"] & COUNTED_DOWN
        if notice["kind"] == SILENCE and ended:
            continue
        if (member, facet, kind) not in filled:
            # a family that has been silent for long has no features any more
            features = feature_rows[feature_rows["family"] == np.uint64(family)].copy()
            if not len(features) or (notice["kind"] == GROWTH and not _counts_trouble(features[0])):
                continue
            # what hints at nothing and came with other new messages of its service came with an update
            if notice["kind"] == OUTCOME and not notice["is_worse"] and features["service_births_2d"][0] > 0:
                continue
            features["family"], features["facet"], features["facet_kind"] = member, facet, kind
            if kind == ON_HOST or notice["kind"] != SILENCE:
                # a job or a number of one host; the others of its family are not what it is about
                features["hosts"] = 1
            filled[member, facet, kind] = features
        fill_notice(filled[member, facet, kind][0], notice, notices)
    return concat(list(filled.values()), FEATURES_DTYPE)


def _counts_trouble(features: Row) -> bool:
    """Return whether what is counted is a trouble: it hints at one, or was not there when the tenant was met."""
    return bool(features["cue"] > 0 or features["born_after_slots"] >= LEARNING_SLOTS)


def fill_lineage(
    feature_rows: Rows, quarters: Int32s, score: Int32s, slot: int, state_table: StateTable, labels: Mapping[int, Label]
) -> npt.NDArray[np.intp]:
    """Fill in which family each one succeeds, of those whose score would matter; return the places of those that do.

    `quarters` has shape (features, factors), `score` one a feature, both in quarters of a deciban.
    """
    news = quarters[:, NOVELTY] + quarters[:, SPREAD] + quarters[:, ACCELERATION]
    places = np.flatnonzero((score >= floor_quarters(Band.WATCH)) & (news > 0))
    found: dict[int, tuple[int, float] | None] = {}
    for place in places.tolist():
        family = int(feature_rows["family"][place])
        if family not in found:
            life = _family_life(family, state_table, labels)
            siblings = state_table.may_have_fallen_silent(int(state_table[family]["service"]), life.first_slot)
            found[family] = predecessor(
                life,
                (_family_life(sibling, state_table, labels) for sibling in siblings),
                slot,
            )
        succession = found[family]
        if succession is not None:
            feature_rows["succeeded_family"][place] = np.uint64(succession[0]).astype(np.int64)
            feature_rows["succeeded_permille"][place] = round(succession[1] * 1000)
    return places[feature_rows["succeeded_permille"][places] > 0]


def _family_life(family: int, state_table: StateTable, labels: Mapping[int, Label]) -> FamilyLife:
    """Return when a family was heard, and its template."""
    first, last, episodes = state_table.life_of(family)
    return FamilyLife(family, first, last, episodes, labels[family].template)
