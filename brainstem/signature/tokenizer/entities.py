"""What a message names: the things that it is about."""

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.numbers import has_digit
from brainstem.signature.tokenizer.state import (
    BASE,
    CLASS,
    DIGIT,
    ENTITIES_AT,
    ENTITY_AT,
    ENTITY_END_AT,
    ENTITY_START_AT,
    FOLD,
    JOINER,
    LETTER,
    MESSAGE_AT,
    NAMED_TO,
    SPACE,
    SPREAD,
    STATE_WORD_TO,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import FUNCTION, LINKING, NEGATION, PROTECTED, code_of


@compiled_helper
def put_entity(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Keep the name `text[begin:end]`, case folded, unless it is known, too short, or inside a name already kept."""
    count = state[ENTITIES_AT]
    if count == 3 or end - begin < 2 or begin < state[NAMED_TO]:
        return
    if text[begin - 1] == 37:
        # what follows "%" is the kind of message of a network device (%LINK-3-UPDOWN), not a thing
        return
    value = SPREAD
    for index in range(begin, end):
        byte = text[index]
        value = (value ^ (byte | 0x20 if 65 <= byte <= 90 else byte)) * FOLD
        value ^= (value >> 29) & 0x7FFFFFFF
    for index in range(count):
        if state[ENTITY_AT + index] == value:
            return
    state[ENTITY_AT + count] = value
    state[ENTITY_START_AT + count] = begin + state[BASE]
    state[ENTITY_END_AT + count] = end + state[BASE]
    state[ENTITIES_AT] = count + 1


@compiled_helper
def _is_plain_word(text: Numbers, begin: int, end: int) -> bool:
    """Return whether a word has an ASCII letter and no digit."""
    letters = 0
    for index in range(begin, end):
        if CLASS[text[index]] == DIGIT:
            return False
        letters += text[index] < 128 and CLASS[text[index]] >= LETTER
    return letters > 0


@compiled_helper
def put_subject(text: Numbers, state: Numbers) -> None:
    """Where a state is told of nothing that is a name by its form, keep what the sentence says it of: the words of its
    clause before "is" ("Price feed is down"), six at the most."""
    end = state[STATE_WORD_TO]
    while CLASS[text[end - 1]] >= LETTER:
        end -= 1
    links = 0
    begin = end
    while True:
        # back over "is", "is now", "has gone"
        while text[begin - 1] == SPACE and begin > MESSAGE_AT:
            begin -= 1
        end = begin
        while CLASS[text[begin - 1]] >= JOINER:
            begin -= 1
        code = code_of(text, state, begin, end)
        if end == begin or not code & (LINKING | NEGATION):
            break
        links += 1
    if links == 0 or end == begin or code & (FUNCTION | PROTECTED):
        return
    # a number of one or two digits may end a name ("pump 3"); others are counts, process ids and keys of records
    numbered = end - begin <= 2 and CLASS[text[begin]] == DIGIT and CLASS[text[end - 1]] == DIGIT
    if not numbered and not _is_plain_word(text, begin, end):
        return
    words = 1
    named = begin
    while words < 7 and text[begin - 1] == SPACE and begin > MESSAGE_AT:
        first = begin - 1
        while CLASS[text[first - 1]] >= JOINER:
            first -= 1
        if not _is_plain_word(text, first, begin - 1):
            if has_digit(text, first, begin - 1):
                return
            # a sign, a bullet or punctuation opens the clause
            break
        if not code_of(text, state, first, begin - 1) & FUNCTION:
            named = first
        begin = first
        words += 1
    if words < 7 and (named < end - 2 or not numbered):
        put_entity(text, state, named, end)
