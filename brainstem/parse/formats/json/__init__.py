"""JSON objects, one a line (RFC 8259): those of loggers and shippers, of Docker, of the journal, of
exporters of Windows events, and of Microsoft 365.
One file a format. How its bytes are scanned stands in `parse.scan`.
"""

from typing import Final

from brainstem.parse.formats.json import clef, docker_json, journald_json, json_lines, m365_audit, otlp, windows_json

FORMAT_FILES: Final = (json_lines, docker_json, journald_json, clef, otlp, windows_json, m365_audit)
"""a new format is a new file, named here"""

MODULES: Final = tuple(file.__name__.rpartition(".")[2] for file in FORMAT_FILES)
