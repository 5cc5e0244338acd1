"""The memory of a live run as its command line and its file have it, and what is noted of it."""

from dataclasses import replace
from pathlib import Path

from brainstem.contracts.slots import SLOT_US
from brainstem.text.phrases import clock
from connectors.base import ConfigurationError
from flows.cli.console import notes
from flows.config.live_run import require_outside
from flows.config.settings import Settings, memory_beside
from flows.memory.learning import is_continued
from flows.memory.starting import versions, why_unwritable
from flows.recovery.store import Recovery
from flows.sinks.output_folder import OutputFolder
from state.store.memory_file import MemoryFile


def settings_with_memory(settings: Settings, named: Path | None) -> Settings:
    """Return settings with the memory that is used, and note what a new run starts from.

    Raises `ConfigurationError` for a memory that was named and cannot be written. The one beside the folder of the run,
    which nobody has named, is left out then, with a warning.
    """
    if named is not None:
        require_outside("--memory", named, settings.out)
        settings = replace(settings, memory=named)
    memory = settings.memory
    if memory is None:
        return settings
    is_beside = named is None and memory == memory_beside(settings.out)
    if why := why_unwritable(memory, folder_is_made=is_beside):
        if not is_beside:
            raise ConfigurationError(f"{memory} cannot be the memory of a run: {why}. Give a file where you may write.")
        notes.print(f"warning: nothing outlives {settings.out}: no memory can be written beside it, as {why}")
        return replace(settings, memory=None)
    if not Recovery(settings.out).exists and MemoryFile(memory).exists:
        _note_start(memory, settings)
    return settings


def _note_start(memory: Path, settings: Settings) -> None:
    about = MemoryFile(memory).about()
    if not about:
        return
    if about["versions"] != versions():
        notes.print(
            f"memory: {memory} is of another build, so the run begins anew; what was shown and said stays in it"
        )
        return
    until = clock(about["judged_before"] * SLOT_US, settings.display_zones.usual)
    notes.print(
        f"memory: starts from {memory}, judged until {until}; what is received of before then is stored and not counted"
        ' again. With memory = "" under [run] it would begin anew'
    )


def note_memory_of_live(settings: Settings) -> None:
    """Note whether a later run can continue what a live run has left in its memory."""
    memory = settings.memory
    if memory is None:
        return
    if is_continued(OutputFolder(settings.out), memory):
        notes.print(f"memory: a run into another folder goes on from {memory}")
    elif MemoryFile(memory).about():
        notes.print(
            f"warning: {memory} has the state of another run, so a later run does not continue this one. What was shown and"
            " said is in it. Give each run a memory of its own, or run them in turn."
        )
