"""The command line. Results go to standard output, notes and progress to standard error.

Exit status: 0 fine, 1 findings that were asked for (`audit`, `--fail-on`), 2 unreadable input, 3 bad configuration, 70 a
fault of the program itself, 75 stopped on request before its end.
"""

import errno
import gc
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from brainstem import __version__
from brainstem.budget import ITEMS_A_DAY
from brainstem.ledger_report import printable
from brainstem.unread import not_read, read_in_part, received_of_logs
from brainstem.versions import StateVersionError
from brainstem.wording import clock, counted
from connectors.base import ConfigurationError, InputError
from connectors.files import DEFAULT_TENANT, Inventory, discover, parse_argument
from flows.settings import BATCH_RECORDS, SNAPSHOT_SECONDS, Settings
from flows.stopping import StoppedError
from state.evidence import OutputInUseError

if TYPE_CHECKING:
    from brainstem.ledger import Ledger
    from flows.plan import Plan

    # a Kafka client is loaded only where one is needed
    from flows.topic_replay import TopicReplay

FINDINGS: Final = 1
UNREADABLE: Final = 2
BAD_CONFIGURATION: Final = 3
INTERNAL_FAULT: Final = 70
"""EX_SOFTWARE of sysexits.h; a traceback must not look like findings"""
STOPPED: Final = 75
"""EX_TEMPFAIL of sysexits.h; start it again with --resume"""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    help=(
        "brAInstem remembers the weak operational signals that nobody has time to remember, and tells you what is quietly "
        "becoming important before it becomes an incident.\n\n"
        "Start with `brainstem demo`: it makes three weeks of logs of four companies, runs over them and shows its digest. "
        "Then `brainstem replay LOGS --out DIR` on your own. `brainstem explain` answers why something surfaced or did not, "
        "and `brainstem audit DIR` proves that nothing was lost."
    ),
)
notes = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

Out = Annotated[Path, typer.Option("--out", help="Folder of the run.", metavar="DIR")]
ItemsADay = Annotated[int, typer.Option(help="Most items of a tenant and UTC day; what goes beyond is held back.")]
Advice = Annotated[
    Path | None,
    typer.Option(help="Own table of what to check next, laid over the one that is shipped.", metavar="FILE"),
]
Zone = Annotated[str, typer.Option("--zone", help="Time zone of stamps that name none, and of what you read.")]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"brainstem {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


@app.command()
def demo(
    out: Out = Path("var/demo"),
    zone: Zone = "UTC",
    advice: Advice = None,
    kafka: Annotated[
        str, typer.Option(help="Send the logs through a topic of their own at this broker.", metavar="HOST:PORT")
    ] = "",
) -> None:
    """Make three weeks of logs of four companies, run over them, and show what earns your eyes.

    Four tenants, eleven hosts, about 200,000 lines of ordinary noise, and three quiet troubles in them. After the digest
    it says what a count threshold and an error-word filter would have shown on the same lines.

    Example: `brainstem demo --out /tmp/demo`.
    """
    from flows.advice import advice_of
    from flows.demo.show import show, show_topics

    settings = Settings(out / "run", zone=zone, advice=advice)
    advice_of(advice)
    _say_whether_it_compiles()
    with _progress() as observer:
        text = show_topics(out, settings, kafka, observer) if kafka else show(out, settings, observer)
    typer.echo(text)


