"""Lines of text other than syslog: what applications, web servers and container runtimes write, and text without any form.
One file a format. How its bytes are scanned stands in `parse.scan`.
"""

from typing import Final

from brainstem.parse.formats.text import (
    application,
    container,
    embedded_stamp,
    epoch,
    journal_export,
    journal_verbose,
    key_value,
    klog,
    plain,
    web_access,
)

FORMAT_FILES: Final = (
    plain,
    application,
    web_access,
    klog,
    epoch,
    key_value,
    container,
    embedded_stamp,
    journal_export,
    journal_verbose,
)
"""a new format is a new file, named here"""

MODULES: Final = tuple(file.__name__.rpartition(".")[2] for file in FORMAT_FILES)
