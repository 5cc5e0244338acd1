"""Kill intake, run or both under load at random moments, start again, and hold the outcome against what was in the spool.

Run: `python -m benchmarks.kills_spool [KILLS] [SEED]`. Writes `benchmarks/results/kills_spool.md`; ends with 1 when anything
is lost or doubled. Each time a sender writes lines over TCP, each once, until its connection breaks, and one of the three is
killed. At the end a last run reads what is left. Then:

- every message that the spool ever called durable is stored, and none twice; how many numbers the writer has left out for
  a torn write follows from the bytes that it set aside;
- of each connection a prefix is stored, in order: nothing in the middle is missing;
- items are those of an uncut run over a spool with the same messages.

Needs the `test` extra.
"""

import json
import platform
import random
import sys
import tempfile
import threading
import time
from itertools import islice
from pathlib import Path
from typing import Final

import polars as pl

from benchmarks.lines import lines
from connectors.received import ReceivedMessage
from connectors.spool.folder import Folder
from connectors.spool.groups import ROW_BYTES
from connectors.spool.writer import SpoolWriter, groups_of
from flows.audit.proof import audit
from flows.config.settings import PARTITIONS
from state.store.parquet_store import read_evidence
from tests.support.beside import Beside, spooled
from tests.support.killing import decisions, durable_offsets, start, stop_live, wait_until

RESULTS: Final = Path(__file__).parent / "results" / "kills_spool.md"
WHOM: Final = ("intake", "flow", "both")
LINES_A_ROUND: Final = 20_000
LONGEST_SECONDS: Final = 6.0
LAST_READ_SECONDS: Final = 3600.0
"""for what the runs that were killed have left, on a busy machine too"""
IDLE_SECONDS: Final = 3600
"""longer than all of it: a run that is killed is idle at other moments than one that is not"""


def configuration(folder: Path, out: str, more: str) -> Path:
    """Write the file of a run."""
    path = folder / f"{out}.toml"
    path.write_text(
        f"[run]\nout = {json.dumps(str(folder / out))}\nsnapshot_seconds = 0.5\n"
        f"[kafka]\nidle_seconds = {IDLE_SECONDS}\n{more}"
    )
    return path


def kill_again_and_again(folder: Path, path: Path, kills: int, dice: random.Random) -> list[list[bytes]]:
    """Send and kill so many times, and read the rest; return the lines that were sent on each connection."""
    numbered = (
        b"%s #%d" % (line.encode(), number) for number, (line, _) in enumerate(lines((kills + 1) * LINES_A_ROUND))
    )
    connections = []
    for count in range(kills + 1):
        connections.append(list(islice(numbered, LINES_A_ROUND)))
        beside = Beside(path)
        sender = threading.Thread(target=beside.send, args=(connections[-1],))
        sender.start()
        if count < kills:
            sender.join(dice.uniform(0.0, LONGEST_SECONDS))
            beside.kill(WHOM[count % len(WHOM)])
            sender.join()
            print(f"{count + 1} of {kills} kills", flush=True)  # noqa: T201 - progress of a long run
        else:
            sender.join()
            before = spooled(folder / "out-spool")
            beside.wait_until_consumed(folder / "out-spool", before, LAST_READ_SECONDS)
            if beside.stop():
                sys.exit("".join(beside.told))
    return connections


def stored(out: Path) -> pl.DataFrame:
    """Return what a run has stored, in the order in which it came."""
    return read_evidence(out).select("position", "message_raw").sort("position").collect()


def uncut(folder: Path, kept: pl.DataFrame) -> Path:
    """Run over a spool with the same messages, without a kill; return its folder."""
    spool = folder / "uncut-spool"
    spool.mkdir()
    now_us = time.time_ns() // 1000
    messages = [ReceivedMessage("office", "acme", "127.0.0.1", raw, None, now_us) for raw in kept["message_raw"]]
    writer = SpoolWriter(Folder(spool), PARTITIONS)
    for group in groups_of(messages):
        writer.append(group)
    writer.sync()
    path = configuration(folder, "uncut", f"[spool]\nfolder = {json.dumps(str(spool))}\n")
    process = start(["run", "--config", str(path)])
    wait_until(process, lambda: sum(durable_offsets(folder / "uncut").values()) > len(messages), 600)
    stop_live(process)
    return folder / "uncut"


def main() -> None:
    """Kill, compare, and write what came of it."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listener = '[[listen.syslog]]\nname = "office"\naddress = "127.0.0.1:0"\ntenant = "acme"\n'
        dice = random.Random(seed)  # noqa: S311 - moments to kill at, not a secret
        connections = kill_again_and_again(folder, configuration(folder, "out", listener), kills, dice)
        kept = stored(folder / "out")
        raws = kept["message_raw"].to_list()
        torn = [path.stat().st_size for path in (folder / "out-spool").glob("*.damaged")]
        # where the end of a segment was torn, the writer leaves out more numbers than its bytes can have had messages
        left_out = sum(size // ROW_BYTES + 1 for size in torn)
        known = spooled(folder / "out-spool") - left_out
        doubled = len(raws) - len(set(raws))
        missing = known - len(raws)
        held = set(raws)
        prefixes = all(
            sent[: sum(line in held for line in sent)] == [line for line in sent if line in held]
            for sent in connections
        )
        report = audit(folder / "out")
        whole = uncut(folder, kept)
        same_items = (folder / "out" / "items.jsonl").read_bytes() == (whole / "items.jsonl").read_bytes()
        changes = decisions(folder / "out")
        same_decisions = changes.equals(decisions(whole))
        items = len((whole / "items.jsonl").read_bytes().splitlines())
    is_fine = not doubled and not missing and prefixes and not report.findings and same_items and same_decisions
    RESULTS.write_text(
        f"""# Kills of a run with its intake beside it

{kills} kills in turn of intake, run and both, at a random moment of the {LONGEST_SECONDS:g} s after a sender
began; seed {seed}, CPython {platform.python_version()}, {platform.machine()}, {time.monotonic() - began:,.0f} s;
`python -m benchmarks.kills_spool {kills} {seed}`.

| | |
|---|---|
| messages that the spool called durable | {known:,} |
| of these not stored | {missing:,} |
| stored twice | {doubled:,} |
| writes that a kill has torn, and numbers left out for them | {len(torn):,}, {left_out:,} |
| of each connection a prefix is stored, in order | {"yes" if prefixes else "no"} |
| findings of the audit | {len(report.findings)} |
| changes of bands as those of an uncut run | {"yes" if same_decisions else "no"}, {len(changes):,} |
| items as those of an uncut run | {"yes" if same_items else "no"}, {items} |
"""
    )
    print(RESULTS.read_text())  # noqa: T201 - the outcome
    sys.exit(0 if is_fine else 1)


if __name__ == "__main__":
    main()
