"""Files as sources: discovery of files, decompression, reading from any position, and files of statements; and the one
file that items are appended to. Merging several files by event time belongs to `flows.sources`.
"""

from typing import Final

from connectors.base import Promise, RegisteredSource

MODULES: Final = (
    "encoding",
    "compression",
    "cursor",
    "rotation",
    "item_file",
    "given",
    "peek",
    "beginning",
    "discovery",
    "statements",
)
"""in the order of imports"""

FILES: Final = RegisteredSource(
    name="files",
    reads="lines, with those that continue them, of files: plain, or compressed with gzip, xz, zstd or bzip2",
    argument="PATH of a file or folder",
)
PIPES: Final = RegisteredSource(
    name="pipes",
    reads="lines, with those that continue them, of standard input or of a named pipe",
    argument="- for standard input",
    exempt={
        Promise.RESUMES: "bytes that were read from a pipe are gone; opening one at a position is refused, and the message"
        " says to save them to a file",
        Promise.DOES_NOT_WAIT: "reading a pipe waits for whoever writes into it; a run reads beside its graph, on a thread"
        " of its own",
    },
)
STATEMENTS: Final = RegisteredSource(
    name="statements",
    reads="tickets and verdicts of people, a JSON object a line, of one file",
    argument="--incidents FILE or --feedback FILE",
    is_input=False,
)
SOURCES: Final = (FILES, PIPES, STATEMENTS)
