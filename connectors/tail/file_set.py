"""Which files are followed, and whose they are: what one `[[files]]` of a configuration says."""

import os
import re
import socket
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from brainstem.contracts.ledger import DateOrder
from connectors.files.given import PathPattern
from connectors.files.peek import docker_container, pod_of, service_of

_PIECE: Final = re.compile(r"/\*\*(?=/|$)|\[[!^]?[^/\]]+\]|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FileSet:
    """Files that are followed in one way. `paths` are absolute: of files, of folders (all that is below them), or patterns
    with `*`, `?`, `[...]` in names and `**` for any folders. `exclude` are patterns that fit a whole path, or a name.
    """

    paths: tuple[str, ...]
    tenant: str
    tenant_from: tuple[PathPattern, ...] = ()
    host: str = ""
    """of records that name none, and whose path names none"""
    host_from: tuple[PathPattern, ...] = ()
    service_from: tuple[PathPattern, ...] = ()
    exclude: tuple[str, ...] = ()
    modified_hours_most: float = 0.0
    """a file that was last modified longer ago when it is found is not read before it changes; 0 for any age"""
    zone: str = ""
    date_order: DateOrder = DateOrder.UNKNOWN
    given_format: str = ""
    """the format that all records are said to be of; empty where each is taken for what it shows"""

    def tenant_of(self, path: Path) -> str:
        """Return whose a file is."""
        return next((name for each in self.tenant_from if (name := each.name_in(path))), self.tenant)

    def host_of(self, path: Path) -> str:
        """Return the host of records that name none: what the path names, what is configured, or this machine."""
        named = next((name for each in self.host_from if (name := each.name_in(path))), "")
        return named or self.host or pod_of(shown(path)) or socket.gethostname()

    def service_of(self, path: Path) -> str:
        """Return the service of records that name none, as a replay of the file finds it."""
        named = next((name for each in self.service_from if (name := each.name_in(path))), "")
        return named or docker_container(path) or service_of(shown(path), self.host_of(path))

    def holds(self, path: Path) -> bool:
        """Return whether a path is one of these, whether or not there is a file."""
        text = os.fsdecode(path)
        return any(_fits(each, text) for each in self.paths) and not self.excludes(text)

    def excludes(self, path: str) -> bool:
        """Return whether a path is excluded."""
        return any(
            _translated(each).fullmatch(path if "/" in each else path.rpartition("/")[2]) for each in self.exclude
        )


def set_of(sets: Sequence[FileSet], path: Path) -> FileSet | None:
    """Return the first set that holds a path."""
    return next((each for each in sets if each.holds(path)), None)


def shown(path: Path) -> str:
    """Return a path as text; bytes that are no UTF-8 become escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _fits(pattern: str, path: str) -> bool:
    if _has_wildcard(pattern):
        return _translated(pattern).fullmatch(path) is not None
    return path == pattern or path.startswith(pattern.rstrip("/") + "/")


def _has_wildcard(text: str) -> bool:
    return any(each in text for each in "*?[")


@lru_cache(maxsize=1024)
def _translated(pattern: str) -> re.Pattern[str]:
    """Return a pattern as a regular expression: `**` is any folders, a wildcard within a name has no slash."""
    pieces = []
    for piece in _PIECE.findall(pattern):
        if piece == "/**":
            pieces.append("(?:/[^/]+)*")
        elif piece[0] == "[" and len(piece) > 1:
            inner = piece[1:-1].replace("\\", r"\\")
            pieces.append(f"[^/{inner[1:]}]" if inner[0] in "!^" else f"[{inner}]")
        else:
            pieces.append({"*": "[^/]*", "?": "[^/]"}.get(piece, re.escape(piece)))
    return re.compile("".join(pieces), re.DOTALL)


@dataclass(slots=True)
class Found:
    """What a look at the folders has found."""

    files: dict[str, FileSet] = field(default_factory=dict)
    """regular files by path; of several sets that hold one, the first"""
    unreadable: set[str] = field(default_factory=set)
    """folders that cannot be listed"""


def find(sets: Sequence[FileSet], excluded: Sequence[str] = ()) -> Found:
    """Return the files of all sets. Hidden files and folders are left out unless a path names them, links to folders are not
    entered, and nothing below an `excluded` folder is.
    """
    found = Found()
    for each in sets:
        for pattern in each.paths:
            for path in _files_of(pattern, tuple(excluded), found):
                if path not in found.files and not each.excludes(path):
                    found.files[path] = each
    return found


def _files_of(pattern: str, excluded: Sequence[str], found: Found) -> Iterator[str]:
    parts = pattern.rstrip("/").split("/")
    plain = next((number for number, part in enumerate(parts) if _has_wildcard(part)), len(parts))
    top = "/".join(parts[:plain]) or "/"
    if plain < len(parts):
        rest = parts[plain:]
        is_deep = "**" in rest
        for path, depth in _walk(top, None if is_deep else len(rest), excluded, found):
            if (is_deep or depth == len(rest)) and _fits(pattern, path):
                yield path
        return
    try:
        mode = os.stat(top).st_mode  # noqa: PTH116 - a path object for each of many files costs more than the call
    except OSError:
        return
    if stat.S_ISDIR(mode):
        yield from (path for path, _ in _walk(top, None, excluded, found))
    elif stat.S_ISREG(mode):
        yield top


def _walk(top: str, depth_most: int | None, excluded: Sequence[str], found: Found) -> Iterator[tuple[str, int]]:
    """Yield the files below a folder, and how many names below it each lies."""
    waiting = [(top, 1)]
    while waiting:
        folder, depth = waiting.pop()
        if folder in excluded:
            continue
        try:
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        except OSError:
            found.unreadable.add(folder)
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path = f"{folder.rstrip('/')}/{entry.name}"
            try:
                if entry.is_dir(follow_symlinks=False):
                    if depth_most is None or depth < depth_most:
                        waiting.append((path, depth + 1))
                elif entry.is_file():
                    yield path, depth
            except OSError:
                continue