@app.command()
def replay(
    inputs: Annotated[
        list[str], typer.Argument(help="[TENANT=]PATH of a file or folder, - for standard input, or kafka://...")
    ],
    out: Annotated[Path, typer.Option("--out", help="New folder for the results.", metavar="DIR")],
    tenant: Annotated[str, typer.Option(help="Tenant of inputs that name none.")] = DEFAULT_TENANT,
    zone: Zone = "UTC",
    reference_date: Annotated[
        str | None,
        typer.Option(
            help="A moment the logs were surely written by (ISO 8601); it settles years that stamps leave out."
        ),
    ] = None,
    incidents: Annotated[
        Path | None,
        typer.Option(help="Tickets: JSON lines with id, tenant, time, title and, if known, service.", metavar="FILE"),
    ] = None,
    feedback: Annotated[
        Path | None, typer.Option(help="Verdicts of people: the JSON lines of `brainstem feedback`.", metavar="FILE")
    ] = None,
    share_precedents: Annotated[
        bool, typer.Option(help="Let what stood before one tenant's incident speak at another, without naming it.")
    ] = True,
    apart: Annotated[
        list[str] | None, typer.Option(help="A tenant that neither gives nor takes precedents; may be repeated.")
    ] = None,
    items_a_day: ItemsADay = ITEMS_A_DAY,
    advice: Advice = None,
    processes: Annotated[int, typer.Option(min=1, help="Worker processes on this machine.")] = 1,
    batch_records: Annotated[
        int, typer.Option(help="Records of a batch; the results do not depend on it.")
    ] = BATCH_RECORDS,
    fail_on: Annotated[str | None, typer.Option(help="Exit with 1 when there are `items` or `rejects`.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was cut short; the other arguments stay the same.")
    ] = False,
    snapshot_seconds: Annotated[
        float, typer.Option(help="Time between snapshots: how much a crash makes it read again.")
    ] = SNAPSHOT_SECONDS,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", help="For topics: a file whose [kafka] has client settings and tenants.", metavar="FILE"
        ),
    ] = None,
    process_id: Annotated[int | None, typer.Option(hidden=True)] = None,
    addresses: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Read logs in the order of their event time and show what earns your eyes.

    Files and folders (recursively), plain or .gz, .bz2, .xz, .zst; syslog, journal, application logs, JSON lines, mixed as
    they are. Example: `brainstem replay acme=/var/log bolt=/srv/bolt/logs --out var/monday`. Writes items.jsonl, digest.md,
    ledger.json and the folders evidence, decisions and rejects.

    Topics: `brainstem replay "acme=kafka://127.0.0.1:9092/logs?from=2026-03-01&to=end" --out var/march` reads what is there
    now and commits nothing. Bounds are offsets or moments.
    """
    from flows.advice import advice_of
    from flows.cluster import end_with_parent
    from flows.plan import Plan
    from flows.recovery import Recovery
    from flows.refused_statements import refused_statements
    from flows.replay import run_process

    if fail_on not in (None, "items", "rejects"):
        raise ConfigurationError(f"--fail-on = {fail_on!r} is unknown. Give `items` or `rejects`.")
    reference_us = _moment("--reference-date", reference_date, zone)
    settings = Settings(
        out,
        zone,
        reference_us,
        batch_records=batch_records,
        snapshot_seconds=snapshot_seconds,
        tenant=tenant,
        incidents=incidents,
        feedback=feedback,
        share_precedents=share_precedents,
        apart=tuple(apart or ()),
        items_a_day=items_a_day,
        advice=advice,
    )
    advice_of(advice)
    topics = _topics(inputs, tenant, zone, config)
    if process_id is not None:
        end_with_parent()
        plan = Recovery(out).plan()
        source_of = topics.source_of(plan, settings, process_id) if topics else None
        run_process(plan, settings, process_id, addresses.split(";"), source_of=source_of)
        return
    arguments = {
        "inputs": inputs,
        "--tenant": tenant,
        "--zone": zone,
        "--reference-date": reference_date,
        "--incidents": str(incidents or ""),
        "--feedback": str(feedback or ""),
        "--share-precedents": share_precedents,
        "--apart": sorted(settings.apart),
        "--items-a-day": items_a_day,
        "--advice": str(advice or ""),
    }

    def discovered() -> Plan:
        if topics is not None:
            return Plan(arguments, topics=topics.bounds())
        return Plan(arguments, _discover(inputs, tenant, settings, processes))

    ledger = _carried_out(settings, arguments, discovered, topics, processes, resume)
    typer.echo((out / "digest.md").read_text(encoding="utf-8"))
    for refused in refused_statements(settings, ledger):
        notes.print(printable(refused))
    _say_what_was_not_read(ledger)
    rejected = bool(ledger.total().rejected)
    shown = (out / "items.jsonl").stat().st_size > 0
    if (fail_on == "items" and shown) or (fail_on == "rejects" and rejected):
        raise typer.Exit(FINDINGS)


def _carried_out(
    settings: Settings,
    arguments: dict[str, Any],
    discovered: Callable[[], "Plan"],
    topics: "TopicReplay | None",
    processes: int,
    resume: bool,
) -> "Ledger":
    """Carry a replay out, or go on with it, unless it has come to its end already; gives its ledger."""
    from flows.cluster import run_workers
    from flows.recovery import Recovery
    from flows.replay import complete, finished, prepare, run_process

    with Recovery(settings.out).locked() as lock:
        ledger = finished(settings) if resume else None
        if ledger is not None:
            return ledger
        plan = prepare(settings, arguments, discovered, resume)
        _say_whether_it_compiles()
        if processes > 1:
            run_workers(sys.argv[1:], processes, lock)
        else:
            with _progress() as observer:
                source_of = topics.source_of(plan, settings, None) if topics else None
                run_process(plan, settings, observer=observer, source_of=source_of)
        return complete(plan, settings)


@app.command()
def run(
    config: Annotated[Path, typer.Option("--config", help="TOML file of the run.", metavar="FILE")],
    check: Annotated[bool, typer.Option("--check", help="Only check the file; nothing is read or written.")] = False,
    items_a_day: Annotated[
        int | None, typer.Option(help="Most items of a tenant and UTC day, in place of what the file says.")
    ] = None,
    process: Annotated[
        int | None, typer.Option(min=0, help="Which of cluster.addresses this process is, counted from 0.")
    ] = None,
    process_id: Annotated[int | None, typer.Option(hidden=True)] = None,
    addresses: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Run beside Kafka until stopped, and go on where the last run into the same folder was, however that ended.

    SIGTERM and SIGINT stop it between two batches. Example: `brainstem run --config brainstem.toml`; docs/kafka.md has the
    keys of the file.
    """
    from flows.configuration import load
    from flows.running import run_as_told

    configuration = load(config)
    if items_a_day is not None:
        settings = replace(configuration.settings, items_a_day=items_a_day)
        configuration = replace(configuration, settings=settings)
    configuration.kafka.client.check()
    if check:
        notes.print(f"{config} is fine")
        return
    if process_id is None:
        _say_whether_it_compiles()
    run_as_told(configuration, sys.argv[1:], process if process_id is None else process_id, addresses)


