"""Whatever a file holds, its loader gives articles with text or raises UnreadableSource, within bounds.

The same files each time; `make fuzz SECONDS=600` makes others, and larger ones.
"""

from __future__ import annotations

import pytest
from damage import mutants
from fuzz import bounded, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.odd_files.small import small_files
from rag.ingest.media_types import MEDIA_TYPES

FILES = small_files()
ENDINGS = {media_type: ending for ending, media_type in reversed(MEDIA_TYPES.items())}
"""An ending of each kind."""


@pytest.fixture(autouse=True, scope="module")
def _everything_imported() -> None:
    """What is imported late counts for no damaged file."""
    for ending, data in FILES.items():
        read(data, ending)


@pytest.mark.parametrize("ending", ENDINGS.values())
def test_a_mutant_of_a_file_is_read_or_refused(ending: str) -> None:
    """Cut, flipped, spliced with other files, with parts repeated up to 20 kB."""
    _read_all(ending, mutants(FILES[ending], list(FILES.values()), largest=20_000))


@pytest.mark.parametrize("ending", ENDINGS.values())
def test_bytes_of_no_kind_are_read_or_refused(ending: str) -> None:
    _read_all(ending, st.binary(max_size=400) | st.text(max_size=400).map(str.encode))


def _read_all(ending: str, files: st.SearchStrategy[bytes]) -> None:
    @settings(
        max_examples=40 if ending == ".pdf" else 200,  # a process each
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(files)
    def tried(data: bytes) -> None:
        with bounded():
            read(data, ending)

    tried()
