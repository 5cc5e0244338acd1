"""Where the evaluation data lies: in a folder that an argument or the environment names, never in this repository."""

import argparse
import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "BRAINSTEM_CORPORA"


def folder_of_corpora(asked: Path | None, parser: argparse.ArgumentParser) -> Path:
    """Return the folder that was asked for, else that of the environment. Without either the program ends (status 2)."""
    named = asked or os.environ.get(VARIABLE)
    if not named:
        parser.error(f"no folder of corpora: name it as an argument, or set {VARIABLE}")
    return Path(named)
