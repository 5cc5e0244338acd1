"""A replay as the command line asks for it: checked, run or resumed, and the notes that are written on the way;
topics may be read between the offsets that another run has taken."""

import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from brainstem.contracts.ledger import Ledger
from brainstem.explain.input_gaps import not_read, read_in_part, received_of_logs, rejected_records
from brainstem.explain.misreading import CHECK, misread, without_host, without_time
from brainstem.text.phrases import clock, counted, printable
from connectors.base import ConfigurationError, InputError
from connectors.files.discovery import Inventory, discover, parse_argument
from connectors.kafka import TOPICS
from flows.cli.console import note_first_compilation, notes, progress
from flows.config.advice import advice_of
from flows.config.input_options import InputOptions
from flows.config.settings import Settings
from flows.process.bound_parameters import parameters_argument

if TYPE_CHECKING:
    from flows.recovery.plan import Plan, TopicBounds

    # at run time a Kafka client is loaded only where inputs are topics
    from flows.runs.topic_replay import TopicReplay

OF_A_STORED_RUN: Final = ("inputs", "out", "parameters", "without_evidence")
"""parameters of the command that may be given where the input is the folder of a run"""
MOST_REFUSED_SHOWN: Final = 10
"""refused inputs that are named on standard error; the ledger names all"""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What is asked for. `reference_date` is the text that was given; `topics` is None where the inputs are files."""

    inputs: list[str]
    settings: Settings
    reference_date: str | None
    topics: "TopicReplay | None"
    processes: int
    resume: bool
    fail_on: str | None
    options: InputOptions = field(default_factory=InputOptions)
    offsets_of: Path | None = None
    """the folder of a run over the same topics, of which the same offsets are read; None for those of now"""

    def __post_init__(self) -> None:
        """Refuse what cannot work, with key, value and fix."""
        if self.fail_on not in (None, "items", "rejects", "unread"):
            raise ConfigurationError(f"--fail-on = {self.fail_on!r} is unknown. Give `items`, `rejects` or `unread`.")
        self.options.require_fit(self.topics is None, self.settings.reference_time_us is not None)
        if self.topics is None:
            self._require_inputs_of_tenants()
        # read here for its faults alone, before a folder is made
        advice_of(self.settings.advice)

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the arguments that must be the same when the run is resumed; those left out do not change its results."""
        settings = self.settings
        return {
            "inputs": self.inputs,
            "--tenant": settings.tenant,
            "--zone": ", ".join([settings.zone, *(f"{tenant}={zone}" for tenant, zone in settings.zones)]),
            "--reference-date": self.reference_date,
            **self.options.texts,
            "--incidents": str(settings.incidents or ""),
            "--feedback": str(settings.feedback or ""),
            "--share-precedents": settings.share_precedents,
            "--apart": sorted(settings.apart),
            "--items-a-day": settings.items_a_day,
            "--advice": str(settings.advice or ""),
            # without one the arguments are those of a run that was begun before there were any
            **({"--memory": str(settings.memory)} if settings.memory else {}),
            **parameters_argument(settings.parameters),
        }

    def plan(self) -> "Plan":
        """Return what there is to read: the files found, or the bounds of the topics as the brokers have them now."""
        from flows.recovery.plan import Plan

        if self.topics is not None:
            return Plan(self.arguments, topics=self._bounds(self.topics))
        return Plan(self.arguments, self.discover())

    def _bounds(self, topics: "TopicReplay") -> "TopicBounds":
        """Return the bounds of the topics: as the brokers have them now, or those of another run."""
        if self.offsets_of is None:
            return topics.bounds()
        from flows.recovery.run_record import read_record
        from flows.sinks.output_folder import OutputFolder

        return read_record(OutputFolder(self.offsets_of).run_record).plan.topics

    def run_as_worker(self, process: int, addresses: list[str]) -> None:
        """Do the share of worker number `process` in a replay that another process has prepared and will complete."""
        from flows.process.cluster import end_with_parent
        from flows.recovery.store import Recovery
        from flows.runs.replay import run_process

        end_with_parent()
        plan = Recovery(self.settings.out).plan()
        source_of = self.topics.source_of(plan, self.settings, process) if self.topics else None
        run_process(plan, self.settings, process, addresses, source_of=source_of)

    def run(self) -> Ledger:
        """Run the replay, or resume it, to its end, and return its ledger; one that has ended already is not run again.

        Raises `InputError` where nothing at all was read. Where a new run fails before it has read anything, it leaves no
        folder behind.
        """
        from flows.sinks.output_folder import OutputFolder

        made = _missing_folders(self.settings.out)
        try:
            ledger = self._run()
        except Exception:
            _remove_empty(made)
            raise
        if not received_of_logs(ledger).records:
            refused = not_read(ledger)
            why = f"all that was found was refused: {refused}" if refused else "the inputs hold no records"
            # what the run has written names the refused files alone, and these have been noted
            OutputFolder(self.settings.out).remove()
            _remove_empty(made)
            raise InputError(f"nothing was read: {why}. Give files or folders of logs.")
        return ledger

    def _run(self) -> Ledger:
        """Run the replay as `run` does, whatever it reads."""
        from flows.process.cluster import run_workers
        from flows.recovery.store import Recovery
        from flows.runs.replay import complete, ledger_if_finished, prepare, run_process

        settings = self.settings
        with Recovery(settings.out).locked() as lock:
            ledger = ledger_if_finished(settings) if self.resume else None
            if ledger is not None:
                return ledger
            plan = prepare(settings, self.arguments, self.plan, self.resume, self.processes)
            note_first_compilation()
            if self.processes > 1:
                run_workers(sys.argv[1:], self.processes, lock)
            else:
                with progress() as observer:
                    source_of = self.topics.source_of(plan, settings, None) if self.topics else None
                    run_process(plan, settings, observer=observer, source_of=source_of)
            return complete(plan, settings)

    def has_what_it_fails_on(self, ledger: Ledger) -> bool:
        """Return whether there is what `--fail-on` asks for."""
        if self.fail_on == "items":
            return (self.settings.out / "items.jsonl").stat().st_size > 0
        if self.fail_on == "unread":
            return bool(without_time(ledger))
        return self.fail_on == "rejects" and bool(rejected_records(ledger))

    def note_what_was_not_read(self, ledger: Ledger) -> None:
        """Note tickets and verdicts that do not count, inputs that were read in part only, and what of them was not
        understood.
        """
        from flows.reports.refused_statements import refused_statements, statements_of_nobody

        for refused in (*refused_statements(self.settings, ledger), *statements_of_nobody(self.settings, ledger)):
            notes.print(printable(refused))
        for part in read_in_part(ledger):
            notes.print(f"read in part: {printable(part)}")
        not_understood = misread(ledger)
        for sentence in not_understood:
            notes.print(f"not understood: {printable(sentence)}")
        if not_understood:
            notes.print(f"  {CHECK}")
        if of_nobody := without_host(ledger):
            notes.print(printable(of_nobody))
        if self.settings.memory is not None:
            self._note_memory(self.settings.memory, ledger)

    def _note_memory(self, memory: Path, ledger: Ledger) -> None:
        """Note what of the inputs was known already, and where what the run has learned is kept."""
        from flows.memory.learning import is_continued
        from flows.reports.recorded import known_events, log_sources
        from flows.sinks.output_folder import OutputFolder

        folder = OutputFolder(self.settings.out)
        count, known_us = known_events(folder, log_sources(ledger))
        if count:
            until = clock(known_us, self.settings.display_zones.usual)
            notes.print(
                f"known already: {counted(count, 'event')} from before {until}, where the memory ends; stored, and not"
                " counted again"
            )
        if is_continued(folder, memory):
            notes.print(f"memory: {memory} is continued; give it to the run over later logs")
        else:
            notes.print(
                f"warning: {memory} has changed while this run went on, so a later run does not continue this one. What was"
                " shown and said is in it. Give each run in turn the same file, and no two at once."
            )

    def discover(self) -> Inventory:
        """Return the files that the inputs name, and note what was found."""
        settings = self.settings
        arguments = [parse_argument(each, settings.tenant) for each in self.inputs]
        inventory = discover(
            arguments,
            reference_time_us=settings.reference_time_us,
            zones=settings.display_zones,
            excluded=[settings.out, *([settings.memory] if settings.memory else [])],
            given=self.options.of_tenant,
        )
        if self.processes > 1 and any(file.is_pipe for file in inventory.files):
            raise ConfigurationError(
                f"--processes = {self.processes} cannot share a pipe or standard input. Use 1, or save to a file."
            )
        _note_inventory(inventory)
        for argument in arguments:
            if argument.path is not None and not any(_is_below(file.path, argument.path) for file in inventory.files):
                notes.print(f"  nothing to read in {printable(str(argument.path))} (tenant {argument.tenant})")
        return inventory

    def _require_inputs_of_tenants(self) -> None:
        """Refuse a zone, or a tenant to keep apart, that no input belongs to: a misspelt name would have no effect,
        silently.
        """
        tenants = sorted({parse_argument(each, self.settings.tenant).tenant for each in self.inputs})
        for name in self.settings.apart:
            if name not in tenants:
                raise ConfigurationError(
                    f"--apart {name}: no input belongs to this tenant. There are {', '.join(tenants)} here."
                )
        for name, zone in self.settings.zones:
            if name not in tenants:
                raise ConfigurationError(
                    f"--zone {name}={zone}: no input belongs to this tenant. There are {', '.join(tenants)} here."
                )
        self.options.require_tenants(tenants)


