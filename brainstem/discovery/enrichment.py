"""Filling in: what a tenant knows of a slot's readings beyond what their buckets could see.

Takes readings of families, of their facets, and notices, with what is remembered of the tenant; gives facets what is known
of their family, readings for what notices tell of, and families the one that they go on from.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Rows
from brainstem.arrays.rows import concat, picked
from brainstem.attention.bands import Band, floor_quarters
from brainstem.attention.state_table import StateTable
from brainstem.contracts.features import FEATURES_DTYPE, ONE_MEMBER
from brainstem.contracts.notice import SILENCE
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.tenant_report import Label
from brainstem.discovery.family_map import FamilyMap
from brainstem.discovery.notices import fill
from brainstem.evidence.discounts.lineage import FamilyLife, predecessor
from brainstem.evidence.frequency.acceleration import ACCELERATION
from brainstem.evidence.frequency.novelty import NOVELTY
from brainstem.evidence.frequency.spread import SPREAD
from brainstem.evidence.kinds import mask_of
from brainstem.evidence.numbers import countdown

OF_THE_TENANT: Final = (
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
"""columns that a facet's reading shares with that of its family"""
COUNTED_DOWN: Final = mask_of(countdown.KIND)


def placed(facets: Rows, feature_rows: Rows, family_map: FamilyMap, began_slot: int) -> Rows:
    """Return the readings of facets what is known of their family; members that are a family alone are dropped.

    `began_slot` is when the tenant was first heard. What is given is `facets` itself where none is dropped.
    """
    families = family_map.families(facets["family"])
    known = feature_rows["family"].take(np.searchsorted(feature_rows["family"], families), mode="clip") == families
    known &= (facets["facet_kind"] != ONE_MEMBER) | (families != facets["family"]) | family_map.is_several(families)
    if not known.all():
        facets, families = picked(facets, known), families[known]
    whole = np.searchsorted(feature_rows["family"], families)
    for column in OF_THE_TENANT:
        facets[column] = feature_rows[column].take(whole)
    first_slots = facets["first_time"] // SLOT_US
    facets["born_after_slots"] = np.maximum(0, first_slots - began_slot)
    members = facets["facet_kind"] == ONE_MEMBER
    for column in ("whole_7d", "whole_episodes"):
        facets[column][members] = feature_rows[column].take(whole[members])
    facets["siblings"][members] = [family_map.count(family) - 1 for family in families[members].tolist()]
    return facets


def noticed(notices: Rows, feature_rows: Rows, family_map: FamilyMap, state_table: StateTable) -> Rows:
    """Return the readings of families once more for each host or entity that notices, borne out, tell of, by member."""
    told: dict[tuple[int, int, int], Any] = {}
    for notice in notices:
        member, facet, kind = (int(notice[name]) for name in ("member", "facet", "facet_kind"))
        family = family_map.family(member)
        # what has run down is at its end, and nothing more is to be heard of it
        ended = state_table[family]["surfaced_kinds"] & COUNTED_DOWN
        if notice["kind"] == SILENCE and ended:
            continue
        if (member, facet, kind) not in told:
            # a family that has been silent for long is not read any more
            features = feature_rows[feature_rows["family"] == np.uint64(family)].copy()
            if not len(features):
                continue
            features["family"], features["facet"], features["facet_kind"] = member, facet, kind
            told[member, facet, kind] = features
        fill(told[member, facet, kind][0], notice, notices)
    return concat(list(told.values()), FEATURES_DTYPE)


def fill_lineage(
    feature_rows: Rows, quarters: Any, score: Any, slot: int, state_table: StateTable, labels: Mapping[int, Label]
) -> npt.NDArray[np.intp]:
    """Fill in which families go on where others left off, of those that would matter; gives their places."""
    news = quarters[:, NOVELTY] + quarters[:, SPREAD] + quarters[:, ACCELERATION]
    places = np.flatnonzero((score >= floor_quarters(Band.WATCH)) & (news > 0))
    found: dict[int, tuple[int, float] | None] = {}
    for place in places.tolist():
        family = int(feature_rows["family"][place])
        if family not in found:
            siblings = state_table.of_service(int(state_table[family]["service"]))
            found[family] = predecessor(
                _life(family, state_table, labels), (_life(each, state_table, labels) for each in siblings), slot
            )
        edge = found[family]
        if edge is not None:
            feature_rows["succeeded_family"][place] = np.uint64(edge[0]).astype(np.int64)
            feature_rows["succeeded_permille"][place] = round(edge[1] * 1000)
    return places[feature_rows["succeeded_permille"][places] > 0]


def _life(family: int, state_table: StateTable, labels: Mapping[int, Label]) -> FamilyLife:
    attention_state = state_table[family]
    first, last, episodes = (int(attention_state[name]) for name in ("first_slot", "last_slot", "episodes"))
    return FamilyLife(family, first, last, episodes, labels[family].template)
