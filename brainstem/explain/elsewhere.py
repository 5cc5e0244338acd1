"""What became of a message at customers that have shared it, told with an item of the same shape and without any name.

Takes templates without names, with how often each was shown and what became of it, as a memory holds them. It adds nothing
to a score.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Final

from brainstem.contracts.finding import Earlier
from brainstem.explain.redaction.names import is_same_shape, without_names
from brainstem.text.phrases import counted

SIMILARITY_PERMILLE: Final = 900
"""less than of the same family: words that may be names were left open"""
MOST_TOLD: Final = 2
"""templates that may be of one item, as their names are left open"""


@dataclass(frozen=True, slots=True, order=True)
class SharedShape:
    """A template that other customers were shown: how often, when last (microseconds since the epoch, UTC; a day is enough),
    whether an incident followed at any of them, and how often people called it useful and useless.
    """

    template: str
    shown: int
    last_us: int
    incident_followed: bool
    useful: int = 0
    useless: int = 0

    @property
    def has_mattered(self) -> bool:
        """Return whether something came of it."""
        return self.incident_followed or self.useful > self.useless

    @property
    def told(self) -> str:
        """Return what became of it in words."""
        what = "the same shape mattered" if self.has_mattered else "the same shape was shown"
        became = ["an incident followed"] * self.incident_followed
        became += [f"called useful {counted(self.useful, 'time')}"] * bool(self.useful)
        became += [f"called useless {counted(self.useless, 'time')}"] * bool(self.useless)
        return f"{what} at another customer ({counted(self.shown, 'time')}{''.join(f'; {each}' for each in became)})"


class Elsewhere:
    """The templates that others have shared, and which tenants are told nothing of them."""

    def __init__(self, shapes: Iterable[SharedShape] = (), apart: Set[str] = frozenset()) -> None:
        self._shapes = sorted(shapes)
        self._apart = apart

    def like(self, tenant: str, template: str) -> list[SharedShape]:
        """Return the templates of the same shape as one of a tenant, what mattered first; none for a tenant kept apart."""
        if not self._shapes or tenant in self._apart:
            return []
        own = without_names(template)
        found = [each for each in self._shapes if is_same_shape(each.template, own)]
        return sorted(found, key=lambda each: (not each.has_mattered, -each.shown, each))

    def earlier(self, tenant: str, template: str) -> list[Earlier]:
        """Return the same as something that happened before at a tenant without a name."""
        found = self.like(tenant, template)[:MOST_TOLD]
        return [Earlier(each.last_us, "", each.told, SIMILARITY_PERMILLE) for each in found]


NOTHING_ELSEWHERE: Final = Elsewhere()
