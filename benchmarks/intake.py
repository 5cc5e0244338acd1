"""What an intake takes: 20,000 datagrams and 50,000 messages over TCP a second, and rsyslog beside it.

Run: `python -m benchmarks.intake [SECONDS]`. Writes `benchmarks/results/intake.md`; ends with 1 where a message is lost or a
balance is not exact. `brainstem listen` fills a spool that nobody reads; the senders are processes of their own, so that
they and the intake share the cores of the machine. All that was sent is looked for in the account of the listener and in
the spool. rsyslog, where it is installed, is sent the same over TCP for as long and writes it to a file by a disk queue, in
one turn synced (`queue.syncQueueFiles`), the nearest that it has to what the spool does, in one not. What it has not
written some time after the last message, or was sent and has not read, is "not accepted".

What attackers leave to an honest sender over HTTP is measured by `benchmarks.attack`. Needs the `test` extra.
"""

import contextlib
import json
import multiprocessing
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.spool import CONTENT, bare_syncs
from tests.support.beside import Beside, spooled
from tests.support.brokers import free_port

RESULTS: Final = Path(__file__).parent / "results" / "intake.md"
SECONDS: Final = 60.0
UDP_RATE: Final = 20_000
UDP_RATE_MOST, UDP_SECONDS_MOST = 50_000, 10.0
"""more than may be taken: what counts is that all that is dropped is counted"""
TCP_RATE: Final = 50_000
TCP_CONNECTIONS: Final = 10
BURSTS_A_SECOND: Final = 100
MEBIBYTE: Final = 1 << 20
RSYSLOG_WAITS_SECONDS: Final = 20.0


def configuration(folder: Path) -> Path:
    """Write the file of an intake with a listener of each sort."""
    path = folder / "brainstem.toml"
    path.write_text(
        f"[run]\nout = {json.dumps(str(folder / 'out'))}\n[spool]\nbytes_most = {1 << 34}\n"
        f"[listen]\naccount = {json.dumps(str(folder / 'account.json'))}\n"
        '[[listen.syslog]]\nname = "office"\naddress = "127.0.0.1:0"\ntenant = "acme"\n'
        f"receive_buffer_bytes = {64 * MEBIBYTE}\n"
    )
    return path


def send_paced(port: int, is_stream: bool, rate: int, seconds: float, most_seconds: float, sent: Any) -> None:
    """Send messages at a rate, in bursts, for so long at most, and add their number to `sent`."""
    kind = socket.SOCK_STREAM if is_stream else socket.SOCK_DGRAM
    burst = rate // BURSTS_A_SECOND
    count = 0
    with socket.socket(socket.AF_INET, kind) as sender:
        sender.connect(("127.0.0.1", port))
        lines = (CONTENT + b"\n") * burst
        began = time.monotonic()
        while count < rate * seconds and time.monotonic() - began < most_seconds:
            if is_stream:
                sender.sendall(lines)
            else:
                for _ in range(burst):
                    sender.send(CONTENT)
            count += burst
            time.sleep(max(0.0, began + count / rate - time.monotonic()))
    with sent.get_lock():
        sent.value += count


