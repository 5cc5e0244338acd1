"""How the wheel is built: a pure one by itself, and one for this platform where there is machine code to go into it.

`BRAINSTEM_MACHINE_CODE` names the folder of that, as `python -m flows.runs.compile_ahead FOLDER` writes it (`make wheel`).
All else is in pyproject.toml.
"""

import os
import shutil
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

FOLDER = os.environ.get("BRAINSTEM_MACHINE_CODE", "")


class BuildWithMachineCode(build_py):
    """Copies the machine code beside what loads it (`brainstem.jit.cache.SHIPPED_FOLDER`)."""

    def run(self) -> None:
        """Build as setuptools does, then copy."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "brainstem" / "jit" / "machine_code"
            files = sorted(Path(FOLDER).glob("*/*.nb?"))
            if not files:
                raise SystemExit(f"BRAINSTEM_MACHINE_CODE={FOLDER}: no machine code lies there.")
            for file in files:
                (target / file.parent.name).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target / file.parent.name / file.name)


class WheelForPlatform(bdist_wheel):
    """A wheel for the version of Python that builds it, and for the platform that the machine code was made for."""

    def get_tag(self) -> tuple[str, str, str]:
        """Return the tags of interpreter, ABI and platform."""
        interpreter, abi, own = super().get_tag()
        return interpreter, abi, (Path(FOLDER) / "platform").read_text(encoding="utf-8") or own


class WithMachineCode(Distribution):
    """To setuptools what makes a wheel one for a platform is compiled extensions; machine code is as much bound to it."""

    def has_ext_modules(self) -> bool:
        """Return True."""
        return True


if FOLDER:
    setup(distclass=WithMachineCode, cmdclass={"build_py": BuildWithMachineCode, "bdist_wheel": WheelForPlatform})
else:
    setup()
