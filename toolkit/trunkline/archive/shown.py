"""Which form of a number calls show: E.164 where any call of the account has it, and the name that belongs to it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from .chunks import SIDES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa


class Numbers:
    """The numbers that calls were sent with, and the E.164 form that the calls have for them."""

    def __init__(self) -> None:
        self._bare: defaultdict[str, list[pa.Array]] = defaultdict(list)
        self._known: defaultdict[str, list[tuple[pa.Array, pa.Array]]] = defaultdict(list)

    def add(self, account: str, sent: pa.DictionaryArray, e164: pa.DictionaryArray) -> None:
        """Add the numbers of one side of calls, as they were sent and in E.164."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.compute as pc  # noqa: PLC0415

        bare = pc.unique(sent.indices.filter(e164.indices.is_null())).drop_null()
        self._bare[account].append(sent.dictionary.take(bare))
        if e164.null_count < len(e164):
            width = len(e164.dictionary)
            places = pc.add(pc.multiply(sent.indices.cast(pa.int64()), width), e164.indices)
            places = pc.unique(places).drop_null()
            which = pc.divide(places, width)
            numbers = e164.dictionary.take(pc.subtract(places, pc.multiply(which, width)))
            self._known[account].append((sent.dictionary.take(which), numbers))

    def pairs(self, account: str) -> list[tuple[str, str | None]]:
        """Return the numbers of an account, each with its E.164 form, or None if some call has none for it."""
        sent, e164 = self._pairs(account)
        bare = _together(self._bare[account]).unique().to_pylist()
        return [
            *((number, None) for number in bare),
            *dict.fromkeys(zip(sent.to_pylist(), e164.to_pylist(), strict=True)),
        ]

    def add_pairs(self, account: str, pairs: Sequence[tuple[str, str | None]]) -> None:
        """Add what `pairs` returned of other calls of the account."""
        import pyarrow as pa  # noqa: PLC0415

        sent, e164 = (pa.array(values, pa.string()) for values in ([pair[place] for pair in pairs] for place in (0, 1)))
        self._bare[account].append(sent.filter(e164.is_null()))
        known = e164.is_valid()
        self._known[account].append((sent.filter(known), e164.filter(known)))

    def e164_of(self) -> dict[str, dict[str, str]]:
        """Return by account the E.164 form of the numbers that some calls have it for and others don't."""
        import pyarrow.compute as pc  # noqa: PLC0415

        found = {}
        for account, bare in self._bare.items():
            sent, e164 = self._pairs(account)
            both = pc.is_in(sent, value_set=_together(bare).unique())
            pairs = zip(sent.filter(both).to_pylist(), e164.filter(both).to_pylist(), strict=True)
            # Of several the greatest, as `metrics.open_missed` has it.
            found[account] = dict(sorted(pairs))
        return {account: numbers for account, numbers in found.items() if numbers}

    def _pairs(self, account: str) -> tuple[pa.Array, pa.Array]:
        known = self._known[account]
        return _together(sent for sent, _ in known), _together(e164 for _, e164 in known)


def _together(arrays: Iterable[pa.Array]) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415

    return pa.concat_arrays([pa.array([], pa.string()), *arrays])


def merged(sent: pa.DictionaryArray, e164: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return each number in E.164 where that is known, otherwise as it was sent."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if e164.null_count == len(e164):
        return sent
    moved = pc.add(e164.indices, pa.scalar(len(sent.dictionary), pa.int32()))
    values = pa.concat_arrays([sent.dictionary, e164.dictionary])
    return pa.DictionaryArray.from_arrays(pc.coalesce(moved, sent.indices), values)


def looked_up(
    numbers: pa.Array | pa.ChunkedArray, otherwise: pa.Array | pa.ChunkedArray, known: Mapping[str, str]
) -> pa.Array | pa.ChunkedArray:
    """Return what is known of each number, such as its name, elsewhere the value of `otherwise`."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    places = pc.index_in(numbers, value_set=pa.array(list(known), pa.string()))
    return pc.coalesce(pa.array(list(known.values()), pa.string()).take(places), otherwise)


def names_in(table: pa.Table) -> list[tuple[str, str | None]]:
    """Return the numbers that calls show, each with every name that they have for it, or None where they have none."""
    import pyarrow as pa  # noqa: PLC0415

    sides = [pa.table({"number": table.column(side), "name": table.column(f"{side}_name")}) for side in SIDES]
    both = pa.concat_tables(sides)
    pairs = both.group_by(["number", "name"], use_threads=False).aggregate([])
    found = zip(pairs.column("number").to_pylist(), pairs.column("name").to_pylist(), strict=True)
    return [(number, name) for number, name in found if number is not None]
