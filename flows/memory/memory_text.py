"""What a memory holds, in words."""

from typing import Any, Final

from brainstem.contracts.slots import SLOT_US
from brainstem.explain.redaction.redact import clean
from brainstem.text.phrases import Zones, clock, counted
from flows.memory.starting import versions
from state.store.memory_file import SHAPE, MemoryFile, Record

LATEST_TOLD: Final = 20
NAME_CHARACTERS: Final = 80
TEXT_CHARACTERS: Final = 240


def memory_text(memory: MemoryFile, zones: Zones) -> str:
    """Return until when a memory reaches, and what it holds, the latest last."""
    about, kept = memory.about(), list(memory.records())
    lines = [f"{memory.path}: {_reach(about, zones)}"]
    for kind, title in (("run", "run"), ("item", "item"), ("incident", "incident"), ("verdict", "verdict")):
        of_kind = [each for each in kept if each.kind == kind]
        lines += ["", f"{counted(len(of_kind), title)}"]
        if len(of_kind) > LATEST_TOLD:
            lines.append(f"  ... {counted(len(of_kind) - LATEST_TOLD, 'earlier one')}")
        lines += [f"  {_told(each, zones)}" for each in of_kind[-LATEST_TOLD:]]
    shapes = sum(each.kind == SHAPE for each in kept)
    if shapes:
        lines += ["", f"{counted(shapes, 'template')} of others, told with items of the same shape and not weighed"]
    return "\n".join(lines)


def _reach(about: dict[str, Any], zones: Zones) -> str:
    if not about:
        return "no run has left what another one could continue"
    until = clock(about["judged_before"] * SLOT_US, zones.usual)
    if about["versions"] != versions():
        return f"judged until {until} by another build, which this one cannot continue; a run begins anew"
    return f"judged until {until}; the next run continues there"


def _told(each: Record, zones: Zones) -> str:
    """Return a record on one line."""
    content, when = each.content, clock(each.time_us, zones.of(each.tenant))
    tenant = clean(each.tenant, NAME_CHARACTERS)
    if each.kind == "run":
        return (
            f"{when}  {clean(content['folder'], TEXT_CHARACTERS)}{'' if content['is_continued'] else ', not continued'}"
        )
    if each.kind == "item":
        return f"{when}  {tenant}: {clean(content['what'], TEXT_CHARACTERS)}  ({each.name})"
    if each.kind == "incident":
        return (
            f"{when}  {tenant}: {clean(content['title'], TEXT_CHARACTERS)}  ({clean(content['id'], NAME_CHARACTERS)})"
        )
    by = f" by {clean(content['by'], NAME_CHARACTERS)}" if content.get("by") else ""
    note = f": {clean(content['note'], TEXT_CHARACTERS)}" if content.get("note") else ""
    verdict, about = (clean(content[name], NAME_CHARACTERS) for name in ("verdict", "about"))
    return f"{when}  {tenant}: {verdict}{by}{note}  ({about})"
