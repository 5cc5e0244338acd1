"""How often a family comes, held against its own past: that it is new, that it returns, that it comes more often, and that
it reaches more hosts. Each module is one kind of evidence, weighed from what `history` has worked out.
"""

from typing import Final

from brainstem.evidence.frequency import acceleration, burst, novelty, recurrence, spread

KIND_FILES: Final = (novelty, recurrence, burst, acceleration, spread)
"""a new kind of this group is a new file, named here"""

MODULES: Final = tuple(file.__name__.rpartition(".")[2] for file in KIND_FILES)
"""in the order of imports"""
