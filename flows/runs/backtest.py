"""A backtest: two runs over the same logs, each in a process of its own with its parameters, held against each other.

Takes what is asked for, returns the comparison. A side is a file of parameters, the defaults, or the folder of a run that
has been made already, whose items are taken as they are. The logs are files, topics between the same offsets, or what a run
has stored of its files. What is replayed lies in two folders, so that `brainstem explain` can answer for either.
"""

import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from brainstem.contracts.event import Kind
from brainstem.contracts.ledger_json import from_json
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.statement import SNOOZED, Stated
from brainstem.parameters import Number, version_of
from brainstem.text.phrases import counted
from connectors.base import ConfigurationError, InputError
from connectors.files.discovery import DEFAULT_TENANT, parse_argument, run_in
from connectors.files.statements import statement_input
from connectors.kafka import TOPICS
from flows.config.parameter_file import ShadowSettings, load_parameters, parameters_toml
from flows.config.settings import Settings
from flows.process.cluster import run_program
from flows.recovery.last_start import read_last_start
from flows.recovery.plan import LIVE_KIND
from flows.recovery.run_record import read_record
from flows.recovery.store import Recovery
from flows.reports.backtest.comparison import Shown, compared
from flows.reports.backtest.expectations import Expectation, outcomes
from flows.reports.backtest.measures import Ticket, Verdict, measured
from flows.reports.backtest.output import Backtest, Side
from flows.reports.backtest.what_if import Attempt, WhatIf
from flows.reports.recorded import read_items
from flows.runs.stored_replay import StoredRun
from flows.runs.what_if import searched
from flows.sinks.output_folder import OutputFolder, require_creatable
from flows.sources.batches import Parsed
from flows.sources.file_merge import MergedFiles

BASELINE: Final = "baseline"
CANDIDATE: Final = "candidate"
WHAT_IF: Final = "what if"
"""the name of a side that was searched"""
TRIES: Final = 3
"""proposals that are run until one is confirmed: each may have to be compiled, which takes up to two minutes"""
OF_A_STORED_RUN: Final = ("--zone", "--tenant")
"""options that may be given beside the folder of a run: for what is shown, and for tickets and verdicts"""
DEFAULTS: Final = "defaults"
"""the name of a side without a file"""


