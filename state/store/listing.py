"""Which files of a store are visible, also while files take the place of others.

Files are joined by one swap for each writer: the outputs are written aside and durable, then a small file
(`_swap-WRITER.json`) names outputs and inputs, and from that moment the outputs count and the inputs do not. Afterwards
outputs are renamed, inputs removed, and last the small file. So whoever takes it into account sees each row once at every
moment; a reader that only looks for `*.parquet` sees rows twice for as long as renaming and removing take.

A folder cannot be listed in one step. It is listed until two listings are equal: a name that is gone never returns, so all
that both contain was there at the moment between them.
"""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Final, NamedTuple, ParamSpec, TypeVar

import orjson

from state.store.atomic_files import sync, sync_folders, write_file
from state.store.file_names import ARRIVED, ASIDE, ENDINGS, PUBLISHED_ENDING, STAGED_ENDING, staged

_SWAP: Final = "_swap-"
_SWAP_ENDING: Final = ".json"
_ASIDES: Final = tuple(f"{ending}{ASIDE}" for ending in ENDINGS)
_READS: Final = 8
"""how often a query is asked again before its error is reported"""

Step = Callable[[str], None]
"""is told what has been done of a swap; a test stops there"""
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Swap(NamedTuple):
    """Files that take the place of others; all paths are relative to the root of the store."""

    outputs: tuple[tuple[str, str], ...]
    """the name aside and the name that it gets, of each"""
    inputs: tuple[str, ...]

    def begin(self, root: Path, writer: str) -> None:
        """Make the swap count: from here on readers take the outputs, and a start after a crash ends it."""
        write_file(_path_of(root, writer), orjson.dumps(self._asdict(), option=orjson.OPT_INDENT_2))

    def rename_outputs(self, root: Path, reach: Step = lambda _: None) -> None:
        """Rename the outputs to their names, those that have not got them yet."""
        for aside, name in self.outputs:
            if (root / aside).exists():
                (root / aside).rename(root / name)
                reach("after renaming an output")

    def remove_inputs(self, root: Path, reach: Step = lambda _: None) -> None:
        """Remove the inputs, those that are there yet, and wait until that and the names of the outputs are on disk."""
        for name in self.inputs:
            (root / name).unlink(missing_ok=True)
            reach("after removing an input")
            # after a power cut an input may have the name again under which it waited for its snapshot
            staged(root / name).unlink(missing_ok=True)
        named = [root / name for name in (*self.inputs, *(name for _, name in self.outputs))]
        sync_folders(path for path in named if path.parent.is_dir())

    def end(self, root: Path, writer: str) -> None:
        """Forget the swap, whose outputs have their names and whose inputs are gone, also after a power cut."""
        _path_of(root, writer).unlink()
        sync(root)


def swap_of(root: Path, writer: str) -> Swap | None:
    """Return the swap of a writer that has begun and not ended."""
    try:
        return _parsed(_path_of(root, writer).read_bytes())
    except FileNotFoundError:
        return None


def writers_with_swaps(root: Path) -> list[str]:
    """Return the writers whose swaps have begun and not ended."""
    paths = root.glob(f"{_SWAP}*{_SWAP_ENDING}")
    return sorted(path.name.removeprefix(_SWAP).removesuffix(_SWAP_ENDING) for path in paths)


def published_files(root: Path, ending: str = PUBLISHED_ENDING) -> list[Path]:
    """Return the visible files of a store in order, of events unless another ending is given; none when there is no such
    folder."""
    return sorted(_Look.steady(root).visible(root, ending))


def staged_files(root: Path) -> list[Path]:
    """Return the files that wait for their snapshot; the output of a run that has ended well has none."""
    return sorted(root / path for path in _Look.steady(root).staged)


def joined_files(root: Path) -> list[Path]:
    """Return the files that are written to take the place of others, whether or not their swap has begun."""
    return sorted(root / path for path in _Look.at(root).joined)


def rereading(query: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Return a query of stores that is asked again where a file was swapped out before it was opened."""

    @wraps(query)
    def asked(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        for _ in range(_READS - 1):
            try:
                return query(*args, **kwargs)
            except FileNotFoundError:
                continue
        return query(*args, **kwargs)

    return asked


class _Look(NamedTuple):
    """The files of a store as they were listed; paths are relative to its root."""

    published: frozenset[str]
    staged: frozenset[str]
    joined: frozenset[str]
    swaps: frozenset[Swap]

    @classmethod
    def steady(cls, root: Path) -> "_Look":
        """List a store until nothing has changed meanwhile."""
        before = cls.at(root)
        while (now := cls.at(root)) != before:
            before = now
        return now

    @classmethod
    def at(cls, root: Path) -> "_Look":
        """List a store once."""
        swaps = {swap for writer in writers_with_swaps(root) if (swap := swap_of(root, writer)) is not None}
        published, staged_names, joined = set[str](), set[str](), set[str]()
        for folder, _, names in os.walk(root, onerror=_unless_gone):
            for name in names:
                path = f"{folder}/{name}"[len(str(root)) + 1 :]
                if name.endswith(STAGED_ENDING):
                    staged_names.add(path)
                elif name.endswith(_ASIDES):
                    joined.add(path)
                elif name.endswith(ENDINGS):
                    published.add(path)
        return cls(frozenset(published), frozenset(staged_names), frozenset(joined), frozenset(swaps))

    def visible(self, root: Path, ending: str) -> set[Path]:
        """Return the files of an ending whose rows count."""
        names = {name for name in self.published if name.endswith(ending)}
        for swap in self.swaps:
            names |= {aside for aside, name in swap.outputs if aside in self.joined and name.endswith(ending)}
            names -= set(swap.inputs)
        return {root / name for name in names}


def _unless_gone(error: OSError) -> None:
    """Raise the error of a folder that cannot be listed: what lies there must not pass for nothing. A store without a folder
    has no files, and a folder may go while its store is listed.
    """
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def finish_swap(root: Path, writer: str) -> None:
    """End the swap of a writer that a crash has left, and remove what no swap names. No one else may write for it."""
    swap = swap_of(root, writer)
    if swap is not None:
        swap.rename_outputs(root)
        swap.remove_inputs(root)
        swap.end(root, writer)
    for path in joined_files(root):
        if path.name.startswith(f"_{writer}-") and path.name.removeprefix(f"_{writer}-")[:10].isdecimal():
            path.unlink()


def finish_swaps(root: Path) -> None:
    """Do the same for all writers of a store that no process is writing."""
    for writer in writers_with_swaps(root):
        finish_swap(root, writer)
    for path in joined_files(root):
        path.unlink()


def remove_empty_folder(root: Path) -> None:
    """Remove the folder of mixed files where it holds none, as in the output of a replay that has ended well."""
    folder = root / ARRIVED
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        sync(root)


def _path_of(root: Path, writer: str) -> Path:
    return root / f"{_SWAP}{writer}{_SWAP_ENDING}"


def _parsed(content: bytes) -> Swap:
    plain = orjson.loads(content)
    return Swap(tuple((aside, name) for aside, name in plain["outputs"]), tuple(plain["inputs"]))
