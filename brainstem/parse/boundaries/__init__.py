"""What shows where a record begins and ends, one module a kind of record: stamps at the beginning of a line, JSON objects,
the lines of containers, entries of the journal, quoted fields, marked blocks, stack traces. `framing` cuts the stream by
what they say; what a record means belongs to `formats` and `scan`.
"""

from typing import Final

MODULES: Final = (
    "scratch",
    "line_stamp",
    "json_list",
    "json_object",
    "container_line",
    "journal_entry",
    "quoted_field",
    "marked_block",
    "stack_trace",
    "plain_line",
    "framing",
)
"""in the order of imports"""
