"""Numbers that may be shown around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tests.reports.frames import ENGINES
from trunkline.reports.masking import Masking, labels, masked, of_calls, own_numbers, own_of, shows_names

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("number", "shown"),
    [("09120000001", "09120••••••"), ("2155501", "215••••"), ("123456", "12••••"), ("12345", "12345"), ("", "")],
)
def test_masking_hides_four_digits_and_half_of_a_number_but_no_extension(number: str, shown: str) -> None:
    assert masked(number) == shown


# printf 09120000001 | openssl dgst -sha256 -hmac k -binary | base32 | cut -c1-6
PSEUDONYM = "XKT2KF"
OF_TRUNK = "GRQHLU"


def test_the_own_lines_are_known_as_they_stand_in_calls() -> None:
    # 021 55000001 in Iran, as a trunk without zeros; a short one has no other form.
    found = own_numbers(["2155000001", "2"], ["IR"])
    assert found == {"2155000001", "02155000001", "+982155000001", "2"}
    assert own_numbers(["2155000001"], []) == {"2155000001", "02155000001"}
    shown = labels(["+982155000001", "+982155000002"], mask=Masking(key=b"k", own=found))
    assert shown["+982155000001"] == "+982155000001"
    assert "•" in shown["+982155000002"]


def test_a_number_has_one_pseudonym_wherever_it_is_shown() -> None:
    masking = Masking(key=b"k")
    first = labels(["09120000001", "09120000002", None], mask=masking, absent="nobody")
    second = labels(["2155501", "09120000009", "09120000001"], mask=masking)
    assert first["09120000001"] == second["09120000001"] == f"09120•••••• {PSEUDONYM}"
    assert second["2155501"] == f"215•••• {OF_TRUNK}"
    assert first[None] == "nobody"
    assert len({*first.values(), *second.values()}) == 5


def test_a_pseudonym_depends_on_the_key_and_a_number_alone_on_the_process() -> None:
    assert Masking(key=b"k").pseudonym("09120000001") != Masking(key=b"l").pseudonym("09120000001")
    assert labels(["09120000001"]) == labels(["09120000001"], mask=Masking())
    assert labels(["09120000001"])["09120000001"] != f"09120•••••• {PSEUDONYM}"


def test_ones_own_numbers_and_extensions_stay_whole() -> None:
    masking = Masking(key=b"k", own=frozenset({"2155501"}))
    assert labels(["2155501", "10"], mask=masking) == {"2155501": "2155501", "10": "10"}


def test_without_masking_only_labels_that_were_cut_get_pseudonyms() -> None:
    assert labels(["09120000001", "10"], mask=False) == {"09120000001": "09120000001", "10": "10"}
    long = ["x" * 50 + "a", "x" * 50 + "b"]
    shown = labels(long, mask=False)
    assert len(set(shown.values())) == 2
    assert all(label.startswith("x" * 39 + "… ") for label in shown.values())


def test_names_are_shown_where_numbers_are_whole_or_that_is_asked_for() -> None:
    assert [shows_names(mask) for mask in (True, False, Masking(), Masking(names=True))] == [False, True, False, True]


def test_a_masking_prints_neither_its_key_nor_a_number() -> None:
    assert repr(Masking(key=b"k", own=frozenset({"2155501"}))) == "Masking(names=False)"


OWN, OTHER = "+982155000001", "+982155000002"


def office(*found: tuple[str, str, str, str | None, str | None]) -> pa.Table:
    names = ("direction", "source", "destination", "trunk", "extension")
    return pa.table({name: pa.array([each[place] for each in found], pa.string()) for place, name in enumerate(names)})


@pytest.mark.parametrize("convert", ENGINES.values(), ids=ENGINES)
def test_a_frame_tells_its_own_lines(convert: Callable[[pa.Table], Any]) -> None:
    calls = office(
        ("incoming", OTHER, OWN, "2155000001", "1234567"),
        ("outgoing", OWN, OTHER, "2155000001", None),
        # Whoever is called, or is called from, is no own line because a trunk has the same end.
        ("outgoing", "10", "+442155000001", "2155000001", "10"),
        ("internal", "1234567", "10", None, None),
    )
    found = own_of(convert(calls))
    assert found == {"2155000001", "02155000001", OWN, "1234567", "01234567", "10"}
    mask = of_calls(True, convert(calls))
    shown = labels([OWN, OTHER, "+442155000001", "1234567"], mask=mask)
    assert [number for number, label in shown.items() if label == number] == [OWN, "1234567"]
    assert of_calls(False, convert(calls)) is False
    assert own_of(convert(calls.select(["source"]))) == frozenset()


def test_a_mask_keeps_its_key_and_names_beside_the_lines_of_a_frame() -> None:
    mask = of_calls(Masking(key=b"k", own=frozenset({"7"}), names=True), office(("incoming", OTHER, OWN, "1", None)))
    assert isinstance(mask, Masking)
    assert (mask.key, mask.own, mask.names) == (b"k", {"7", "1"}, True)
