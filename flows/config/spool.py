"""The table `[spool]`: where an intake keeps what a run has not made durable yet, and how much of it.

Both commands read it: `brainstem listen` writes the spool and `brainstem run` reads it. Listeners need no table for it:
unless `[listen.kafka]` names a topic, what they receive goes to a spool beside the folder of the run.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connectors.base import ConfigurationError
from flows.config.toml_table import Table

BYTES_MOST: Final = 1 << 30
BYTES_LEAST: Final = 64 << 20
HOURS_MOST: Final = 168.0
FOLLOWED: Final = {"files": "[[files]]", "journal": "[journal]"}
"""what is followed and not received, by key: its place is kept in the spool"""


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """Where the spool is, and above how many bytes, or with how old a message in it, it takes no more."""

    folder: Path
    bytes_most: int = BYTES_MOST
    hours_most: float = HOURS_MOST


def has_listeners(values: dict[str, Any]) -> bool:
    """Return whether a file has listeners whose messages go to a spool: some are given, and no topic to relay to; or files
    or journals to follow.
    """
    listen = values.get("listen", {})
    return (
        bool(values.get("files"))
        or bool(values.get("journal"))
        or (
            isinstance(listen, dict)
            and "kafka" not in listen
            and any(isinstance(each, list) for each in listen.values())
        )
    )


def spool_of(values: dict[str, Any]) -> SpoolSettings | None:
    """Return the spool that the values of a whole file describe; None where there is none.

    Raises `ConfigurationError` with key, value and fix.
    """
    listen, run = values.get("listen", {}), values.get("run", {})
    if not values.get("spool") and not has_listeners(values):
        return None
    if isinstance(listen, dict) and "kafka" in listen:
        if followed := next((table for key, table in FOLLOWED.items() if values.get(key)), ""):
            raise ConfigurationError(
                f"{followed} and [listen.kafka] cannot be used together: how far was read is kept in the spool, with what"
                " was read. Give [spool] instead."
            )
        raise ConfigurationError(
            "[spool] and [listen.kafka] say both where messages go. Remove one: a topic is a buffer too."
        )
    table = Table(values).take_table("spool")
    out = run.get("out", "") if isinstance(run, dict) else ""
    beside = str(Path(out).with_name(f"{Path(out).name}-spool")) if isinstance(out, str) and Path(out).name else ""
    folder = table.take("folder", str, beside)
    if not folder:
        raise ConfigurationError(
            'spool.folder is missing. Name the folder of the buffer, such as folder = "/var/lib/brainstem/spool", or the'
            " folder of the run, run.out, which it is put beside."
        )
    settings = SpoolSettings(
        folder=Path(folder),
        bytes_most=table.take_checked(
            "bytes_most", int, BYTES_MOST, lambda value: value >= BYTES_LEAST, f"Give {BYTES_LEAST} or more."
        ),
        hours_most=table.take_checked("hours_most", float, HOURS_MOST, lambda value: value > 0, "Give more than 0."),
    )
    table.finish()
    return settings
