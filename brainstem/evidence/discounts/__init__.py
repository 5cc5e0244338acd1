"""What explains a family away without making it less likely: an update of its service that many families were born
with, and older wordings that it continues. A factor that comes from the family's own history (habit, fixed times)
belongs to `evidence.history` and is weighed in `attention`.
"""

from typing import Final

MODULES: Final = (
    "change_event",
    "lineage",
)
"""in the order of imports"""
