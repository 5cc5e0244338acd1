"""`brainstem repair`: what is damaged or lost of an output, made anew from its evidence."""

import typer

from flows.cli.options import RunFolder


def repair(out: RunFolder) -> None:
    """Make ledger, decisions, items, digest and manifest of a run over files anew, from the evidence and rejects in its
    folder.

    The stored records are judged again as the run was asked; they themselves are not changed. Says what is lost. For a run
    whose output or recovery store is damaged; one that can be resumed is to be resumed. Example: `brainstem repair
    var/monday`.
    """
    from flows.cli.console import note_first_compilation
    from flows.cli.finished_run import note_root
    from flows.process.bound_parameters import require_parameters
    from flows.runs.repair import parameters_asked
    from flows.runs.repair import repair as repair_folder

    # judged again under the parameters of the run
    require_parameters(parameters_asked(out))
    note_first_compilation()
    for line in repair_folder(out):
        typer.echo(line)
    note_root(out)
