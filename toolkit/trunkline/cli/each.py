"""Does something with each configured account, one after another."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trunkline.errors import ConfigError, RequestError, TrunklineError
from trunkline.transport import outcome_unknown

from .loop import run
from .output import warn
from .settings import chosen_accounts
from .status import FAILED, OK, USAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from trunkline.providers import Account

    from .settings import ConfiguredAccount


def for_each_account(
    names: Sequence[str],
    act: Callable[[ConfiguredAccount, Account], Coroutine[Any, Any, list[dict[str, Any]]]],
) -> tuple[list[dict[str, Any]], int]:
    """Open each named account (all, if no name is given) and return the rows of all of them and the exit status.

    An account that fails is reported on standard error; the others go on. Raises `ConfigError` for wrong settings.
    """
    return run(_for_each_account(names, act))


async def _for_each_account(
    names: Sequence[str],
    act: Callable[[ConfiguredAccount, Account], Coroutine[Any, Any, list[dict[str, Any]]]],
) -> tuple[list[dict[str, Any]], int]:
    rows: list[dict[str, Any]] = []
    status = OK
    for configured in chosen_accounts(names):
        try:
            async with configured.open() as account:
                rows += await act(configured, account)
        except ConfigError:
            raise
        except TrunklineError as error:
            status = USAGE if isinstance(error, RequestError) else FAILED
            warn(f"{configured.name}: {error}")
    return rows, status


@contextmanager
def sent_once(configured: ConfiguredAccount, effect: str) -> Iterator[None]:
    """Send what is never repeated. If a person stops it meanwhile, a warning tells of its possible `effect`."""
    try:
        yield
    except asyncio.CancelledError:
        warn(f"{configured.name}: {outcome_unknown('stopped before the provider replied', effect)}")
        raise
