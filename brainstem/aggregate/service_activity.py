"""Fills in how busy the service of each delta is and since when it is known, on all hosts and on each, and counts the deltas
in the service's table.

Takes deltas sorted by slot and the tables of services, fills in the columns `service_*` of the deltas. Activity is
counted in deltas, not in events, so that one chatty message does not make a service busy.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Row, Rows, UInt64s
from brainstem.arrays.hash_table import mix, place_of
from brainstem.contracts.slots import SLOTS_PER_HOUR
from brainstem.jit.decorators import compiled_without_refcounts

SERVICE_HOURS = 408
"""hours kept of a service: two weeks before the last three days"""
SERVICE_DTYPE: Final = np.dtype(
    [
        ("first_slot", "i4"),
        ("hour", "i4"),  # the latest hour
        ("slot", "i4"),  # the latest slot
        ("in_24h", "i4"),  # the columns of the deltas of that slot, computed once a slot; as in `DELTA_DTYPE`
        ("before_24h_milli", "i8"),
        ("in_72h", "i4"),
        ("before_72h_milli", "i8"),
        ("hours", "i4", (SERVICE_HOURS,)),  # deltas by hour % SERVICE_HOURS
    ]
)
"""How busy a service is: one row a service. It is stored: a changed column raises `SERVICES_STATE_VERSION`."""


@compiled_without_refcounts
def hours_between(service: Row, low: int, high: int) -> int:
    """Count the deltas of a service in hours low..high, both included."""
    total = 0
    for hour in range(max(low, service.hour - SERVICE_HOURS + 1, service.first_slot // SLOTS_PER_HOUR), high + 1):
        total += service.hours[hour % SERVICE_HOURS]
    return total


@compiled_without_refcounts
def mean_before(service: Row, days: int) -> int:
    """Return the mean deltas a day of up to two weeks before the last `days`, in thousandths; -1 for less than a day."""
    now = service.hour
    hours = min(14 * 24, now - service.first_slot // SLOTS_PER_HOUR - 24 * days)
    if hours < 24:
        return -1
    return int(hours_between(service, now - 24 * days - hours + 1, now - 24 * days) * 24_000 // hours)


@compiled_without_refcounts
def fill_service_activity(rows: Rows, cells: UInt64s, values: Int32s, services: Rows, used: int) -> int:
    """Fill in the columns of sorted deltas about their service, and count them in it; return how many services there are.

    `cells` and `values` are a hash table of the row of each service, and of the first slot of each service on each host. It
    and `services`, of which `used` rows are in use, must have room for all that is new.
    """
    for index in range(len(rows)):
        row = rows[index]
        key = mix(row.tenant, row.service)
        place = place_of(cells, key)
        if cells[place] == np.uint64(0):
            cells[place] = key
            values[place] = used
            services[used].first_slot = row.slot
            services[used].hour = row.slot // SLOTS_PER_HOUR
            services[used].slot = -1
            used += 1
        service = services[values[place]]
        hour = row.slot // SLOTS_PER_HOUR
        if hour - service.hour >= SERVICE_HOURS:
            # nothing is kept of what it said before: a line of a wrong date, or an old file, is no acquaintance
            service.first_slot = row.slot
        for passed in range(max(service.hour + 1, hour - SERVICE_HOURS + 1), hour + 1):
            service.hours[passed % SERVICE_HOURS] = 0
        service.hour = hour
        if service.slot != row.slot:
            service.slot = row.slot
            service.in_24h = hours_between(service, hour - 23, hour)
            service.before_24h_milli = mean_before(service, 1)
            service.in_72h = hours_between(service, hour - 71, hour)
            service.before_72h_milli = mean_before(service, 3)
        service.hours[hour % SERVICE_HOURS] += 1
        row.service_slot = service.first_slot
        row.service_24h = service.in_24h
        row.service_before_24h_milli = service.before_24h_milli
        row.service_72h = service.in_72h
        row.service_before_72h_milli = service.before_72h_milli
        on_host = mix(key, row.host)
        place = place_of(cells, on_host)
        if cells[place] == np.uint64(0):
            cells[place] = on_host
            values[place] = row.slot
        row.service_host_slot = max(values[place], service.first_slot)
    return used
