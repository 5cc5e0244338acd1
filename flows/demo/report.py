"""The last page of the demo: what the product and each baseline showed of the same three weeks, and where to look next.

Takes the town with its truth, the items of the product and the alerts of the baselines, returns text.
"""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, Final

from brainstem.explain.item import Item
from brainstem.text.phrases import IN_UTC, Zones, clock, microseconds
from flows.demo.baselines import Alert, Record, most_of
from flows.demo.calendar import DAYS
from flows.demo.town import Town
from flows.demo.troubles import Trouble

OURS: Final = "brAInstem"
OUR_RULE: Final = "two kinds of evidence that it matters"


def judge_items(items: Sequence[Item], truth: Mapping[str, Any]) -> Record:
    """Return the product's items as a record: an item concerns a trouble when most of its evidence was planted for it.

    Evidence names its file by source and position; a source ends with the file's path below the town's folder.
    """
    planted = {
        (place["file"], place["position"]): trouble["name"]
        for trouble in truth["troubles"]
        for place in trouble["planted"]
    }
    paths = sorted({path for path, _ in planted})
    record = Record(OURS, OUR_RULE)
    for item in items:
        troubles = []
        for line in item["data"]["evidence"]:
            path = next((path for path in paths if line["source"].endswith("/" + path)), "")
            troubles.append(planted.get((path, line["position"]), ""))
        record.alerts.append(Alert(item["data"]["tenant"], microseconds(item["time"]), most_of(troubles)))
    return record


def comparison(town: Town, records: Sequence[Record], zones: Zones = IN_UTC) -> str:
    """Return a table of ways by what they showed, and one of troubles by when each way first showed them."""
    days = DAYS * len(town.tenants)
    ways = [("", "shown", "a day and tenant", "about a planted trouble", "troubles found")]
    for record in records:
        found = sum(bool(record.about(trouble.name)) for trouble in town.troubles)
        shown = len(record.alerts)
        ways.append(
            (
                record.name,
                f"{shown:,}",
                f"{shown / days:.2f}",
                f"{record.useful():,}",
                f"{found} of {len(town.troubles)}",
            )
        )
    lines = ["The same lines, watched in three ways", "", *_aligned(ways), ""]
    lines += [f"{record.name}: {record.rule}" for record in records]
    lines += ["", "The planted troubles, and when each way first showed them", ""]
    for trouble in town.troubles:
        zone = zones.of(trouble.tenant)
        lines.append(f"{trouble.tenant}: {trouble.summary} (from {clock(trouble.onset_us, zone)})")
        lines += [f"  {record.name}: {_first(record, trouble, zone)}" for record in records]
    return "\n".join(lines) + "\n"


def where_next(items: Sequence[Item], folder: str) -> str:
    """Return the commands to go on with; `folder` is where the run's output is."""
    strongest = max(items, key=lambda item: (item["data"]["score"], item["id"]), default=None)
    lines = ["Where to look next", ""]
    if strongest:
        lines.append(
            f"  brainstem explain {strongest['subject']} --out {folder}   why the first one, why then and not earlier"
        )
    lines += [
        f"  {folder}/digest.md    the digest above",
        f"  {folder}/items.jsonl  the items, one CloudEvent a line",
        f"  {folder}/evidence/    the raw lines, Parquet by tenant",
        f"  {folder}/ledger.json  every record received, and what became of it",
    ]
    return "\n".join(lines) + "\n"


def _first(record: Record, trouble: Trouble, zone: tzinfo) -> str:
    alerts = record.about(trouble.name)
    if not alerts:
        return "never"
    late_days = (alerts[0].time_us - trouble.onset_us) / 86_400_000_000
    when = f"{late_days:.1f} days after its onset" if late_days >= 0 else f"{-late_days:.1f} days before its onset"
    again = f", shown {len(alerts)} times in all" if len(alerts) > 1 else ""
    return f"{clock(alerts[0].time_us, zone)}, {when}{again}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
