"""The files of a replay as a Bytewax source with a fixed number of partitions."""

from collections.abc import Callable
from typing import Any

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

from brainstem.reading import SLOTS_PER_HOUR
from connectors.file_cursor import FileInput
from flows.batches import Read
from flows.merge import MergedFiles
from flows.settings import PARTITIONS, Settings

PACE_SLOTS = 6 * SLOTS_PER_HOUR
"""A partition waits when it is this far ahead of the slowest one of its process: what cannot be sealed only piles up."""


class _Partition(StatefulSourcePartition[Read, tuple[Any, ...]]):
    """One partition; its progress is known to its siblings in the same process."""

    def __init__(
        self, files: MergedFiles, siblings: dict[int, MergedFiles], observer: Callable[[int, int], None] | None
    ) -> None:
        self._files = files
        self._observer = observer
        self._siblings = siblings
        siblings[files.partition] = files

    @override
    def next_batch(self) -> list[Read]:
        if self._is_ahead():
            return []
        read = self._files.read()
        if read is None:
            raise StopIteration
        if self._observer is not None and read.envelopes is not None:
            self._observer(len(read.envelopes), int(read.envelopes.length.sum()))
        return [read]

    def _is_ahead(self) -> bool:
        own = self._files.progress.done_before
        others = [each.progress.done_before for each in self._siblings.values() if not each.closed]
        return own - min(others, default=own) > PACE_SLOTS

    @override
    def snapshot(self) -> tuple[Any, ...]:
        return self._files.snapshot()

    @override
    def close(self) -> None:
        self._files.close()


class ReplaySource(FixedPartitionedSource[Read, tuple[Any, ...]]):
    """Files dealt out to `PARTITIONS` partitions in the order of their names."""

    def __init__(
        self,
        files: tuple[FileInput, ...],
        settings: Settings,
        observer: Callable[[int, int], None] | None = None,
    ) -> None:
        self._files = files
        self._observer = observer
        self._settings = settings
        self._siblings: dict[int, MergedFiles] = {}

    @override
    def list_parts(self) -> list[str]:
        return [f"v{number:03d}" for number in range(PARTITIONS)]

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: tuple[Any, ...] | None) -> _Partition:
        number = int(for_part[1:])
        # the largest files are dealt out first, so that partitions end at about the same time
        ranked = sorted(self._files, key=lambda file: (-file.size_bytes, file.source))
        share = tuple(sorted(ranked[number::PARTITIONS], key=lambda file: file.source))
        files = MergedFiles(number, share, self._settings)
        if resume_state is not None:
            files.restore(resume_state)
        return _Partition(files, self._siblings, self._observer)
