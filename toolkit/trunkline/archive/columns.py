"""Whole columns, gathered from chunks of calls: hardly more memory is in use than what the columns take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chunks import INTEGERS, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    import pyarrow as pa

# Arrow's text has at most 2 GB in one array.
_SLICE = 1 << 20


class _Grown:
    """Values in one array. Memory costs nothing until values come, so `expected` may be too many of them."""

    def __init__(self, kind: str, expected: int) -> None:
        import numpy as np  # noqa: PLC0415

        self._values: np.ndarray[Any, Any] = np.zeros(expected, kind)
        self._size = 0

    def room(self, count: int) -> np.ndarray[Any, Any]:
        """Return the place of so many further values, which are zero."""
        import numpy as np  # noqa: PLC0415

        begin, self._size = self._size, self._size + count
        if self._size > len(self._values):
            self._values = np.append(self._values[:begin], np.zeros(self._size, self._values.dtype))
        return self._values[begin : self._size]

    def values(self) -> np.ndarray[Any, Any]:
        """Return the values."""
        return self._values[: self._size]


class Integers:
    """A column of integers of 64 bits."""

    def __init__(self, expected: int) -> None:
        self._values, self._missing = _Grown("int64", expected), _Grown("bool", expected)

    def add(self, _account: str, array: pa.Array) -> None:
        """Add the values of a chunk."""
        missing = self._missing.room(len(array))
        if array.null_count:
            missing[:] = array.is_null().to_numpy(zero_copy_only=False)
            array = array.fill_null(0)
        self._values.room(len(array))[:] = array.to_numpy()

    def values(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return the integers, and which of them are missing."""
        return self._values.values(), self._missing.values()

    def array(self) -> pa.Array:
        """Return the column as Arrow has it, which shares the memory."""
        import pyarrow as pa  # noqa: PLC0415

        values, missing = self.values()
        return pa.array(values, mask=missing if missing.any() else None)


class Words:
    """A column of text, of which a chunk has the same ones many times."""

    def __init__(self, expected: int) -> None:
        self._codes = _Grown("int32", expected)
        self._size = 0
        self._words: list[tuple[str, pa.Array]] = []

    def add(self, account: str, array: pa.DictionaryArray) -> None:
        """Add the values of a chunk of an account."""
        codes = self._codes.room(len(array))
        codes[:] = array.indices.fill_null(-1 - self._size).to_numpy()
        codes += self._size
        self._size += len(array.dictionary)
        self._words.append((account, array.dictionary))

    def mapped(self, change: Callable[[str, pa.Array], pa.Array]) -> Words:
        """Return the column with other words, of which `change` returns those for the words of an account."""
        other = Words(0)
        other._codes, other._size = self._codes, self._size
        other._words = [(account, change(account, words)) for account, words in self._words]
        return other

    def array(self) -> pa.DictionaryArray:
        """Return the column as a dictionary of different words."""
        import numpy as np  # noqa: PLC0415
        import pyarrow as pa  # noqa: PLC0415

        words = self._dictionary().dictionary_encode()
        # The last one is for null, whose code is -1.
        codes = np.append(words.indices.to_numpy(zero_copy_only=False), np.int32(-1))[self._codes.values()]
        missing = codes < 0
        return pa.DictionaryArray.from_arrays(
            pa.array(codes, mask=missing if missing.any() else None), words.dictionary
        )

    def text(self) -> pa.ChunkedArray:
        """Return the column as text."""
        import pyarrow as pa  # noqa: PLC0415

        words, codes = self._dictionary(), self._codes.values()
        slices = [codes[begin : begin + _SLICE] for begin in range(0, len(codes), _SLICE)]
        return pa.chunked_array([words.take(pa.array(some, mask=some < 0)) for some in slices], pa.string())

    def _dictionary(self) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415

        return pa.concat_arrays([pa.array([], pa.string()), *(words for _, words in self._words)])


class Texts:
    """A column of other text."""

    def __init__(self) -> None:
        self._chunks: list[pa.Array] = []

    def add(self, _account: str, array: pa.Array) -> None:
        """Add the values of a chunk."""
        self._chunks.append(array)

    def text(self) -> pa.ChunkedArray:
        """Return the column."""
        import pyarrow as pa  # noqa: PLC0415

        return pa.chunked_array(self._chunks, pa.string())


class Columns:
    """The columns of calls: those of `names`, and `price_scale`. `expected` is about how many calls come."""

    def __init__(self, names: Sequence[str], expected: int) -> None:
        self.names = names
        self.accounts: set[str] = set()
        wanted = dict.fromkeys((*names, "price_scale"))
        self.integers = {name: Integers(expected) for name in wanted if name in INTEGERS or name.endswith("_is_e164")}
        self.words = {name: Words(expected) for name in wanted if name in (*WORDS, "account") or name.endswith("_sent")}
        self.texts = {name: Texts() for name in wanted if name not in self.integers and name not in self.words}

    def add(self, account: str, chunk: Mapping[str, pa.Array]) -> None:
        """Add calls of an account; what isn't wanted of them is left out."""
        self.accounts.add(account)
        for columns in (self.integers, self.words, self.texts):
            for name, column in columns.items():
                column.add(account, chunk[name])
