"""Options of the command line, by name: what each takes and what its help says."""

from pathlib import Path
from typing import Annotated

import typer

Inputs = Annotated[
    list[str], typer.Argument(help="[TENANT=]PATH of a file or folder, - for standard input, or kafka://...")
]
Out = Annotated[Path, typer.Option("--out", help="Folder of the run.", metavar="DIR")]
NewOut = Annotated[Path, typer.Option("--out", help="New folder for the results.", metavar="DIR")]
Tenant = Annotated[str, typer.Option(help="Tenant of inputs that name none.")]
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
ZonesRead = Annotated[
    list[str] | None,
    typer.Option(
        "--zone",
        help="Time zone of what you read; UTC unless given. TENANT=ZONE is for one tenant only, and may be repeated.",
        metavar="[TENANT=]ZONE",
    ),
]
ReferenceDate = Annotated[
    str | None,
    typer.Option(help="A moment the logs were surely written by (ISO 8601); it settles years that stamps leave out."),
]
Incidents = Annotated[
    Path | None,
    typer.Option(
        help="Beside files: tickets, JSON lines with id, tenant, time, title and, if known, service.", metavar="FILE"
    ),
]
Feedback = Annotated[
    Path | None,
    typer.Option(help="Beside files: verdicts of people, the JSON lines of `brainstem feedback`.", metavar="FILE"),
]
SharePrecedents = Annotated[
    bool, typer.Option(help="Let what stood before one tenant's incident speak at another, without naming it.")
]
Apart = Annotated[
    list[str] | None, typer.Option(help="A tenant that neither gives nor takes precedents; may be repeated.")
]
ItemsADay = Annotated[int, typer.Option(help="Most items of a tenant and UTC day; what goes beyond is held back.")]
ItemsADayOfFile = Annotated[
    int | None, typer.Option(help="Most items of a tenant and UTC day, in place of what the file says.")
]
AdviceFile = Annotated[
    Path | None,
    typer.Option(help="Own table of what to check next, laid over the one that is shipped.", metavar="FILE"),
]
Processes = Annotated[int, typer.Option(min=1, help="Worker processes on this machine.")]
BatchRecords = Annotated[int, typer.Option(help="Records of a batch; the results do not depend on it.")]
FailOn = Annotated[str | None, typer.Option(help="Exit with 1 when there are `items` or `rejects`.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with a run that was cut short; the other arguments stay the same.")
]
SnapshotSeconds = Annotated[float, typer.Option(help="Time between snapshots: how much a crash makes it read again.")]
TopicConfig = Annotated[
    Path | None,
    typer.Option("--config", help="For topics: a file with [kafka.client], and perhaps kafka.tenant.", metavar="FILE"),
]
RunConfig = Annotated[Path, typer.Option("--config", help="TOML file of the run.", metavar="FILE")]
Check = Annotated[bool, typer.Option("--check", help="Only check the file; nothing is read or written.")]
Process = Annotated[int | None, typer.Option(min=0, help="Which of cluster.addresses this process is, counted from 0.")]
Kafka = Annotated[
    str, typer.Option(help="Send the logs through a topic of their own at this broker.", metavar="HOST:PORT")
]
HiddenNumber = Annotated[int | None, typer.Option(hidden=True)]
HiddenText = Annotated[str, typer.Option(hidden=True)]
