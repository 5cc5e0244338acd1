"""The processor that machine code is made for: the baseline of its architecture, which fleets have, not the very machine.

numba makes code for the machine that it runs on, and another one compiles anew. Code for a baseline serves all machines that
have it: processes of a cluster, a container image, a wheel that ships it. x86-64-v3 is the third level of the x86-64 psABI
(https://gitlab.com/x86-psABIs/x86-64-ABI): AVX2, FMA and what came with them, in servers since about 2015. On ARM it is
ARMv8, which LLVM calls generic. A machine that lacks some of its baseline has code of its own, as numba makes it.

Who sets `NUMBA_CPU_NAME` or `NUMBA_CPU_FEATURES` decides instead; what both mean is documented
(https://numba.readthedocs.io/en/stable/reference/envvars.html). Results are the same for each processor: no floating point
operation is reordered or fused.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from llvmlite import binding  # type: ignore[import-untyped]  # it has no stubs
from numba import config

# numba makes its settings when it is imported, so nothing is known of their types
_settings: Any = config

_LEVEL_2: Final = frozenset({"cx16", "sahf", "popcnt", "sse3", "ssse3", "sse4.1", "sse4.2"})
"""what the second level adds to x86-64, by LLVM's names"""
_LEVEL_3: Final = frozenset({"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe", "xsave"})
"""what the third one adds to that"""
_BASELINES: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "x86_64": ("x86-64-v3", _LEVEL_2 | _LEVEL_3),
    "aarch64": ("generic", frozenset()),
    "arm64": ("generic", frozenset()),
}
"""by architecture, as LLVM's triples begin: LLVM's name of the baseline, and what a machine needs for it"""


def baseline_of(architecture: str, abilities: Collection[str]) -> str | None:
    """Return LLVM's name of the baseline of an architecture; None where there is none, or a machine of these abilities
    lacks some of it.
    """
    name, needed = _BASELINES.get(architecture, (None, frozenset()))
    return name if needed <= set(abilities) else None


def compile_for_baseline() -> None:
    """Have numba make code for the baseline, where this machine has it and nobody has named a processor."""
    if _settings.CPU_NAME is None and _settings.CPU_FEATURES is None:
        architecture = binding.get_process_triple().partition("-")[0]
        name = baseline_of(architecture, _abilities())
        if name is not None:
            _settings.CPU_NAME, _settings.CPU_FEATURES = name, ""


def target() -> str | None:
    """Return the name of the processor that code is made for; None for the very machine."""
    name: str | None = _settings.CPU_NAME
    return name


def _abilities() -> set[str]:
    """Return what LLVM finds that processor and operating system can do, without what numba was told to leave out."""
    try:
        found = binding.get_host_cpu_features()
    except RuntimeError:
        # LLVM cannot tell on every system
        return set()
    return {
        name for name, is_there in found.items() if is_there and (_settings.ENABLE_AVX or not name.startswith("avx"))
    }
