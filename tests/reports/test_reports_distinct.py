"""Rows that are alike, against the rows themselves."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from trunkline.reports.distinct import codes, distinct, plain


def test_rows_are_alike_if_all_columns_are_equal() -> None:
    texts = pa.chunked_array([["a", "b", None], ["a", None, "b"]])
    kinds, first = distinct([texts, np.array([1, 2, 3, 1, 3, 9], np.int64)])
    # Rows 0 and 3 are ("a", 1), rows 2 and 4 (unknown, 3), the others are alone.
    assert kinds[0] == kinds[3]
    assert kinds[2] == kinds[4]
    assert len(set(kinds.tolist())) == len(first) == 4
    assert [int(kinds[row]) for row in first] == [0, 1, 2, 3]


def test_random_rows_are_grouped_as_a_dictionary_groups_them() -> None:
    chance = random.Random(7)
    rows = [(chance.choice(["x", "y", None]), chance.randrange(4), chance.choice([None, 0.5, 2.0])) for _ in range(500)]
    columns = [pa.chunked_array([list(column)]) for column in zip(*rows, strict=True)]
    kinds, first = distinct(columns)
    by_row: dict[object, int] = {}
    for row, kind in zip(rows, kinds.tolist(), strict=True):
        assert by_row.setdefault(row, kind) == kind
    assert len(set(by_row.values())) == len(by_row) == len(first)
    assert all(rows[row] not in rows[:row] for row in first.tolist())


def test_nothing_to_compare_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        distinct([])


def test_codes_are_the_same_for_equal_values() -> None:
    assert codes(pa.chunked_array([["a", None], ["b", "a", None]])).tolist() == [0, 1, 2, 0, 1]


def test_plain_texts_are_neither_dictionaries_nor_long() -> None:
    table = pa.table(
        {
            "dictionary": pa.array(["a", "b", "a"]).dictionary_encode(),
            "long": pa.array(["a", "b", None], pa.large_string()),
            "number": pa.array([1, 2, 3]),
        }
    )
    found = plain(table)
    assert found.schema.types == [pa.string(), pa.string(), pa.int64()]
    assert found.to_pylist() == table.to_pylist()
