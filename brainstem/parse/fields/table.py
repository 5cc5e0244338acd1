"""Rows of tables: lines of values below a line that names their columns, as CSV and W3C's extended log format have them.

Takes the lines of a source in order, together with the table that earlier ones have announced (`source_context.Table`), so
that the outcome does not depend on how the lines were cut into batches. A line that does not fit the columns is no row, and
many of them in a row end the table. Never raises.
"""

import re
from functools import lru_cache
from typing import Final

from brainstem.parse.field_names import (
    HOST_FIELDS,
    LEVEL_FIELDS,
    MESSAGE_FIELDS,
    PARTY_FIELDS,
    PROCESS_FIELDS,
    SERVICE_FIELDS,
    SPLIT_TIME_FIELDS,
    STATE_FIELDS,
    THING_FIELDS,
    TIME_FIELDS,
    ZONE_FIELDS,
)
from brainstem.parse.formats.definition import Fields
from brainstem.parse.formats.fielded.csv import CSV_FORMAT
from brainstem.parse.formats.fielded.w3c import W3C_FORMAT
from brainstem.parse.formats.windows_event import flat_event
from brainstem.parse.source_context import LOCAL_CLOCK, NO_TABLE, UNSTATED_CLOCK, UTC_CLOCK, Table

_MOST_MISFITS: Final = 100
"""lines in a row that fit no column before a table is taken to have ended"""
_MOST_COLUMNS: Final = 256
_MOST_NAME_CHARACTERS: Final = 60
_LEAST_COLUMNS: Final = 3
_MANY_COLUMNS: Final = 9
_SEPARATORS: Final = ",;\t|"
_DIRECTIVE: Final = re.compile(r"#\s?(fields|time format|software)\b:?[ \t]*(.*)", re.IGNORECASE | re.DOTALL)
_DIRECTIVES: Final = re.compile(
    r"#\s?(?:(?:version|date|start-date|end-date|remark|log-type|system|fields|time format|software)\b ?:"
    r"|(?:separator|set_separator|empty_field|unset_field|path|open|close|types|fields)[ \t])",
    re.IGNORECASE,
)
"""lines with which W3C's format, and Zeek, say how the rows below are written"""
EXPLAINED: Final[Table] = (("Microsoft DHCP",), ",", UNSTATED_CLOCK, 0)
"""the table between the title of a log and the names of its columns"""
_EXPLANATION: Final = re.compile(r"(?:[0-9]{2,5}\+?[\t ]|QResult:|[^0-9]*$)(?!.*[0-9]:[0-9]{2})", re.DOTALL)
_NAME: Final = re.compile(r"[^\d\s][^,;|\t]*")
_QUOTED: Final = '"'
_BLANKS: Final = re.compile(r"[ \t]+")
_W3C_CELL: Final = re.compile(r'"(?:[^"]|"")*"|[^ \t]+')
_CLOCK: Final = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?")
_SAID_BY: Final = {
    # web servers, and the driver below them, which ends requests that no server has seen
    ("cs-method", "cs-uri-stem"): ("cs-method", "cs-uri-stem"),
    ("s-reason", "s-queuename"): ("s-reason", "cs-method", "s-queuename"),
    # Exchange: its front end, its tracking of messages, and its protocol logs, whose "event" is a mark
    ("method", "urlstem", "protocolaction"): ("method", "urlstem"),
    ("source", "event-id", "recipient-status"): ("source", "recipient-status"),
    ("event", "data", "context", "session-id"): ("event", "data", "context"),
    ("operation", "rpc-status", "failures"): ("operation", "rpc-status", "failures"),
    # Synology calls the part of the system the log
    ("level", "log", "user", "event"): ("event",),
}
"""by columns that a table has: those of which the message of a row is made, for tables whose other columns are names and
free text, and no happening"""
_NONE: Final = ("-", "(empty)", "")
_BLANK: Final = " "
_LEAST_PAIRS: Final = 3

_SPLIT: Final = frozenset(name for names in SPLIT_TIME_FIELDS for name in names)
_TIMES: Final = frozenset(TIME_FIELDS) | _SPLIT
_EVENT_COLUMNS: Final = frozenset(
    {*HOST_FIELDS, *LEVEL_FIELDS, *SERVICE_FIELDS, *MESSAGE_FIELDS, *STATE_FIELDS, "source", "event id", "ereignis-id"}
)
_READ_COLUMNS: Final = frozenset(
    {
        *_TIMES,
        *HOST_FIELDS,
        *LEVEL_FIELDS,
        *SERVICE_FIELDS,
        *PROCESS_FIELDS,
        *STATE_FIELDS,
        *THING_FIELDS,
        *PARTY_FIELDS,
        *ZONE_FIELDS,
    }
)
_WINDOWS_IDS: Final = frozenset({"event id", "eventid", "event_id", "ereignis-id", "id"})
_INSTANCES: Final = frozenset({"instanceid"})
_WINDOWS_SOURCES: Final = frozenset({"source", "quelle", "providername", "provider_name", "sourcename"})


