"""The product over one case: `python -m benchmarks.weak_signal.product FOLDER` replays what `generate.save` wrote.

A process of its own, so that seeds run side by side and leave nothing behind. Items come back through items.jsonl alone.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.weak_signal.scorer import BenchItem

REPOSITORY = Path(__file__).resolve().parents[2]


def run(folder: Path) -> Path:
    """Replay the logs of a folder in a process of its own, and return the output folder. Raises when the product fails."""
    command = [sys.executable, "-m", "benchmarks.weak_signal.product", str(folder)]
    ended = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)  # noqa: S603 - our own
    if ended.returncode:
        raise RuntimeError(f"the replay of {folder} ended with {ended.returncode}:\n{ended.stderr[-3000:]}")
    return folder / "out"


def read_items(folder: Path) -> list[BenchItem]:
    """Return the items of a run below `folder` in the scorer's form; the note is kind, score and headline."""
    root = f"file:{(folder / 'logs').resolve()}/"
    lines = (folder / "out" / "items.jsonl").read_text(encoding="utf-8").splitlines()
    return [item_of(json.loads(line), root) for line in lines]


def item_of(item: dict[str, Any], root: str) -> BenchItem:
    """Return an item in the scorer's form; `root` is what its sources begin with."""
    data = item["data"]
    time = datetime.fromisoformat(item["time"].replace("Z", "+00:00"))
    moment_us = int((time - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)
    evidence = tuple((line["source"].removeprefix(root), line["position"]) for line in data["evidence"])
    note = f"{'+'.join(data['kinds'])} {data['score']}: {data['what']}"
    return BenchItem(data["tenant"], moment_us, evidence, note, data["score"])


def replay_folder(folder: Path) -> None:
    """Replay in this process."""
    from connectors.files.discovery import Argument, discover
    from flows.config.settings import Settings
    from flows.runs.replay import replay

    tenants = sorted(path for path in (folder / "logs").iterdir() if path.is_dir())
    inventory = discover([Argument(path.name, path) for path in tenants])
    replay(inventory, Settings(folder / "out", incidents=folder / "incidents.jsonl"))


if __name__ == "__main__":
    replay_folder(Path(sys.argv[1]).resolve())
