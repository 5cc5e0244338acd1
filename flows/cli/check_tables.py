"""What `brainstem check` prints: a table of all files, the worst first, and three records of each as they were read."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from brainstem.explain.redact import clean
from brainstem.text.phrases import Zones, counted, local
from flows.reports.input_check import FileCheck, ReadRecord

FILES_SHOWN: Final = 12
"""files of which records are shown; of the others the table has a row each"""
_WIDTH: Final = 160
"""where nobody says how wide the output may be"""
_MESSAGE_CHARACTERS: Final = 120
_NAME_CHARACTERS: Final = 60
_LEVELS: Final = ("trace", "debug", "info", "warn", "error", "fatal")
"""names of four severity numbers each, from 1 on"""


def print_checks(checks: Sequence[FileCheck], zones: Zones) -> None:
    """Write the tables to standard output."""
    console = Console(markup=False, highlight=False, soft_wrap=not sys.stdout.isatty())
    if not console.is_terminal:
        console.width = _WIDTH
    ranked = sorted(checks, key=lambda each: (not each.is_untimed, not each.warnings, -len(each.warnings)))
    console.print(_summary(ranked))
    for seen in ranked[:FILES_SHOWN]:
        _print_file(console, seen, zones)
    if len(ranked) > FILES_SHOWN:
        left = counted(len(ranked) - FILES_SHOWN, "more file")
        console.print(f"\n{left}: name fewer paths to see their records.")


def _summary(checks: Sequence[FileCheck]) -> Table:
    table = _table("file", "sampled", "formats", "time", "host", "service", "severity")
    for seen in checks:
        formats = ", ".join(f"{name} {records:,}" for name, records in seen.formats.most_common(3))
        if len(seen.formats) > 3:
            formats += f" and {len(seen.formats) - 3} more"
        counts = (seen.times, seen.hosts, seen.services, seen.severities)
        table.add_row(
            _cell(_name(seen), 200),
            f"{seen.records:,}",
            _cell(formats, 200),
            *(_share(count, seen.records, is_time=position == 0) for position, count in enumerate(counts)),
        )
    return table


def _print_file(console: Console, seen: FileCheck, zones: Zones) -> None:
    console.print()
    console.print(_cell(_name(seen), 400, "bold"))
    for warning in seen.warnings:
        console.print(_cell(f"  !! {warning}", 400, "bold red"))
    for note in seen.notes:
        console.print(_cell(f"  {note}", 400))
    if seen.shown:
        table = _table("time", "host", "service", "severity", "message")
        for record in seen.shown:
            table.add_row(*_row(record, zones, seen.file.tenant))
        console.print(table)


def _row(record: ReadRecord, zones: Zones, tenant: str) -> list[Text]:
    time = Text("no time", "bold red")
    if record.time_us is not None:
        moment: datetime = local(record.time_us, zones.of(tenant))
        time = Text(f"{moment:%Y-%m-%d %H:%M:%S %Z}")
    level = _LEVELS[(record.severity - 1) // 4] if record.severity else "-"
    names = (record.host or "-", record.service or "-", level)
    return [time, *(_cell(name, _NAME_CHARACTERS) for name in names), _cell(record.message, _MESSAGE_CHARACTERS)]


def _name(seen: FileCheck) -> str:
    file = seen.file
    return f"{file.tenant}: {file.path or 'standard input'}"


def _share(count: int, records: int, *, is_time: bool) -> Text:
    """Return a count with its share of the sample, in colour where it is none, or not all times."""
    if not records:
        return Text("-")
    style = "bold red" if is_time and not count else "yellow" if not count or (is_time and count < records) else ""
    return Text("none" if not count else "all" if count == records else f"{count:,}", style)


def _cell(text: str, characters: int, style: str = "") -> Text:
    """Return text of a log or a path as it may be shown: escaped, with its secrets masked."""
    return Text(clean(text, characters), style)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
