"""The callers to call back of one account: ticking them off, here and at the provider, and putting them back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from trunkline.errors import TrunklineError
from trunkline.model import Capability

from ..const import DOMAIN
from ..errors import placeholders
from .missed import find_caller

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trunkline.providers import Account

    from .missed import MissedCaller, MissedCallers
    from .requests import AccountRequests
    from .ticks import TickStore

MOST_MARKED: Final = 20
"""So many calls of a caller are marked at the provider at most, the newest: each takes a request."""

_SECOND: Final = timedelta(seconds=1)


class CallBacks:
    """Ticks callers off, and puts them back on the list."""

    def __init__(
        self,
        title: str,
        account: Account,
        ticks: TickStore,
        *,
        requests: AccountRequests,
        callers: Callable[[], MissedCallers],
        publish: Callable[[], Awaitable[None]],
    ) -> None:
        """Take the callers as `callers` returns them; `publish` shows what has changed. `title` is the account's."""
        self._title = title
        self._account = account
        self._ticks = ticks
        self._requests = requests
        self._callers = callers
        self._publish = publish

    async def async_tick_off(self, uid: str) -> None:
        """Take a caller off the list until another call is missed, and mark the calls at the provider where it can.

        Raises a translated `HomeAssistantError` if they could not be marked; the caller is ticked off nevertheless.
        """
        caller = find_caller(self._callers().waiting, uid)
        if caller is None:
            if find_caller((*self._callers().ticked, *self._callers().reached), uid) is not None:
                return
            raise self._not_listed()
        await self._ticks.async_add(caller.uids, caller.ended)
        await self._publish()
        try:
            await self._async_mark(caller)
        except TrunklineError as error:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="caller_not_marked",
                translation_placeholders=placeholders(account=self._title, error=str(error)),
            ) from error

    async def async_untick(self, uid: str) -> None:
        """Put a caller who was ticked off back on the list. At the provider the calls stay marked."""
        caller = find_caller(self._callers().ticked, uid)
        if caller is None:
            if find_caller(self._callers().waiting, uid) is not None:
                return
            if find_caller(self._callers().reached, uid) is not None:
                raise ServiceValidationError(translation_domain=DOMAIN, translation_key="caller_reached")
            raise self._not_listed()
        await self._ticks.async_remove(caller.uids)
        await self._publish()

    async def _async_mark(self, caller: MissedCaller) -> None:
        account = self._account
        if not (account.supports(Capability.MISSED_CALLS) and account.supports(Capability.MARK_MISSED)):
            return

        async def mark() -> None:
            listed = await account.missed_calls(since=caller.first, until=caller.last + _SECOND)
            # The list has ids of its own, so that its calls are recognized by the caller and the time.
            calls = [
                missed.call
                for missed in listed
                if not missed.processed and {missed.call.source.number, missed.call.source.e164} & {*caller.numbers}
            ]
            for call in calls[:MOST_MARKED]:
                await account.mark_missed(call.call_id)

        await self._requests.async_send(mark)

    def _not_listed(self) -> ServiceValidationError:
        return ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="caller_not_listed",
            translation_placeholders=placeholders(account=self._title),
        )
