"""A small log with one quiet trouble, for tests of the command line, and what these share."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

FINE, FINDINGS, UNREADABLE, BAD_CONFIGURATION, STOPPED = 0, 1, 2, 3, 75
"""exit statuses of the program, as its help lists them"""
GAPS_HOURS = (3, 11, 6, 2, 14, 7, 4, 9, 12, 5, 3, 8, 10)


def flapping_log() -> bytes:
    """Make twelve days of a pump that reports every two hours, and a channel that drops and heals at odd times."""
    start = datetime(2026, 5, 4, 6, tzinfo=UTC)
    lines = []
    for number in range(144):
        when = start + timedelta(hours=2 * number, seconds=number % 7)
        lines.append((when, f"pump[12]: pressure held for {number % 19} minutes"))
    down = start + timedelta(days=6, minutes=17)
    for gap in GAPS_HOURS:
        down += timedelta(hours=gap, minutes=7 * gap % 50)
        lines.append((down, "linkd[9]: channel silver7 is down"))
        lines.append((down + timedelta(seconds=30), "linkd[9]: channel silver7 is up"))
    return "".join(f"{when:%Y-%m-%dT%H:%M:%SZ} anvil {text}\n" for when, text in sorted(lines)).encode()


def items_of(out: Path) -> list[dict[str, object]]:
    """Return the items of an output folder."""
    return [json.loads(line) for line in (out / "items.jsonl").read_text(encoding="utf-8").splitlines()]
