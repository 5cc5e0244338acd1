"""Start a live run: as the only process, as the supervisor of several on this machine, or as one process of a cluster by
addresses. Each takes the lock of the output folder that its arrangement needs.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from connectors.base import ConfigurationError
from flows.config.addresses import require_private
from flows.config.live_run import Configuration
from flows.memory.live_writer import memory_kept
from flows.process.bound_parameters import parameters_argument
from flows.process.cluster import end_with_parent, run_workers
from flows.process.intake_process import IntakeProcess, intake_beside
from flows.process.status_server import status_served
from flows.recovery.store import Recovery
from flows.runs.live import finish_live, prepare_run, run_live


def run_configured(
    configuration: Configuration, config: Path, arguments: Sequence[str], process: int | None, addresses: str
) -> None:
    """Run what the configuration, from the file `config`, asks for, with its intake beside it where it has one.

    `addresses` is set in workers only: those of their supervisor's cluster.
    """
    cluster, recovery = configuration.cluster, Recovery(configuration.settings.out)
    if addresses:
        end_with_parent()
        run_live(configuration, process, tuple(addresses.split(";")))
    elif cluster.addresses:
        _require_number(len(cluster.addresses), process)
        require_private(cluster)
        if process == 0:
            # process 0 creates the folder, the others wait for it
            with recovery.leading() as admit_followers, _status(configuration, len(cluster.addresses)):
                prepare_run(configuration)
                admit_followers()
                with _memory(configuration):
                    run_live(configuration, process, cluster.addresses)
                finish_live(configuration)
        else:
            with recovery.following():
                recovery.require_parameters(parameters_argument(configuration.settings.parameters))
                run_live(configuration, process, cluster.addresses)
    else:
        if process is not None:
            raise ConfigurationError(f"--process {process} needs cluster.addresses in the file, one for each process.")
        with (
            recovery.locked() as lock,
            _status(configuration, cluster.processes),
            _intake(configuration, config) as intake,
        ):
            when_to_stop = None if intake is None else intake.when_ended
            prepare_run(configuration)
            with _memory(configuration):
                if cluster.processes > 1:
                    run_workers(arguments, cluster.processes, lock, when_to_stop)
                else:
                    run_live(configuration, when_to_stop=when_to_stop)
            finish_live(configuration)


def _intake(configuration: Configuration, config: Path) -> AbstractContextManager[IntakeProcess | None]:
    return intake_beside(config) if configuration.has_intake else nullcontext()


def _memory(configuration: Configuration) -> AbstractContextManager[None]:
    settings = configuration.settings
    return memory_kept(settings.out, settings.memory, settings.memory_minutes)


def _status(configuration: Configuration, processes: int) -> AbstractContextManager[object]:
    return status_served(configuration.status, configuration.settings.out, processes)


def _require_number(count: int, process: int | None) -> None:
    if process is None or process >= count:
        raise ConfigurationError(
            f"--process = {process} must say which of the {count} cluster.addresses this process is: 0 to {count - 1}."
        )
