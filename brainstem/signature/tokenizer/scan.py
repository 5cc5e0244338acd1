"""The compiled loop over the messages of a batch and over the bytes of each: calls the other modules at each byte's class,
and hashes the canonical stream.

**Problem.** Lines that one statement of a program prints must get one signature on every worker, for every tenant and
after every restart, although numbers, names and addresses in them differ. What is learned from earlier lines would depend
on their order and on which worker met them, so nothing is learned: a line alone decides, by its bytes and printed lists.

**Idea.** The message is rewritten into a *stream* of cores and gaps. A *core* is a word as it stands, or a *mask*: one
byte (1 to 11) for a number, time, host, path and so on. A *gap* is the punctuation between two cores, between `GAP_OPEN`
(0x1F) and `GAP_CLOSE` (0x1E); a gap of one space is a space. The signature is the hash of the stream, and the template
that people read is the same stream with masks spelled out (`<num>`), so the two never disagree. An example, as tokens:

    eth0: link not ready after 850 ms, peer 10.0.0.5:443 (a.example.net)
    eth12: link not ready after 1.2s, peer b.example.net ()
    'eth<num>', ': link', ' not', ' ready', ' after', ' <time>', ', peer', ' <host>'

`eth0` is a word with digits, which are masked; it names a thing, so it is an *entity*. `link` and `after` are words.
`not` reaches the next two words, so `ready` (up) turns into polarity -2 (out of service) and a weak cue. `850` is a
number; the free unit `ms` is taken into it and makes it a time, as in `1.2s`. A host name and an address have one mask and
are entities; the port goes with the address, and the bracket, which only repeats the peer, is dropped.

**Order.** At each place the first that fits is taken: (1) a blank, or a delimiter with the quote, escape sequence or
repetition that it begins (`enclosures`); (2) a word of letters alone, folded and looked up while it is read (`words`);
(3) in other runs: a signed number; what takes a whole run: URL, klog date, UUID, blob, path (`locators`); what begins
with a digit or hexadecimal letter: time of day, IPv6 or MAC, UUID, 0x.., IPv4, date, number (`identifiers`, `numbers`);
a host name or mail address; a word, whose digits are masked; (4) anything else goes into the gap. Equal masked tokens
with a comma or a space between them are one.

**Traits.** The *cue* is how strongly the words report trouble (0 to 2, the strongest counts), the *polarity* which way a
thing went (the last state counts). A negation or a zero reaches two words ("no errors"); "after" makes what follows past.
An *entity* is a word or value that names a thing: names with digits, hosts, paths, what follows `user=` or "disk".

**Two arrays.** `text` holds the line between blanks and behind it the stream; `state` holds the running fields and behind
them the table of listed words. Passing arrays is what a call of a small function costs, so there are no more, and they
are passed as addresses (`begin_of`). The fields of `state` are named in the module `state`.

**To add a class of token**: a mask in `state` with its name in `MASK_NAMES` (behind the others, since the bytes are
hashed), a function `..._end` that returns where it ends or where it began, a call at its place in the order above, a line
in `test_variable_parts_are_masked_by_kind`, and a new `SIGNATURE_VERSION` if any known line changes its stream.

**Traps.** The version is part of a signature's name (`s2-..`) and of its hash: without a new one, stores would mix two
meanings of one name. An int literal as an argument makes numba compile the callee anew; use `plain_int`. Nothing checks
bounds: `BLANKS_AROUND` blanks around the line stop every loop that looks ahead or back, and a function that looks further
needs its own check. An index must not be negative. A `..._end` function may write to `state[KIND]` and still find nothing.
A stream may be longer than its line, by two bytes a token; `TEXT_BYTES` has room for that and for eight bytes of the hash.
"""

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Flags, Int32s, Int64s, UInt64s
from brainstem.jit.decorators import compiled_helper, compiled_without_refcounts
from brainstem.jit.intrinsics import begin_of, copy_bytes, find_byte
from brainstem.signature.tokenizer.enclosures import put_delimiter
from brainstem.signature.tokenizer.entities import put_place, put_subject
from brainstem.signature.tokenizer.locators import KLOG_DATE_BYTES, LEAST_BLOB_BYTES
from brainstem.signature.tokenizer.mixed_tokens import put_run
from brainstem.signature.tokenizer.numbers import HEXADECIMAL_BYTES
from brainstem.signature.tokenizer.state import (
    BLANK,
    BLANK_AT,
    BLANKS_AROUND,
    CLASS,
    CUE,
    DELIMITER,
    DIGIT,
    ENTITY_COUNT,
    ENTITY_ENDS,
    ENTITY_HASHES,
    ENTITY_STARTS,
    FOLD,
    GAP,
    GAP_OPEN,
    IS_HEX,
    IS_LETTER,
    IS_LOWER,
    JOINER,
    LETTER,
    LETTER_BITS,
    LINE_OFFSET,
    MASK_END,
    MAX_ENTITIES,
    MAX_MESSAGE_BYTES,
    MAX_NUMBERS,
    MAX_TOKENS,
    MESSAGE_AT,
    NAMED_END,
    NO_WORD,
    NOTHING_SEEN,
    NUMBER_COUNT,
    NUMBER_VALUES,
    OUT,
    POLARITY,
    QUOTE_END,
    SEEN_DIGIT,
    SEEN_DOT,
    SEEN_WHOLE,
    SPLITTER,
    STREAM_AT,
    TABLE_AT,
    TEXT_BYTES,
    TOKENS,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import word_slot
from brainstem.signature.tokenizer.words import put_word
from brainstem.signature.tokenizer.writer import hash_stream, put_gap
from brainstem.text.ascii import (
    AT_SIGN,
    BACKSLASH,
    DOT,
    ESCAPE,
    LINE_FEED,
    LOWER_CASE_BIT,
    SINGLE_QUOTE,
    SLASH,
    SPACE,
    UNDERSCORE,
    UPPER_E,
    UPPER_W,
)


@compiled_helper
def _tokenize(text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Add the tokens of the line `text[begin:end]`.

    Plain words, the most frequent case, are folded and looked up while they are read.
    """
    at = begin
    while at < end and state[TOKENS] < MAX_TOKENS:
        # a space is by far the most frequent byte between tokens
        if text[at] == SPACE:
            put_gap(text, state, at)
            at += 1
            continue
        if CLASS[text[at]] <= DELIMITER:
            at = put_delimiter(text, state, at, end)
            continue
        # letters: their key, and which bits all of them share or follow each other with, without a branch
        stop = at
        word = NO_WORD
        bits = LETTER_BITS[text[at]]
        common = bits
        camel = 0
        lower_before = 0
        while bits & IS_LETTER:
            word = word * FOLD + (text[stop] | LOWER_CASE_BIT)
            # `IS_LOWER` moved up by one is `IS_UPPER`: a capital behind a small letter begins a part
            camel |= lower_before & bits
            lower_before = (bits & IS_LOWER) << 1
            common &= bits
            stop += 1
            bits = LETTER_BITS[text[stop]]
        # the rest of the run, up to a blank or delimiter; `plain` as long as it is one word of letters
        letters = stop
        plain = stop > at
        joined = False
        seen = NOTHING_SEEN
        while stop < end:
            byte = text[stop]
            kind = CLASS[byte]
            if kind >= LETTER:
                if kind == DIGIT:
                    seen |= SEEN_DIGIT
                # letters behind a joiner make several parts (`link-down`); joiners at the end are punctuation
                plain = plain and kind != DIGIT and not joined
                common &= LETTER_BITS[byte]
                word = word * FOLD + (byte | LOWER_CASE_BIT)
                letters = stop + 1
            elif kind > DELIMITER:
                joined = True
                plain = plain and byte != UNDERSCORE
                if byte == DOT or byte == AT_SIGN:
                    seen |= SEEN_DOT
                elif byte == SLASH or byte == BACKSLASH:
                    seen |= SEEN_WHOLE
            # an apostrophe between letters belongs to the word ("can't", looked up as "cant"), other quotes end the run
            elif byte != SINGLE_QUOTE or CLASS[text[stop - 1]] < LETTER or CLASS[text[stop + 1]] < LETTER:
                break
            stop += 1
        # eight and more letters from a to f alone are a hexadecimal number
        if plain and (letters - at < HEXADECIMAL_BYTES or not common & IS_HEX):
            put_word(text, state, at, letters, end, state[word_slot(state, word) + 1], camel == 0)
            at = letters
        if at < letters:
            # punctuation at the end goes to the gap; a slash may end a path and an underscore a name
            while stop > letters and text[stop - 1] != SLASH and text[stop - 1] != UNDERSCORE:
                stop -= 1
            # long enough for encoded bytes, or as long as a klog date, whose level is one of E, F, I, W
            if stop - at >= LEAST_BLOB_BYTES or (stop - at == KLOG_DATE_BYTES and UPPER_E <= text[at] <= UPPER_W):
                seen |= SEEN_WHOLE
            at = put_run(text, state, at, stop, end, seen)
        while at < end and SPLITTER <= CLASS[text[at]] <= JOINER and state[TOKENS] < MAX_TOKENS:
            put_gap(text, state, at)
            at += 1


@compiled_helper
def _read_line(source: Numbers, text: Numbers, state: Numbers, begin: int, end: int) -> None:
    """Copy the line `source[begin:end]` between blanks and add its tokens."""
    width = min(end - begin, MAX_MESSAGE_BYTES)
    copy_bytes(text, MESSAGE_AT, source, begin, width)
    for index in range(BLANKS_AROUND):
        text[index] = SPACE
        text[MESSAGE_AT + width + index] = SPACE
    state[LINE_OFFSET] = begin - MESSAGE_AT
    state[NAMED_END] = 0
    state[QUOTE_END] = 0
    _tokenize(text, state, MESSAGE_AT, MESSAGE_AT + width)


@compiled_helper
def _scan(source: Numbers, text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Write the stream of the message `source[begin:end]`, fill the state, and return where the stream ends in `text`.

    `text` uint8[TEXT_BYTES] and `state` int64[STATE_FIELDS] with the word table entered are overwritten. Of several lines
    the first counts, and the last one when it is not indented (the class line of a Python traceback).
    """
    for index in range(TABLE_AT):
        state[index] = 0
    state[MASK_END] = -1
    # the stream begins with an open gap, which the first token closes
    state[GAP] = STREAM_AT
    state[OUT] = STREAM_AT + 1
    text[STREAM_AT] = GAP_OPEN
    while end > begin and CLASS[source[end - 1]] == BLANK:
        end -= 1
    # an escape byte is a blank too, but what follows it has to be dropped with it
    while begin < end and CLASS[source[begin]] == BLANK and source[begin] != ESCAPE:
        begin += 1
    line = find_byte(source, LINE_FEED, begin, end)
    _read_line(source, text, state, begin, line)
    # before the last line overwrites the first in `text`
    if state[POLARITY] != 0 and state[ENTITY_COUNT] == 0:
        put_subject(text, state)
        if state[ENTITY_COUNT] == 0:
            put_place(text, state, MESSAGE_AT + min(line - begin, MAX_MESSAGE_BYTES))
    if line < end:
        last = end
        while source[last - 1] != LINE_FEED:
            last -= 1
        if CLASS[source[last]] > BLANK:
            put_gap(text, state, BLANK_AT)
            _read_line(source, text, state, last, end)
    # what is left open is a gap at the end: without a space it counts as a token of punctuation
    out, gap = state[OUT], state[GAP]
    if out - gap > 1 and text[out - 1] == SPACE:
        out -= 1
    if out - gap == 1:
        return gap
    state[TOKENS] += 1
    return out


@compiled_without_refcounts
def _scan_one(source: Numbers, text: Numbers, state: Numbers, begin: int, end: int) -> int:
    """Do what `_scan` does, for Python."""
    return _scan(begin_of(source), begin_of(text), begin_of(state), begin, end)


@compiled_without_refcounts
def sign_rows(
    source: Numbers,
    start: Numbers,
    end: Numbers,
    text: Numbers,
    state: Numbers,
    seed: np.uint64,
    signature: UInt64s,
    token_count: Int32s,
    cue: Flags,
    polarity: npt.NDArray[np.int8],
    entity: UInt64s,
    entity_count: Flags,
    entity_start: Numbers,
    entity_end: Numbers,
    number: Numbers,
    number_count: Flags,
) -> None:
    """Sign every message `source[start[i]:end[i]]`; `text` and `state` are as for `_scan`.

    Fills columns of n rows, one value a row. `entity`, `entity_start` and `entity_end` have `MAX_ENTITIES` values a row,
    `number` has `MAX_NUMBERS`, end to end; what a message does not fill is 0. Starts and ends of entities are places in
    `source`, numbers are thousandths.
    """
    source, text, state = begin_of(source), begin_of(text), begin_of(state)
    for row in range(len(start)):
        stop = _scan(source, text, state, start[row], end[row])
        signature[row] = hash_stream(text, stop, seed)
        token_count[row] = state[TOKENS]
        cue[row] = state[CUE]
        polarity[row] = state[POLARITY]
        entity_count[row] = state[ENTITY_COUNT]
        number_count[row] = state[NUMBER_COUNT]
        for index in range(MAX_ENTITIES):
            entity[MAX_ENTITIES * row + index] = np.uint64(state[ENTITY_HASHES + index])
            entity_start[MAX_ENTITIES * row + index] = state[ENTITY_STARTS + index]
            entity_end[MAX_ENTITIES * row + index] = state[ENTITY_ENDS + index]
            number[MAX_NUMBERS * row + index] = state[NUMBER_VALUES + index]


def stream_of(message: bytes, table: Int64s) -> bytes:
    """Return the canonical stream of one message; `table` is a state with the word table entered."""
    text = np.zeros(TEXT_BYTES, np.uint8)
    source = np.frombuffer(message, np.uint8)
    stop = _scan_one(source, text, table.copy(), 0, len(message))
    return text[int(STREAM_AT) : int(stop)].tobytes()
