"""Births: how many families each service of a tenant has, and on which days they were born.

A service that says many new things at once has been changed, so what comes with them is less news.
"""

from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Rows
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.statistics import LEARNING_SLOTS

BIRTH_DAYS: Final = 16
NO_DAY: Final = -(2**31)


class BirthLog:
    """The births of one tenant, by service and day."""

    def __init__(self) -> None:
        self._services: dict[str, int] = {}
        self._families = np.zeros(8, np.int32)
        self._births = np.zeros((8, BIRTH_DAYS), np.int32)
        self._birth_day = np.full((8, BIRTH_DAYS), NO_DAY, np.int32)

    def row_of(self, service: str) -> int:
        """Return the number of a service."""
        row = self._services.setdefault(service, len(self._services))
        if row == len(self._births):
            self._families = np.concatenate([self._families, np.zeros_like(self._families)])
            self._births = np.concatenate([self._births, np.zeros_like(self._births)])
            self._birth_day = np.concatenate([self._birth_day, np.full_like(self._birth_day, NO_DAY)])
        return row

    def count(self, service: int, slot: int) -> None:
        """Count a birth in a service."""
        self._families[service] += 1
        day = slot // SLOTS_PER_DAY
        if self._birth_day[service, day % BIRTH_DAYS] != day:
            self._birth_day[service, day % BIRTH_DAYS], self._births[service, day % BIRTH_DAYS] = day, 0
        self._births[service, day % BIRTH_DAYS] += 1

    def fill(self, feature_rows: Rows, services: Int32s, first_slots: Int32s, slot: int, tenant_slot: int) -> None:
        """Fill in how many families each service has, and how many were born in it within two days, at the most, until each
        family was born itself.

        `services` and `first_slots` are those of the readings' families; `tenant_slot` is the tenant's first one. What a
        tenant says in its first days is news to us only, so births of these days are not counted.
        """
        today, learned = slot // SLOTS_PER_DAY, (tenant_slot + LEARNING_SLOTS) // SLOTS_PER_DAY + 1
        since = max(today - BIRTH_DAYS + 2, learned)
        births = np.where(self._birth_day >= since, self._births, 0)
        born = first_slots // SLOTS_PER_DAY
        most = np.zeros(len(feature_rows), np.int32)
        for day in range(since, today + 1):
            pair = births[:, day % BIRTH_DAYS] + births[:, (day - 1) % BIRTH_DAYS] * (day > since)
            # what was there before a change has not come with it
            most = np.where(born >= day - 1, np.maximum(most, pair[services]), most)
        feature_rows["service_births_2d"] = np.maximum(0, most - (born >= since))
        feature_rows["service_families"] = self._families[services]

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values."""
        return tuple(self._services), self._families.tobytes(), self._births.tobytes(), self._birth_day.tobytes()

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        services, families, births, days = state
        self._services = {service: row for row, service in enumerate(services)}
        self._families = np.frombuffer(families, np.int32).copy()
        self._births = np.frombuffer(births, np.int32).reshape(-1, BIRTH_DAYS).copy()
        self._birth_day = np.frombuffer(days, np.int32).reshape(-1, BIRTH_DAYS).copy()
