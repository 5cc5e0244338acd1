"""The record of a run, `run.json`: what was asked of it and which inputs it found, kept beside its output for good.

The plan of a run is removed when the run has ended. What it said is needed later all the same: the audit reads the stored
bytes once more as the run has read them, and a repair judges them again. Of each input its size is kept, and the SHA-256 of
its first and last bytes, so that it can be told from another file under its name, and be found under another name.
"""

import hashlib
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import orjson

from brainstem import __version__
from brainstem.arrays.state_version import StateVersionError, require_version
from brainstem.contracts.ledger import DateOrder
from brainstem.parameters import Number
from connectors.base import InputError
from connectors.files.compression import Compression, PlainStream
from connectors.files.cursor import FileInput, path_of, source_of
from connectors.files.discovery import parse_argument
from connectors.files.rotation import Beginning, Tail
from flows.config.settings import Settings
from flows.process.bound_parameters import PARAMETERS_ARGUMENT
from flows.recovery.plan import Plan, state_versions
from state.store.atomic_files import write_file

RECORD_VERSION: Final = 1
_READING: Final = ("source", "evidence", "decisions", "rejects")
"""versions of what is read from a record and stored of it"""
SAMPLE_BYTES: Final = 1 << 16
"""bytes at either end of an input whose hash is kept"""


@dataclass(frozen=True, slots=True)
class Sample:
    """The two ends of an input as they were when it was found.

    `head_sha256` is of the first `head_bytes` that it holds when it is unpacked, and as UTF-8, so that a copy that rotation
    has packed has the same; `tail_sha256` is of the last bytes of the `size_bytes` that lay on disk.
    """

    size_bytes: int
    head_bytes: int
    head_sha256: str
    tail_sha256: str


def sample_of(path: Path, compression: Compression, size_bytes: int, head_bytes: int = SAMPLE_BYTES) -> Sample | None:
    """Return the two ends of the first `size_bytes` of a file; None where it is gone, shorter, or no regular file."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size < size_bytes:
            return None
        with path.open("rb", buffering=0) as file:
            if compression is Compression.NONE:
                head_bytes = min(head_bytes, size_bytes)
            head = _first(PlainStream(file, compression), head_bytes)
        with path.open("rb") as file:
            file.seek(max(0, size_bytes - SAMPLE_BYTES))
            tail = file.read(min(SAMPLE_BYTES, size_bytes))
    except OSError:
        return None
    return Sample(size_bytes, len(head), hashlib.sha256(head).hexdigest(), hashlib.sha256(tail).hexdigest())


def _first(stream: PlainStream, size_bytes: int) -> bytes:
    parts, left = [], size_bytes
    while left and (block := stream.read(left)):
        parts.append(block)
        left -= len(block)
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run was asked, and what it found. `shown_out` is its folder as it was named, which the digest repeats."""

    plan: Plan
    settings: Settings
    shown_out: str
    samples: dict[str, Sample]
    """by source, of the inputs that can be read again"""
    tops: tuple[Path, ...] = ()
    """files and folders that were given, as absolute paths"""
    other_build: str = ""
    """why this build may read and word things otherwise than the one that ran; empty for the same one"""


def samples_of(files: Sequence[FileInput]) -> dict[str, Sample]:
    """Return the two ends of each input that can be read again."""
    found = {
        file.source: sample_of(file.path, file.compression, file.size_bytes)
        for file in files
        if file.path is not None and not file.is_pipe
    }
    return {source: sample for source, sample in found.items() if sample is not None}


def write_record(path: Path, plan: Plan, settings: Settings) -> None:
    """Write the record of a run that begins, durably."""
    document = {
        "version": RECORD_VERSION,
        "out": str(settings.out),
        "settings": settings_to_plain(settings),
        "tops": [source_of(top) for top in _tops(plan, settings)],
        "samples": {source: asdict(sample) for source, sample in samples_of(plan.inventory.files).items()},
        "plan": plan.to_plain(),
    }
    write_file(path, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _tops(plan: Plan, settings: Settings) -> list[Path]:
    """Return the files and folders that a run was given; none of a run over topics, or standard input."""
    inputs = plan.arguments.get("inputs")
    if plan.topics or not isinstance(inputs, list):
        return []
    arguments = [parse_argument(each, settings.tenant) for each in inputs]
    return [each.path for each in arguments if each.path is not None]


def read_record(path: Path) -> RunRecord:
    """Read the record of a run whose folder holds it.

    Raises `InputError` where it is missing or cannot be read, `StateVersionError` for one of a build that reads records
    otherwise.
    """
    known = state_versions()
    try:
        plain = orjson.loads(path.read_bytes())
        require_version("the record of a run", plain["version"], RECORD_VERSION)
        settings = _settings_from_plain(path.parent, plain["settings"])
        samples = {source: Sample(**each) for source, each in plain["samples"].items()}
        plan = plain["plan"]
        same = plan["program"] == __version__ and all(plan["states"].get(name) == known[name] for name in _READING)
        other = "" if same else f"the run was made by brainstem {plan['program']}, which may differ from {__version__}"
        tops = tuple(top for each in plain["tops"] if (top := path_of(each)) is not None)
        settings = replace(settings, parameters=asked_parameters(plan["arguments"]))
        return RunRecord(Plan.as_it_was(plan), settings, str(plain["out"]), samples, tops, other)
    except StateVersionError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing, which says what was asked of the run and what it has read.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged ({type(error).__name__}: {error}).") from error


def beginnings_of(path: Path) -> dict[str, Beginning]:
    """Return what the inputs of a run began and ended with when they were found, by source.

    Raises what `read_record` raises.
    """
    return {
        source: Beginning(
            sample.head_bytes,
            sample.head_sha256,
            Tail(max(0, sample.size_bytes - SAMPLE_BYTES), min(SAMPLE_BYTES, sample.size_bytes), sample.tail_sha256),
        )
        for source, sample in read_record(path).samples.items()
    }


def asked_parameters(arguments: Mapping[str, Any]) -> tuple[tuple[str, Number], ...]:
    """Return the parameters among the arguments of a run, which differ from the defaults, in order of keys."""
    values = arguments.get(PARAMETERS_ARGUMENT, {}).items()
    return tuple(sorted((key, tuple(value) if isinstance(value, list) else value) for key, value in values))


def settings_to_plain(settings: Settings) -> dict[str, Any]:
    """Return the settings that steer what is judged and shown."""
    return {
        "zone": settings.zone,
        "zones": settings.zones,
        "date_order": settings.date_order,
        "date_orders": settings.date_orders,
        "lateness_us": settings.lateness_us,
        "tenant": settings.tenant,
        "share_precedents": settings.share_precedents,
        "apart": settings.apart,
        "items_a_day": settings.items_a_day,
        "advice": str(settings.advice) if settings.advice else None,
    }


def _settings_from_plain(out: Path, plain: dict[str, Any]) -> Settings:
    return Settings(
        out,
        plain["zone"],
        tuple((tenant, zone) for tenant, zone in plain["zones"]),
        DateOrder(plain["date_order"]),
        tuple((tenant, DateOrder(order)) for tenant, order in plain["date_orders"]),
        lateness_us=plain["lateness_us"],
        tenant=plain["tenant"],
        share_precedents=plain["share_precedents"],
        apart=tuple(plain["apart"]),
        items_a_day=plain["items_a_day"],
        advice=Path(plain["advice"]) if plain["advice"] else None,
    )
