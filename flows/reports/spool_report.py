"""The state of a spool in words."""

from brainstem.text.phrases import counted
from connectors.spool.check import SpoolReport


def spool_text(report: SpoolReport) -> str:
    """Return what a spool holds, a line for each damaged range."""
    unread = max(0, report.durable - max(report.consumed, 1))
    lines = [
        f"{counted(len(report.segments), 'segment', 'segments')}, {report.byte_count:,} bytes,"
        f" {counted(report.messages, 'message', 'messages')}: durable up to {report.durable - 1:,},"
        f" {unread:,} of them not read by a run yet"
    ]
    for each in report.segments:
        lines += [f"damaged: {each.name}, bytes {begin:,} to {end:,}" for begin, end in each.damaged]
    if report.lost:
        lines.append(f"numbers without a message: {report.lost:,}, lost to damage or left out after a torn write")
    if report.set_aside_before:
        lines.append(f"set aside: {', '.join(report.set_aside_before)}")
    if not report.damaged_bytes:
        lines.append("nothing is damaged")
    return "\n".join(lines)
