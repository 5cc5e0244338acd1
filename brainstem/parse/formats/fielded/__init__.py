"""Records of named fields other than JSON objects and pairs: events in XML, CEF and LEEF, entries of CMTrace and
of Microsoft's RADIUS server, records of PAN-OS, and rows under a line of names.
One file a format. How their bytes are read stands in `parse.fields`.
"""

from typing import Final

from brainstem.parse.formats.fielded import cef, cmtrace, csv, leef, nps, pan_os, w3c, windows_xml

FORMAT_FILES: Final = (windows_xml, cef, leef, csv, w3c, cmtrace, nps, pan_os)
"""a new format is a new file, named here"""

MODULES: Final = tuple(file.__name__.rpartition(".")[2] for file in FORMAT_FILES)
