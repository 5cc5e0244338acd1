"""`brainstem repair`: what is damaged or lost of an output, made anew from its evidence."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import RunFolder


def repair(
    out: RunFolder,
    memory: Annotated[
        Path | None,
        typer.Option(
            "--memory",
            help="Add the state in which what is stored ends to this memory, for a run that goes on behind it.",
            metavar="FILE",
        ),
    ] = None,
) -> None:
    """Make ledger, decisions, items, digest and manifest of a run anew, from the evidence and rejects in its folder.

    The stored records are judged again as the run was asked; they themselves are not changed. Says what is lost. For a run
    whose output or recovery store is damaged; one that can be resumed is to be resumed. A live run goes on afterwards, or
    where its snapshots are lost, a new one behind what is stored. Example: `brainstem repair var/monday`.
    """
    from connectors.base import ConfigurationError
    from flows.cli.console import note_first_compilation, notes
    from flows.cli.finished_run import note_root
    from flows.config.live_run import require_outside
    from flows.memory.learning import is_continued
    from flows.memory.starting import why_unwritable
    from flows.process.bound_parameters import require_parameters
    from flows.runs.repair import parameters_asked
    from flows.runs.repair import repair as repair_folder
    from flows.sinks.output_folder import OutputFolder

    # judged again under the parameters of the run
    require_parameters(parameters_asked(out))
    if memory is not None:
        require_outside("--memory", memory, out)
        if why := why_unwritable(memory):
            raise ConfigurationError(f"{memory} cannot be a memory: {why}. Give a file where you may write.")
    note_first_compilation()
    for line in repair_folder(out, memory):
        typer.echo(line)
    if memory is not None and not is_continued(OutputFolder(out), memory):
        notes.print(
            f"warning: {memory} has the state of another run, so a later run does not continue this one. What was shown and"
            " said is in it. Give a new file."
        )
    note_root(out)
