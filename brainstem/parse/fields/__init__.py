"""Reading the fields of records one by one, in Python: values of JSON and text as times, names and levels; XML events, CEF
and LEEF, rows under a line of column names, records of some devices and programs; and the text that is signed. Which field
holds what stands in `field_names`; what one format alone names or nests otherwise, in its file in `formats`.
"""

from typing import Final

MODULES: Final = (
    "values",
    "signed_text",
    "structured_data",
    "xml_event",
    "cmtrace_entry",
    "nps_record",
    "extension",
    "table",
    "pan_os_record",
    "ise_record",
    "meraki_event",
    "splunk_event",
    "snmp_trap",
    "veeam_event",
)
"""in the order of imports"""
