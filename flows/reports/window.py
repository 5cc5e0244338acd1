"""A part of what a run has stored: of one tenant or all, from a moment on, before another one."""

from dataclasses import dataclass
from typing import Final

import polars as pl

ALWAYS_US: Final = 40_000_000 * 86_400_000_000
"""a moment behind all events"""
_MOMENT: Final = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True)
class Window:
    """A tenant, None for all, and bounds in microseconds since the epoch, UTC, None for none.

    An event counts from `since_us` on and before `until_us`; what is decided or shown at `until_us` counts too, since a slot
    that ends then is decided then.
    """

    tenant: str | None = None
    since_us: int | None = None
    until_us: int | None = None

    @property
    def is_part(self) -> bool:
        """Return whether it leaves anything out."""
        return (self.tenant, self.since_us, self.until_us) != (None, None, None)

    @property
    def tenants(self) -> list[str] | None:
        """Return the tenants of whom files are opened; None for all."""
        return None if self.tenant is None else [self.tenant]

    @property
    def from_us(self) -> int:
        """Return the first moment."""
        return self.since_us or 0

    @property
    def before_us(self) -> int:
        """Return the moment behind the last one."""
        return ALWAYS_US if self.until_us is None else self.until_us

    def was_by_then(self, time_us: int) -> bool:
        """Return whether something was decided, shown or said by the end."""
        return time_us <= self.before_us

    def happened(self, tenant: str, time_us: int) -> bool:
        """Return whether something was decided, shown or said of a tenant that counts, from the first moment on."""
        return self.tenant in (None, tenant) and self.from_us <= time_us <= self.before_us

    def decided(self) -> pl.Expr:
        """Return the condition of decisions that were made by the end."""
        return self._of_tenant() & (pl.col("tick") <= _moment(self.before_us)) if self.is_part else pl.lit(True)

    def events(self, back_us: int = 0) -> pl.Expr:
        """Return the condition of events, with those of a span before the first moment."""
        if not self.is_part:
            return pl.lit(True)
        when = pl.col("event_time")
        return self._of_tenant() & (when >= _moment(max(0, self.from_us - back_us))) & (when < _moment(self.before_us))

    def _of_tenant(self) -> pl.Expr:
        return pl.lit(True) if self.tenant is None else pl.col("tenant").cast(pl.String) == self.tenant


ALL: Final = Window()


def _moment(time_us: int) -> pl.Expr:
    return pl.lit(time_us).cast(_MOMENT)
