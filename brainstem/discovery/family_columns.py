"""The columns of whole families that only their tenant knows: one compiled call fills in those of all families of a slot.

Takes the tables of a tenant and the features of its families in a slot; returns which of them need a closer look. Most slots
of most tenants hold a few families, so what one numpy call costs for each column would be most of the work.
"""

from typing import Final

from brainstem.arrays.aliases import Flags, Int32s, Int64s, Rows
from brainstem.attention.state import fill_tenant_columns
from brainstem.contracts.slots import SLOT_US
from brainstem.evidence.discounts.change_event import fill_births
from brainstem.jit.decorators import compiled

HEARD: Final = 1
"""it has an event in the slot"""
HEALING: Final = 2
"""heal cycles are kept for it"""
COUNTERPART: Final = 4
"""it only reports that something reported by another family is over"""


@compiled
def fill_family_columns(
    attention_states: Rows,
    rows: Int32s,
    slot: int,
    feature_rows: Rows,
    heard: Int32s,
    risen: Int32s,
    spread: Int32s,
    clock: Int64s,
    service_families: Int32s,
    births: Int32s,
    birth_day: Int32s,
    marks: Flags,
) -> int:
    """Fill in the columns of `fill_tenant_columns` and `fill_births`, and what is a counterpart of another family.

    Writes into `marks` what each family needs (`HEARD`, `HEALING`, `COUNTERPART`), and returns all of these in one number.
    Other arguments are those of the two functions.
    """
    fill_tenant_columns(attention_states, rows, slot, feature_rows, heard, risen, spread, clock)
    fill_births(feature_rows, attention_states, rows, slot, clock[1], service_families, births, birth_day)
    found = 0
    for index in range(len(rows)):
        attention_state, features = attention_states[rows[index]], feature_rows[index]
        # what was there before the tenant was known anew is no older than that
        features.born_after_slots = max(0, features.born_after_slots)
        features.heal_counterpart = 1 if attention_state.counterpart_until_slot >= slot else 0
        mark = HEARD if features.last_time // SLOT_US == slot else 0
        if attention_state.healing > 0:
            mark |= HEALING
        if features.heal_counterpart > 0:
            mark |= COUNTERPART
        marks[index] = mark
        found |= mark
    return found
