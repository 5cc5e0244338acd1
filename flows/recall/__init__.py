"""Memory read back from the output folders of one or many runs, finished or live: what is remembered of a family, and what
deserves eyes at a moment. It reads only what is published. Wording belongs to `brainstem.explain.answers`.
"""

from typing import Final

MODULES: Final = ("runs", "matching", "likeness", "recollections", "queue", "output", "mcp")
"""in the order of imports"""
