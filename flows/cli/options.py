"""Options that several commands have, by name: what each takes and what its help says. An option of one command only is
defined in the file of that command.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

Out = Annotated[Path, typer.Option("--out", help="Folder of the run.", metavar="DIR")]
RunFolder = Annotated[Path, typer.Argument(help="Folder of a run.")]
RunFolders = Annotated[list[Path], typer.Argument(help="Folders of runs, finished or live.", metavar="DIR...")]
OneTenant = Annotated[
    str | None, typer.Option("--tenant", help="Only this tenant; nothing of another one is read.", metavar="TENANT")
]
Outputs = Annotated[
    Literal["table", "json", "jsonl", "csv"],
    typer.Option("--output", help="Text for a person, one JSON document, JSON lines, or CSV."),
]
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
DateOrders = Annotated[
    list[str] | None,
    typer.Option(
        "--date-order",
        help=(
            "Whether the day or the month is first in dates such as 04/02/2026: `dmy` or `mdy`. Unless given, learned from"
            " each whole file. TENANT=ORDER is for one tenant only."
        ),
        metavar="[TENANT=]ORDER",
    ),
]
Years = Annotated[
    list[str] | None,
    typer.Option(
        "--year",
        help="Year of the first stamp of each file that prints none. TENANT=YEAR is for one tenant only.",
        metavar="[TENANT=]YEAR",
    ),
]
HostsFrom = Annotated[
    list[str] | None,
    typer.Option(
        "--host-from",
        help=(
            "Host of records that name none, from the path of their file: `/var/log/{host}/*.log`, where `*` stands for any"
            " characters of one name and `**` for any at all; without a `/` in front it is the end of a path. May be"
            " repeated, and the first that fits counts."
        ),
        metavar="[TENANT=]PATTERN",
    ),
]
ServicesFrom = Annotated[
    list[str] | None,
    typer.Option(
        "--service-from",
        help="Service of records that name none, from the path of their file: `/srv/*/{service}/**`.",
        metavar="[TENANT=]PATTERN",
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        help=(
            "Format of all records, where the one that is recognized is wrong: `plain`, `json-lines`, `csv` or `w3c`. What"
            " is not of it is plain text. `csv:/srv/app/*.txt` is for the paths that fit, as in --host-from. May be"
            " repeated, and the first that fits counts."
        ),
        metavar="[TENANT=]NAME[:PATTERN]",
    ),
]
DisplayZones = Annotated[
    list[str] | None,
    typer.Option(
        "--zone",
        help=(
            "Time zone of what you read; that of the run unless given. TENANT=ZONE is for one tenant only, and may be"
            " repeated."
        ),
        metavar="[TENANT=]ZONE",
    ),
]
ItemsADayOfFile = Annotated[
    int | None, typer.Option(help="Most items of a tenant and UTC day, in place of what the file says.")
]
ParametersFile = Annotated[
    Path | None,
    typer.Option(
        "--parameters",
        help="TOML file with other values of the numbers that `brainstem config` prints, in tables [parameters.SECTION].",
        metavar="FILE",
    ),
]
AdviceFile = Annotated[
    Path | None,
    typer.Option(help="Own table of what to check next, laid over the one that is shipped.", metavar="FILE"),
]
WorkerNumber = Annotated[int | None, typer.Option("--process-id", hidden=True)]
"""which worker this process is; given by the process that starts the workers, and by nobody else"""
WorkerAddresses = Annotated[str, typer.Option("--addresses", hidden=True)]
"""addresses of all workers, separated by semicolons; given likewise"""
