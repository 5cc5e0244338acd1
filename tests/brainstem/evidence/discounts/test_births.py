"""Births of families by service: the most within two days until a family's own, against a slow oracle over the list of all
births.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from brainstem.attention.state import new_attention_states
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.discounts.change_event import BIRTH_DAYS, BirthLog, fill_births
from brainstem.evidence.statistics import LEARNING_SLOTS

FIRST_DAY = 20_000
DAYS = 24
SERVICES = 3

Birth = tuple[int, int]
"""service and day"""


def most_together(births: list[Birth], service: int, own_day: int, today: int, tenant_day: int) -> int:
    """Return the most births of a service on two days in a row, until the day after one's own, less one's own."""
    learned = (tenant_day * SLOTS_PER_DAY + LEARNING_SLOTS) // SLOTS_PER_DAY + 1
    since = max(today - BIRTH_DAYS + 2, learned)
    pairs = [
        sum(1 for other, day in births if other == service and max(since, last - 1) <= day <= last)
        for last in range(since, today + 1)
        if own_day >= last - 1
    ]
    return max(0, max(pairs, default=0) - (own_day >= since))


@given(
    births=st.lists(st.tuples(st.integers(0, SERVICES - 1), st.integers(FIRST_DAY, FIRST_DAY + DAYS)), max_size=40).map(
        lambda births: sorted(births, key=lambda birth: birth[1])
    ),
    own=st.lists(
        st.tuples(st.integers(0, SERVICES - 1), st.integers(FIRST_DAY, FIRST_DAY + DAYS)), min_size=1, max_size=6
    ),
    tenant_day=st.integers(FIRST_DAY - 30, FIRST_DAY + DAYS),
)
def test_births_beside_a_family_are_those_of_two_days_until_its_own(
    births: list[Birth], own: list[Birth], tenant_day: int
) -> None:
    """Whatever was born when: births of a tenant's first days do not count, nor do those that fell out of the window."""
    log = BirthLog()
    for service in range(SERVICES):
        log.row_of(f"service {service}")
    for service, day in births:
        log.count(service, day * SLOTS_PER_DAY)
    today = FIRST_DAY + DAYS
    attention_states, feature_rows = new_attention_states(len(own)), np.zeros(len(own), FEATURES_DTYPE)
    for place, (service, day) in enumerate(own):
        attention_states[place]["service"], attention_states[place]["first_slot"] = service, day * SLOTS_PER_DAY
    rows = np.arange(len(own), dtype=np.int32)
    fill_births(feature_rows, attention_states, rows, today * SLOTS_PER_DAY, tenant_day * SLOTS_PER_DAY, *log.tables)
    assert feature_rows["service_births_2d"].tolist() == [
        most_together(births, service, day, today, tenant_day) for service, day in own
    ]
    assert feature_rows["service_families"].tolist() == [
        sum(1 for other, _ in births if other == service) for service, _ in own
    ]
