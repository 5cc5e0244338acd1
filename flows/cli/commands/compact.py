"""`brainstem compact`: join the stored files of a run, and forget what has been kept long enough."""

import typer

from flows.cli.finished_run import reading, settings_for
from flows.cli.options import RunFolder


def compact(out: RunFolder) -> None:
    """Join the Parquet files of a run that has ended to a few for each tenant, and forget the lines that have been kept as
    long as the band of their family says; counts of them are kept.

    A live run does both by itself while it runs, and a replay joins its files at its end; this goes further, to files of
    about 64 MiB. `brainstem config` has the days of each band, counted back from the latest day of each tenant. May be
    interrupted and repeated. Example: `brainstem compact var/monday`.
    """
    from flows.runs.compact_folder import compact_folder

    # bands keep lines as long as the parameters of the run say
    settings_for(out, None)
    with reading(out):
        for line in compact_folder(out):
            typer.echo(line)
