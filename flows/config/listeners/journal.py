"""The tables `[[journal]]`, or one `[journal]`: which journals of systemd an intake follows, and whose they are."""

import re
import socket
from typing import Any, Final

from connectors.base import ConfigurationError
from connectors.journal.exporter import PROGRAM, JournalSource, program_path
from flows.config.toml_table import Table

KEY: Final = "journal"
HOURS_MOST: Final = 1_000_000.0
_MATCH: Final = re.compile(r"[A-Z0-9_]+=.*|/.+|\+", re.DOTALL)
"""a field and its value, the path of a program, or what stands between alternatives: journalctl(1)"""


def journals(values: dict[str, Any]) -> tuple[JournalSource, ...]:
    """Return what the values of a whole file say of journals, none for none. Raises `ConfigurationError`."""
    given = values.get(KEY, [])
    if isinstance(given, dict):
        return (_journal(given, KEY),)
    if not isinstance(given, list):
        raise ConfigurationError(
            f"{KEY} = {given!r} cannot be used. Give a table: [journal], or [[journal]] for several."
        )
    return tuple(_journal(each, f"{KEY}[{number}]") for number, each in enumerate(given))


def check_exporter(sources: tuple[JournalSource, ...]) -> None:
    """Check that the program is there that exports journals. Raises `ConfigurationError` with the fix."""
    if sources and program_path() is None:
        raise ConfigurationError(
            f"[journal] needs the program {PROGRAM}, which is not on the PATH. Install it (Debian: apt install systemd), or"
            " remove the table: a file that journalctl -o export has written on another machine can be followed by"
            " [[files]]."
        )


def _journal(values: object, section: str) -> JournalSource:
    if not isinstance(values, dict):
        raise ConfigurationError(f"{section} = {values!r} cannot be used. Give a table: [[journal]].")
    table = Table(values, section)
    tenant = table.take_required("tenant", str, 'Say whose entries these are, such as tenant = "acme".')
    if not tenant or not tenant.isprintable():
        raise table.fault("tenant", tenant, "Give printable text.")
    matches = table.take_texts("matches")
    for each in matches:
        if not _MATCH.fullmatch(each) or "\0" in each:
            raise table.fault(
                "matches", each, "Give matches of journalctl, such as PRIORITY=3 or _TRANSPORT=kernel, and + for or."
            )
    units = table.take_texts("units")
    for each in units:
        if not each or "\0" in each:
            raise table.fault("units", each, "Give names of units, such as nginx.service; a pattern may have *.")
    directory = table.take("directory", str, "")
    if "\0" in directory:
        raise table.fault("directory", directory, "Give the path of a folder of journal files.")
    source = JournalSource(
        name=table.take_checked("name", str, "journal", str.isprintable, "Give printable text.") or "journal",
        tenant=tenant,
        host=table.take("host", str, "") or socket.gethostname(),
        directory=directory,
        units=units,
        matches=matches,
        hours_most=table.take_checked(
            "hours_most", float, 0.0, lambda value: 0 <= value <= HOURS_MOST, "Give 0 for any age, or hours."
        ),
    )
    table.finish()
    return source