@app.command()
def status(out: Annotated[Path, typer.Argument(help="Folder of a live run.")]) -> None:
    """Say what the processes of a live run are doing: what they wait for, and how far reading is durable.

    Exit status 1 when one of them has stopped or has been silent for long, so that it serves as a health check. Example:
    `brainstem status /var/lib/brainstem`.
    """
    from flows.status import forgotten_text, is_healthy, read_status, status_text

    said = read_status(out)
    typer.echo("\n".join(filter(None, [status_text(said), forgotten_text(out)])))
    if not all(map(is_healthy, said)):
        raise typer.Exit(FINDINGS)


@app.command()
def digest(out: Annotated[Path, typer.Argument(help="Folder of a run.")], zone: Zone = "UTC") -> None:
    """Print the digest of a run again, with times in your zone.

    Example: `brainstem digest var/monday --zone Europe/Berlin`.
    """
    from flows.digesting import digest_of
    from flows.output import OutputFolder

    Settings(out, zone)
    typer.echo(digest_of(OutputFolder(out), ZoneInfo(zone)))


@app.command()
def explain(
    asked: Annotated[
        str, typer.Argument(help="An item (i1-...), family (f1-...), signature (s1-...), or words of its text.")
    ],
    out: Out = Path("var/demo/run"),
    at: Annotated[str | None, typer.Option(help="Explain what was known at this moment (ISO 8601).")] = None,
    zone: Zone = "UTC",
) -> None:
    """Say why something surfaced, why now and not earlier, or why it was ignored.

    Prints the history of its band, and each decision's score with the parts that add up to it. Example:
    `brainstem explain "tunnel" --out var/monday` lists what matches; name one of them to have it explained.
    """
    from flows.explaining import explain as explain_asked
    from flows.output import OutputFolder

    Settings(out, zone)
    typer.echo(explain_asked(OutputFolder(out), asked, _moment("--at", at, zone), ZoneInfo(zone)))