def replay_run(context: typer.Context, run: Path, settings: Settings, *, keeps_all: bool) -> None:
    """Judge what a run has stored once more, with the parameters of `settings`, into its folder.

    Raises `ConfigurationError` for an option that says how inputs are read: that was said to the run.
    """
    from flows.cli.finished_run import reading
    from flows.runs.stored_replay import StoredRun, replay_stored

    for parameter in context.command.params:
        origin = context.get_parameter_source(parameter.name or "")
        if origin is not None and origin.name == "COMMANDLINE" and parameter.name not in OF_A_STORED_RUN:
            raise ConfigurationError(
                f"{parameter.opts[0]} cannot be given beside the folder of a run: {run} is judged again as it was asked,"
                " with other parameters alone. Leave it out, or replay the inputs."
            )
    with reading(run):
        stored = StoredRun.of(run)
        for caveat in stored.caveats:
            notes.print(f"items may differ: {caveat}")
        note_first_compilation()
        with progress() as observer:
            replay_stored(stored, stored.settings(settings.out, settings.parameters), keeps_all, observer)


def topics_of(inputs: list[str], tenant: str, zone: str, config: Path | None) -> "TopicReplay | None":
    """Return the replay of topics that the inputs ask for; None where they name files. Raises `ConfigurationError`."""
    if not any(TOPICS.scheme in each for each in inputs):
        if config is not None:
            raise ConfigurationError("--config is for topics. Name one as kafka://HOST:PORT/TOPIC, or leave it out.")
        return None
    from flows.runs.topic_replay import TopicReplay

    return TopicReplay.of(inputs, tenant, zone, config)


def _missing_folders(out: Path) -> list[Path]:
    """Return the folder of a run and those above it that are not there yet, the innermost first."""
    absolute = out.absolute()
    return [each for each in (absolute, *absolute.parents) if not each.exists()]


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders that hold nothing, the innermost first."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _is_below(path: Path | None, top: Path) -> bool:
    return path is not None and path.is_relative_to(top)


def _note_inventory(inventory: Inventory) -> None:
    """Note how many files are read, and the first of those that are refused, with the reason."""
    notes.print(f"{counted(len(inventory.files), 'file')} to read, {len(inventory.refused):,} refused")
    # where nothing is read there will be no ledger
    most = MOST_REFUSED_SHOWN if inventory.files else len(inventory.refused)
    for refused in inventory.refused[:most]:
        notes.print(f"  not read: {refused.path} ({refused.reason.value})")
    if len(inventory.refused) > most:
        notes.print(f"  ... and {len(inventory.refused) - MOST_REFUSED_SHOWN} more; the ledger has them all")
