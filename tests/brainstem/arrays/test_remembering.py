"""Functions that remember their latest answers."""

from brainstem.arrays.remembering import REMEMBERED_LENGTH_MOST, remembering


def test_long_texts_are_computed_each_time_and_never_kept() -> None:
    """A cache that counts its entries only would keep thousands of megabytes."""
    asked: list[str] = []

    @remembering(10)
    def length(text: str) -> int:
        """Return the length."""
        asked.append(text)
        return len(text)

    usual, long = "x" * REMEMBERED_LENGTH_MOST, "x" * (REMEMBERED_LENGTH_MOST + 1)
    assert [length(usual), length(usual), length(long), length(long)] == [len(usual)] * 2 + [len(long)] * 2
    assert asked == [usual, long, long]
    assert length.__doc__ == "Return the length."
