"""What buckets and shards of a run continue, and where they leave their state for the next one.

Takes the copy of a memory that lies in the folder of the run; returns the state of a key as plain values. Each key leaves
its state in a file of its own, as the workers of a run are several processes; whoever finishes the run puts them together.
"""

import pickle
from collections.abc import Set
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

from brainstem.contracts.statement import WORTH
from brainstem.explain.elsewhere import Elsewhere, SharedShape
from connectors.base import InputError
from state.frontier import NOT_YET
from state.store.atomic_files import write_file
from state.store.memory_file import SHAPE, MemoryFile

LEARNED: Final = "learned-"
"""the beginning of the names of files that hold a key's state, and until which slot it is judged"""


class Memory:
    """What a run continues (`started_from`, None for nothing), and the folder that takes what it leaves."""

    def __init__(self, started_from: Path | None, learned: Path) -> None:
        self._file = None if started_from is None else MemoryFile(started_from)
        self._learned = learned
        about = {} if self._file is None else self._file.about()
        # the last slot may have been read in part, and then its events count again
        is_part = not about.get("is_whole", False)
        self.known_before: int = about["judged_before"] - is_part if about else NOT_YET
        """slots below this one are known: what a run reads of them is stored and not counted again"""
        self._has_state = bool(about)

    def state_of(self, key: str) -> Any:
        """Return the state of a key as plain values; None where there is none."""
        stored = self._file.state(key) if self._file is not None and self._has_state else None
        return None if stored is None else plain_values(stored)

    def elsewhere(self, apart: Set[str] = frozenset()) -> Elsewhere:
        """Return what other customers have shared of their items, which tenants that are kept apart are not told."""
        shapes = () if self._file is None else self._file.records(SHAPE)
        return Elsewhere(
            (
                SharedShape(
                    each.content["template"],
                    int(each.content["shown"]),
                    each.time_us,
                    bool(each.content["incident_followed"]),
                    *(int(each.content[verdict]) for verdict in WORTH),
                )
                for each in shapes
                # one that does not say when it was shown comes from a build that did not share that
                if each.time_us
            ),
            apart,
        )

    def keep(self, key: str, judged_before: int, state: tuple[Any, ...]) -> None:
        """Leave the state of a key, which is judged before a slot, durably."""
        head = judged_before.to_bytes(8, "big", signed=True)
        write_file(self._learned / f"{LEARNED}{key}", head + stored_state(state))


def stored_state(state: tuple[Any, ...]) -> bytes:
    """Return the state of a key, plain values, as a memory holds it; `plain_values` takes it back."""
    return pickle.dumps(state, pickle.HIGHEST_PROTOCOL)


def learned_in(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return what the keys of a run have left in a folder: until which slot each is judged, and its state as bytes."""
    found = {}
    for path in sorted(folder.glob(f"{LEARNED}*")):
        content = path.read_bytes()
        found[path.name.removeprefix(LEARNED)] = (int.from_bytes(content[:8], "big", signed=True), content[8:])
    return found


def plain_values(stored: bytes) -> Any:
    """Return the plain values that a state was stored as. Raises `InputError` for any other bytes, and loads no class."""
    try:
        return _PlainValues(BytesIO(stored)).load()
    except Exception as error:
        raise InputError(
            "a state in the memory is not what a run has stored there. Operator action: restore the memory from a copy, or"
            " begin a new one."
        ) from error


class _PlainValues(pickle.Unpickler):
    """Loads plain values and nothing else: a memory may come from elsewhere."""

    @override
    def find_class(self, module_name: str, global_name: str) -> Any:
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is no state")
