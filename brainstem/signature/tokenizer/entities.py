"""Collects the entities of a message, the names of the things that it is about: keeps a name as a hash, unless it is known,
too short or part of one already kept.

An entity is kept as a hash of its name, case folded, and as the place of the name in the source. At most `MAX_ENTITIES` are
kept, the first ones. Two lines that name the same thing have the same hash, whatever kinds of message they are, which is
how "down" and "up" of one interface find each other.
"""

from typing import Final

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.numbers import has_digit
from brainstem.signature.tokenizer.state import (
    CLASS,
    DELIMITER,
    DIGIT,
    ENTITY_COUNT,
    ENTITY_ENDS,
    ENTITY_HASHES,
    ENTITY_STARTS,
    FOLD,
    JOINER,
    LETTER,
    LINE_OFFSET,
    MAX_ENTITIES,
    MESSAGE_AT,
    NAMED_END,
    SPLITTER,
    SPREAD,
    STATE_WORD_END,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import (
    CODE_KEY,
    FUNCTION,
    LAYER,
    LINKING,
    NAMELESS,
    NEGATION,
    NOUN,
    PLACE,
    PROTECTED,
    code_of,
)
from brainstem.text.ascii import COLON, FIRST_NON_ASCII, LOWER_CASE_BIT, PERCENT, SLASH, SPACE, UPPER_A, UPPER_Z

LEAST_NAME_BYTES: Final = 2
MAX_POSITION_BYTES: Final = 2
"""a longer number is an address, a process or a count, and not the place of one of many alike"""
MAX_SUBJECT_WORDS: Final = 6
"""a longer clause is a sentence, and its words change from line to line"""


@compiled_helper
def put_entity(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Keep the name `text[begin:end]`, case folded, unless it is known, too short, or inside a name already kept."""
    count = state[ENTITY_COUNT]
    if count == MAX_ENTITIES or end - begin < LEAST_NAME_BYTES or begin < state[NAMED_END]:
        return
    if text[begin - 1] == PERCENT:
        # what follows "%" is the kind of message of a network device (%LINK-3-UPDOWN), not a thing
        return
    value = SPREAD
    for index in range(begin, end):
        byte = text[index]
        value = (value ^ (byte | LOWER_CASE_BIT if UPPER_A <= byte <= UPPER_Z else byte)) * FOLD
        # without the shift the low bits would depend on the low bits of the bytes alone
        value ^= (value >> 29) & 0x7FFFFFFF
    for index in range(count):
        if state[ENTITY_HASHES + index] == value:
            return
    state[ENTITY_HASHES + count] = value
    state[ENTITY_STARTS + count] = begin + state[LINE_OFFSET]
    state[ENTITY_ENDS + count] = end + state[LINE_OFFSET]
    state[ENTITY_COUNT] = count + 1


@compiled_helper
def _is_plain_word(text: Numbers, begin: int, end: int) -> bool:
    """Return whether a word has an ASCII letter and no digit."""
    letters = 0
    for index in range(begin, end):
        if CLASS[text[index]] == DIGIT:
            return False
        letters += text[index] < FIRST_NON_ASCII and CLASS[text[index]] >= LETTER
    return letters > 0


@compiled_helper
def put_subject(text: Numbers, state: Numbers) -> None:
    """Keep as an entity the subject of a sentence about a state: the words of its clause before "is" ("Price feed is down").

    For messages that hold a state word and no entity. It reads backwards from the state word: first over linking words and
    negations, of which there has to be one, then over the words of the subject, `MAX_SUBJECT_WORDS` at the most.
    """
    end = state[STATE_WORD_END]
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
    # "failed to start" has no link; "it is down" names nothing; in "timeout is lost" the subject is a cue itself
    if links == 0 or end == begin or code & (FUNCTION | PROTECTED):
        return
    # a number of one or two digits may end a name ("pump 3"); others are counts, process ids and keys of records
    numbered = end - begin <= 2 and CLASS[text[begin]] == DIGIT and CLASS[text[end - 1]] == DIGIT
    if not numbered and not _is_plain_word(text, begin, end):
        return
    words = 1
    named = begin
    while words <= MAX_SUBJECT_WORDS and text[begin - 1] == SPACE and begin > MESSAGE_AT:
        first = begin - 1
        while CLASS[text[first - 1]] >= JOINER:
            first -= 1
        if not _is_plain_word(text, first, begin - 1):
            if has_digit(text, first, begin - 1):
                # an identifier among the words is masked as a value, and the subject would be new with each
                return
            # a sign, a bullet or punctuation opens the clause
            break
        if words == 1 and numbered and code_of(text, state, first, begin - 1) & (CODE_KEY | LAYER):
            return  # layer 2 is no thing
        # articles and prepositions may stand inside a name, but do not begin one
        if not code_of(text, state, first, begin - 1) & FUNCTION:
            named = first
        begin = first
        words += 1
    # a number alone names nothing
    if words <= MAX_SUBJECT_WORDS and (named < end - 2 or not numbered):
        put_entity(text, state, named, end)


@compiled_helper
def _position_end(text: Numbers, begin: int) -> int:
    """Return where a position such as `12`, `0/12` or `1/0/12` ends, whose first number begins here; `begin` for none."""
    at = begin
    while True:
        first = at
        while CLASS[text[at]] == DIGIT:
            at += 1
        if at == first or at - first > MAX_POSITION_BYTES:
            return begin
        if text[at] != SLASH:
            break
        at += 1
    # "12.5", "12:30" and "12-3" are something else
    return at if CLASS[text[at]] <= SPLITTER and (text[at] != COLON or CLASS[text[at + 1]] != DIGIT) else begin


@compiled_helper
def put_place(text: Numbers, state: Numbers, limit: int) -> None:
    """Keep as an entity what a message about a state is about, where neither a name nor a sentence says so.

    That is a service before its verb ("The Print Spooler service entered the stopped state"), or the position of a port
    ("Link Down: 0/12"). For messages that hold a state word and no entity; `limit` is where the line ends.
    """
    at = MESSAGE_AT
    seen = 0
    named = limit
    before = 0
    while at < limit:
        if CLASS[text[at]] <= SPLITTER:
            # a bracket or a colon ends what could be a name
            if CLASS[text[at]] == DELIMITER or text[at] == COLON:
                named = limit
            at += 1
            continue
        stop = at
        while stop < limit and CLASS[text[stop]] > SPLITTER:
            stop += 1
        if seen & (NOUN | PLACE) and CLASS[text[at]] == DIGIT and text[at - 1] == SPACE:
            end = _position_end(text, at)
            if end > stop:
                put_entity(text, state, at, end)
                return
        code = code_of(text, state, at, stop)
        if before > 0 and code & NAMELESS:
            put_entity(text, state, named, before)
            return
        seen |= code
        # where the words before a noun end that are a name
        before = 0
        if code & NOUN and named < at:
            before = at - 1
        elif code & PROTECTED or not _is_plain_word(text, at, stop):
            named = limit
        elif code & FUNCTION and (named == limit or not UPPER_A <= text[at] <= UPPER_Z):
            # "The" opens no name, but "Windows Update" is one
            named = limit
        elif named == limit:
            named = at
        at = stop
