"""`brainstem compact`: join the stored files of a run to fewer and larger ones."""

import typer

from flows.cli.finished_run import reading
from flows.cli.options import RunFolder


def compact(out: RunFolder) -> None:
    """Join the Parquet files of a run that has ended to a few for each tenant; every row stays as it is.

    A live run joins its files by itself while it runs, and a replay at its end; this goes further, to files of about 64 MiB.
    May be interrupted and repeated. Example: `brainstem compact var/monday`.
    """
    from flows.runs.compact_folder import compact_folder

    with reading(out):
        for line in compact_folder(out):
            typer.echo(line)
