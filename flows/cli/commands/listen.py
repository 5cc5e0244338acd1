"""`brainstem listen`: an intake that receives syslog and HTTP and puts what comes on a topic."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.console import notes

ListenConfig = Annotated[Path, typer.Option("--config", help="TOML file of the intake.", metavar="FILE")]
Check = Annotated[bool, typer.Option("--check", help="Only check the file; no port is opened.")]


def listen(config: ListenConfig, check: Check = False) -> None:
    """Receive syslog and HTTP until stopped, and put what comes on a Kafka topic, which `brainstem run` reads.

    SIGTERM and SIGINT stop it: what has arrived is passed on first. Its account goes to standard output at the end, and to
    the file `listen.account` meanwhile. Example: `brainstem listen --config brainstem.toml`; the keys of the file stand in
    docs/listen.md and docs/http.md.
    """
    from flows.config.intake import load
    from flows.config.listen_address import tls_context
    from flows.intake.listen import account_text
    from flows.intake.listen import listen as listen_until_stopped
    from flows.process.stop_request import stopping_on_signals

    configuration = load(config)
    configuration.client.check()
    for each in configuration.syslog:
        if each.tls is not None:
            tls_context(each.tls, f"listen.syslog {each.name}")
    for listener in configuration.http:
        if listener.tls is not None:
            tls_context(listener.tls, f"listen.http {listener.name}")
    if check:
        notes.print(f"{config} is fine")
        return
    with stopping_on_signals() as stop:
        account = listen_until_stopped(configuration, stop, notes.print)
    typer.echo(account_text(account))
