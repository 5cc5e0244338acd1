"""`brainstem listen`: an intake that receives syslog and HTTP and keeps what comes in a spool or on a topic."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.console import notes

ListenConfig = Annotated[Path, typer.Option("--config", help="TOML file of the intake.", metavar="FILE")]
Check = Annotated[bool, typer.Option("--check", help="Only check the file; no port is opened.")]


def listen(config: ListenConfig, check: Check = False) -> None:
    """Receive syslog and HTTP until stopped, into a spool or a Kafka topic, which `brainstem run` reads.

    SIGTERM and SIGINT stop it: what has arrived is passed on first. Its account goes to standard output at the end, and to
    the file `listen.account` meanwhile. Example: `brainstem listen --config brainstem.toml`; the keys of the file stand in
    docs/listen.md and docs/http.md.
    """
    from flows.config.intake import check_intake, load
    from flows.intake.listen import account_text
    from flows.intake.listen import listen as listen_until_stopped
    from flows.process.intake_process import is_beside_a_run, say_ready, stop_with_run
    from flows.process.stop_request import stopping_on_signals

    configuration = load(config)
    check_intake(configuration)
    if check:
        notes.print(f"{config} is fine")
        return
    is_beside = is_beside_a_run()
    with stopping_on_signals(answers=not is_beside) as stop:
        if is_beside:
            stop_with_run(stop)
        account = listen_until_stopped(configuration, stop, notes.print, *([say_ready] if is_beside else []))
    typer.echo(account_text(account))
