"""JSON objects, one a line (RFC 8259): those of loggers and shippers, of Docker, and of the journal.
One file a format. How its bytes are scanned stands in `parse.scan`.
"""

from typing import Final

from brainstem.parse.formats.json import docker_json, journald_json, json_lines

FORMAT_FILES: Final = (json_lines, docker_json, journald_json)
"""a new format is a new file, named here"""

MODULES: Final = tuple(file.__name__.rpartition(".")[2] for file in FORMAT_FILES)
