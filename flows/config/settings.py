"""The settings of a run: checked when they are made, before anything is read or written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.contracts.event import Kind
from brainstem.contracts.ledger import DateOrder
from brainstem.evidence.incidents.consent import Consent
from brainstem.parameters import Number, version_of
from brainstem.parse.source_context import DEFAULT_LATENESS_US
from brainstem.text.phrases import Zones
from connectors.base import ConfigurationError
from connectors.files.discovery import DEFAULT_TENANT

BATCH_RECORDS: Final = 32_768
"""Records of a batch. Larger batches make fewer and fuller deltas, smaller ones merge files more finely by time; measured,
the rate stays within 10 % from 8,192 to 65,536."""

PARTITIONS: Final = 8
"""Virtual partitions of the input. Fixed, because a partition in a snapshot must exist when the run resumes; more than the
processes of a machine, so that files spread evenly over them."""

TOPICS_STATE_VERSION: Final = 3
"""Version of the state in `flows/sources/topic_merge.py`. It stands here so that a run over files, which compares it with
that in its plan, does not load a Kafka client."""

SNAPSHOT_SECONDS: Final = 30.0
"""Time between snapshots of a replay. They only bound what is read again after a crash, and each one makes the files of the
event store more and smaller."""


MEMORY_MINUTES: Final = 60.0
"""Time between two writes of the memory of a live run: how much of what it has learned is lost with its folder."""


def memory_beside(out: Path) -> Path | None:
    """Return the memory of a live run that names none: beside its folder, so that it outlives it; None where that has no
    name.
    """
    return out.with_name(f"{out.name}-memory.sqlite3") if out.name else None


def parse_zones(given: Sequence[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Parse zones as the command line has them: `ZONE` for all, UTC unless given, and `TENANT=ZONE` for one tenant.

    Returns the zone for all and the sorted pairs of tenant and zone. Raises `ConfigurationError` for two zones of one
    tenant, and for a tenant without a name. That a zone exists is checked by `Settings`.
    """
    zones: dict[str, str] = {}
    for text in given:
        tenant, equals, zone = text.rpartition("=")
        if equals and not tenant:
            raise ConfigurationError(f"--zone {text!r} names no tenant. Give TENANT=ZONE, or a ZONE alone for all.")
        if zones.setdefault(tenant, zone) != zone:
            whose = f"of {tenant} " if tenant else ""
            raise ConfigurationError(
                f"--zone: the zone {whose}is given as {zones[tenant]!r} and as {zone!r}. Give one."
            )
    return zones.pop("", "UTC"), tuple(sorted(zones.items()))


def parse_moment(text: str, zone: str) -> datetime:
    """Return an ISO 8601 moment with its time zone, which is `zone` unless the text has an offset. Raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _require_zone(key: str, zone: str) -> None:
    """Raise `ConfigurationError` for a zone that is not in the tz database."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"{key} = {zone!r} is no time zone. Give a name of the tz database such as Europe/Berlin, or UTC."
        ) from error


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a run over files or topics. `reference_time_us` (microseconds since the epoch, UTC) is a time by which all
    files were written; None where it is found out from the files. `lateness_us` is how far out of order a source may be.
    """

    out: Path
    zone: str = "UTC"
    """time zone of time stamps that name none, and of times in texts for people"""
    zones: tuple[tuple[str, str], ...] = ()
    """pairs of tenant and zone, for those tenants whose zone is another"""
    date_order: DateOrder = DateOrder.UNKNOWN
    """how dates such as `04/02/2022` of messages of topics are read; files have their own, by `FileInput`"""
    date_orders: tuple[tuple[str, DateOrder], ...] = ()
    """pairs of tenant and order, for those tenants whose order is another"""
    reference_time_us: int | None = None
    lateness_us: int = DEFAULT_LATENESS_US
    batch_records: int = BATCH_RECORDS
    snapshot_seconds: float = SNAPSHOT_SECONDS
    tenant: str = DEFAULT_TENANT
    """tenant of statements that name none"""
    incidents: Path | None = None
    """a file of tickets, one JSON object a line"""
    feedback: Path | None = None
    """a file of verdicts, one JSON object a line"""
    share_precedents: bool = True
    """whether messages before one tenant's incident count as a precedent at other tenants. On, because whoever puts several
    tenants into one run is responsible for all of them, and because no text crosses: the other one is named "another
    tenant" """
    apart: tuple[str, ...] = ()
    """tenants whose precedents are not used at others, nor those of others at them"""
    items_a_day: int = ITEMS_A_DAY
    """at most so many items of a tenant and UTC day"""
    memory: Path | None = None
    """the file of what earlier runs have learned, which the run continues and adds to; None for nothing"""
    memory_minutes: float = MEMORY_MINUTES
    """time between two writes of the memory of a live run; a replay writes it at its end"""
    advice: Path | None = None
    """a file of advice, which adds to what is shipped or replaces it"""
    parameters: tuple[tuple[str, Number], ...] = ()
    """pairs of key and value of the parameters that differ from their defaults, in order of keys; the process that runs is
    bound to them (`flows.process.bound_parameters`)"""

    @property
    def parameter_version(self) -> str:
        """Return the version of the parameters, which stands in every item."""
        return version_of(dict(self.parameters))

    @property
    def display_zones(self) -> Zones:
        """Return the time zones in which texts show times."""
        return Zones(ZoneInfo(self.zone), {tenant: ZoneInfo(zone) for tenant, zone in self.zones})

    def zone_of(self, tenant: str) -> str:
        """Return the zone of a tenant's time stamps that name none."""
        return dict(self.zones).get(tenant, self.zone)

    def date_order_of(self, tenant: str) -> DateOrder:
        """Return the order of a tenant's dates in messages of topics."""
        return dict(self.date_orders).get(tenant, self.date_order)

    @property
    def statements(self) -> tuple[tuple[Path, Kind], ...]:
        """Return the files of statements that are given, each with the kind of its records."""
        given = ((self.incidents, Kind.INCIDENT), (self.feedback, Kind.FEEDBACK))
        return tuple((path, kind) for path, kind in given if path is not None)

    @property
    def consent(self) -> Consent:
        """Return which tenants share their precedents."""
        return Consent(self.share_precedents, frozenset(self.apart))

    def __post_init__(self) -> None:
        """Refuse what cannot work, with key, value and fix."""
        _require_zone("zone", self.zone)
        for tenant, zone in self.zones:
            _require_zone(f"zones.{tenant}", zone)
        if self.items_a_day < 1:
            raise ConfigurationError(f"items_a_day = {self.items_a_day} must be at least 1. Try {ITEMS_A_DAY}.")
        if self.batch_records < 1:
            raise ConfigurationError(f"batch_records = {self.batch_records} must be at least 1. Try {BATCH_RECORDS}.")
        if self.snapshot_seconds < 0:
            raise ConfigurationError(
                f"snapshot_seconds = {self.snapshot_seconds} must not be negative. Try {SNAPSHOT_SECONDS:g}."
            )
        if self.lateness_us < 0:
            raise ConfigurationError(
                f"lateness = {self.lateness_us} us must not be negative. Try {DEFAULT_LATENESS_US}."
            )
