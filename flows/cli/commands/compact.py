"""`brainstem compact`: forget lines of a run that have been kept long enough, and join its stored files."""

import sys
from typing import Annotated, Final

import typer

from brainstem.text.phrases import counted
from connectors.base import ConfigurationError
from flows.cli.console import notes
from flows.cli.finished_run import reading, settings_for
from flows.cli.options import RunFolder

WORD: Final = "forget"
"""what is typed to agree"""

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be forgotten and joined.")]
Yes = Annotated[bool, typer.Option("--yes", help="Forget raw lines without asking.")]


def compact(out: RunFolder, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Forget for good the lines of a run that were kept as long as their band says, and join its files.

    It says first how many lines these are, and asks; where nobody can be asked, `--yes` agrees. Counts of forgotten lines
    are kept. The Parquet files of a run that has ended are joined to a few for each tenant. A live run does both by itself
    while it runs, and a replay joins its files at its end; this goes further, to files of about 64 MiB. `brainstem config`
    has the days of each band, counted back from the latest day of each tenant. May be interrupted and repeated. Example:
    `brainstem compact var/monday --dry-run`.
    """
    from flows.runs.compact_folder import compact_folder, due_lines

    # bands keep lines as long as the parameters of the run say
    settings_for(out, None)
    with reading(out):
        if dry_run or not yes:
            lines, told = due_lines(out)
            if dry_run:
                for line in told:
                    typer.echo(line)
                return
            if lines:
                _require_agreement(lines, told)
        for line in compact_folder(out):
            typer.echo(line)


def _require_agreement(lines: int, told: list[str]) -> None:
    """Ask whether so many raw lines may go. Raises `ConfigurationError` where the answer is another, or nobody is there."""
    for line in told:
        notes.print(line)
    if not sys.stdin.isatty():
        raise ConfigurationError(
            f"{counted(lines, 'raw line')} would be forgotten for good. Add --yes to agree. Nothing was touched."
        )
    notes.print(f"type {WORD} to agree:")
    if sys.stdin.readline().strip() != WORD:
        raise ConfigurationError("nothing was forgotten or joined, as it was not agreed to.")
