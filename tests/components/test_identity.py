"""Which account an entry belongs to."""

from __future__ import annotations

import pytest

from custom_components.trunkline.account.identity import known_key, moved_from
from trunkline.model import Identity, Service

from .test_inventory import FakeAccount


@pytest.mark.parametrize(
    ("known", "told", "expected"),
    [
        ("192.0.2.9/simotel", "192.0.2.1", True),
        ("pbx.example", "192.0.2.1/main", True),
        ("5@192.0.2.9", "5@192.0.2.1", True),
        ("6@192.0.2.9", "5@192.0.2.1", False),
        ("192.0.2.9", "5@192.0.2.1", False),
        ("5@192.0.2.9", "192.0.2.1", False),
        # What the provider states itself is no address.
        ("service-1", "service-2", False),
    ],
)
def test_only_an_account_known_by_its_address_can_have_moved(known, told, expected):
    assert moved_from(known, Identity(told, ""), "http://192.0.2.1/api") is expected


def test_an_account_without_an_address_has_not_moved():
    assert not moved_from("a", Identity("b", ""), "")


async def test_the_key_survives_a_move_only_on_request():
    account = FakeAccount()
    known = [None, "other:192.0.2.9", "provider:192.0.2.9"]
    assert await known_key(account, known) == "provider:192.0.2.1"
    assert await known_key(account, known, moved=True) == "provider:192.0.2.9"
    # From then on it goes by the old name.
    assert await account.key() == "provider:192.0.2.9"


async def test_services_that_are_passed_in_are_not_read():
    account = FakeAccount(services=(Service("2"), Service("1")))
    account.owner = Identity("1", "Provider 1")
    assert await known_key(account, ["provider:2"], services=account.answers["services"]) == "provider:2"
    assert account.asked == []
    assert await known_key(account, ["provider:9"]) == "provider:2"
    assert account.asked == ["services"]
