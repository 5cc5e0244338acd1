"""What explains a family away: it comes by the clock, is an old habit, came with an update, is one of many, or goes on
from an older family in other words. Each module is one factor that takes points off.
"""

from typing import Final

from brainstem.evidence.discounts import change_event, clock, crowd, habituation, lineage, period

KIND_FILES: Final = (period, clock, habituation, crowd, change_event, lineage)
"""a new kind of this group is a new file, named here"""

MODULES: Final = tuple(file.__name__.rpartition(".")[2] for file in KIND_FILES)
"""in the order of imports"""
