"""Files as sources: from the arguments of a command line to the list of what is read and what is refused.

Takes arguments, returns an `Inventory`, made once and before anything is read. `FileCursor` does the reading. Folders are
walked in order of name, and each real folder is entered once for each argument, so that loops of links end. A hidden file
(or folder) that a walk meets is refused: editors, version control and shells keep their own files there. A pipe is read when
an argument names it, and refused when a walk meets it, because opening one may wait for ever. A link that a walk meets is
refused where it leads out of all inputs of its tenant: whoever can put a link into a folder of logs could else have any file
read, and shown to somebody else. A file that holds what another
one of its tenant and machine holds, packed or not, repeats it: its records are counted as duplicates.
"""

import os
import stat
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from brainstem.contracts.ledger import DateOrder, RefusalReason, RefusedInput
from brainstem.text.phrases import IN_UTC, Zones
from connectors.base import ConfigurationError, InputError
from connectors.files.beginning import beginning_of, hosts_named
from connectors.files.compression import Compression
from connectors.files.cursor import STDIN_SOURCE, FileInput, ReferenceOrigin, source_of
from connectors.files.given import NOTHING_GIVEN, Given
from connectors.files.peek import Content, Peek, content_of, docker_container, peek, pod_of, service_of

DEFAULT_TENANT: Final = "default"
"""tenant of inputs that name none"""
_HOST_FOLDERS: Final = ("/var/log/", "/sos_commands/")
"""A path that holds one of these holds files of one machine: what stands before it is that machine's root folder, or the
folder of a report that was collected from it."""

_DAY_SECONDS: Final = 86_400
_REFERENCE_LEAST_US: Final = 366 * _DAY_SECONDS * 1_000_000
"""2 January 1971: a file that says that it is older, as those of a machine without a clock and of archives that leave times
out do, has time stamps without a year of 1970 and not of before, when there are no slots"""
_PARTS_OF_A_RUN: Final = ("items.jsonl", "evidence", "decisions", "rejects")
"""what lies in the folder of every run from its beginning on"""
COPY_ELSEWHERE_BYTES: Final = 4096
"""Equal files of so many bytes are copies wherever they lie; smaller ones only side by side."""

_NO_ROOT: Final = ""
"""root of a path that shows none; files there are not known to be of one machine"""


