"""Requests that actions and buttons send to the provider: paid ones are limited and looked for afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers.event import async_call_later

from trunkline.errors import AuthenticationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator
    from datetime import datetime
    from typing import Any

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from trunkline.model import PlacedCall
    from trunkline.providers import Account

    from .call_limit import CallLimit
    from .tasks import Spawn

# The account is polled so many seconds after a call was placed: it rings, it ends, it is charged.
POLLS_AFTER_CALL = (5, 20, 60, 180)


def _nothing(_source: str, _placed: PlacedCall) -> None:
    return


class AccountRequests:
    """Sends the requests of actions to one account. Nothing is ever repeated."""

    def __init__(
        self,
        hass: HomeAssistant,
        account: Account,
        *,
        limit: CallLimit,
        poll: Callable[[], Coroutine[Any, Any, None]],
        spawn: Spawn,
        start_reauth: Callable[[], None],
    ) -> None:
        """Poll after paid requests, and start a reauthentication when the credentials are refused."""
        self._hass = hass
        self._account = account
        self._limit = limit
        self._poll = poll
        self._spawn = spawn
        self._start_reauth = start_reauth
        self._timers: set[CALLBACK_TYPE] = set()
        self._stopped = False
        self.on_placed: Callable[[str, PlacedCall], None] = _nothing
        """Called with the phone that rings first and the reply, for each call that was placed."""

    async def async_place_call(
        self, *, source: str, destination: str, stream: str | None = None, **options: Any
    ) -> PlacedCall:
        """Ring `source`, then `destination`, within the hourly limit; raises `TrunklineError`.

        `options` are further arguments of `click_to_call`.
        """
        placed = await self.async_send_paid(
            partial(self._account.click_to_call, source=source, destination=destination, stream=stream, **options)
        )
        self.on_placed(source, placed)
        return placed

    async def async_send_paid(self, request: Callable[[], Awaitable[PlacedCall]]) -> PlacedCall:
        """Send a request that costs money, within the hourly limit; raises `TrunklineError`."""
        await self._limit.async_take()
        try:
            return await self.async_send(request)
        finally:
            # Also after an error: if the outcome is unknown, only the call list shows it.
            for delay in POLLS_AFTER_CALL:
                self._poll_in(delay)

    async def async_send[T](self, request: Callable[[], Awaitable[T]]) -> T:
        """Send a request that is free of charge; raises `TrunklineError`."""
        with self.reauth_if_refused():
            return await request()

    @contextmanager
    def reauth_if_refused(self) -> Iterator[None]:
        """Ask for new credentials if those of the account are refused."""
        try:
            yield
        except AuthenticationError:
            self._start_reauth()
            raise

    def _poll_in(self, seconds: float) -> None:
        if self._stopped:
            # The request took longer than the account was loaded.
            return

        @callback
        def poll(_now: datetime) -> None:
            self._timers.discard(cancel)
            self._spawn(self._poll())

        cancel = async_call_later(self._hass, seconds, poll)
        self._timers.add(cancel)

    @callback
    def async_stop(self) -> None:
        """Cancel the polls that are still due, and make no others."""
        self._stopped = True
        for cancel in self._timers:
            cancel()
        self._timers.clear()