@app.command()
def feedback(
    about: Annotated[
        str,
        typer.Argument(help="A family (f1-...), as the digest names it, an item (i1-...) or a signature (s1-...)."),
    ],
    verdict: Annotated[str, typer.Argument(help="useful, useless or resolved.")],
    note: Annotated[str, typer.Option(help="What you found, for the next time it is shown.")] = "",
    out: Out = Path("var/demo/run"),
    file: Annotated[
        Path | None, typer.Option(help="File to append to; feedback.jsonl in the run's folder unless given.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="When it was found (ISO 8601). Unless given: just after the item of a finished replay, else now."
        ),
    ] = None,
    zone: Zone = "UTC",
) -> None:
    """Say whether an item was worth your eyes, or that its cause is resolved.

    Appends one line of JSON, which `brainstem replay --feedback FILE` takes up from its own time on. A verdict about an item
    weighs for its family, one about a signature for that message in every service of the tenant; a family stands for its
    latest item. `useful` and `useless` raise and lower its score, fading over months. `resolved` weighs nothing and hides
    nothing: if it comes back, its item says that it had been resolved, with your note. Example:
    `brainstem feedback f1-0123456789abcdef useless --note "cleaning staff" --out var/monday`.
    """
    from flows.output import OutputFolder
    from flows.verdicts import give_feedback

    Settings(out, zone)
    asked_us, now_us = _moment("--at", at, zone), time.time_ns() // 1000
    given = give_feedback(OutputFolder(out), about, verdict, note, asked_us, now_us, file)
    typer.echo(f"appended to {given.file}: {given.about} is {verdict}, as of {clock(given.time_us, ZoneInfo(zone))}")
    if given.comes_too_late and given.last_event_us is not None:
        last = clock(given.last_event_us, ZoneInfo(zone))
        notes.print(
            f"warning: the logs of this run end at {last}, so a replay of the same logs does not take this up. Give --at"
            " with an earlier moment, or keep the file for a run over later logs."
        )


@app.command(name="config")
def show_config(
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file of a live run, merged over the defaults.", metavar="FILE")
    ] = None,
    items_a_day: Annotated[
        int | None, typer.Option(help="Most items of a tenant and UTC day, in place of what the file says.")
    ] = None,
) -> None:
    """Print every setting and every number that steers judgement, as commented TOML.

    Each with its unit, its meaning and where its value comes from; what is compiled in is called fixed. Example:
    `brainstem config --config brainstem.toml`.
    """
    from flows.configured import whole_configuration

    typer.echo(whole_configuration(config, items_a_day), nl=False)


