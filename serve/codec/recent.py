"""The last few of something that is expensive to make and asked for again and again."""

from __future__ import annotations

from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """A mapping that holds a bounded number of values and forgets the oldest first.

    The oldest and not the one unused for longest: a look-up stays a look-up and writes nothing.

    Parameters
    ----------
    most : int
        How many it holds.
    """

    __slots__ = ("_most", "_values", "get")

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[Key, Value] = {}
        # The dictionary's own method: a look-up costs what a dictionary's does.
        self.get = self._values.get

    def __len__(self) -> int:
        return len(self._values)

    def put(self, key: Key, value: Value) -> None:
        """Hold a value; where there are too many, forget the one that came first."""
        if len(self._values) >= self._most:
            del self._values[next(iter(self._values))]
        self._values[key] = value
