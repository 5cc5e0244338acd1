"""Relays that others have written, each where it is installed, with what docs/listen.md gives for them."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.syslog.listener import Address, Listener
from tests.connectors.syslog.test_listener import ListBuffer, assert_balanced, run

ROOT = Path(__file__).resolve().parents[3]
ANY_PORT = Address("127.0.0.1", 0)
LINES = [f"pump {number} runs dry in hall {number % 7}" for number in range(500)]
ARRIVES_SECONDS = 60


def documented(begin: str, port: int) -> str:
    """Return the snippet of docs/listen.md that begins so, for a listener of this machine."""
    found = re.search(rf"^```\n({re.escape(begin)}.*?)^```", (ROOT / "docs" / "listen.md").read_text(), re.M | re.S)
    assert found is not None
    return found[1].replace("192.168.10.2", "127.0.0.1").replace('"514"', f'"{port}"').replace("(514)", f"({port})")


def received_from(program: str, folder: Path, configured: Callable[[int], str], options: list[str]) -> list[bytes]:
    """Run a relay that follows `lines.log`, and return what a listener has of it once all lines are there."""
    path = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None:
        pytest.skip(f"no {program}: install it")
    (folder / "lines.log").write_text("".join(f"{line}\n" for line in LINES))

    async def work() -> list[bytes]:
        buffer, listener = ListBuffer(), Listener("office", ANY_PORT, "acme")
        server = await listener.open_tcp(buffer)
        (folder / "relay.conf").write_text(configured(server.address.port))
        with (folder / "told").open("wb") as told:
            relay = subprocess.Popen([path, *options], stdout=told, stderr=told, cwd=folder)
        try:
            async with asyncio.timeout(ARRIVES_SECONDS):
                while listener.account.received < len(LINES):
                    assert relay.poll() is None, (folder / "told").read_text()
                    await asyncio.sleep(0.01)
        finally:
            relay.terminate()
            relay.wait()
        await server.close()
        assert_balanced(listener)
        assert listener.account.accepted == listener.account.received
        return buffer.contents

    return run(work)


def holds_all(contents: list[bytes]) -> bool:
    """Return whether each line is there, at the end of a message of its own."""
    return all(any(content.rstrip().endswith(line.encode()) for content in contents) for line in LINES)


def test_rsyslog_sends_with_octet_counts(tmp_path: Path) -> None:
    """With its queue on disk."""

    def configured(port: int) -> str:
        return (
            f'global(workDirectory="{tmp_path}")\nmodule(load="imfile")\n'
            f'input(type="imfile" file="{tmp_path}/lines.log" tag="pumpd:")\n{documented("*.* action(", port)}'
        )

    options = ["-n", "-f", str(tmp_path / "relay.conf"), "-i", str(tmp_path / "pid")]
    contents = received_from("rsyslogd", tmp_path, configured, options)
    assert holds_all(contents)
    assert all(content.startswith(b"<") for content in contents)


def test_syslog_ng_sends_with_octet_counts(tmp_path: Path) -> None:
    """In the form of RFC 5424, with its buffer on disk."""

    def configured(port: int) -> str:
        source = f'source s_src {{ file("{tmp_path}/lines.log" follow-freq(0.1) flags(no-parse)); }};'
        return f"@version: 3.38\n{source}\n{documented('destination d_brainstem', port)}"

    files = [f"--{name}={tmp_path / name}" for name in ("persist-file", "pidfile", "control")]
    options = ["-F", "--no-caps", "-f", str(tmp_path / "relay.conf"), *files]
    contents = received_from("syslog-ng", tmp_path, configured, options)
    assert holds_all(contents)
    assert all(b">1 " in content[:6] for content in contents)
