"""What `brainstem check` prints: a table of all files, the worst first, and three records of each as they were read."""

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from brainstem.explain.redaction.redact import clean
from brainstem.text.phrases import Zones, counted, local
from flows.reports.input_check import FileCheck, ReadRecord

FILES_SHOWN: Final = 12
"""files of which records are shown; of the others the table has a row each"""
_WIDTH: Final = 160
"""where nobody says how wide the output may be"""
_LEAST_MESSAGE_CHARACTERS: Final = 40
_NAME_CHARACTERS: Final = 40
_LEVELS: Final = ("trace", "debug", "info", "warn", "error", "fatal")
"""names of four severity numbers each, from 1 on"""


def print_checks(checks: Sequence[FileCheck], zones: Zones) -> None:
    """Write the tables to standard output."""
    console = Console(markup=False, highlight=False, soft_wrap=not sys.stdout.isatty())
    if not console.is_terminal:
        console.width = _WIDTH
    ranked = sorted(checks, key=lambda each: (not each.is_untimed, not each.warnings, not each.records))
    above = _folder_above([str(each.file.path) for each in checks if each.file.path is not None])
    if above:
        console.print(_cell(f"below {above}", 400))
    console.print(_summary(ranked, above))
    for seen in ranked[:FILES_SHOWN]:
        _print_file(console, seen, above, zones)
    if len(ranked) > FILES_SHOWN:
        left = counted(len(ranked) - FILES_SHOWN, "more file")
        console.print(f"\n{left}: name fewer paths to see their records.")


def _folder_above(paths: Sequence[str]) -> str:
    """Return the folder that holds all of several files, with a slash behind it; empty for one file, or for no such."""
    above = os.path.commonpath(paths) if len(paths) > 1 else ""
    return f"{above}/" if len(above) > 1 and above not in paths else ""


def _summary(checks: Sequence[FileCheck], above: str) -> Table:
    table = _table("file", "sampled", "formats", "time", "host", "service", "severity")
    for seen in checks:
        formats = ", ".join(f"{name} {records:,}" for name, records in seen.formats.most_common(3))
        if len(seen.formats) > 3:
            formats += f" and {len(seen.formats) - 3} more"
        counts = (seen.times, seen.hosts, seen.services, seen.severities)
        table.add_row(
            _cell(_name(seen, above), 200),
            f"{seen.records:,}",
            _cell(formats, 200),
            *(_share(count, seen.records, is_time=position == 0) for position, count in enumerate(counts)),
        )
    return table


def _print_file(console: Console, seen: FileCheck, above: str, zones: Zones) -> None:
    console.print()
    console.print(_cell(_name(seen, above), 400, "bold"))
    for warning in seen.warnings:
        console.print(_cell(f"  !! {warning}", 400, "bold red"))
    for note in seen.notes:
        console.print(_cell(f"  {note}", 400))
    if seen.shown:
        table = _table("time", "host", "service", "severity", "message")
        rows = [_fields(record, zones, seen.file.tenant) for record in seen.shown]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        # the message has what the others, two blanks behind each, leave of the line
        left = console.width - sum(max(width, len("severity")) + 2 for width in widths)
        for row, record in zip(rows, seen.shown, strict=True):
            table.add_row(*row, _cell(record.message, max(left, _LEAST_MESSAGE_CHARACTERS)))
        console.print(table)


def _fields(record: ReadRecord, zones: Zones, tenant: str) -> list[Text]:
    """Return all columns but the message."""
    time = Text("no time", "bold red")
    if record.time_us is not None:
        moment: datetime = local(record.time_us, zones.of(tenant))
        time = Text(f"{moment:%Y-%m-%d %H:%M:%S %Z}")
    level = _LEVELS[(record.severity - 1) // 4] if record.severity else "-"
    names = (record.host or "-", record.service or "-", level)
    return [time, *(_cell(name, _NAME_CHARACTERS) for name in names)]


def _name(seen: FileCheck, above: str) -> str:
    file = seen.file
    return f"{file.tenant}: {str(file.path).removeprefix(above) if file.path else 'standard input'}"


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
