"""Syslog and its dialects: RFC 5424, RFC 3164, the files of rsyslog and journald, and network devices.
One file a format. How its bytes are scanned stands in `parse.scan`.
"""

from typing import Final

from brainstem.parse.formats.syslog import iso_syslog, network_device, rfc3164, rfc5424

FORMAT_FILES: Final = (rfc5424, rfc3164, iso_syslog, network_device)
"""a new format is a new file, named here"""

MODULES: Final = tuple(file.__name__.rpartition(".")[2] for file in FORMAT_FILES)