@dataclass(frozen=True, slots=True)
class Argument:
    """A parsed input argument; `path` is None for standard input."""

    tenant: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is read, in the order of arguments and paths, and what was found but is refused, with the reason."""

    files: tuple[FileInput, ...]
    refused: tuple[RefusedInput, ...]
    begun_at_us: int = 0
    """when this machine's clock showed that nothing of them had been looked at yet, in microseconds since the epoch, UTC; 0
    where that is not known"""


@dataclass(slots=True)
class _Found:
    """A file that is to be read, with the number of its argument and what its first and last bytes show."""

    argument: int
    tenant: str
    path: Path
    status: os.stat_result
    peek: Peek


def parse_argument(argument: str, default_tenant: str = DEFAULT_TENANT) -> Argument:
    """Parse `TENANT=PATH`, `PATH` or `-` (standard input).

    An argument that exists as a path is that path, also with a "=" in it; so is one with a "/" before its first "=".
    Raises `ConfigurationError` for an empty tenant or path, or a tenant that is not printable.
    """
    tenant, mark, rest = argument.partition("=")
    if not mark or "/" in tenant or os.path.lexists(argument):
        tenant, rest = default_tenant, argument
    if not tenant or not rest:
        raise ConfigurationError(f"input {argument!r}: give TENANT=PATH with both sides, or PATH alone")
    if not tenant.isprintable():
        raise ConfigurationError(f"input {argument!r}: the tenant's name must be printable text")
    return Argument(tenant, None if rest == "-" else Path(os.path.abspath(rest)))  # noqa: PTH100 - keeps links


def discover(
    arguments: Sequence[Argument],
    *,
    reference_time_us: int | None = None,
    zones: Zones = IN_UTC,
    excluded: Iterable[Path] = (),
    given: Callable[[str], Given] = lambda _tenant: NOTHING_GIVEN,
) -> Inventory:
    """Return all files of the arguments, having looked at the first and last bytes of each.

    `reference_time_us` (microseconds since the epoch, UTC) bounds time stamps without a year. Without it, a file's bound is
    the latest full date in the files of its argument, because files of one machine lie side by side, and a copy changes
    modification times but not content; without such a date it is the modification time. `zones` are for dates without a
    zone. `excluded` folders, such as that of the output, are not entered, nor is the output of an earlier run. `given`
    returns what is said of a tenant's inputs, which goes before what they show.

    Raises `InputError` for missing paths, before anything is read, and `ConfigurationError` when one file is given
    under two tenants, and for a pattern that fits no path of its tenant.
    """
    begun_at_us = time.time_ns() // 1000
    _require_all(arguments)
    keep_out = [Path(os.path.realpath(each)) for each in excluded]
    roots: dict[str, list[Path]] = defaultdict(list)
    for argument in arguments:
        if argument.path is not None:
            roots[argument.tenant].append(Path(os.path.realpath(argument.path)))
    refused: list[RefusedInput] = []
    found: list[_Found] = []
    files: list[FileInput] = []
    for number, argument in enumerate(arguments):
        if argument.path is None:
            zone = zones.of(argument.tenant)
            known_us = _reference_of(given(argument.tenant), zone, reference_time_us)
            stdin = _standard_input(argument.tenant, known_us)
            said = given(argument.tenant)
            files.append(replace(stdin, date_order=said.date_order, given_format=said.format_of(None)))
            continue
        for path, status, refusal in _walk(argument.path, keep_out, roots[argument.tenant]):
            zone = zones.of(argument.tenant)
            known_us = _reference_of(given(argument.tenant), zone, reference_time_us)
            seen = _look(path, status, refusal, path == argument.path, zone, both_ends=known_us is None)
            if seen.refusal is None:
                found.append(_Found(number, argument.tenant, path, status, seen))
            else:
                refused.append(RefusedInput(_shown(path), argument.tenant, seen.refusal, status.st_size))
    files += _inputs(found, reference_time_us, zones, given)
    _require_patterns_that_fit(files, given)
    return Inventory(tuple(files), tuple(refused), begun_at_us)


def files_below(top: Path, excluded: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """Yield path and size of each regular file that a walk of an argument meets now.

    Raises `InputError` where the argument itself is gone.
    """
    _require_all([Argument(DEFAULT_TENANT, top)])
    keep_out = [Path(os.path.realpath(each)) for each in excluded]
    for path, status, refusal in _walk(top, keep_out, [Path(os.path.realpath(top))]):
        if refusal is None and stat.S_ISREG(status.st_mode):
            yield path, status.st_size


def _require_all(arguments: Sequence[Argument]) -> None:
    """Raise for paths that are missing, all of them at once, and for standard input that is named twice."""
    missing = [str(each.path) for each in arguments if each.path is not None and not os.path.lexists(each.path)]
    if missing:
        raise InputError(f"no such file or folder: {', '.join(missing)}. Nothing was read or written.")
    if sum(each.path is None for each in arguments) > 1:
        raise ConfigurationError("input '-': standard input can be given once only")


def _walk(
    top: Path, keep_out: list[Path], roots: list[Path]
) -> Iterator[tuple[Path, os.stat_result, RefusalReason | None]]:
    """Yield every file below `top` (or `top` itself) in order of path, with the reason to refuse it, None for none.

    A link below `top` is followed where it leads to something in `roots`.
    """
    entered: set[tuple[int, int]] = set()
    waiting = [top]
    while waiting:
        path = waiting.pop()
        try:
            status = path.stat()
        except OSError:
            # a link to nothing, a loop of links, or what shows no status at all
            yield path, _own_status(path), RefusalReason.UNREADABLE
            continue
        if path != top and path.name.startswith("."):
            yield path, status, RefusalReason.HIDDEN
        elif path != top and path.is_symlink() and not _is_within(Path(os.path.realpath(path)), roots):
            yield path, status, RefusalReason.LINK_OUT
        elif not stat.S_ISDIR(status.st_mode):
            yield path, status, None
        elif Path(os.path.realpath(path)) in keep_out or is_run(path):
            yield path, status, RefusalReason.EXCLUDED
        elif (status.st_dev, status.st_ino) not in entered:
            entered.add((status.st_dev, status.st_ino))
            try:
                waiting += sorted(path.iterdir(), reverse=True)
            except OSError:
                yield path, status, RefusalReason.UNREADABLE


def _own_status(path: Path) -> os.stat_result:
    """Return the status of a path itself, where it is a link that of the link; of a path without one, a size of 0.

    A path has none where its folder may be listed and not searched, where it is longer than the system takes, and where
    it was removed or renamed since its folder was listed, as rotation does.
    """
    try:
        return path.lstat()
    except OSError:
        return os.stat_result([0] * 10)


def _is_within(path: Path, roots: list[Path]) -> bool:
    """Return whether a path without links is one of `roots` or lies in one."""
    return any(path.is_relative_to(root) for root in roots)


def is_run(folder: Path) -> bool:
    """Return whether a folder is the output of a run, whose files repeat and describe logs and are none."""
    return all(os.path.lexists(folder / name) for name in _PARTS_OF_A_RUN)


def run_in(inputs: Sequence[str], tenant: str) -> Path | None:
    """Return the folder of a run that input arguments name; None where they name other things.

    Raises `ConfigurationError` where it is named beside others, or for a tenant.
    """
    arguments = [(each, parse_argument(each, tenant).path) for each in inputs]
    runs = [(each, path) for each, path in arguments if path is not None and is_run(path)]
    if not runs:
        return None
    argument, path = runs[0]
    if len(inputs) > 1:
        raise ConfigurationError(
            f"{argument} is the folder of a run, and other inputs are given beside it. Give it alone, or the logs that it"
            " has read."
        )
    if not os.path.lexists(argument):
        raise ConfigurationError(
            f"{argument}: a run has the tenants of its own inputs. Give its folder without a tenant: {path}"
        )
    return path


def _look(
    path: Path, status: os.stat_result, refusal: RefusalReason | None, named: bool, zone: tzinfo, *, both_ends: bool
) -> Peek:
    """Return what a regular file shows; a pipe can be read only once, so it is accepted unread where it is `named`."""
    if refusal is not None:
        return Peek(refusal=refusal)
    if stat.S_ISREG(status.st_mode):
        return peek(path, zone, both_ends=both_ends)
    return Peek() if stat.S_ISFIFO(status.st_mode) and named else Peek(refusal=RefusalReason.SPECIAL_FILE)


def _reference_of(given: Given, zone: tzinfo, reference_time_us: int | None) -> int | None:
    """Return the reference time that a person has named, by a year or a moment; None for neither.

    That of a year is a day before its end, because a first stamp may be a day after the reference time.
    """
    if given.year is None:
        return reference_time_us
    return int(datetime(given.year + 1, 1, 1, tzinfo=zone).timestamp() - _DAY_SECONDS) * 1_000_000 - 1


def _require_patterns_that_fit(files: Sequence[FileInput], given: Callable[[str], Given]) -> None:
    """Raise `ConfigurationError` for the first pattern that fits no file: it would have no effect, silently."""
    for tenant in sorted({file.tenant for file in files}):
        paths = [file.path for file in files if file.tenant == tenant and file.path is not None]
        patterns = given(tenant)
        for option, chosen in (("--host-from", patterns.host_from), ("--service-from", patterns.service_from)):
            for pattern in chosen:
                if not any(map(pattern.name_in, paths)):
                    example = f"such as that of {_shown(paths[0])}" if paths else "and there is none"
                    raise ConfigurationError(
                        f"{option} {pattern.text!r} fits no path of tenant {tenant!r}, {example}. `*` stands for any"
                        " characters of one name, `**` for any at all."
                    )
    # a name that only one tenant's file has may be given of all
    of_formats: dict[str, bool] = {}
    for file in files:
        for _, of_paths in given(file.tenant).formats:
            if of_paths is not None:
                fits = file.path is not None and bool(of_paths.name_in(file.path))
                of_formats[of_paths.text] = fits or of_formats.get(of_paths.text, False)
    for text, fits in of_formats.items():
        if not fits:
            raise ConfigurationError(
                f"--format: {text!r} fits no path. `*` stands for any characters of one name, `**` for any at all."
            )


def _inputs(
    found: list[_Found], reference_time_us: int | None, zones: Zones, given: Callable[[str], Given]
) -> Iterator[FileInput]:
    """Yield what was found as inputs, each with its reference time, its host and the source that it repeats.

    The order of dates of a file that may have some with slashes is AMBIGUOUS, until somebody reads it.

    Raises `ConfigurationError` for one file under two tenants.
    """
    latest_us = _latest_by_argument(found)
    contents = _content_by_path(found)
    devices = _device_by_path(found)
    inputs: list[tuple[_Found, FileInput]] = []
    first_of: dict[tuple[int, int], FileInput] = {}
    first_copy: dict[tuple[str, str, Content, Path | None], FileInput] = {}
    sources: set[str] = set()
    for each in found:
        said = given(each.tenant)
        known_us = _reference_of(said, zones.of(each.tenant), reference_time_us)
        if known_us is not None:
            reference = known_us, ReferenceOrigin.ARGUMENT
        elif each.argument in latest_us:
            reference = max(latest_us[each.argument], _REFERENCE_LEAST_US), ReferenceOrigin.CONTENT
        else:
            modified_us = max(each.status.st_mtime_ns // 1000, _REFERENCE_LEAST_US)
            reference = modified_us, ReferenceOrigin.MODIFICATION_TIME
        # whether the dates of a file can be read both ways is found out by reading it
        is_undecided = said.date_order is DateOrder.UNKNOWN and each.peek.has_slashed_dates
        file = FileInput(
            path=each.path,
            tenant=each.tenant,
            source=_unused(source_of(each.path), sources),
            compression=each.peek.compression,
            size_bytes=each.status.st_size,
            reference_time_us=reference[0],
            reference_origin=reference[1],
            default_host=said.host_of(each.path),
            default_service="",
            date_order=DateOrder.AMBIGUOUS if is_undecided else said.date_order,
            is_pipe=stat.S_ISFIFO(each.status.st_mode),
            given_format=said.format_of(each.path),
        )
        inputs.append((each, file))
    hosts = _host_by_source(inputs, zones)
    for each, unnamed in inputs:
        said = given(each.tenant)
        shown = _shown(each.path)
        of_machine = hosts.get(unnamed.source) or devices.get(each.path, "")
        host = unnamed.default_host or of_machine or pod_of(shown)
        service = said.service_of(each.path) or docker_container(each.path) or service_of(shown, host)
        file = replace(unnamed, default_host=host, default_service=service)
        original = first_of.setdefault((each.status.st_dev, each.status.st_ino), file)
        if original.tenant != file.tenant:
            raise ConfigurationError(
                f"input {_shown(each.path)} is given for tenant {file.tenant!r}, and as {original.source} for tenant"
                f" {original.tenant!r}: a record belongs to one tenant, so give the file once"
            )
        content = contents.get(each.path)
        if content is not None and original is file:
            # the same lines of another machine are that machine's own, and so may a few lines in another folder be
            folder = each.path.parent if content.size_bytes < COPY_ELSEWHERE_BYTES else None
            original = first_copy.setdefault((file.tenant, host, content, folder), file)
        yield file if original is file else replace(file, duplicate_of=original.duplicate_of or original.source)


def _content_by_path(found: list[_Found]) -> dict[Path, Content | None]:
    """Return the content in short of each file that begins as another one of its tenant does.

    A copy beside a log, or what rotation packed and did not remove, repeats every record. Only files that begin alike are
    read for this.
    """
    alike: dict[tuple[str, Content], dict[tuple[int, int], _Found]] = defaultdict(dict)
    for each in found:
        if each.peek.beginning is not None:
            alike[each.tenant, each.peek.beginning].setdefault((each.status.st_dev, each.status.st_ino), each)
    return {
        each.path: content_of(each.path, each.peek.compression)
        for several in alike.values()
        if len(several) > 1
        for each in several.values()
    }


def _standard_input(tenant: str, reference_time_us: int | None) -> FileInput:
    """Return standard input as an input; its lines were written by now, or by the reference time where one is given."""
    is_given = reference_time_us is not None
    return FileInput(
        path=None,
        tenant=tenant,
        source=STDIN_SOURCE,
        compression=Compression.NONE,
        size_bytes=0,
        reference_time_us=time.time_ns() // 1000 if reference_time_us is None else reference_time_us,
        reference_origin=ReferenceOrigin.ARGUMENT if is_given else ReferenceOrigin.CLOCK,
        default_host="",
        default_service="stdin",
        is_pipe=True,
    )


def _latest_by_argument(found: list[_Found]) -> dict[int, int]:
    """Return the latest full date among the files of each argument that have one, by the number of the argument."""
    latest: dict[int, int] = {}
    for each in found:
        stamp = each.peek.latest_stamp_us
        if stamp is not None:
            latest[each.argument] = max(stamp, latest.get(each.argument, stamp))
    return latest


def _host_by_source(inputs: list[tuple[_Found, FileInput]], zones: Zones) -> dict[str, str]:
    """Return the host of each file in a machine's root folder: the one that more than half of the syslog headers in its
    files name, of those written by the time at which the file begins. What comes later must not change what a record says.
    """
    of_root: defaultdict[str, list[tuple[_Found, FileInput]]] = defaultdict(list)
    for each, file in inputs:
        of_root[_machine_root(each.path)].append((each, file))
    hosts: dict[str, str] = {}
    for root, of_machine in of_root.items():
        if root == _NO_ROOT or not any(each.peek.hosts for each, _ in of_machine):
            continue
        hosts |= hosts_named({file.source: beginning_of(file, zones.of(file.tenant)) for _, file in of_machine})
    return hosts


def _device_by_path(found: list[_Found]) -> dict[Path, str]:
    """Return the device of each file of network devices whose lines do not name it, where names of files or folders do.

    Files are usually named after their device. A name that occurs in several folders is rather that of a sort of log; then
    the folders are named after devices, unless their names have no letter and so are days. Where all names are the same, as
    with one file only, they distinguish nothing and no device is assumed.
    """
    devices: dict[Path, str] = {}
    of_argument: defaultdict[int, list[Path]] = defaultdict(list)
    for each in found:
        if each.peek.is_of_device:
            of_argument[each.argument].append(each.path)
    for paths in of_argument.values():
        folders_of: defaultdict[str, set[Path]] = defaultdict(set)
        for path in paths:
            folders_of[_file_name(path)].add(path.parent)
        folders = {path.parent for path in paths}
        by_folder = any(len(each) > 1 for each in folders_of.values()) and all(
            any(letter.isalpha() for letter in folder.name) for folder in folders
        )
        names = {path: _shown(Path(path.parent.name)) if by_folder else _file_name(path) for path in paths}
        if len(set(names.values())) > 1:
            devices |= names
    return devices


def _file_name(path: Path) -> str:
    return service_of(_shown(Path(path.name)))


def _machine_root(path: Path) -> str:
    """Return what stands before the last `/var/log/` or `/sos_commands/` of a path; `_NO_ROOT` where neither occurs."""
    text = str(path)
    cut = max(text.rfind(folder) for folder in _HOST_FOLDERS)
    return _NO_ROOT if cut < 0 else text[: cut + 1]


def _unused(source: str, used: set[str]) -> str:
    """Return the name of a source, numbered when the same path was given before, and add it to `used`."""
    name, number = source, 1
    while name in used:
        number += 1
        name = f"{source}#{number}"
    used.add(name)
    return name


def _shown(path: Path) -> str:
    """Return a path as text; bytes that are no UTF-8 become escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