class ReplayEndedError(Exception):
    """A replay did not come to its end; it has told why itself. `status` is its exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"a replay ended with status {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """What is asked for. `options` are those of a replay, each with its value, as its command line has them; `out` is a new
    folder for both runs, None where they are not kept. `window_us` is how long before an incident an item may warn of it.
    """

    inputs: Sequence[str]
    baseline: Path | None
    candidate: Path | None
    options: Sequence[str] = ()
    config: Path | None = None
    """file of client settings, for topics; a side without a file has the parameters in it"""
    incidents: Path | None = None
    feedback: Path | None = None
    tenant: str = DEFAULT_TENANT
    zone: str = "UTC"
    window_us: int = 0
    expected: Sequence[Expectation] = ()
    out: Path | None = None
    what_if: str = ""
    """a family, item or signature for which the candidate is searched; empty where it is given"""
    shadow: Path | None = None
    """the folder of a live run, whose shadow is the candidate; None where the sides are given"""
    note: Callable[[str], None] = field(default=lambda _: None)

    def __post_init__(self) -> None:
        """Refuse what cannot work, with key, value and fix."""
        sides = (self.baseline, self.candidate)
        if self.shadow is not None:
            self._require_shadow_alone()
            return
        if not self.inputs and not any(map(is_run, sides)):
            raise ConfigurationError(
                "there is nothing to replay. Give files or folders of logs, or the folder of a run, or two of them as both"
                " sides."
            )
        if self.inputs and all(map(is_run, sides)):
            raise ConfigurationError("both sides are folders of runs, so no logs are read. Leave the inputs out.")
        if self.what_if and self.candidate is not None:
            raise ConfigurationError("--what-if searches the candidate, so --candidate cannot be given. Leave one out.")
        if self.what_if and not self.inputs and self.stored is None:
            raise ConfigurationError("--what-if runs what it finds. Give the logs, or the folder of the run.")
        asked = [each for each in self.options[::2] if each not in OF_A_STORED_RUN]
        if self.stored is not None and asked:
            raise ConfigurationError(
                f"{asked[0]} cannot be given beside the folder of a run: what {self.stored} has stored is judged as it"
                " was asked. Leave it out, or give the logs."
            )
        for each in self.inputs if self.stored is None else ():
            if TOPICS.scheme not in each:
                _require_rereadable(each, self.tenant)

    @property
    def stored(self) -> Path | None:
        """Return the folder of the run whose evidence is judged: the one that is the input, or the only side that is one
        where there are no inputs. None where logs are replayed, or nothing is.
        """
        if self.shadow is not None:
            return self.shadow
        if self.inputs:
            return run_in(self.inputs, self.tenant)
        runs = [side for side in (self.baseline, self.candidate) if side is not None and is_run(side)]
        return runs[0] if len(runs) == 1 else None

    def run(self) -> Backtest:
        """Run what has to be run, and return the comparison.

        Raises `ConfigurationError` with key, value and fix before anything is read, `InputError` for a folder that holds no
        run, and for one whose evidence is not whole, and `ReplayEndedError`.
        """
        stored = self.stored
        run = None if stored is None else StoredRun.of(stored)
        sides = ((BASELINE, stored if self.baseline is None else self.baseline), (CANDIDATE, self.candidate))
        values = {label: self._parameters_of(label, path) for label, path in sides}
        names = {label: str(path) if path else DEFAULTS for label, path in sides}
        if self.shadow is not None:
            names[CANDIDATE] = f"shadow {self._shadow_of(self.shadow).config}"
        until_us = None if run is None else run.judged_until_us
        caveats = () if run is None else run.caveats
        items: dict[str, tuple[Shown, ...]] = {}
        found: WhatIf | None = None
        with self._folder() as folder:
            before = self._side(folder, BASELINE, sides[0][1], values[BASELINE], run)
            items[BASELINE] = _items_of(before, until_us)
            if self.what_if:
                found, values[CANDIDATE], items[CANDIDATE] = self._what_if(folder, before, values[BASELINE], until_us)
                names[CANDIDATE] = WHAT_IF
            elif not is_run(self.candidate) and values[BASELINE] == values[CANDIDATE]:
                self.note("both sides have the same parameters, so the logs are judged once")
                items[CANDIDATE] = items[BASELINE]
            else:
                after = self._side(folder, CANDIDATE, self.candidate, values[CANDIDATE], run)
                items[CANDIDATE] = _items_of(after, until_us)
        rows = compared(items[BASELINE], items[CANDIDATE])
        known = (*items[BASELINE], *items[CANDIDATE])
        tickets, verdicts = self._statements()
        made = {
            label: Side(
                names[label],
                values[label],
                items[label],
                measured(items[label], tickets, verdicts, known, self.window_us),
            )
            for label in (BASELINE, CANDIDATE)
        }
        expected = outcomes(self.expected, items[CANDIDATE])
        return Backtest(
            made[BASELINE], made[CANDIDATE], tuple(rows), tuple(expected), self.window_us, found, until_us, caveats
        )

    def _require_shadow_alone(self) -> None:
        """Refuse what says otherwise which sides there are, or how lines are read."""
        asked = [each for each in self.options[::2] if each not in OF_A_STORED_RUN]
        given = {
            "inputs": self.inputs,
            "--baseline": self.baseline,
            "--candidate": self.candidate,
            "--what-if": self.what_if,
            "--config": self.config,
            **dict.fromkeys(asked, True),
        }
        for name, value in given.items():
            if value:
                raise ConfigurationError(
                    f"--shadow {self.shadow} holds the run against its shadow, so {name} cannot be given. Leave one out."
                )

    def _shadow_of(self, out: Path) -> ShadowSettings:
        """Return the shadow of the run in a folder. Raises `InputError` where it has none."""
        shadow = read_last_start(OutputFolder(out)).shadow
        if shadow is None:
            raise InputError(
                f"{out} holds no live run with a shadow. Give a run whose configuration has [shadow] config, or a file of"
                f" parameters: brainstem backtest --candidate FILE {out}"
            )
        return shadow

    def _side(
        self, folder: Path, label: str, path: Path | None, values: Mapping[str, Number], run: StoredRun | None
    ) -> OutputFolder:
        """Return the folder of a side: that of a run as it is, or a new one."""
        if run is not None and run.record.other_build and (is_run(path) or values == run.parameters):
            self.note(f"{label}: {run.record.other_build}, so what is stored is judged again")
        elif path is not None and path.is_dir():
            return OutputFolder(path)
        elif run is not None and values == run.parameters:
            return run.folder
        self.note(f"{label}: parameters {version_of(values)}")
        return self._replayed(folder, label, values)

    def _what_if(
        self, folder: Path, before: OutputFolder, base: Mapping[str, Number], until_us: int | None
    ) -> tuple[WhatIf, dict[str, Number], tuple[Shown, ...]]:
        """Search the number that would have surfaced or silenced the family, and run it; the next one where the run does not
        confirm it. Returns what was found, and parameters and items of the last run; those of the baseline for none.
        """
        about, proposed = searched(before, self.what_if, base)
        self.note(
            f"{about.family}: {counted(len(proposed), 'number')} would have done it alone; the smallest change is run"
        )
        attempts: list[Attempt] = []
        values, items = dict(base), _items_of(before, until_us)
        for proposal in proposed[:TRIES]:
            changed = {**base, proposal.key: proposal.after}
            values = dict(sorted(changed.items()))
            self.note(f"{CANDIDATE}: {proposal.key} = {proposal.after}")
            shutil.rmtree(folder / CANDIDATE, ignore_errors=True)
            items = _items_of(self._replayed(folder, CANDIDATE, values), until_us)
            times = [shown.time_us for shown in items if shown.family == about.family]
            first_us = min(times, default=None)
            attempts.append(Attempt(proposal, first_us, (first_us is not None) == about.is_missed))
            if attempts[-1].is_confirmed:
                break
        others = tuple(proposed[len(attempts) :])
        return replace(about, attempts=tuple(attempts), others=others), values, items

    def _replayed(self, folder: Path, label: str, values: Mapping[str, Number]) -> OutputFolder:
        """Replay the logs, or judge what is stored, in a process of its own into a folder of that name, and return it."""
        out = folder / label
        stored = self.stored
        arguments = ["replay", *([str(stored)] if stored else self.inputs), "--out", str(out)]
        if stored is not None:
            # what is thrown away afterwards needs no evidence beside it
            is_whole = self.out is not None and OutputFolder(stored).is_finished
            # nor does a run that goes on have an evidence that stands still
            arguments += [] if is_whole else ["--without-evidence"]
        else:
            arguments += self.options
            earlier = folder / BASELINE
            is_second = label != BASELINE and any(TOPICS.scheme in each for each in self.inputs) and earlier.is_dir()
            for option, path in (
                ("--incidents", self.incidents),
                ("--feedback", self.feedback),
                ("--config", self.config),
                # a topic grows meanwhile, and both sides are to read the same messages
                ("--offsets-of", earlier if is_second else None),
            ):
                arguments += [option, str(path)] if path else []
        if values or self.config:
            file = folder / f"{label}.toml"
            file.write_text(parameters_toml(values), encoding="utf-8")
            arguments += ["--parameters", str(file)]
        status = run_program(arguments, values)
        if status:
            raise ReplayEndedError(status)
        return OutputFolder(out)

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Yield the folder of both runs, which is removed afterwards unless it was asked for."""
        if self.out is not None:
            OutputFolder(self.out).require_empty()
            with require_creatable(self.out):
                self.out.mkdir(parents=True, exist_ok=True)
            yield self.out
        else:
            with tempfile.TemporaryDirectory(prefix="brainstem-backtest-") as name:
                yield Path(name)

    def _parameters_of(self, label: str, path: Path | None) -> dict[str, Number]:
        """Return the parameters of a side that differ from the defaults: those of its file, or of the run in its folder."""
        if self.shadow is not None and label == CANDIDATE:
            return dict(self._shadow_of(self.shadow).parameters)
        if path is not None and Recovery(path).is_of(LIVE_KIND):
            return dict(read_record(OutputFolder(path).run_record).settings.parameters)
        if path is None or not path.is_dir():
            return load_parameters(f"--{label}", path) if path else load_parameters("--config", self.config)
        ledger = OutputFolder(path).ledger
        if not ledger.is_file():
            raise InputError(
                f"--{label} {path} holds no finished run. Give the --out folder of one, or a file of parameters."
            )
        return dict(from_json(ledger.read_bytes()).parameters)

    def _statements(self) -> tuple[list[Ticket], list[Verdict]]:
        """Return the incidents and the verdicts that are given, each at its time."""
        settings = Settings(self.out or Path(), self.zone, tenant=self.tenant)
        tickets = [
            Ticket(time_us, tenant, stated.service, stated.name, stated.text)
            for time_us, tenant, stated in _read_statements(self.incidents, Kind.INCIDENT, settings)
            if stated.kind == Kind.INCIDENT
        ]
        verdicts = [
            Verdict(time_us, tenant, stated.name, stated.verdict != "useless")
            for time_us, tenant, stated in _read_statements(self.feedback, Kind.FEEDBACK, settings)
            # what is snoozed was worth knowing or was not: nobody has said
            if stated.kind == Kind.FEEDBACK and stated.verdict != SNOOZED
        ]
        return sorted(tickets), sorted(verdicts)


