"""The registry: providers, their dialects, their credentials, and what is said of settings that can't work."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.providers.test_base import BARE
from trunkline import open_account
from trunkline.errors import ConfigError
from trunkline.providers import PROVIDERS, CredentialField, on_register, register, unregister
from trunkline.providers.base import AccountSettings, credentials_of

NAME = CredentialField("name", "Name", "Who.", secret=False)
KEY = CredentialField("key", "Key", "What.", required=False)
CONTEXT = CredentialField("context", "Context", "Where.", required=False, default="main")
INFO = replace(BARE, credentials=(NAME, KEY, CONTEXT))


def test_credentials_are_stripped_and_those_that_may_be_left_out_have_their_defaults():
    assert credentials_of(INFO, {"name": " me "}) == {"name": "me", "key": "", "context": "main"}
    assert credentials_of(INFO, {"name": "me", "key": "k", "context": " "})["context"] == "main"


@pytest.mark.parametrize(("given", "words"), [({"key": "k"}, "needs name"), ({"name": "x", "kye": "k"}, "has no kye")])
def test_what_is_missing_or_unheard_of_is_named(given, words):
    with pytest.raises(ConfigError, match=f"{words}; its credentials are: name, key, context"):
        credentials_of(INFO, given)


def test_a_dialect_is_chosen_by_its_id():
    mor = PROVIDERS["mor"]
    assert [dialect.dialect for dialect in mor.dialects] == ["pages", "api"]
    assert mor.in_dialect(None) is mor
    assert mor.in_dialect("pages") is mor
    assert mor.in_dialect("api").base_url == ""
    with pytest.raises(ConfigError, match="Kolmisoft MOR has no dialect 'soap'; known: pages, api"):
        mor.in_dialect("soap")
    with pytest.raises(ConfigError, match="Telefonchy has no dialect 'v2'; known: none"):
        open_account("telefonchy", dialect="v2", token="x" * 20)


def test_a_server_of_ones_own_must_be_named():
    with pytest.raises(ConfigError, match="Simotel needs the address of your server"):
        open_account("simotel", api_key="x" * 20)


async def test_a_list_without_cursors_has_none():
    account = BARE.load()(BARE, AccountSettings(base_url=BARE.base_url, zone=ZoneInfo("UTC"), currency="EUR"), {})
    with pytest.raises(NotImplementedError):
        account.cursor_pages("")
    with pytest.raises(NotImplementedError):
        account.cursor_at(datetime.now(UTC))
    with pytest.raises(NotImplementedError):
        account.cursor_time("")
    assert account.billing is None


@pytest.fixture
def registered():
    register(BARE)
    yield BARE
    unregister("bare")


async def test_a_registered_provider_can_be_opened_and_is_listed_until_it_is_removed():
    register(BARE)
    try:
        assert PROVIDERS["bare"] is BARE
        async with open_account("bare") as account:
            assert account.info is BARE
    finally:
        unregister("bare")
    assert "bare" not in PROVIDERS
    with pytest.raises(ConfigError, match="there is no provider 'bare'"):
        open_account("bare")


def test_registering_the_same_description_again_changes_nothing(registered):
    register(replace(registered))
    assert PROVIDERS["bare"] is registered


def test_an_id_belongs_to_one_provider(registered):
    with pytest.raises(ConfigError, match=r"there is already a provider 'bare' \(Bare\): choose another id"):
        register(replace(registered, name="Other"))
    with pytest.raises(ConfigError, match="there is already a provider 'mor'"):
        register(replace(registered, provider_id="mor"))


@pytest.mark.parametrize("provider_id", ["", "Bare", "1bare", "bare-1", "bare:1", "b" * 51])
def test_a_malformed_id_is_refused(provider_id):
    with pytest.raises(ConfigError, match="can't be a provider id"):
        register(replace(BARE, provider_id=provider_id))


def test_dialects_of_a_provider_are_told_apart():
    first = replace(BARE, dialect="one", others=(replace(BARE, dialect="one"),))
    with pytest.raises(ConfigError, match="the dialects of Bare must have"):
        register(first)
    with pytest.raises(ConfigError, match="the dialects of Bare must have"):
        register(replace(BARE, others=(replace(BARE, provider_id="other", dialect="two"),)))


def test_a_built_in_provider_stays():
    with pytest.raises(ConfigError, match="built in"):
        unregister("mor")
    assert "mor" in PROVIDERS


def test_listeners_hear_of_providers_that_are_registered():
    heard = []
    remove = on_register(heard.append)
    try:
        register(BARE)
        register(BARE)
    finally:
        unregister("bare")
        remove()
    register(BARE)
    unregister("bare")
    assert heard == [BARE]


def test_the_registry_loads_no_wire_format():
    code = "import sys, trunkline.providers; print([m for m in sys.modules if m.startswith('trunkline.providers.') and m.count('.') > 2])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
