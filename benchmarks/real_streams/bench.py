"""What every corpus offers once it is read: its stream, its question and the scorer that answers it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from benchmarks.real_streams.scoring import EpisodeScorer
from benchmarks.real_streams.stream import Figures, Method, Stream
from benchmarks.weak_signal.scorer import BenchItem


class Bench(Protocol):
    """One corpus, read: its lines, its question, and the scorer that answers it."""

    @property
    def stream(self) -> Stream:
        """Return the files and the truth of each line."""

    @property
    def scorer(self) -> EpisodeScorer | None:
        """Return what judges items by episodes, None where the corpus has none."""

    @property
    def opponents(self) -> Mapping[str, Method]:
        """Return the ways of watching that make sense for this question, apart from the usual ones."""

    def oracle(self) -> Iterator[BenchItem]:
        """Return the items of whoever knows the truth."""

    def score(self, items: Iterable[BenchItem]) -> Figures:
        """Return the figures that answer the question of this corpus for a list of items."""
