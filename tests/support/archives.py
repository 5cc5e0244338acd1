"""Archives of real logs, unpacked on any Python that is supported."""

import tarfile
from pathlib import Path


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive into a folder, without whatever would lie outside of it, and return the folder."""
    with tarfile.open(archive) as opened:
        if hasattr(tarfile, "data_filter"):
            opened.extractall(folder, filter="data")
        else:
            # 3.11 before its fourth patch has no filters
            inside = [each for each in opened.getmembers() if each.isreg() and ".." not in Path(each.name).parts]
            opened.extractall(folder, [each for each in inside if not Path(each.name).is_absolute()])  # noqa: S202 - looked through above
    return folder