def announced(line: str, table: Table) -> Table | None:
    """Return the table that a line announces, None where it is no line of names; `table` holds so far."""
    if line.startswith("#"):
        return _directed(line, table)
    for separator in _SEPARATORS:
        if line.count(separator) + 1 >= _LEAST_COLUMNS:
            names = tuple(unquoted(name) for name in cells_of(line, separator) or ())
            if _are_columns(names):
                return names, separator, UNSTATED_CLOCK, 0
    return None


def is_title(line: str) -> bool:
    """Return whether a line is the title above what Windows's DHCP server explains before the names of its columns."""
    return line.startswith(EXPLAINED[0][0])


def is_explained(table: Table) -> bool:
    """Return whether a table is `EXPLAINED`, whose columns are not known yet."""
    return table[0] == EXPLAINED[0]


def is_explanation(line: str) -> bool:
    """Return whether a line below the title explains the rows: what a number of an event means, or a line without a time."""
    return _EXPLANATION.match(line) is not None


def is_directive(line: str) -> bool:
    """Return whether a line that begins with `#` tells of the rows below it."""
    return _DIRECTIVES.match(line) is not None


def announced_as(number: int, line: str, table: Table) -> Table | None:
    """Return the table that a line of a source of this format announces, CSV or W3C's, None where it announces none.

    As the source is CSV, its first line of names is that of its columns, whatever they are called.
    """
    if line.startswith("#"):
        return _directed(line, table) if number == W3C_FORMAT else None
    if number == W3C_FORMAT:
        return None
    found = announced(line, table)
    if found is not None:
        return found
    separator = max(_SEPARATORS, key=line.count)
    names = tuple(unquoted(name) for name in cells_of(line, separator) or ())
    is_first = not table[0] and sum(map(bool, names)) > 1 and _are_names(names)
    return (names, separator, UNSTATED_CLOCK, 0) if is_first or (table[0] and names == table[0]) else None


def _directed(line: str, table: Table) -> Table | None:
    """Return the table behind a directive of W3C's format or of Zeek."""
    directive = _DIRECTIVE.match(line)
    if directive is None:
        return None
    word, rest = directive[1].lower(), directive[2].strip()
    names, separator, clock, misfits = table
    if word == "time format":
        # the format is in UTC; the firewall of Windows writes local times, and says so
        return names, separator, LOCAL_CLOCK if rest.lower() == "local" else UTC_CLOCK, misfits
    if word == "software":
        # a program that starts anew writes its directives anew
        return names, separator, UNSTATED_CLOCK, misfits
    separator = "\t" if "\t" in directive[2] else "," if "," in rest else _BLANK
    found = tuple(_BLANKS.split(rest)) if separator == _BLANK else tuple(name.strip() for name in rest.split(separator))
    return (found, separator, clock or UTC_CLOCK, 0) if 1 < len(found) <= _MOST_COLUMNS else None


def _are_columns(names: tuple[str, ...]) -> bool:
    """Return whether these are the names of columns of a log: a time is among them, and what an event says."""
    if not _LEAST_COLUMNS <= len(names) <= _MOST_COLUMNS or len(set(names)) < len(names) - 2:
        return False
    if not _are_names(names):
        return False
    folded = {name.lower() for name in names}
    return bool(folded & _TIMES) and bool(folded & _EVENT_COLUMNS)


def _are_names(names: tuple[str, ...]) -> bool:
    return len(names) <= _MOST_COLUMNS and all(
        _NAME.fullmatch(name) and len(name) <= _MOST_NAME_CHARACTERS for name in names if name
    )


