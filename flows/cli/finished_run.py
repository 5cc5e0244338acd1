"""The folder of a finished run, as the commands take it that ask about one or append to one."""

from collections.abc import Sequence
from pathlib import Path

from brainstem.text.phrases import Zones
from connectors.base import ConfigurationError
from flows.config.settings import Settings, parse_zones


def settings_for(out: Path, zones: Sequence[str] | None) -> Settings:
    """Return settings that show the run in `out` in the time zones that `--zone` gives.

    Raises `ConfigurationError` for a zone that does not exist, and for a tenant that the run does not have: a misspelt name
    would have no effect, and nothing would say so. A folder without a ledger is accepted; the command itself names what is
    missing in it.
    """
    settings = Settings(out, *parse_zones(zones or ()))
    if settings.zones:
        _require_tenants(settings)
    return settings


def display_zones_for(folders: Sequence[Path], zones: Sequence[str] | None) -> tuple[Zones, str]:
    """Return the time zones in which several runs are shown, as `settings_for` does for one, and that of moments that name
    none. A tenant must be known in one of the runs.
    """
    failures: list[ConfigurationError] = []
    for folder in folders:
        try:
            settings = settings_for(folder, zones)
        except ConfigurationError as error:
            failures.append(error)
        else:
            return settings.display_zones, settings.zone
    raise failures[0]


def _require_tenants(settings: Settings) -> None:
    """Raise `ConfigurationError` for the first zone whose tenant has no input in the run's ledger."""
    from brainstem.contracts.ledger_json import from_json
    from flows.sinks.output_folder import OutputFolder

    ledger = OutputFolder(settings.out).ledger
    if not ledger.is_file():
        return
    tenants = sorted({description.tenant for description, _ in from_json(ledger.read_bytes()) if description.tenant})
    for name, zone in settings.zones:
        if name not in tenants:
            raise ConfigurationError(
                f"--zone {name}={zone}: this run has no such tenant. It has {', '.join(tenants) or 'none'}."
            )
