"""One table for each stream, in Markdown."""

from collections.abc import Mapping, Sequence

from benchmarks.real_streams.stream import Figures, Stream


def table(stream: Stream, rows: Mapping[str, Figures], notes: Sequence[str]) -> str:
    """Return the question, what was replayed, and a row of figures for each way of watching."""
    case = stream.case
    titles = list(next(iter(rows.values())))
    size = f"{len(case.records):,} lines, tenants: {len(case.tenants)}, tenant-days: {stream.tenant_days:.1f}"
    lines = [
        f"## {stream.name}: {stream.question}",
        "",
        f"{size}, tickets: {len(case.tickets)}.",
        *(f"{note[0].upper()}{note[1:]}." for note in (*stream.notes, *notes)),
        "",
        f"| | {' | '.join(titles)} |",
        "|---" * (len(titles) + 1) + "|",
        *(f"| {name} | {' | '.join(figures.values())} |" for name, figures in rows.items()),
    ]
    return "\n".join(lines) + "\n"