def row_of(line: str, table: Table, is_timed: bool = True) -> Fields | None:
    """Return the fields of a line by the names of its columns, None where it does not fit them.

    `is_timed`: a line without a time in a column of times does not fit.
    """
    names, separator, clock, _ = table
    shape = _shape(names)
    if separator == _BLANK:
        values = _W3C_CELL.findall(line)
        fits = len(values) == len(names)
    else:
        cells = cells_of(line, separator)
        if cells is None:
            return None
        values = cells
        # the Event Viewer names no column for the text of the event; writers of many columns leave out those at the end
        least = len(names) if len(names) < _MANY_COLUMNS else max(len(names) // 3, shape.last_time + 1)
        fits = least <= len(values) <= len(names) + 1
    if not fits or (is_timed and not _has_time(values, shape.times)):
        return None
    if len(values) == len(names) + 1:
        if "Message" in names:
            return None
        names = (*names, "Message")
    is_w3c = clock != UNSTATED_CLOCK
    row: Fields = {
        name: unquoted(value) for name, value in zip(names, values, strict=False) if not (is_w3c and value in _NONE)
    }
    if shape.of_windows:
        number = _first_of(row, _WINDOWS_IDS) or _first_of(row, _INSTANCES)
        return flat_event({**row, "Id": number}) or row
    if clock == UTC_CLOCK and shape.split is not None:
        name = next((name for name in names if name.lower() == shape.split[1]), "")
        if row.get(name):
            row[name] = f"{row[name]}Z"
    elif clock == UTC_CLOCK and _CLOCK.fullmatch(str(row.get("time", ""))):
        # the date stands in a directive above
        row["time"] = f"{row['time']}Z"
    said = _special(row, shape.said_by) if shape.said_by else ""
    if said or not any(row.get(name) for name in shape.messages):
        row["message"] = said or _said(row)
    return row


def format_of(table: Table) -> int:
    """Return the number of the format of a table's rows."""
    return CSV_FORMAT if table[2] == UNSTATED_CLOCK else W3C_FORMAT


def after_misfit(table: Table) -> Table:
    """Return the table behind a line that was no row of it."""
    names, separator, clock, misfits = table
    return NO_TABLE if misfits + 1 >= _MOST_MISFITS else (names, separator, clock, misfits + 1)


class _Shape:
    """What is worked out once for the columns of a table."""

    __slots__ = ("last_time", "messages", "of_windows", "said_by", "split", "times")

    def __init__(self, names: tuple[str, ...]) -> None:
        folded = [name.lower() for name in names]
        self.times = [index for index, name in enumerate(folded) if name in _TIMES]
        self.last_time = max(self.times, default=0)
        self.messages = [name for name in names if name.lower() in MESSAGE_FIELDS]
        self.split = next((pair for pair in SPLIT_TIME_FIELDS if set(pair) <= set(folded)), None)
        self.said_by = next((said for key, said in _SAID_BY.items() if set(key) <= set(folded)), ())
        self.of_windows = bool((_WINDOWS_IDS | _INSTANCES) & set(folded)) and bool(_WINDOWS_SOURCES & set(folded))


@lru_cache(maxsize=16)
def _shape(names: tuple[str, ...]) -> _Shape:
    return _Shape(names)


def _has_time(values: list[str], times: list[int]) -> bool:
    """Return whether a cell that should hold a time begins as one does."""
    return any(index < len(values) and values[index].strip(' "')[:1].isdigit() for index in times)


def _said(row: Fields) -> str:
    """Return what a row without a message says: the columns that nothing else is read from."""
    shown = ((name, str(value).strip()) for name, value in row.items() if name.lower() not in _READ_COLUMNS)
    return " ".join(
        f'{name}="{value}"' if _BLANK in value else f"{name}={value}" for name, value in shown if value not in _NONE
    )


def _special(row: Fields, said_by: tuple[str, ...]) -> str:
    """Return what stands in the columns that say what happened, between blanks."""
    by_name = {name.lower(): value for name, value in row.items()}
    return " ".join(str(by_name[name]).strip() for name in said_by if by_name.get(name) and by_name[name] not in _NONE)


def _first_of(row: Fields, names: frozenset[str]) -> object:
    return next((value for name, value in row.items() if name.lower() in names and value), None)


def unquoted(cell: str) -> str:
    """Return a cell without the quotes around it and the blanks around those."""
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == _QUOTED == cell[-1]:
        return cell[1:-1].replace('""', '"').strip()
    return cell


def cells_of(line: str, separator: str) -> list[str] | None:
    """Return the cells of a line, with their quotes; None where a quote does not close."""
    if _QUOTED not in line:
        return line.split(separator)
    cells: list[str] = []
    at = 0
    while True:
        start = at
        while at < len(line) and line[at] == _BLANK:
            at += 1
        if at < len(line) and line[at] == _QUOTED:
            at = _quote_end(line, at)
            if at < 0:
                return None
        stop = line.find(separator, at)
        if stop < 0:
            return [*cells, line[start:]]
        cells.append(line[start:stop])
        at = stop + 1


def _quote_end(line: str, at: int) -> int:
    """Return where the quoted text that begins at `at` ends, -1 where it does not; a doubled quote belongs to it."""
    stop = line.find(_QUOTED, at + 1)
    while 0 <= stop < len(line) - 1 and line[stop + 1] == _QUOTED:
        stop = line.find(_QUOTED, stop + 2)
    return stop + 1 if stop >= 0 else -1


def pair_fields(text: str) -> Fields | None:
    """Return the pairs of a line such as `"date=2022-02-04","time=10:00:00","subtype=vpn"` by their keys, None for another.

    FortiGate, FortiAnalyzer and FortiGate Cloud write logs so that are downloaded; the quotes of values are doubled.
    """
    if not text.startswith(_QUOTED):
        return None
    cells = [unquoted(cell) for cell in cells_of(text, ",") or () if cell]
    pairs = [cell.partition("=") for cell in cells]
    if len(pairs) < _LEAST_PAIRS or not all(equals and key.isidentifier() for key, equals, _ in pairs):
        return None
    return {key: value.strip(_QUOTED) for key, _, value in pairs}
