"""All webhooks by name: those that code reads, and the rows of the table with those that a configuration adds."""

import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qsl

from connectors.base import ConfigurationError
from connectors.http.hooks import alertmanager, logicmonitor
from connectors.http.hooks.alert import Alert, record_of
from connectors.http.hooks.mapping import HookMapping, mapped_alerts, mapping_of
from connectors.http.json_parts import InvalidJsonError, parsed, records_of

Reader = Callable[[Any], list[Alert]]
IN_CODE: Final[Mapping[str, Reader]] = {
    alertmanager.NAME: alertmanager.alerts_of,
    logicmonitor.NAME: logicmonitor.alerts_of,
}
FORM: Final = "application/x-www-form-urlencoded"
FORM_FIELDS_MOST: Final = 1000
_JSON_FIELD: Final = "payload"
"""a form may hold JSON in one field of this name"""


def readers(rows: Mapping[str, Mapping[str, Any]], where: str = "listen.hooks") -> dict[str, Reader]:
    """Return all webhooks with rows of a configuration. Raises `ConfigurationError` with key, value and fix."""
    table = tomllib.loads(files("connectors.http.hooks").joinpath("table.toml").read_text(encoding="utf-8"))
    found: dict[str, Reader] = dict(IN_CODE)
    for name, row in {**table, **rows}.items():
        if name in IN_CODE:
            raise ConfigurationError(f"{where}.{name} cannot be replaced: code reads it. Give the row another name.")
        if not isinstance(row, Mapping):
            raise ConfigurationError(f"{where}.{name} = {row!r} cannot be used. Give a table: [{where}.{name}].")
        found[name] = partial(mapped_alerts, _mapping(name, row, where))
    return found


def _mapping(name: str, row: Mapping[str, Any], where: str) -> HookMapping:
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise ConfigurationError(f"{where}: {name!r} cannot be a name. Give letters, digits, - and _.")
    return mapping_of(name, row, f"{where}.{name}")


def posted_value(body: bytes, media_type: str) -> Any:
    """Return what a body holds: JSON, or the fields of a form by their names. Raises `InvalidJsonError`."""
    if media_type == FORM:
        try:
            fields = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=FORM_FIELDS_MOST))
        except ValueError as error:
            raise InvalidJsonError(f"it is no form: {error}") from error
        return posted_value(fields[_JSON_FIELD].encode(), "") if _JSON_FIELD in fields else fields
    # the brackets first, since a parser calls itself for each of them
    for _ in records_of(body):
        pass
    return parsed(body)


def hook_records(read: Reader, posted: Any, received_at_us: int) -> list[bytes]:
    """Return the alerts of what was posted as records."""
    return [record_of(alert, received_at_us) for alert in read(posted)]
