"""`brainstem audit`: the proof that a run lost nothing of its inputs."""

from pathlib import Path
from typing import Annotated

import typer

from connectors.base import ConfigurationError, InputError
from flows.cli.console import FINDINGS
from flows.cli.options import RunFolder

Deep = Annotated[
    bool, typer.Option("--deep", help="Read the columns of all records from their bytes once more, not of a sample.")
]
Key = Annotated[
    Path | None,
    typer.Option(help="The manifest must be signed with the key in this file (HMAC-SHA256).", metavar="FILE"),
]
Sign = Annotated[bool, typer.Option("--sign", help="With --key: sign the manifest, if nothing is found.")]


def audit(out: RunFolder, deep: Deep = False, key: Key = None, sign: Sign = False) -> None:
    """Prove that every byte of a run's inputs is stored, rejected or a counted duplicate, and nothing was changed since.

    Reads the inputs again, and says of each promise whether it was checked, and why not. Exit status 1 when anything is
    missing, doubled or different. Example: `brainstem audit var/monday`. Whoever can write into the folder can write a
    manifest, too: `--key FILE --sign` after the run, and `--key FILE` later on, with a key that lies elsewhere.
    """
    from flows.audit.manifest import read_key, sign_manifest
    from flows.audit.proof import audit as audit_run
    from flows.sinks.output_folder import OutputFolder

    if sign and key is None:
        raise ConfigurationError("--sign needs --key FILE, the file of the key to sign with.")
    if not out.is_dir():
        raise InputError(f"{out} is no folder. Give the --out folder of a run.")
    secret = None if key is None else read_key(key)
    report = audit_run(out, whole=deep, key=None if sign else secret)
    typer.echo(report.to_text(), nl=False)
    if not report.ok:
        raise typer.Exit(FINDINGS)
    if sign and secret is not None:
        sign_manifest(OutputFolder(out), secret)
        typer.echo("signed: manifest.sig")
