"""The folder of a finished run, as the commands take it that ask about one or append to one."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from brainstem.arrays.state_version import StateVersionError
from brainstem.parameters import Number
from brainstem.text.phrases import Zones
from connectors.base import ConfigurationError, InputError
from flows.cli.console import notes
from flows.process.bound_parameters import PARAMETERS_ARGUMENT, require_parameters
from flows.process.stop_request import StoppedError

if TYPE_CHECKING:
    # loading settings takes half a second, which nobody should wait for who asks for help
    from flows.config.settings import Settings

RUNS_BELOW: Final = ("*", "*/run", "var/*", "var/*/run")
"""where runs are looked for, below the current folder and below one that was taken for a run"""
RUNS_NAMED: Final = 3


def settings_for(out: Path, zones: Sequence[str] | None) -> "Settings":
    """Return settings that show the run in `out` in the time zones that `--zone` gives, and where it gives none in those of
    the run.

    Raises `ConfigurationError` for a zone that does not exist, and for a tenant that the run does not have: a misspelt name
    would have no effect, and nothing would say so. A folder without a ledger is accepted; the command itself names what is
    missing in it. Where the run had other parameters, the command begins anew with these: what it says of thresholds is true
    of that run.
    """
    from flows.config.settings import Settings

    values = parameters_of(out)
    settings = Settings(out, *_shown_in(out, zones), parameters=tuple(values.items()))
    require_parameters(values)
    if zones and settings.zones:
        _require_tenants(settings)
    return settings


def _shown_in(out: Path, zones: Sequence[str] | None) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the zone for all and those of tenants that are given, else those of the run in `out`; UTC where it has none."""
    from flows.config.settings import parse_zones
    from flows.sinks.output_folder import RUN_RECORD_NAME

    if zones:
        return parse_zones(zones)
    try:
        settings = orjson.loads((out / RUN_RECORD_NAME).read_bytes())["settings"]
        return parse_zones([settings["zone"], *(f"{tenant}={zone}" for tenant, zone in settings["zones"])])
    except (OSError, ValueError, KeyError, TypeError):
        # what is damaged in the file, `audit` says
        return parse_zones(())


def display_zones_for(folders: Sequence[Path], zones: Sequence[str] | None) -> tuple[Zones, str]:
    """Return the time zones in which several runs are shown, as `settings_for` does for one, and that of moments that name
    none. A tenant must be known in one of the runs.
    """
    failures: list[ConfigurationError] = []
    for folder in folders:
        try:
            settings = settings_for(folder, zones)
        except ConfigurationError as error:
            failures.append(error)
        else:
            return settings.display_zones, settings.zone
    raise failures[0]


def parameters_of(out: Path) -> dict[str, Number]:
    """Return the parameters of the run in `out` that differ from the defaults, as its ledger has them, or its plan where
    there is no ledger yet; none where neither can be read.

    Raises `ConfigurationError` for a parameter that this build does not know.
    """
    from flows.config.parameter_file import parameters_from
    from flows.recovery.store import Recovery
    from flows.sinks.output_folder import OutputFolder

    try:
        ledger = orjson.loads(OutputFolder(out).ledger.read_bytes())
        values = ledger.get("parameters", {}).get("values", {})
    except (OSError, orjson.JSONDecodeError, AttributeError):
        recovery = Recovery(out)
        values = recovery.plan().arguments.get(PARAMETERS_ARGUMENT, {}) if recovery.exists else {}
    return parameters_from(values) if values else {}


def _require_run(out: Path) -> None:
    """Raise `InputError` for a folder that holds nothing of a run; the message names runs that lie nearby."""
    from flows.sinks.output_folder import OutputFolder

    folder = OutputFolder(out)
    if any(
        path.exists() for path in (folder.run_record, folder.ledger, folder.items, folder.decisions, folder.evidence)
    ):
        return
    nearby = _runs_near(out)
    where = f" There is one in {', '.join(nearby)}." if nearby else ""
    raise InputError(f"{out} holds no run. Give the --out folder of a run.{where}")


def _runs_near(out: Path) -> list[str]:
    """Return folders of runs below a folder that was taken for one, and below the current one, the latest run first."""
    from flows.sinks.output_folder import RUN_RECORD_NAME

    found = {
        record.parent: record.stat().st_mtime_ns
        for base in dict.fromkeys((out, Path()))
        if base.is_dir()
        for pattern in RUNS_BELOW
        for record in base.glob(f"{pattern}/{RUN_RECORD_NAME}")
    }
    return [str(folder) for folder in sorted(found, key=lambda each: (-found[each], each))][:RUNS_NAMED]


@contextmanager
def reading(out: Path) -> Iterator[None]:
    """Read the folder of a run while the block runs, and tell damage of its files in a sentence.

    Raises `InputError` before it where there is no run, or a file is lost or cut, and after it where the block fails of a
    file that is not as the run wrote it.
    """
    from flows.audit.manifest import damaged_file, lost_file
    from flows.process.native_errors import without_known_panics
    from flows.sinks.output_folder import OutputFolder
    from state.store.parquet_store import MissingFilesError, OutputInUseError

    _require_run(out)
    folder = OutputFolder(out)
    if lost := lost_file(folder):
        raise _damaged(out, lost)
    told = (InputError, ConfigurationError, MissingFilesError, OutputInUseError, StateVersionError)
    try:
        with without_known_panics(every=True):
            yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, StoppedError, *told):
        raise
    except BaseException as error:
        # a library that panics raises what is no Exception
        if damaged := damaged_file(folder):
            raise _damaged(out, damaged) from error
        raise


@contextmanager
def reading_all(folders: Sequence[Path]) -> Iterator[None]:
    """Read the folders of some runs while the block runs, as `reading` does with one."""
    with ExitStack() as stack:
        for folder in folders:
            stack.enter_context(reading(folder))
        yield


def _damaged(out: Path, what: str) -> InputError:
    return InputError(
        f"{what}. The other files were not touched. Operator action: restore it from a copy, or `brainstem repair {out}`"
        f" makes a whole output of what can be read; `brainstem audit {out}` says what else is wrong."
    )


def note_root(out: Path) -> None:
    """Write the root hash of a run that has ended, which proves its files where it is kept elsewhere."""
    from flows.audit.manifest import ManifestError, read_manifest
    from flows.sinks.output_folder import OutputFolder

    folder = OutputFolder(out)
    try:
        notes.print(f"root of the manifest: {read_manifest(folder).root}")
    except ManifestError as error:
        raise InputError(
            f"{folder.manifest} {error}. Operator action: restore the file from a copy; `brainstem audit {out}` says whether"
            f" anything else is wrong, and `brainstem repair {out}` makes it anew."
        ) from error


def _require_tenants(settings: "Settings") -> None:
    """Raise `ConfigurationError` for the first zone whose tenant has no input in the run's ledger."""
    from flows.reports.recorded import read_ledger
    from flows.sinks.output_folder import OutputFolder

    folder = OutputFolder(settings.out)
    if not folder.ledger.is_file():
        return
    tenants = sorted({description.tenant for description, _ in read_ledger(folder) if description.tenant})
    for name, zone in settings.zones:
        if name not in tenants:
            raise ConfigurationError(
                f"--zone {name}={zone}: this run has no such tenant. It has {', '.join(tenants) or 'none'}."
            )
