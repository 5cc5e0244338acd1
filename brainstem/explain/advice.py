"""What a person should check next, by the service that a message comes from and the kind of evidence.

Takes a table of advice (that of `advice.toml`, read at the edge); returns steps written for the technician on call.
`{entity}` and `{host}` stand for what the finding names. Where that would not be safe to paste into a shell they become
placeholders in angle brackets in a command, and "it" and "the host" in words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

STEPS_MOST: Final = 4
BEFORE_KIND: Final = 2
"""steps of the service that stand before that of the kind: a digest shows three"""
NAMES: Final = {"entity": "<name>", "host": "<host>"}
"""what a command may name, and what stands in its place where that must not be pasted"""
IN_WORDS: Final = {"entity": "it", "host": "the host"}
"""what stands in its place outside of commands"""


@dataclass(frozen=True, slots=True)
class Topic:
    """A recognizable kind of service: words that name it (lower case, whole), and what to check.

    One of `words` is enough. `weak` words are used by others too: one counts only in the name of the service, or beside
    a second word of the topic. `example` is a line of service and message that must be recognized as this topic.
    """

    name: str
    words: frozenset[str]
    weak: frozenset[str]
    steps: tuple[str, ...]
    example: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """The table: topics (of two that fit equally well the earlier one counts), a step by kind, and steps for the rest."""

    topics: tuple[Topic, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    general: tuple[str, ...] = ()


NO_ADVICE: Final = Advice()


class _Weights(NamedTuple):
    """The weight of a topic's word by where it stands: an entity's name is the thing itself, a message mentions many
    things.
    """

    entity: int
    service: int
    message: int


_STRONG: Final = _Weights(8, 4, 2)
_WEAK: Final = _Weights(4, 4, 1)

_NO_FIT: Final = (0, 0)
_MASK: Final = re.compile("<[^<>]*>")
_WORD: Final = re.compile(r"[a-z0-9_]+(?:-[a-z0-9_]+)*")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,63}")
_PLACEHOLDER: Final = re.compile("|".join(f"{{{name}}}" for name in NAMES))


def topic_of(advice: Advice, service: str, template: str, entities: Sequence[str] = ()) -> Topic | None:
    """Return the topic that the words fit best; None where none fits."""
    # a mask such as <path> is no word of the message
    said = (words_of(" ".join(entities)), words_of(service), words_of(_MASK.sub(" ", template)))
    ranked = [(_fit(topic, said), topic) for topic in advice.topics]
    best = max(ranked, key=lambda pair: pair[0], default=(_NO_FIT, None))
    return best[1] if best[0] > _NO_FIT else None


def _fit(topic: Topic, said: tuple[set[str], set[str], set[str]]) -> tuple[int, int]:
    """Return how well a topic fits the words of entities, service and message, and how well by its strong words alone."""
    strong, weak = [topic.words & words for words in said], [topic.weak & words for words in said]
    if not any(strong) and not weak[1] and len(set().union(*weak)) < 2:
        return _NO_FIT
    own = sum(weight * len(hits) for weight, hits in zip(_STRONG, strong, strict=True))
    return own + sum(weight * len(hits) for weight, hits in zip(_WEAK, weak, strict=True)), own


def check_next(
    advice: Advice, kind: str, service: str, template: str, hosts: Sequence[str] = (), entities: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return up to four steps: two of the service, that of the kind of evidence, and what else the service has."""
    topic = topic_of(advice, service, template, entities)
    steps = topic.steps if topic else advice.general
    own = (advice.kinds[kind],) if kind in advice.kinds else ()
    chosen = (*steps[:BEFORE_KIND], *own, *steps[BEFORE_KIND:])[:STEPS_MOST]
    names = {"{entity}": _safe_name(entities), "{host}": _safe_name(hosts)}
    return tuple(_named(step, names) for step in chosen)


def _named(step: str, names: Mapping[str, str]) -> str:
    """Return a step with the names that are safe, and with what stands in place of the others."""
    pieces = step.split("`")
    for place, piece in enumerate(pieces):
        # commands stand between backticks
        others = NAMES if place % 2 else IN_WORDS
        pieces[place] = _PLACEHOLDER.sub(lambda match: names[match[0]] or others[match[0][1:-1]], piece)  # noqa: B023 - called at once
    return "`".join(pieces)


def words_of(text: str) -> set[str]:
    """Return the words of a text, in lower case: whole, in their parts, and without a number at their end."""
    found = _WORD.findall(text.lower())
    return {
        form for word in found for part in (word, *re.split("[-_]", word)) for form in (part, part.rstrip("0123456789"))
    }


def _safe_name(names: Sequence[str]) -> str:
    """Return the first name when it can be pasted into a shell, else nothing: names come from the log."""
    return names[0] if names and _PLAIN_NAME.fullmatch(names[0]) else ""
