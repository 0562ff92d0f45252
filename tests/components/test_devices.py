"""The devices of an account."""

from __future__ import annotations

from custom_components.trunkline.account.devices import trunk_of


def test_a_device_is_a_trunks_only_by_its_identifier():
    assert trunk_of({("trunkline", "telefonchy:1_2155500001")}, "telefonchy:1") == "2155500001"
    assert trunk_of({("trunkline", "telefonchy:1")}, "telefonchy:1") is None
    assert trunk_of({("trunkline", "telefonchy:1_dial_abc")}, "telefonchy:1") is None
    assert trunk_of({("other", "telefonchy:1_2155500001")}, "telefonchy:1") is None
