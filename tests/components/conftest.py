"""Home Assistant with the integration, and a provider on a real socket: the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryData
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from trunkline import open_account
from trunkline.sandbox import CallRow, Sandbox
from trunkline.transport import Limits

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, State

    from trunkline.sandbox.world import Office

DOMAIN = "trunkline"
# A Tuesday noon in Tehran (13:00), the 19th of Esfand 1404.
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
# One try of a second: an outage in a test is an outage at once.
QUICK = Limits(connect=1.0, total=1.0, attempts=1, backoff=0.01, patience=1.0)

# The tests' Home Assistant keeps its files in memory, unless these are put back.
REAL_FILES = {name: vars(Store)[name] for name in ("_async_load", "_async_write_data", "async_remove")}

type Setup = Callable[[MockConfigEntry], Awaitable[MockConfigEntry]]


@pytest.fixture(autouse=True)
def _integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration; a recorder has to come before `hass`."""
    for recorder in {"recorder_mock", "async_test_recorder"} & {*request.fixturenames}:
        request.getfixturevalue(recorder)
    request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
def _own_folder(request: pytest.FixtureRequest, tmp_path: Any) -> None:
    """Give each test's archive a folder of its own."""
    if "hass" in request.fixturenames:
        request.getfixturevalue("_integrations")
        request.getfixturevalue("hass").config.config_dir = str(tmp_path)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.trunkline.LIMITS", QUICK)
    monkeypatch.setattr("custom_components.trunkline.config_flow.FLOW_LIMITS", QUICK)


@pytest.fixture
def now(freezer: Any) -> datetime:
    """Stop all clocks at a Tuesday noon in Tehran."""
    freezer.move_to(NOW)
    return NOW


@pytest.fixture
async def sandbox(socket_enabled: None, now: datetime) -> AsyncIterator[Sandbox]:
    """Serve two small offices with three weeks of calls behind them."""
    async with Sandbox(seed=7, calls=800, days=21, now=now) as sandbox:
        yield sandbox


def make_entry(
    sandbox: Sandbox, which: int = 0, *, options: dict[str, Any] | None = None, **more: Any
) -> MockConfigEntry:
    """Return the config entry of one of the sandbox's accounts."""
    account = sandbox.accounts["telefonchy"][which]
    return MockConfigEntry(
        domain=DOMAIN,
        title=f"Office {which + 1}",
        data={
            "provider": "telefonchy",
            "base_url": account.base_url,
            "credentials": dict(account.credentials),
            "webhook_id": webhook.async_generate_id(),
        },
        options=options or {},
        **{"unique_id": f"telefonchy:{account.service_id}"} | more,
    )


@pytest.fixture
def entry(sandbox: Sandbox) -> MockConfigEntry:
    """Return the first office's config entry, not set up yet."""
    return make_entry(sandbox)


async def entry_of(
    sandbox: Sandbox, wire: str, *, subentries: Sequence[ConfigSubentryData] = (), **options: Any
) -> MockConfigEntry:
    """Return an entry for the first account of a wire."""
    account = sandbox.accounts[wire][0]
    async with open_account(
        account.provider, base_url=account.base_url, dialect=account.dialect or None, **account.credentials
    ) as opened:
        key = await opened.key()
    return MockConfigEntry(
        domain=DOMAIN,
        title="Office",
        data={
            "provider": account.provider,
            "dialect": account.dialect,
            "base_url": account.base_url,
            "credentials": dict(account.credentials),
            "webhook_id": webhook.async_generate_id(),
        },
        options=options,
        unique_id=key,
        subentries_data=subentries,
    )


@pytest.fixture
async def setup(hass: HomeAssistant) -> AsyncIterator[Setup]:
    """Return a function that sets an entry up and waits until its calls are in; unload everything at the end."""

    async def set_up(entry: MockConfigEntry) -> MockConfigEntry:
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        return entry

    yield set_up
    for item in hass.config_entries.async_entries(DOMAIN):
        if item.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(item.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def real_files(hass: HomeAssistant) -> Iterator[None]:
    """Let Home Assistant keep its files where it usually does."""
    with pytest.MonkeyPatch.context() as patched:
        for name, method in REAL_FILES.items():
            patched.setattr(Store, name, method)
        yield


@pytest.fixture
async def loaded(entry: MockConfigEntry, setup: Setup) -> MockConfigEntry:
    """Return the first office's entry, set up, its history read."""
    return await setup(entry)


@pytest.fixture
def later(hass: HomeAssistant, freezer: Any) -> Callable[[float], Awaitable[None]]:
    """Return a function that lets so many seconds pass, and whatever is due in them happen."""

    async def pass_time(seconds: float) -> None:
        freezer.tick(seconds)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)

    return pass_time


@pytest.fixture
def entity_id(hass: HomeAssistant) -> Callable[[str, str], str]:
    """Return a function that finds an entity by platform and unique id."""

    def find(platform: str, unique_id: str) -> str:
        found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
        assert found is not None, f"no {platform} {unique_id}"
        return found

    return find


@pytest.fixture
def state(hass: HomeAssistant, entity_id: Callable[[str, str], str]) -> Callable[[str, str], State]:
    """Return a function that reads the state of an entity by platform and unique id."""

    def read(platform: str, unique_id: str) -> State:
        found = hass.states.get(entity_id(platform, unique_id))
        assert found is not None
        return found

    return read


def rows_since(office: Office, since: datetime) -> list[CallRow]:
    """Return the simulated calls that started at `since` or later, straight from the world."""
    return [row for row in office.calls if row.started_at >= since.timestamp()]


@pytest.fixture
async def outside(hass: HomeAssistant, hass_client_no_auth: Any) -> Callable[[str], Awaitable[str]]:
    """Return a function that gives an address on Home Assistant's real socket."""
    # All routes have to be there before the socket is.
    assert await async_setup_component(hass, DOMAIN, {})
    client = None

    async def address(path: str) -> str:
        nonlocal client
        client = client or await hass_client_no_auth()
        return str(client.make_url(path))

    return address
