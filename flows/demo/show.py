"""The demo: make the town, run over it, and say what each way of watching showed."""

import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.base import ConfigurationError
from connectors.files import Argument, discover
from flows.demo.opponents import count_threshold, error_words
from flows.demo.report import comparison, judge_items, where_next
from flows.demo.town import TRUTH_NAME, build, write
from flows.output import OutputFolder
from flows.recorded import read_items
from flows.replay import Observer, replay
from flows.settings import Settings


def show(folder: Path, settings: Settings, observer: Observer | None = None) -> str:
    """Run the demo in a folder (its input below `input`, its results in the settings' folder); gives what is printed."""
    logs = folder / "input"
    _clear(folder, logs)
    town = build()
    write(town, logs)
    inventory = discover(
        [Argument(tenant, (logs / tenant).absolute()) for tenant in town.tenants], zone=ZoneInfo(settings.zone)
    )
    replay(inventory, settings, observer)
    items = read_items(OutputFolder(settings.out))
    lines = town.lines()
    records = [judge_items(items, town.truth()), error_words(lines), count_threshold(lines)]
    parts = [OutputFolder(settings.out).digest.read_text(encoding="utf-8")]
    parts += [comparison(town, records), where_next(items, str(settings.out))]
    return "\n".join(parts)


def _clear(folder: Path, logs: Path) -> None:
    """Make way for a new demo where an earlier one was; anything else in the way is not ours to remove."""
    if (logs / TRUTH_NAME).is_file():
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(
            f"--out {folder}: the folder holds something else than an earlier demo. Give a new one."
        )
