"""`brainstem digest`: the digest of a run, printed again."""

from flows.cli.finished_run import reading, settings_for
from flows.cli.options import DisplayZones, RunFolder
from flows.cli.pages import show_markdown


def digest(out: RunFolder, zones: DisplayZones = None) -> None:
    """Print the digest of a run again, with times in your zone, or those of a tenant in its own.

    Example: `brainstem digest var/monday --zone Europe/Berlin --zone acme=Asia/Tokyo`.
    """
    from flows.reports.digest import digest_of
    from flows.sinks.output_folder import OutputFolder

    settings = settings_for(out, zones)
    with reading(out):
        made = digest_of(OutputFolder(out), settings.display_zones)
    show_markdown(made)
