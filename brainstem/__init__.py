"""The pure core: from raw bytes to items a person reads. No I/O, no clock, no engine.

`STAGES` lists its modules in the order in which a record meets them. A module imports only what stands before it, so
the tuple is the architecture in one look.
"""

from typing import Final

__version__ = "0.1.0"

STAGES: Final = (
    # what everything stands on
    "lowering",
    "compiled",
    "versions",
    "tables",
    "key_table",
    "texts",
    "hashing",
    "checksum",
    "quoting",
    "wording",
    "words",
    # a record as it was received
    "envelope",
    "reject",
    "framing",
    "coding",
    # what it says: time, host, service, severity, message
    "event",
    "statement",
    "zones",
    "ordering",
    "context",
    "scan_stamp",
    "scan_severity",
    "scan_prefix",
    "scan_header",
    "formats.definition",
    "formats.application",
    "formats.structured",
    "formats.syslog",
    "formats.jsonlines",
    "scan_pairs",
    "formats.registry",
    "parse",
    # what became of it
    "ledger",
    "ledger_report",
    # which kind of message it is
    "tokens.layout",
    "tokens.word_table",
    "tokens.stream",
    "tokens.numbers",
    "tokens.identifiers",
    "tokens.locators",
    "tokens.entities",
    "tokens.literals",
    "tokens.runs",
    "tokens.asides",
    "tokens.scan",
    "signature",
    "canonical",
    "family",
    # what a batch adds to what is known
    "reading",
    "folding",
    "delta",
    "family_state",
    "advance",
    "healing",
    "notice",
    "schedule",
    "gauges",
    "liveness",
    "noticing",
    # what it is worth
    "finding",
    "bands",
    "budget",
    "attention",
    "standing",
    # what to tell a person
    "report",
    "exhibits",
    "facts",
    "decision",
    "shape",
    "occasions",
    "precursor",
    "precedent",
    "opinion",
    "outcomes",
    "pairing",
    "lineage",
    "discovery",
    "redact",
    "because",
    "headline",
    "advice",
    "item",
    "digest",
    "explain",
)
"""The modules of the core in order of flow."""