def is_run(path: Path | None) -> bool:
    """Return whether a side is the folder of a run."""
    return path is not None and path.is_dir()


def _items_of(folder: OutputFolder, until_us: int | None) -> tuple[Shown, ...]:
    """Return the items of a run; of a live one those until the moment to which both sides have judged."""
    items = tuple(Shown.of(item) for item in read_items(folder))
    return items if until_us is None else tuple(shown for shown in items if shown.time_us <= until_us)


def _read_statements(path: Path | None, kind: Kind, settings: Settings) -> Iterator[tuple[int, str, Stated]]:
    """Yield the statements of a file as a run reads them: time in microseconds, tenant, and what is stated."""
    if path is None:
        return
    file = MergedFiles(0, (statement_input(path, kind, settings.tenant),), settings)
    try:
        while isinstance(read := file.read(), Parsed):
            parsed = read.parsed
            for row, stated in sorted(parsed.stated.items()):
                if parsed.reject_reason[row] == RejectReason.ACCEPTED:
                    tenant = parsed.tenants[row] if parsed.tenants is not None else read.envelopes.tenant
                    yield int(parsed.event_time[row]), tenant, stated
    finally:
        file.close()


def _require_rereadable(argument: str, tenant: str) -> None:
    """Raise `ConfigurationError` for an input that can be read once only, and for the folder of a run: it holds no logs."""
    path = parse_argument(argument, tenant).path
    if path is None or (path.exists() and stat.S_ISFIFO(path.stat().st_mode)):
        raise ConfigurationError(f"{argument}: a pipe can be read once, and a backtest reads twice. Save it to a file.")
