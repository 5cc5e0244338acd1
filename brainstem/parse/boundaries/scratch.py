"""The slots of one small array of integers that the readers of boundaries share while a buffer is cut.

Nothing in it outlives a call of `framing.frame`: offsets index the buffer of that call.
"""

from typing import Final

# where the next line feed, carriage return and double quote stand (the buffer's size for none), each followed by the place
# from which on it was looked for
NEXT_LINE_FEED, NEXT_CARRIAGE_RETURN, NEXT_QUOTE = 0, 2, 4

DEPTH, NESTING, EXPECTED, IN_STRING = 6, 7, 8, 9
"""of a JSON object: how many brackets are open, one bit for each of them (1: an object), what may come next, and whether the
bytes ended inside a string"""

TEXT_AT, TEXT_END, IS_PART, STREAM = 10, 11, 12, 13
"""of a container's line: the bounds of what the container wrote, whether its line goes on, and the stream"""

TRACE: Final = 14
"""what the lines of a record so far show, as bits of `stack_trace`"""

AHEAD_AT, AHEAD_END = 15, 16
"""bounds of the text of the line below"""

SLOTS: Final = 17

UNDECIDED: Final = -1
"""in place of an end or a verdict: only bytes that have not been read yet can tell"""

BEGINS: Final = 0
CONTINUES: Final = 1
IF_FRAMES_FOLLOW: Final = 2
"""whether a line begins a record, continues the one above it, or does so where the frames of a stack stand below it"""
