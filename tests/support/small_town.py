"""Two tenants over twelve days, with noise and two troubles: enough to surface something, small enough for many runs."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 12


def town(seed: int) -> dict[str, list[tuple[datetime, str]]]:
    """Return the lines of two tenants with noise and two troubles, by file, in order of time."""
    dice = random.Random(seed)
    files: dict[str, list[tuple[datetime, str]]] = {}
    for tenant in ("acme", "bolt"):
        lines: list[tuple[datetime, str]] = []
        for day in range(DAYS):
            base = START + timedelta(days=day)
            for host in ("web1", "web2", "db1"):
                for hour in range(24):
                    moment = base + timedelta(hours=hour, minutes=17, seconds=dice.randrange(5))
                    lines.append(
                        (moment, f"{host} CRON[{dice.randrange(9999)}]: (root) CMD (run-parts /etc/cron.hourly)")
                    )
                for _ in range(dice.randrange(12)):
                    moment = base + timedelta(seconds=dice.randrange(86400))
                    user = dice.choice(("ann", "bob", "cid", "dan", "eve"))
                    text = f"Accepted publickey for {user} from 10.0.0.{dice.randrange(9)}"
                    lines.append((moment, f"{host} sshd[{dice.randrange(9999)}]: {text}"))
            for _ in range(day - 5):
                down = base + timedelta(seconds=dice.randrange(80000))
                lines.append((down, f"gw1 charon: tunnel branch-{tenant}-7 peer 192.0.2.7 is down"))
                up = down + timedelta(seconds=20 + dice.randrange(30))
                lines.append((up, f"gw1 charon: tunnel branch-{tenant}-7 peer 192.0.2.7 is up"))
            for number in range(max(0, day - 6) // 2):
                moment = base + timedelta(seconds=dice.randrange(86400))
                lines.append(
                    (
                        moment,
                        f"db{number + 1} kernel: disk scan found {dice.randrange(99)} soft sectors on unit {number}",
                    )
                )
        files[f"{tenant}/all.log"] = sorted(lines)
    return files


def write(folder: Path, files: dict[str, list[tuple[datetime, str]]]) -> list[str]:
    """Write files as ISO-stamped syslog, and return the arguments that name them."""
    arguments = []
    for name, lines in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{moment.isoformat(timespec='microseconds')} {line}\n" for moment, line in lines)
        path.write_text(text, encoding="utf-8")
        arguments.append(f"{name.split('/')[0]}={path}")
    return arguments


def positionless(items: bytes) -> list[dict[str, object]]:
    """Return items without the byte positions of their evidence: the one thing that moves with the order of the lines."""
    shown = [json.loads(line) for line in items.splitlines()]
    for item in shown:
        for line in item["data"]["evidence"]:
            del line["position"]
    return shown
