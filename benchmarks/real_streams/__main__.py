"""Replay real streams and say what was surfaced of what mattered in them.

python -m benchmarks.real_streams [--only NAME ...] [--corpora DIR] [--out FILE] [--keep DIR] [--no-product]
    [--items] [--misses]
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.corpora import VARIABLE, folder_of_corpora
from benchmarks.real_streams import ait, cisco, noisebench, openstack, telecom, upptime
from benchmarks.real_streams.bench import Bench
from benchmarks.real_streams.misses import misses
from benchmarks.real_streams.product import read_items, replay, shares_read
from benchmarks.real_streams.report import table
from benchmarks.real_streams.stream import CorpusMissingError, Figures, Method, save
from benchmarks.weak_signal.baselines import count_threshold, error_words, new_template

PRODUCT: Final = "brAInstem"
HEADING: Final = """# Real streams

Written by `python -m benchmarks.real_streams --out FILE`; what the columns say stands in `benchmarks/README.md`.
"""
STREAMS: Final[Mapping[str, Callable[[Path], Bench]]] = {
    "telecom-alarms": telecom.load,
    "openstack-fi": openstack.load,
    "upptime": upptime.load,
    "ait-alerts": ait.load,
    "noisebench": noisebench.load,
    "cisco-iosxr-bgp": cisco.load,
}
OPPONENTS: Final[Mapping[str, Method]] = {
    "error words, each once a day": error_words,
    "count over 100 an hour": count_threshold,
    "new template": new_template,
}


def run(bench: Bench, folder: Path, arguments: argparse.Namespace) -> str:
    """Return the table of one stream; its files and the product's output stay in `folder`."""
    stream = bench.stream
    rows: dict[str, Figures] = {}
    notes: list[str] = []
    listing = ""
    if not arguments.no_product:
        save(stream, folder)
        replay(stream, folder)
        items = read_items(folder)
        rows[PRODUCT] = bench.score(items)
        notes.append(shares_read(stream, folder))
        if arguments.items:
            listing += "".join(f"- {item.tenant} {item.note}\n" for item in items)
        if arguments.misses and bench.scorer is not None:
            listing += misses(stream, bench.scorer, items, folder) + "\n"
    for name, method in (OPPONENTS | bench.opponents).items():  # type: ignore[operator]
        rows[name] = bench.score(method(stream.case))
    rows["oracle"] = bench.score(bench.oracle())
    return table(stream, rows, notes) + (f"\n{listing}" if listing else "")


def main(argv: list[str] | None = None) -> int:
    """Run from the command line; ends with 2 when no stream could be read."""
    arguments = _arguments(argv)
    tables = []
    for name in arguments.only or STREAMS:
        try:
            bench = STREAMS[name](arguments.corpora)
        except CorpusMissingError as missing:
            print(f"{name} skipped: {missing}", file=sys.stderr)  # noqa: T201 - progress
            continue
        with tempfile.TemporaryDirectory(prefix=f"{name}-") as temporary:
            folder = Path(temporary) if arguments.keep is None else arguments.keep / name
            tables.append(run(bench, folder, arguments))
        print(tables[-1], flush=True)  # noqa: T201 - the result
    if arguments.out is not None and tables:
        arguments.out.write_text("\n".join([HEADING, *tables]), encoding="utf-8")
    return 0 if tables else 2


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_streams", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(STREAMS), metavar="NAME", help=f"of {', '.join(STREAMS)}")
    parser.add_argument("--corpora", type=Path, help=f"folder of the corpora (${VARIABLE})")
    parser.add_argument("--out", type=Path, help="write the tables to a file as well")
    parser.add_argument("--keep", type=Path, help="keep files and the product's output in a new folder")
    parser.add_argument("--no-product", action="store_true", help="leave the product out")
    parser.add_argument("--items", action="store_true", help="list the product's items below each table")
    parser.add_argument("--misses", action="store_true", help="list its false items and what it made of what it missed")
    arguments = parser.parse_args(argv)
    if arguments.keep is not None and arguments.keep.exists() and any(arguments.keep.iterdir()):
        parser.error(f"--keep {arguments.keep} is not empty: name a new folder")
    arguments.corpora = folder_of_corpora(arguments.corpora, parser)
    return arguments


if __name__ == "__main__":
    sys.exit(main())
