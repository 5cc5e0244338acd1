"""What the last start of a live run was asked beside its record, `_last-start.json` in its folder.

A live run is stopped and started again for years, with other files to follow or another shadow. `run.json` holds what it
began with; this holds what is in force now: how followed files are read, and the parameters of the shadow. What was changed
of the settings in `run.json` is named too, since no later reading of the stored records can follow such a change.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import orjson

from brainstem.contracts.ledger import DateOrder
from brainstem.parameters import Number
from connectors.base import InputError
from connectors.files.given import PathPattern
from connectors.tail.file_set import FileSet
from flows.config.live_run import Configuration
from flows.config.parameter_file import ShadowSettings
from flows.recovery.run_record import asked_parameters, read_record, settings_to_plain
from flows.sinks.output_folder import OutputFolder
from state.store.atomic_files import write_file

LAST_START_VERSION: Final = 1
FILES: Final = "files"
"""what `changed` names where files are followed in another way than at an earlier start"""


@dataclass(frozen=True, slots=True)
class LastStart:
    """What is in force since the last start. `changed` are the settings that have had another value in an earlier one."""

    files: tuple[FileSet, ...] = ()
    shadow: ShadowSettings | None = None
    changed: tuple[str, ...] = ()


def note_start(folder: OutputFolder, configuration: Configuration) -> None:
    """Write what a start asks, durably; the record of the run is there by now."""
    earlier = read_last_start(folder)
    begun = settings_to_plain(read_record(folder.run_record).settings)
    now = orjson.loads(orjson.dumps(settings_to_plain(configuration.settings)))
    begun = orjson.loads(orjson.dumps(begun))
    changed = {name for name in begun if name != "tenant" and begun[name] != now[name]}
    read_before, read_now = (list(map(_file_set_to_plain, each)) for each in (earlier.files, configuration.kafka.files))
    if folder.last_start.exists() and read_before != read_now:
        changed.add(FILES)
    shadow = configuration.shadow
    document: dict[str, Any] = {
        "version": LAST_START_VERSION,
        "files": [_file_set_to_plain(each) for each in configuration.kafka.files],
        "shadow": None if shadow is None else {"config": str(shadow.config), "parameters": dict(shadow.parameters)},
        "changed": sorted({*earlier.changed, *changed}),
    }
    write_file(folder.last_start, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def read_last_start(folder: OutputFolder) -> LastStart:
    """Return what the last start of a live run was asked; nothing where no start has written it. Raises `InputError` for a
    damaged file.
    """
    try:
        plain = orjson.loads(folder.last_start.read_bytes())
        if plain["version"] != LAST_START_VERSION:
            raise InputError(
                f"{folder.last_start} is of version {plain['version']}, this build reads {LAST_START_VERSION}."
            )
        shadow = plain["shadow"]
        return LastStart(
            tuple(map(_file_set_from_plain, plain["files"])),
            None if shadow is None else ShadowSettings(Path(shadow["config"]), _parameters(shadow["parameters"])),
            tuple(plain["changed"]),
        )
    except FileNotFoundError:
        return LastStart()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{folder.last_start} is damaged ({type(error).__name__}: {error}). Operator action: remove it; the next start"
            " of the run writes it anew."
        ) from error


def _parameters(plain: dict[str, Any]) -> tuple[tuple[str, Number], ...]:
    return asked_parameters({"--parameters": plain})


def _file_set_to_plain(files: FileSet) -> dict[str, Any]:
    """Return what says how followed files are read; who is let in and when belongs to the intake."""
    return {
        "paths": files.paths,
        "tenant": files.tenant,
        "host": files.host,
        "host_from": [each.text for each in files.host_from],
        "service_from": [each.text for each in files.service_from],
        "exclude": files.exclude,
        "zone": files.zone,
        "date_order": files.date_order,
        "given_format": files.given_format,
    }


def _file_set_from_plain(plain: dict[str, Any]) -> FileSet:
    read = FileSet(
        tuple(plain["paths"]),
        plain["tenant"],
        host=plain["host"],
        exclude=tuple(plain["exclude"]),
        zone=plain["zone"],
        date_order=DateOrder(plain["date_order"]),
        given_format=plain["given_format"],
    )
    return replace(
        read,
        host_from=tuple(_pattern(each, "host") for each in plain["host_from"]),
        service_from=tuple(_pattern(each, "service") for each in plain["service_from"]),
    )


def _pattern(text: str, place: str) -> PathPattern:
    return PathPattern.of(text, place if f"{{{place}}}" in text else "")
