"""`brainstem recall`: what is remembered of a kind of message."""

from typing import Annotated

import typer

from flows.cli.console import parse_moment_us
from flows.cli.options import DisplayZones, OneTenant, Outputs, RunFolders

Asked = Annotated[
    str,
    typer.Argument(
        help="Words of the message, its service, its items, a ticket or its lines; a signature (s2-...), a family (f1-...),"
        " an item (i1-...), or, of one folder, the number of an item in its digest."
    ),
]
Host = Annotated[str | None, typer.Option(help="Only what was heard on this host.")]
Service = Annotated[str | None, typer.Option(help="Only families of this service.")]
Since = Annotated[str | None, typer.Option(help="Only what was heard from this moment on (ISO 8601).")]
Until = Annotated[str | None, typer.Option(help="Only what was known at this moment (ISO 8601).")]
Limit = Annotated[int, typer.Option(help="Most families that are told.", min=1)]
Raw = Annotated[
    bool,
    typer.Option("--raw", help="Also the latest stored lines of each family, with secrets masked."),
]
RawLimit = Annotated[int, typer.Option(help="Most lines of a family with --raw.", min=1)]
InLines = Annotated[
    bool,
    typer.Option("--in-lines", help="Look for words in every stored line too, not only where nothing else holds them."),
]


def recall(
    asked: Asked,
    folders: RunFolders,
    tenant: OneTenant = None,
    host: Host = None,
    service: Service = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    raw: Raw = False,
    raw_limit: RawLimit = 20,
    in_lines: InLines = False,
    output: Outputs = "table",
    zones: DisplayZones = None,
) -> None:
    """Show what is remembered of a kind of message: when it came and how that ended, bands, items and verdicts, incidents
    within two days, and what is like it and why.

    Asks the output folders of one or many runs, finished or live. Several families that hold the words have a line each; ask
    for one by its name. With --tenant nothing of another tenant is read; without it, what is like a family at another tenant
    is told without its names. Where nothing is remembered of it the exit status is 1, as of `grep`. Example: `brainstem
    recall "tunnel down" var/march var/april --tenant acme`.
    """
    from flows.cli.finished_run import display_zones_for, reading_all
    from flows.recall.output import Output, answer_as
    from flows.recall.recollections import Question
    from flows.recall.recollections import recall as remembered

    with reading_all(folders):
        shown_in, zone = display_zones_for(folders, zones)
        question = Question(
            asked=asked,
            tenant=tenant,
            host=host,
            service=service,
            since_us=parse_moment_us("--since", since, zone),
            until_us=parse_moment_us("--until", until, zone),
            limit=limit,
            in_lines=in_lines,
        )
        answer = remembered(folders, question, shown_in, raw_limit if raw else 0)
        typer.echo(answer_as(Output(output), answer, shown_in))