@app.command()
def audit(out: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Read the inputs of a run again and prove that every byte is stored, rejected or a counted duplicate.

    Exit status 1 when anything is missing, doubled or different. Example: `brainstem audit var/monday`.
    """
    from flows.audit import audit as run

    if not out.is_dir():
        raise InputError(f"{out} is no folder. Give the --out folder of a run.")
    report = run(out)
    typer.echo(report.to_text(), nl=False)
    if not report.ok:
        raise typer.Exit(FINDINGS)


def _topics(inputs: list[str], tenant: str, zone: str, config: Path | None) -> "TopicReplay | None":
    """Give the replay of topics that the inputs ask for; None where they name files."""
    if not any("kafka://" in each for each in inputs):
        if config is not None:
            raise ConfigurationError("--config is for topics. Name one as kafka://HOST:PORT/TOPIC, or leave it out.")
        return None
    from flows.topic_replay import TopicReplay

    return TopicReplay.of(inputs, tenant, zone, config)


def _discover(inputs: list[str], tenant: str, settings: Settings, processes: int) -> Inventory:
    """Look what there is to read, and say so."""
    arguments = [parse_argument(each, tenant) for each in inputs]
    inventory = discover(
        arguments,
        reference_time_us=settings.reference_time_us,
        zone=ZoneInfo(settings.zone),
        excluded=[settings.out],
    )
    if processes > 1 and any(file.is_pipe for file in inventory.files):
        raise ConfigurationError(
            f"--processes = {processes} cannot share a pipe or standard input. Use 1, or save to a file."
        )
    _say_what_is_read(inventory)
    for argument in arguments:
        if argument.path is not None and not any(_is_below(file.path, argument.path) for file in inventory.files):
            notes.print(f"  nothing to read in {printable(str(argument.path))} (tenant {argument.tenant})")
    return inventory


def _is_below(path: Path | None, top: Path) -> bool:
    return path is not None and path.is_relative_to(top)


def _say_what_was_not_read(ledger: "Ledger") -> None:
    """Note inputs that were read in part only. Raises `InputError` when nothing at all was read."""
    for part in read_in_part(ledger):
        notes.print(f"read in part: {printable(part)}")
    if not received_of_logs(ledger).records:
        refused = not_read(ledger)
        why = f"all that was found was refused: {refused}" if refused else "the inputs hold no records"
        raise InputError(f"nothing was read: {why}. Give files or folders of logs; ledger.json has the reasons.")


def _moment(option: str, text: str | None, zone: str) -> int | None:
    """Read an ISO 8601 moment; one without an offset is in `zone`. Gives microseconds since the epoch, UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{option} = {text!r} is no moment. Give ISO 8601, such as 2026-03-01T12:00:00Z."
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000


def _say_what_is_read(inventory: Inventory) -> None:
    """Note what is read and what is not, and how years are settled where that is not obvious."""
    notes.print(f"{counted(len(inventory.files), 'file')} to read, {len(inventory.refused):,} refused")
    for refused in inventory.refused[:10]:
        notes.print(f"  not read: {refused.path} ({refused.reason.value})")
    if len(inventory.refused) > 10:
        notes.print(f"  ... and {len(inventory.refused) - 10} more; the ledger has them all")


def _say_whether_it_compiles() -> None:
    from flows.warm import is_compiled

    if not is_compiled():
        notes.print("first run on this machine: compiling takes two to five minutes, once")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """Show a running count of records and bytes while stderr is a terminal."""
    if not notes.is_terminal:
        yield None
        return
    columns = (
        BarColumn(),
        TextColumn("{task.fields[records]:,} records, {task.completed:,.0f} bytes"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=notes, transient=True) as bar:
        task = bar.add_task("reading", total=None, records=0)
        seen = [0]

        def observe(records: int, octets: int) -> None:
            seen[0] += records
            bar.update(task, advance=octets, records=seen[0])

        yield observe


def main() -> None:
    """Run the command line and turn whose fault it is into an exit status."""
    # what imports make stays; a graph that runs collects garbage again, other commands do not live long
    gc.disable()
    try:
        app()
    except SystemExit as ended:
        # typer ends with 2 where the command line itself is wrong, which is our bad configuration
        sys.exit(BAD_CONFIGURATION if ended.code == UNREADABLE else ended.code)
    except Exception as error:  # noqa: BLE001 - the outermost edge: every fault gets its exit status here
        sys.exit(_status_of(error))
    finally:
        gc.enable()


_STORE_REFUSED: Final = re.compile(
    r"SqliteFailure\(Error \{ code: (?:DiskFull|ReadOnly|SystemIoFailure),.*?Some\(\"(.*?)\""
)
"""what the engine says, in a panic, when its store cannot be written"""


def _cannot_write(where: str, why: str) -> int:
    """Say what to do about a disk that takes nothing; gives the exit status."""
    notes.print(
        f"brainstem: cannot write{where}: {why}. Operator action: make room, then start it again (a replay with --resume);"
        " it goes on from its last snapshot."
    )
    return UNREADABLE


def _status_of(error: Exception) -> int:
    """Say on standard error what went wrong; gives the exit status. The engine wraps what its steps raise."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, StoppedError):
            notes.print(f"brainstem: {cause}")
            return STOPPED
        if isinstance(cause, ConfigurationError | OutputInUseError | StateVersionError):
            notes.print(f"brainstem: {cause}")
            return BAD_CONFIGURATION
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            return _cannot_write(f" {cause.filename}" if cause.filename else "", str(cause.strerror))
        if isinstance(cause, RuntimeError) and (engine := _STORE_REFUSED.search(str(cause))):
            return _cannot_write(" the recovery store", engine[1])
        if isinstance(cause, InputError):
            notes.print(f"brainstem: {cause}")
            return UNREADABLE
        cause = cause.__cause__ or cause.__context__
    notes.print("".join(traceback.format_exception(error)))
    return INTERNAL_FAULT


if __name__ == "__main__":
    main()
