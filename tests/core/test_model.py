"""Money adds exactly and never across currencies; values that hold numbers and names don't show them."""

from __future__ import annotations

from decimal import Decimal

import pytest

import trunkline
from trunkline.errors import DataError
from trunkline.memo import Memo
from trunkline.model import Call, Contact, Direction, Extension, Fax, File, Money, Party, Route, Status, Trunk


def test_money_is_exact():
    total = Money(Decimal("0.1"), "EUR") + Money(Decimal("0.2"), "EUR")
    assert total == Money(Decimal("0.3"), "EUR")
    assert total - Money(Decimal("0.3"), "EUR") == Money(Decimal("0.0"), "EUR")
    assert -total == Money(Decimal("-0.3"), "EUR")
    assert str(Money(Decimal("1E+3"), "IRR")) == "1000 IRR"


def test_two_currencies_are_never_added():
    with pytest.raises(DataError, match="IRR and EUR"):
        Money(Decimal(1), "IRR") + Money(Decimal(1), "EUR")
    with pytest.raises(DataError):
        Money(Decimal(1), "IRR") - Money(Decimal(1), "EUR")


def test_no_repr_shows_a_number_or_a_name():
    number, name = "09120000123", "Invented"
    party = Party(
        number=number, e164="+98" + number[1:], name=name, contact=Contact(contact_id="7", name=name, numbers=(number,))
    )
    call = Call(
        account="telefonchy:a",
        call_id="1",
        direction=Direction.INCOMING,
        status=Status.BUSY,
        started_at=None,
        trunk="2155512345",
        source=party,
        note=name,
        raw={"n": number},
    )
    trunk = Trunk(trunk_id=number, number=number, e164=number)
    fax = Fax("1", source=number, destination=number, filename=name, device=number, note=name)
    route, file = Route(extension=number, trunk="2155512345"), File(b"", "audio/wav", f"{number}.wav")
    shown = repr((call, party, trunk, fax, Extension("10", name), route, file))
    for secret in (number, number[1:], name, "2155512345"):
        assert secret not in shown


def test_a_memo_reads_each_value_once_and_stays_small():
    read = []
    memo = Memo(lambda key: read.append(key) or key * 2, limit=3)
    assert [memo[key] for key in "aabca"] == ["aa", "aa", "bb", "cc", "aa"]
    assert read == ["a", "b", "c"]
    assert memo["d"] == "dd"
    assert len(memo) == 1


def test_a_memo_takes_no_number_for_an_equal_one_of_another_type():
    memo = Memo(repr)
    assert [memo[key] for key in (1, True, 1.0, 0, False, 0.0)] == ["1", "True", "1.0", "0", "False", "0.0"]


def test_a_memo_keeps_no_long_texts():
    memo = Memo(len)
    assert (memo["x" * 100], memo["x" * 101], memo["x" * 1_000_000]) == (100, 101, 1_000_000)
    assert list(memo) == ["x" * 100]


def test_a_memo_forgets_errors():
    memo = Memo(int)
    for _ in range(2):
        with pytest.raises(ValueError, match="x"):
            memo["x"]
    assert not memo


def test_every_public_name_loads_on_first_use():
    for name in trunkline.__all__:
        assert getattr(trunkline, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = trunkline.nonsense
