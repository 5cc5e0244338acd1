"""Secrets in what a run reads: no command shows one, in whatever form it answers."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.brainstem.explain.secret_shapes import ANY_LOOK, CODES, word
from tests.support.killing import start

START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 12


def written(folder: Path, dice: random.Random) -> list[str]:
    """Write logs and tickets with each shape of a secret on every day, some of them broken; return the secrets."""
    secrets: list[str] = []

    def secret(shape: str) -> str:
        """Return a shape with a secret of its own."""
        secrets.append("".join(dice.choices("3579", k=8)) if shape in CODES else word(dice))
        return shape.format(s=secrets[-1])

    lines = []
    for number, shape in enumerate((*ANY_LOOK, *CODES)):
        for day in range(DAYS):
            time = START + timedelta(days=day, minutes=dice.randrange(1440))
            lines.append((time, f"{time:%b %d %H:%M:%S} h{number % 7} app{number % 9}[1]: {secret(shape)}"))
    lines.sort()
    broken = [
        '{"time":"2026-13-41T00:00:00Z","msg":"x",' + secret('"password":"{s}"') + end
        for end in ("}", "")
        for _ in "abc"
    ]
    (folder / "log").write_text("\n".join([line for _, line in lines] + broken) + "\n", encoding="utf-8")
    whole = {"kind": "incident", "tenant": "acme", "time": "2026-03-10T10:00:00Z", "title": secret("password is {s}")}
    torn = '{"kind": "incident", "tenant": "acme", ' + secret('"title": "password={s}"')
    (folder / "tickets").write_text(f"{json.dumps(whole)}\n{torn}\n{torn}}}\n", encoding="utf-8")
    return secrets


@pytest.mark.long
def test_no_command_shows_a_secret_that_was_read(tmp_path: Path) -> None:
    """In text, JSON or CSV, on standard output or standard error."""
    secrets = written(tmp_path, random.Random(5))
    log, out = str(tmp_path / "log"), str(tmp_path / "out")
    for command in (
        ["check", log],
        ["replay", f"acme={log}", "--out", out, "--incidents", str(tmp_path / "tickets")],
        ["digest", out],
        ["explain", "password", "--out", out],
        ["explain", "token", "--out", out],
        ["recall", "password", out, "--raw", "--in-lines", "--raw-limit", "500"],
        ["recall", "secret", out, "--raw", "--output", "json"],
        ["recall", "key", out, "--output", "csv"],
        ["queue", out, "--band", "background", "--limit", "500"],
        ["queue", out, "--band", "background", "--limit", "500", "--output", "json"],
        ["queue", out, "--band", "background", "--limit", "500", "--output", "csv"],
        ["audit", out, "--deep"],
        ["status", out],
        ["feedback", "1", "useful", "--out", out],
    ):
        process = start(command)
        told = "".join(part.decode() for part in process.communicate(timeout=300))
        assert process.returncode in (0, 1, 2), (command, told)
        assert told
        shown = [secret for secret in secrets if secret in told]
        assert not shown, (command, shown[:3])
    for path in (tmp_path / "out").iterdir():
        if path.is_file():
            content = path.read_text(encoding="utf-8")
            assert not [secret for secret in secrets if secret in content], path
