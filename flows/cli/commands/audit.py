"""`brainstem audit`: the proof that a run lost nothing of its inputs."""

import typer

from connectors.base import InputError
from flows.cli.console import FINDINGS
from flows.cli.options import RunFolder


def audit(out: RunFolder) -> None:
    """Read the inputs of a run again and prove that every byte is stored, rejected or a counted duplicate.

    Exit status 1 when anything is missing, doubled or different. Example: `brainstem audit var/monday`.
    """
    from flows.reports.audit import audit as audit_run

    if not out.is_dir():
        raise InputError(f"{out} is no folder. Give the --out folder of a run.")
    report = audit_run(out)
    typer.echo(report.to_text(), nl=False)
    if not report.ok:
        raise typer.Exit(FINDINGS)