def send_all(
    port: int, *, is_stream: bool, seconds: float, most_seconds: float = float("inf"), udp_rate: int = UDP_RATE
) -> tuple[int, float]:
    """Send over one socket or ten connections; return how many messages were sent, and the seconds that it took. It takes
    longer where they are taken slower, `most_seconds` at most.
    """
    senders, rate = (TCP_CONNECTIONS, TCP_RATE) if is_stream else (1, udp_rate)
    sent = multiprocessing.Value("q", 0)
    began = time.monotonic()
    processes = [
        multiprocessing.Process(target=send_paced, args=(port, is_stream, rate // senders, seconds, most_seconds, sent))
        for _ in range(senders)
    ]
    for each in processes:
        each.start()
    for each in processes:
        each.join()
    return int(sent.value), time.monotonic() - began


def paced(folder: Path, is_stream: bool, seconds: float, udp_rate: int = UDP_RATE) -> tuple[str, bool]:
    """Send over UDP or TCP; return a row of the table, and whether nothing was lost but what was counted of datagrams."""
    intake = Beside(configuration(folder), "listen", listeners=2)
    port = intake.ports["office", "tcp" if is_stream else "udp"]
    total, took = send_all(port, is_stream=is_stream, seconds=seconds, udp_rate=udp_rate)
    intake.stop()
    account = json.loads((folder / "account.json").read_text())
    counts = account["listeners"]["office"]
    lost = total - counts["accepted"]
    dropped = counts["kernel_dropped"] + sum(counts["dropped"].values())
    # the spool holds the messages, and notes of how many were dropped
    notes = account["spooled"] - counts["accepted"]
    is_exact = (
        counts["received"] == counts["accepted"] + sum(counts["dropped"].values())
        and total == counts["received"] + counts["kernel_dropped"]
        and notes == spooled(folder / "out-spool") - counts["accepted"]
        and bool(notes) == bool(dropped)
    )
    name = f"TCP, {TCP_CONNECTIONS} connections" if is_stream else f"UDP, {seconds:g} s"
    row = f"| {name} | {total:,} | {total / took:,.0f} | {lost:,} | {dropped:,} | {'yes' if is_exact else 'no'} |"
    return row, is_exact and lost == (0 if is_stream else dropped)


def rsyslog(folder: Path, seconds: float, *, synced: bool) -> str:
    """Send the same to rsyslog; return a row of the table, which says where there is none."""
    program = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
    if program is None:
        return "| rsyslog | not installed | - | - | - | - |"
    port, out = free_port(), folder / "out.log"
    out.touch()
    (folder / "rsyslog.conf").write_text(
        f'global(workDirectory="{folder}")\nmodule(load="imtcp" maxSessions="100")\n'
        f'input(type="imtcp" address="127.0.0.1" port="{port}")\n'
        f'action(type="omfile" file="{out}" queue.type="Disk" queue.filename="q" queue.size="100000000"'
        f' queue.maxDiskSpace="16g" queue.syncQueueFiles="{"on" if synced else "off"}")\n'
    )
    command = [program, "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "pid")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - as found
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        total, took = send_all(port, is_stream=True, seconds=seconds, most_seconds=seconds)
        until, written, begun = time.monotonic() + RSYSLOG_WAITS_SECONDS, 0, out.stat().st_size
        while (written := out.read_bytes().count(b"\n")) < total and time.monotonic() < until:
            time.sleep(1)
    finally:
        process.kill()
        process.wait()
    later = f"{begun / max(1, out.stat().st_size):.0%} written when the last was sent"
    rate = f"{total / took:,.0f}"
    how = "synced disk queue" if synced else "disk queue that is not synced"
    return f"| rsyslog {_version(program)}, {how} | {total:,} | {rate} | {total - written:,} | {later} | - |"


def _version(program: str) -> str:
    told = subprocess.run([program, "-v"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - as found
    return told.split()[1]


def main() -> None:
    """Measure, and write the table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    load = os.getloadavg()[0]
    rows, are_fine = [], True
    plans = ((False, seconds, UDP_RATE), (False, min(seconds, UDP_SECONDS_MOST), UDP_RATE_MOST), (True, seconds, 0))
    for is_stream, for_seconds, udp_rate in plans:
        with tempfile.TemporaryDirectory(dir=RESULTS.parent) as name:
            row, is_fine = paced(Path(name), is_stream, for_seconds, udp_rate)
        rows.append(row)
        are_fine = are_fine and is_fine
        print(row, flush=True)  # noqa: T201 - progress of a long run
    for synced in (False, True):
        with tempfile.TemporaryDirectory(dir=RESULTS.parent) as name:
            rows.append(rsyslog(Path(name), seconds, synced=synced))
        print(rows[-1], flush=True)  # noqa: T201 - as above
    with tempfile.TemporaryDirectory(dir=RESULTS.parent) as name:
        bare = bare_syncs(Path(name), 3.0)
    RESULTS.write_text(
        f"""# What an intake takes

Messages of {len(CONTENT)} bytes for {seconds:g} s, durable in a spool, senders and intake on the same
{os.cpu_count()} cores. The disk alone takes {bare:,.0f} appends a second, each synced ({1000 / bare:.1f} ms).
CPython {platform.python_version()}, {platform.machine()}; load {load:.0f} before and {os.getloadavg()[0]:.0f} behind, of
which this run is about 2: what is more was other work on the same cores. `python -m benchmarks.intake {seconds:g}`.

| transport | sent | a second | not accepted | of these counted as dropped | balance exact |
|---|---|---|---|---|---|
{chr(10).join(rows)}
"""
    )
    sys.exit(0 if are_fine else 1)


if __name__ == "__main__":
    main()
