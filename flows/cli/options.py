"""Options that several commands have, by name: what each takes and what its help says. An option of one command only is
defined in the file of that command.
"""

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Option("--out", help="Folder of the run.", metavar="DIR")]
RunFolder = Annotated[Path, typer.Argument(help="Folder of a run.")]
Zones = Annotated[
    list[str] | None,
    typer.Option(
        "--zone",
        help=(
            "Time zone of stamps that name none, and of what you read; UTC unless given. TENANT=ZONE is for one tenant only,"
            " and may be repeated."
        ),
        metavar="[TENANT=]ZONE",
    ),
]
DisplayZones = Annotated[
    list[str] | None,
    typer.Option(
        "--zone",
        help="Time zone of what you read; UTC unless given. TENANT=ZONE is for one tenant only, and may be repeated.",
        metavar="[TENANT=]ZONE",
    ),
]
ItemsADayOfFile = Annotated[
    int | None, typer.Option(help="Most items of a tenant and UTC day, in place of what the file says.")
]
AdviceFile = Annotated[
    Path | None,
    typer.Option(help="Own table of what to check next, laid over the one that is shipped.", metavar="FILE"),
]
WorkerNumber = Annotated[int | None, typer.Option("--process-id", hidden=True)]
"""which worker this process is; given by the process that starts the workers, and by nobody else"""
WorkerAddresses = Annotated[str, typer.Option("--addresses", hidden=True)]
"""addresses of all workers, separated by semicolons; given likewise"""
