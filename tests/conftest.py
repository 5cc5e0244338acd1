"""What all tests share."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# compiling on first use and a busy machine make single examples slow without meaning anything
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

_CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Give the folder of evaluation data, or skip: it is not part of the distribution."""
    if not _CORPORA.is_dir():
        pytest.skip(f"no evaluation data at {_CORPORA}")
    return _CORPORA
