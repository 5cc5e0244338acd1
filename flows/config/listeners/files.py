"""The tables `[[files]]`: which files an intake follows, whose they are, and how their lines are read."""

import os
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfoNotFoundError

from brainstem.contracts.ledger import DateOrder
from brainstem.text.time_zones import offset_table
from connectors.base import ConfigurationError
from connectors.files.given import PathPattern
from connectors.tail.file_set import FileSet
from flows.config.input_options import DATE_ORDERS, parse_format
from flows.config.toml_table import Table

HOURS_MOST: Final = 1_000_000.0


def file_sets(values: dict[str, Any]) -> tuple[FileSet, ...]:
    """Return what the values of a whole file say of files to follow, none for none. Raises `ConfigurationError`."""
    return tuple(_file_set(each, number) for number, each in enumerate(Table(values).take("files", list, [])))


def _file_set(values: object, number: int) -> FileSet:
    """Parse one `[[files]]`."""
    section = f"files[{number}]"
    if not isinstance(values, dict):
        raise ConfigurationError(f"{section} = {values!r} cannot be used. Give a table: [[files]].")
    table = Table(values, section)
    paths = table.take_texts("paths")
    if not paths:
        raise ConfigurationError(
            f'{section}.paths is missing. Name files, folders or patterns, such as paths = ["/var/log"].'
        )
    tenant = table.take("tenant", str, "")
    tenant_from = _patterns(table, "tenant_from", "tenant")
    if not tenant and not tenant_from:
        raise ConfigurationError(
            f'{section}.tenant is missing. Say whose files these are, such as tenant = "acme", or where their paths say so,'
            ' such as tenant_from = ["/srv/{tenant}/**"].'
        )
    if not tenant.isprintable():
        raise table.fault("tenant", tenant, "Give printable text.")
    zone = table.take("zone", str, "")
    if zone:
        _require_zone(table, zone)
    given_format = table.take("format", str, "")
    if given_format:
        try:
            parse_format(given_format)
        except ValueError as error:
            raise table.fault("format", given_format, f"Leave it out, or {error}.") from error
    found = FileSet(
        paths=tuple(os.path.normpath(os.path.abspath(each)) for each in paths),  # noqa: PTH100 - keeps links
        tenant=tenant or "unknown",
        tenant_from=tenant_from,
        host=table.take("host", str, ""),
        host_from=_patterns(table, "host_from", "host"),
        service_from=_patterns(table, "service_from", "service"),
        exclude=table.take_texts("exclude"),
        modified_hours_most=table.take_checked(
            "modified_hours_most", float, 0.0, lambda value: 0 <= value <= HOURS_MOST, "Give 0 for any age, or hours."
        ),
        zone=zone,
        date_order=DateOrder(
            table.take_checked("date_order", str, "", lambda value: value in ("", *DATE_ORDERS), 'Give "dmy" or "mdy".')
        ),
        given_format=given_format,
    )
    table.finish()
    return found


def _patterns(table: Table, key: str, place: str) -> tuple[PathPattern, ...]:
    patterns = []
    for text in table.take_texts(key):
        try:
            patterns.append(PathPattern.of(text, place))
        except ValueError as error:
            raise table.fault(
                key, text, f"Give a path with a place, such as /srv/{{{place}}}/*.log: {error}."
            ) from error
    return tuple(patterns)


def _require_zone(table: Table, zone: str) -> None:
    try:
        offset_table(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise table.fault("zone", zone, "Give a name of the tz database such as Europe/Berlin.") from error


def kept_out(*folders: Path | None) -> tuple[str, ...]:
    """Return folders that are never followed: those that this program writes itself."""
    return tuple(os.path.abspath(each) for each in folders if each is not None)  # noqa: PTH100 - keeps links
