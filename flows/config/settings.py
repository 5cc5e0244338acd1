"""What a run is told: checked before anything is read or written."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.contracts.event import Kind
from brainstem.evidence.incidents.consent import Consent
from brainstem.parse.source_context import DEFAULT_LATENESS_US
from brainstem.text.phrases import Zones
from connectors.base import ConfigurationError
from connectors.files.discovery import DEFAULT_TENANT

BATCH_RECORDS: Final = 32_768
"""Records of a batch. Larger ones fold better (fewer, fuller deltas), smaller ones merge files more finely by time;
from 8,192 to 65,536 the measured rate stays within 10 %."""

PARTITIONS: Final = 8
"""Virtual partitions of the input. Fixed, because a stored partition must exist at resume; more than the processes of a
machine, so that files spread evenly."""


TOPICS_STATE_VERSION: Final = 1
"""of the state in `flows/sources/topic_merge.py`; here, so that a run over files need not load a Kafka client"""

SNAPSHOT_SECONDS: Final = 30.0
"""Time between snapshots of a replay. They only bound what a crash would repeat; a replay that writes fewer, larger files
is the better one."""


def parse_zones(given: Sequence[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Read zones as the command line has them: one alone, UTC unless given, and `TENANT=ZONE` for tenants.

    Raises `ConfigurationError` for two of the same, or a tenant without a name; whether they are zones `Settings` says.
    """
    told: dict[str, str] = {}
    for each in given:
        tenant, equals, zone = each.rpartition("=")
        if equals and not tenant:
            raise ConfigurationError(f"--zone {each!r} names no tenant. Give TENANT=ZONE, or a ZONE alone for all.")
        if told.setdefault(tenant, zone) != zone:
            whose = f"of {tenant} " if tenant else ""
            raise ConfigurationError(f"--zone: the zone {whose}is given as {told[tenant]!r} and as {zone!r}. Give one.")
    return told.pop("", "UTC"), tuple(sorted(told.items()))


def _require_zone(key: str, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"{key} = {zone!r} is no time zone. Give a name of the tz database such as Europe/Berlin, or UTC."
        ) from error


@dataclass(frozen=True, slots=True)
class Settings:
    """A run over files. `reference_time_us` is None where the files themselves say when they were written."""

    out: Path
    zone: str = "UTC"
    """of stamps that name none, and of the words a person reads ..."""
    zones: tuple[tuple[str, str], ...] = ()
    """... but for these tenants"""
    reference_time_us: int | None = None
    lateness_us: int = DEFAULT_LATENESS_US
    batch_records: int = BATCH_RECORDS
    snapshot_seconds: float = SNAPSHOT_SECONDS
    tenant: str = DEFAULT_TENANT
    """of statements that name none"""
    incidents: Path | None = None
    """a file of tickets, one JSON object a line"""
    feedback: Path | None = None
    """a file of verdicts, one JSON object a line"""
    share_precedents: bool = True
    """whether what stood before an incident of one tenant may speak at another. On, because whoever gives several tenants
    to one run answers for all of them, and because no text crosses: the other tenant's part is "another tenant" """
    apart: tuple[str, ...] = ()
    """tenants that neither give nor take precedents"""
    items_a_day: int = ITEMS_A_DAY
    """at most so many items of a tenant and UTC day"""
    advice: Path | None = None
    """a file of advice, which adds to what is shipped or replaces it"""

    @property
    def told_in(self) -> Zones:
        """Return the zones of the words a person reads."""
        return Zones(ZoneInfo(self.zone), {tenant: ZoneInfo(zone) for tenant, zone in self.zones})

    def zone_of(self, tenant: str) -> str:
        """Return the zone of a tenant's stamps that name none."""
        return dict(self.zones).get(tenant, self.zone)

    @property
    def statements(self) -> tuple[tuple[Path, Kind], ...]:
        """Return the files of statements with what their records are."""
        given = ((self.incidents, Kind.INCIDENT), (self.feedback, Kind.FEEDBACK))
        return tuple((path, kind) for path, kind in given if path is not None)

    @property
    def consent(self) -> Consent:
        """Say which tenants share their precedents."""
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
