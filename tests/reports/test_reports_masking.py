"""Numbers that may be shown around."""

from __future__ import annotations

import pytest

from trunkline.reports.masking import labels, masked


@pytest.mark.parametrize(
    ("number", "shown"),
    [("09120000001", "09120••••••"), ("2155501", "215••••"), ("123456", "12••••"), ("12345", "12345"), ("", "")],
)
def test_masking_hides_four_digits_and_half_of_a_number_but_no_extension(number: str, shown: str) -> None:
    assert masked(number) == shown


def test_numbers_that_masking_made_equal_are_told_apart() -> None:
    found = labels(["2155501", "2155502", None], mask=True, absent="no trunk")
    assert found == {"2155501": "215•••• A", "2155502": "215•••• B", None: "no trunk"}
    numbers = [f"09120000{n:03}" for n in range(27)]
    assert [labels(numbers, mask=True, absent="")[number] for number in numbers][-1].endswith(" 27")
