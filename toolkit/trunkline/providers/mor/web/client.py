"""What all requests to MOR's web pages share: the user's id and currency, periods, confirmations and files."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trunkline.calendars import in_calendar
from trunkline.errors import DataError, NotFoundError, RequestError
from trunkline.model import File
from trunkline.providers.mor import dates
from trunkline.transport import outcome_unknown

from .confirmations import check_confirmation
from .main_page import read_main_page
from .session import MAIN

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from trunkline.calendars import WallClock
    from trunkline.providers.mor.xml_reader import Node

    from .main_page import MainPage
    from .session import Session

# The value of a filter that doesn't filter.
ALL = "all"
_PDF = "application/pdf"
_MEDIA_TYPES = {"pdf": _PDF, "csv": "text/csv"}
_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_DAY, _INSTANT = timedelta(days=1), timedelta(microseconds=1)
_ID = re.compile(r"[A-Za-z0-9_\-]{1,60}", re.ASCII)


class WebClient:
    """Requests of one user. `name` is the provider's name for messages, `zone` that of the server's clock."""

    def __init__(self, session: Session, *, name: str, zone: ZoneInfo, clock: WallClock, currency: str) -> None:
        """Keep the settings; `currency` applies where the main page names none."""
        self.session = session
        self.name = name
        self.zone = zone
        self.clock = clock
        self._default_currency = currency
        self._main_page: MainPage | None = None

    async def main_page(self) -> MainPage:
        """Return the main page as it is now."""
        self._main_page = read_main_page(await self.session.page(MAIN), self._default_currency)
        return self._main_page

    async def user_id(self) -> str:
        """Return the user's id."""
        return (self._main_page or await self.main_page()).user_id

    async def currency(self) -> str:
        """Return the currency of the balance, which applies to pages that name none."""
        main_page = self._main_page or await self.main_page()
        return main_page.balance.currency if main_page.balance is not None else self._default_currency

    async def search(
        self, path: str, *, since: datetime | None, until: datetime | None, filters: dict[str, str] | None = None
    ) -> Node:
        """Return a page for a period, narrowed by the page's own filters."""
        form = {"userid": await self.user_id(), "search_on": "1", **self.period(since, until), **(filters or {})}
        return await self.session.page(path, method="POST", form=form)

    async def change(self, path: str, form: dict[str, str], effect: str) -> None:
        """Send a change once and check that the server confirms it."""
        root = await self.session.send(path, form=form, effect=effect)
        try:
            check_confirmation(root, self.name)
        except DataError as error:
            raise outcome_unknown(str(error), effect) from None

    async def export(self, path: str, params: dict[str, str], *, stem: str, form: str) -> File:
        """Return a file that the server makes; `form` (`pdf` or `csv`) is also the end of its name."""
        media_type = _MEDIA_TYPES[form]
        reply = await self.session.file(path, params=params)
        if media_type == _PDF and not reply.body.startswith(b"%PDF"):
            raise reply.wrong("a PDF file")
        return File(content=reply.body, media_type=reply.media_type or media_type, filename=f"{stem}.{form}")

    def period(self, since: datetime | None, until: datetime | None) -> dict[str, str]:
        """Return a half-open period as the pages take it: in the server's wall clock, both ends included."""
        first = since if since is not None else _FIRST_DAY
        end = until if until is not None else datetime.now(UTC) + _DAY
        return {
            "period_start": dates.wall_clock_text(in_calendar(first).astimezone(self.zone)),
            "period_end": dates.wall_clock_text(in_calendar(end).astimezone(self.zone) - _INSTANT),
        }


def check_export_form(form: str) -> None:
    """Raise `RequestError` for a kind of file that the pages don't make."""
    if form not in _MEDIA_TYPES:
        msg = "a file can be exported as pdf or csv"
        raise RequestError(msg)


def checked_id(text: str, what: str) -> str:
    """Return an id that can be part of a path; `NotFoundError` for one that can't be an id of MOR."""
    if not _ID.fullmatch(text):
        msg = f"this isn't an id of a {what} at MOR"
        raise NotFoundError(msg)
    return text
