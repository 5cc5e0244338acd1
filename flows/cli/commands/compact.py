"""`brainstem compact`: forget lines of a run that have been kept long enough, and join its stored files."""

import typer

from flows.cli.finished_run import reading, settings_for
from flows.cli.options import RunFolder


def compact(out: RunFolder) -> None:
    """Forget for good the lines of a run that were kept as long as their band says, and join its files.

    Counts of forgotten lines are kept. The Parquet files of a run that has ended are joined to a few for each tenant. A live
    run does both by itself while it runs, and a replay joins its files at its end; this goes further, to files of about
    64 MiB. `brainstem config` has the days of each band, counted back from the latest day of each tenant. May be
    interrupted and repeated. Example: `brainstem compact var/monday`.
    """
    from flows.runs.compact_folder import compact_folder

    # bands keep lines as long as the parameters of the run say
    settings_for(out, None)
    with reading(out):
        for line in compact_folder(out):
            typer.echo(line)
