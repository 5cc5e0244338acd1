"""A tenant whose slots a test makes up: rows of features as buckets would report them, and what discovery makes of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.statement import Statement
from brainstem.contracts.tenant_report import HealCycle, Label, SlotReport, Snippet
from brainstem.discovery.tenant import SlotOutcome, Tenant

SLOT = 2_960_000
"""some slot"""
DAY = 144
"""slots of a day"""

STRONG = {"active_days": 14, "countdown_falls": 5, "episodes": 400, "cue": 2}
"""what is promoted at any age, whatever the weights"""


def features(family: int, slot: int, **columns: int) -> Any:
    """Return the features of a family with an event in the slot, as a bucket would report them."""
    row = np.zeros(1, FEATURES_DTYPE)[0]
    row["family"], row["slot"], row["first_time"] = family, slot, SLOT * SLOT_US
    row["last_time"] = slot * SLOT_US
    for name, value in columns.items():
        row[name] = value
    return row


def tell(
    tenant: Tenant,
    slot: int,
    *rows: Any,
    births: list[tuple[int, int]] | None = None,
    cycles: list[HealCycle] | None = None,
    statements: Sequence[Statement] = (),
    templates: Mapping[int, str] | None = None,
) -> SlotOutcome:
    """Pass the report of one slot to a tenant, and return what it discovers; `templates` are those of members."""
    born, words = births or [], templates or {}
    feature_rows = np.zeros(len(rows), FEATURES_DTYPE)
    for index, row in enumerate(rows):
        feature_rows[index] = row
    return tenant.discover(
        SlotReport(
            slot=slot,
            births=born,
            cycles=cycles or [],
            feature_rows=feature_rows,
            labels={member: Label("works", words.get(member, f"family {member}"), member) for member, _ in born},
            snippets={
                (int(row["family"]), int(row["facet"]), slot): Snippet("works", "family", (int(row["family"]),), (), ())
                for row in feature_rows
            },
            statements=statements,
            families=int((feature_rows["facet"] == 0).sum()),
            has_events=bool((feature_rows["last_time"] // SLOT_US == slot).any()),
        )
    )


def heard_before(items_a_day: int = ITEMS_A_DAY) -> Tenant:
    """Return a tenant whose first event was ten days ago, so that a family born now is news."""
    tenant = Tenant("north", items_a_day=items_a_day)
    tell(tenant, SLOT - 10 * DAY, features(99, SLOT - 10 * DAY), births=[(99, 0)])
    return tenant
