"""The signature: the manufacturer's own examples, recomputed by hand where no example exists."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.providers.mor.api.signing import signatures

# The manufacturer's pages on the hash, on calling cards, on a user's details and calls, and on the version.
VECTORS = [
    ("456789", "user_details_get", {"user_id": "123"}, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
    (
        "Very Sercet Key",
        "user_calls_get",
        {"user_id": "123", "period_start": "1252454580", "calltype": "answered"},
        "b93c35d5c6183288322122561a3da7e09abb63b7",
    ),
    ("456789", "card_from_group_sell", {"id": "6", "quantity": "2"}, "37086d860581fabc278413cd1a417d5c079f6eba"),
    (
        "secret",
        "user_calls_get",
        {"s_user": "0", "period_start": "1136073600", "period_end": "1266537599"},
        "31b1c56a63668aee98bbf5c9b52b8f43eaacf5a2",
    ),
    (
        "secret",
        "user_calls_get",
        {"s_user": "2", "period_start": "1136073600", "period_end": "1266537599"},
        "43f2db87819904038ee86e2f56cd156c541d2521",
    ),
    ("secret", "phonebooks_get", {"user_id": "2"}, "38282ca5e65e63746498ef5b39a2fe71c6448df4"),
    ("123450", "system_version_get", {}, "5b1d5b1569de26f631ba3edf0d89f65be5af4e3d"),
    # The page of users_get, whose hash contains the user name and the password.
    ("secret", "users_get", {"u": "admin", "p": "admin1"}, "c420ef706a02e6449994b7575b25ef5f74cc722b"),
]
# Pages of actions whose hash is of the key alone, or of one parameter.
MORE = [
    ("secret", "recordings_get", {"u": "admin", "date_from": "1"}, "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"),
    ("secret", "device_clis_get", {"devices_id": "6", "users_id": "3"}, "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"),
]


def sha1(text):
    return hashlib.sha1(text.encode()).hexdigest()


@pytest.mark.parametrize(("key", "action", "params", "expected"), VECTORS + MORE)
def test_the_manufacturers_examples_are_reproduced(key, action, params, expected):
    assert signatures(action, params, key)[0] == expected


def test_the_order_is_the_lists_and_not_the_requests():
    params = {"src": "3", "dst": "2", "device": "1"}
    assert signatures("callback_init", params, "k") == (sha1("123k"),)
    period = {"s_till": "3", "provider_id": "2", "s_from": "1"}
    assert signatures("payments_get", period, "k")[0] == sha1("123k")
    entry = {"user_id": "1", "name": "3", "number": "2", "speeddial": "4"}
    assert signatures("phonebook_record_create", entry, "k") == (sha1("1234k"),)


@pytest.mark.parametrize("name", ["u", "p", "hash", "test", "cli_lega", "cli_legb"])
def test_credentials_and_the_legs_of_a_callback_are_not_hashed(name):
    params = {"device": "1", "src": "3", name: "x"}
    assert signatures("callback_init", params, "k") == (sha1("13k"),)


@pytest.mark.parametrize(
    ("name", "kept", "dropped"),
    [("s_user", "12", "all"), ("device", "all", "x1"), ("s_did", "all", "-"), ("period_start", "1", "today")],
)
def test_a_value_that_the_server_ignores_is_left_out(name, kept, dropped):
    assert signatures("user_calls_get", {name: kept}, "k") == (sha1(f"{kept}k"),)
    assert signatures("user_calls_get", {name: dropped}, "k") == (sha1("k"),)


def test_there_are_two_signatures_where_the_pages_contradict_each_other():
    assert signatures("recordings_get", {"date_from": "1"}, "k") == (sha1("k"), sha1("1k"))
    assert signatures("user_details_update", {"user_id": "2", "u23": "A"}, "k") == (sha1("2k"), sha1("2Ak"))


@pytest.mark.parametrize("action", ["user_login", "login"])
def test_a_login_hashes_user_name_and_password_as_its_page_says(action):
    # "SHA1 hash constructed using parameters above": u, then p, then the key.
    assert signatures(action, {"u": "me", "p": "pass"}, "k") == (sha1("mepassk"),)


@pytest.mark.parametrize("action", ["rate_get", "rate"])
def test_a_rate_hashes_the_user_name_that_it_is_for(action):
    # "SHA1 hash constructed using username and API_Secret_Key": neither u nor the prefix.
    params = {"u": "me", "username": "them", "prefix": "370", "by_full_dst": "1"}
    assert signatures(action, params, "k") == (sha1("themk"),)


def test_quick_figures_hash_the_user_name_unless_it_is_an_administrators():
    # The page's own example of an administrator: the key alone.
    administrator = "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"
    assert signatures("quickstats_get", {"u": "admin"}, "secret") == (sha1("adminsecret"), administrator)


@given(
    action=st.sampled_from(["user_calls_get", "recordings_get", "cli_add", "unheard_of"]),
    params=st.dictionaries(st.sampled_from(["s_user", "u", "name", "number", "date_from"]), st.text(max_size=8)),
    key=st.text(max_size=20),
)
def test_any_text_can_be_signed(action, params, key):
    for signature in signatures(action, params, key):
        assert len(signature) == 40
        assert int(signature, 16) >= 0
