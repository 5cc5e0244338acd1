"""A backtest: two runs over the same logs, each in a process of its own with its parameters, held against each other.

Takes what is asked for, returns the comparison. A side is a file of parameters, the defaults, or the folder of a run that
has been made already, whose items are taken as they are. What is replayed lies in two folders, so that `brainstem explain`
can answer for either.
"""

import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from brainstem.contracts.event import Kind
from brainstem.contracts.ledger_json import from_json
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.statement import SNOOZED, Stated
from brainstem.parameters import Number, version_of
from connectors.base import ConfigurationError, InputError
from connectors.files.discovery import DEFAULT_TENANT, parse_argument
from connectors.files.statements import statement_input
from connectors.registry import TOPICS
from flows.config.parameter_file import load_parameters
from flows.config.settings import Settings
from flows.process.cluster import run_program
from flows.reports.backtest.comparison import Shown, compared
from flows.reports.backtest.expectations import Expectation, outcomes
from flows.reports.backtest.measures import Ticket, Verdict, measured
from flows.reports.backtest.output import Backtest, Side
from flows.reports.recorded import read_items
from flows.sinks.output_folder import OutputFolder
from flows.sources.batches import Parsed
from flows.sources.file_merge import MergedFiles

BASELINE: Final = "baseline"
CANDIDATE: Final = "candidate"
DEFAULTS: Final = "defaults"
"""the name of a side without a file"""


class ReplayEndedError(Exception):
    """A replay did not come to its end; it has told why itself. `status` is its exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"a replay ended with status {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """What is asked for. `options` are those of a replay, as its command line has them; `out` is a new folder for both runs,
    None where they are not kept. `window_us` is how long before an incident an item may warn of it.
    """

    inputs: Sequence[str]
    baseline: Path | None
    candidate: Path | None
    options: Sequence[str] = ()
    incidents: Path | None = None
    feedback: Path | None = None
    tenant: str = DEFAULT_TENANT
    zone: str = "UTC"
    window_us: int = 0
    expected: Sequence[Expectation] = ()
    out: Path | None = None
    note: Callable[[str], None] = field(default=lambda _: None)

    def __post_init__(self) -> None:
        """Refuse what cannot work, with key, value and fix."""
        sides = (self.baseline, self.candidate)
        if not self.inputs and not all(map(is_run, sides)):
            raise ConfigurationError(
                "there is nothing to replay. Give files or folders of logs, or two folders of runs."
            )
        if self.inputs and all(map(is_run, sides)):
            raise ConfigurationError("both sides are folders of runs, so no logs are read. Leave the inputs out.")
        for each in self.inputs:
            if TOPICS.scheme not in each:
                _require_rereadable(each, self.tenant)

    def run(self) -> Backtest:
        """Run what has to be run, and return the comparison.

        Raises `ConfigurationError` with key, value and fix before anything is read, `InputError` for a folder that holds no
        run, and `ReplayEndedError`.
        """
        sides = ((BASELINE, self.baseline), (CANDIDATE, self.candidate))
        values = {label: _parameters_of(label, path) for label, path in sides}
        tickets, verdicts = self._statements()
        items: dict[str, tuple[Shown, ...]] = {}
        with self._folder() as folder:
            for label, path in sides:
                if path is not None and path.is_dir():
                    items[label] = _items_of(path)
                elif label == CANDIDATE and not is_run(self.baseline) and values[BASELINE] == values[CANDIDATE]:
                    self.note("both sides have the same parameters, so the logs are replayed once")
                    items[label] = items[BASELINE]
                else:
                    self.note(f"{label}: parameters {version_of(values[label])}")
                    items[label] = self._replayed(folder / label, path)
        rows = compared(items[BASELINE], items[CANDIDATE])
        known = (*items[BASELINE], *items[CANDIDATE])
        made = {
            label: Side(
                str(path) if path else DEFAULTS,
                values[label],
                items[label],
                measured(items[label], tickets, verdicts, known, self.window_us),
            )
            for label, path in sides
        }
        expected = outcomes(self.expected, items[CANDIDATE])
        return Backtest(made[BASELINE], made[CANDIDATE], tuple(rows), tuple(expected), self.window_us)

    def _replayed(self, out: Path, parameters: Path | None) -> tuple[Shown, ...]:
        """Replay the logs in a process of its own, and return the items."""
        arguments = ["replay", *self.inputs, "--out", str(out), *self.options]
        for option, path in (
            ("--parameters", parameters),
            ("--incidents", self.incidents),
            ("--feedback", self.feedback),
        ):
            arguments += [option, str(path)] if path else []
        status = run_program(arguments)
        if status:
            raise ReplayEndedError(status)
        return _items_of(out)

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Yield the folder of both runs, which is removed afterwards unless it was asked for."""
        if self.out is not None:
            OutputFolder(self.out).require_empty()
            yield self.out
        else:
            with tempfile.TemporaryDirectory(prefix="brainstem-backtest-") as name:
                yield Path(name)

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


def _parameters_of(label: str, path: Path | None) -> dict[str, Number]:
    """Return the parameters of a side that differ from the defaults: those of its file, or of the run in its folder."""
    if path is None or not path.is_dir():
        return load_parameters(f"--{label}", path)
    ledger = OutputFolder(path).ledger
    if not ledger.is_file():
        raise InputError(
            f"--{label} {path} holds no finished run. Give the --out folder of one, or a file of parameters."
        )
    return dict(from_json(ledger.read_bytes()).parameters)


def _items_of(out: Path) -> tuple[Shown, ...]:
    return tuple(Shown.of(item) for item in read_items(OutputFolder(out)))


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
    if OutputFolder(path).items.is_file():
        raise ConfigurationError(
            f"{argument} is the folder of a run. Give the logs that it has read, or the folder itself as --baseline or"
            " --candidate, to compare what it has found."
        )
