"""Just-in-time compilation: the decorators of compiled functions, what they may use beyond numpy, and the cache of machine
code on disk. Nothing here knows what is computed; a loop over records belongs to the package whose rule it carries.
"""

from typing import Final

MODULES: Final = (
    "baseline",
    "intrinsics",
    "cache_key",
    "linking",
    "cache",
    "decorators",
)
"""in the order of imports"""
