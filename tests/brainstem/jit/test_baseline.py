"""The processor that machine code is made for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from llvmlite import binding  # type: ignore[import-untyped]  # it has no stubs

from brainstem.jit.baseline import baseline_of

ROOT = Path(__file__).resolve().parents[3]
HASWELL = {
    *("64bit", "aes", "avx", "avx2", "bmi", "bmi2", "cmov", "crc32", "cx16", "cx8", "f16c", "fma", "fsgsbase", "fxsr"),
    *(
        "invpcid",
        "lzcnt",
        "mmx",
        "movbe",
        "pclmul",
        "popcnt",
        "rdrnd",
        "sahf",
        "sse",
        "sse2",
        "sse3",
        "sse4.1",
        "sse4.2",
    ),
    *("ssse3", "xsave", "xsaveopt"),
}
"""what LLVM finds on the first processors of the third level"""


def test_a_processor_of_the_third_level_has_the_code_of_all_others_of_it() -> None:
    """What it has beyond that changes nothing."""
    assert baseline_of("x86_64", HASWELL) == baseline_of("x86_64", HASWELL | {"avx512f", "vaes"}) == "x86-64-v3"


@pytest.mark.parametrize("ability", ["avx2", "fma", "bmi2", "movbe", "popcnt", "xsave"])
def test_a_processor_that_lacks_some_of_it_has_code_of_its_own(ability: str) -> None:
    """As a virtual machine may, or one where a person or the system has switched AVX off."""
    assert baseline_of("x86_64", HASWELL - {ability}) is None


def test_every_arm_of_64_bits_has_the_same_code_and_others_have_their_own() -> None:
    """Whatever LLVM finds there; of other architectures nothing is known."""
    assert baseline_of("aarch64", set()) == baseline_of("arm64", {"neon", "sve"}) == "generic"
    assert baseline_of("riscv64", {"v"}) is None


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"NUMBA_CPU_NAME": "generic"}, ("generic", "")),
        ({"NUMBA_CPU_FEATURES": "+sse2"}, (binding.get_host_cpu_name(), "+sse2")),
        ({"NUMBA_ENABLE_AVX": "0"}, None),
        ({}, None),
    ],
)
def test_who_names_a_processor_decides(environment: dict[str, str], named: tuple[str, str] | None) -> None:
    """Else it is the baseline where the machine has it, without what numba was told to leave out."""
    code = (
        "from brainstem.jit import decorators; from numba.core.registry import cpu_target;"
        "print(*cpu_target.target_context.codegen().magic_tuple()[1:], sep=';')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
    )
    name, features = ran.stdout.strip().split(";")
    if named is None:
        there = {each for each, is_there in binding.get_host_cpu_features().items() if is_there}
        if environment:
            there = {each for each in there if not each.startswith("avx")}
        baseline = baseline_of(binding.get_process_triple().partition("-")[0], there)
        assert (name, features == "") == (baseline or binding.get_host_cpu_name(), baseline is not None)
    else:
        assert (name, features) == named
