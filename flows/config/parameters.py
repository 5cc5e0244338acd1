"""All parameters of the product: every number that steers what surfaces.

Takes nothing; imports every module of the packages that may declare parameters, and returns what they have declared with
`brainstem.parameters.parameter`. No value, unit or meaning stands here.
"""

import importlib
from collections.abc import Iterator
from typing import Final

from brainstem.parameters import Parameter, declared

PACKAGES: Final = ("brainstem", "state")
"""what is looked through, with all packages inside"""


def parameters() -> tuple[Parameter, ...]:
    """Return all parameters, table by table."""
    for package in PACKAGES:
        for module in modules_of(package):
            importlib.import_module(module)
    return declared()


def modules_of(package: str) -> Iterator[str]:
    """Return the dotted names of the modules of a package and of those inside it, in the order in which they are listed."""
    for name in getattr(importlib.import_module(package), "MODULES", ()):
        yield f"{package}.{name}"
        yield from modules_of(f"{package}.{name}")
