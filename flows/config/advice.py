"""The table of advice: the one that is shipped, and a file of the operator that adds to it or replaces parts of it.

Takes TOML in the form that `brainstem/explain/advice.toml` explains, returns an `Advice`. The whole table is checked, so
that a fault in it stops a run before that has read anything.
"""

import difflib
import re
import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from brainstem.evidence.kinds import ITEM_KINDS
from brainstem.explain.advice import NAMES, Advice, Topic, topic_of
from connectors.base import ConfigurationError
from flows.config.toml_table import Table, read_toml

STEPS_OF_A_TOPIC: Final = 3
"""steps that a topic has at most; more of them nobody follows"""
_WORD: Final = re.compile(r"[a-z0-9_]+(?:-[a-z0-9_]+)*")
_NAMED: Final = re.compile(r"(?<![%$])\{(\w+)\}")
_WORDS_FIX: Final = "Give words of lower-case letters, digits, - and _, as a list or with spaces between them."


@cache
def shipped() -> Advice:
    """Return the table that is shipped."""
    text = files("brainstem.explain").joinpath("advice.toml").read_text(encoding="utf-8")
    return from_values(tomllib.loads(text), Advice())


def advice_of(path: Path | None, option: str = "--advice") -> Advice:
    """Return the shipped table, with what the file at `path` adds or replaces; None stands for no file.

    `option` names the file in messages. Raises `ConfigurationError` with key, value and fix.
    """
    return shipped() if path is None else from_values(read_toml(option, path), shipped(), f"{option} {path}: ")


def from_values(values: dict[str, Any], base: Advice, where: str = "") -> Advice:
    """Return a parsed table laid over another. New topics come first, so that they are recognized before shipped ones.

    `where` begins every message. Raises `ConfigurationError`.
    """
    try:
        root = Table(values)
        given = _topics(root.take_table("topics"))
        kinds = _kinds(root.take_table("kinds"))
        general = root.take_table("general")
        steps = _steps(general, base.general)
        general.finish()
        root.finish()
        known = {topic.name for topic in base.topics}
        added = [topic for name, topic in given.items() if name not in known]
        kept = [given.get(topic.name, topic) for topic in base.topics]
        advice = replace(base, topics=(*added, *kept), kinds={**base.kinds, **kinds}, general=steps)
        for topic in given.values():
            _require_recognized(advice, topic)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}{error}") from error
    return advice


def _topics(table: Table) -> dict[str, Topic]:
    topics = {}
    for name in table.keys:
        topic = table.take_table(name)
        words, weak = _words(topic, "words"), _words(topic, "weak")
        if not words and not weak:
            raise ConfigurationError(f"{topic.full('words')} is missing. {_WORDS_FIX}")
        steps = _steps(topic, ())
        if not steps:
            raise ConfigurationError(f"{topic.full('steps')} is missing. Give one to {STEPS_OF_A_TOPIC} steps.")
        topics[name] = Topic(name, words, weak, steps, topic.take("example", str, ""))
        topic.finish()
    return topics


def _words(table: Table, key: str) -> frozenset[str]:
    given = table.take(key, object, "")
    words = given.split() if isinstance(given, str) else given
    if not isinstance(words, list):
        raise table.fault(key, given, _WORDS_FIX)
    for word in words:
        if not isinstance(word, str) or not _WORD.fullmatch(word):
            raise table.fault(key, word, _WORDS_FIX)
    return frozenset(words)


def _steps(table: Table, default: tuple[str, ...]) -> tuple[str, ...]:
    if "steps" not in table:
        return default
    steps = table.take_texts("steps")
    if not 1 <= len(steps) <= STEPS_OF_A_TOPIC:
        raise table.fault("steps", list(steps), f"Give one to {STEPS_OF_A_TOPIC} steps.")
    for step in steps:
        _require_sound(table, "steps", step)
    return steps


def _kinds(table: Table) -> dict[str, str]:
    kinds = {}
    for kind in ITEM_KINDS:
        is_given = kind in table
        step = table.take(kind, str, "")
        if is_given:
            _require_sound(table, kind, step)
            kinds[kind] = step
    table.finish()
    return kinds


def _require_sound(table: Table, key: str, step: str) -> None:
    """Raise for a step that is empty, cannot be printed, leaves a command open or misspells a placeholder."""
    if not step.strip() or not step.isprintable():
        raise table.fault(key, step, "Give one line of text.")
    if step.count("`") % 2:
        raise table.fault(key, step, "Put a backtick before and behind each command.")
    for name in _NAMED.findall(step):
        near = difflib.get_close_matches(name.lower(), NAMES, 1) if name not in NAMES else []
        if near:
            raise table.fault(key, step, f"Did you mean {{{near[0]}}} by {{{name}}}?")


def _require_recognized(advice: Advice, topic: Topic) -> None:
    """Raise for a topic whose own example is recognized as another topic, or as none."""
    if not topic.example:
        return
    service, _, message = topic.example.partition(": ")
    found = topic_of(advice, service, message)
    if found is not topic:
        recognized = f"topic {found.name}" if found else "no topic"
        raise ConfigurationError(
            f"topics.{topic.name}.example = {topic.example!r} is recognized as {recognized}. Add a word of it to words, or"
            " give another example."
        )
