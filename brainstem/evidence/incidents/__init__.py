"""What earlier incidents teach: message shapes that came before them more often than chance (precursors), and what was
new before one and is new again (precedents). The incidents themselves, as statements with a time, are in
`contracts.statement`; which of this a tenant remembers is in `discovery.incident_memory`.
"""

from typing import Final

MODULES: Final = (
    "message_shape",
    "occurrences",
    "precursor",
    "precedent",
    "rarity",
)
"""in the order of imports"""
