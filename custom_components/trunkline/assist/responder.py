"""Answers the questions that somebody asks Assist, and places the calls that they confirm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from trunkline import inert

from ..account.access import may_ask_for_calls, may_place_calls
from ..account.archive_damage import damage_reported
from ..account.naming import ending
from ..const import DOMAIN, LOGGER
from ..errors import action_errors
from .absence import HOURS, async_last_absence
from .answers import Period, callers_answer, contacts_answer, cost_answer, credit_answer
from .callees import LONGEST_NAME, Target, can_call, phone_of
from .confirmation import WaitingCall
from .contacts import Wanted, digits_in, find_contacts, people
from .figures import async_callers_of, async_cost_of, credit_of
from .names import find, spellings, without

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.exceptions import HomeAssistantError

    from ..runtime import TrunklineConfigEntry
    from .callees import Callee
    from .confirmation import Confirmations
    from .language import Language
    from .question import Question


class Responder:
    """Answers for the accounts that take part in Assist. `on_waiting` is told when a call begins to wait for a yes."""

    def __init__(
        self,
        hass: HomeAssistant,
        entries: Mapping[str, TrunklineConfigEntry],
        confirmations: Confirmations,
        *,
        on_waiting: Callable[[], Awaitable[None]],
    ) -> None:
        """Answer from the entries, by their ids, as they are at each question."""
        self._hass = hass
        self._entries = entries
        self._confirmations = confirmations
        self._on_waiting = on_waiting

    async def async_credit(self, question: Question) -> str:
        """Say how much credit is left."""
        return credit_answer(question.language, map(credit_of, self._entries.values()), dt_util.now().date())

    async def async_who_called(self, question: Question) -> str:
        """Say who called while the user was out, or within the last hours if that isn't known."""
        now = dt_util.now()
        absence = await async_last_absence(self._hass, question.user_id)
        if absence is None:
            # In UTC, because a day on which the clock changes has another number of hours.
            since = dt_util.as_local(dt_util.utcnow() - timedelta(hours=HOURS))
            period, until = Period(hours=HOURS), now
        else:
            since, until = dt_util.as_local(absence.left), dt_util.as_local(absence.back or now)
            period = Period(since, until if absence.back else None)
        allowed, refused = self._divided(question)
        said = [question.language.say("may_not_see", account=entry.title) for entry in refused]
        if allowed:
            # Until a moment later, because a call that rings right now started this second.
            end = until + timedelta(seconds=1)
            accounts = [await async_callers_of(self._hass, entry, since, end) for entry in allowed]
            said.insert(0, callers_answer(question.language, period, accounts, now.date()))
        return " ".join(said)

    def _divided(self, question: Question) -> tuple[list[TrunklineConfigEntry], list[TrunklineConfigEntry]]:
        """Return the accounts whose calls the user may see, and the others."""
        entries = list(self._entries.values())
        allowed = [entry for entry in entries if may_ask_for_calls(entry, question.user)]
        return allowed, [entry for entry in entries if entry not in allowed]

    async def async_cost(self, question: Question) -> str:
        """Say what calls cost in the current month of the language's calendar."""
        accounts = []
        for entry in self._entries.values():
            today = dt_util.utcnow().astimezone(entry.runtime_data.account.zone).date()
            first = question.language.month_start(today)
            accounts.append((await async_cost_of(self._hass, entry, first), first))
        return cost_answer(question.language, accounts)

    async def async_call(self, question: Question, callees: Mapping[str, Callee]) -> str:
        """Ask for a yes before a call is placed. `callees` are who can be called, by each spelling of the name."""
        if "contact" in question.slots:
            return await self._async_call_contact(question)
        spelling = find(question.sentence, callees)
        if spelling is None:
            return question.language.say("call_failed")
        callee = callees[spelling]
        targets = [target for target in callee.targets if target.entry_id in self._entries]
        named = _named_account(without(question.sentence, spelling), targets)
        if named is not None:
            targets = [named]
        if len(targets) != 1:
            accounts = question.language.join(target.account for target in targets)
            return question.language.say("which_account", name=callee.name, accounts=accounts)
        return await self._async_ask(question, callee.name, targets[0])

    async def _async_call_contact(self, question: Question) -> str:
        """Ask for a yes before a contact of the archive is called, or say how to tell which number is meant."""
        language, said = question.language, question.slots["contact"]
        name = inert.plain(said, LONGEST_NAME)
        targets = [
            Target(entry.entry_id, inert.plain(entry.title), "") for entry in self._entries.values() if can_call(entry)
        ]
        named = _named_account(without(question.sentence, said), targets)
        if named is not None:
            targets = [named]
        if len(targets) != 1:
            accounts = language.join(target.account for target in targets)
            return language.say("contact_account", name=name, accounts=accounts)
        (target,) = targets
        entry = self._entries[target.entry_id]
        # Who may not place calls isn't told who the contacts are either.
        if not may_place_calls(entry, question.user):
            return language.say("may_not_call", account=target.account)
        wanted, digits = Wanted(said, language.endings), digits_in(question.slots.get("ending", ""))
        with action_errors(entry.title), damage_reported(self._hass):
            found = await self._hass.async_add_executor_job(find_contacts, entry.runtime_data.archive, wanted, digits)
        if len(found) != 1:
            return contacts_answer(language, name, people(found), [contact.number for contact in found])
        (contact,) = found
        return await self._async_ask(
            question, contact.name, replace(target, number=contact.number), text="contact_confirm"
        )

    async def _async_ask(self, question: Question, name: str, target: Target, text: str = "confirm") -> str:
        entry, language = self._entries[target.entry_id], question.language
        if not may_place_calls(entry, question.user):
            return language.say("may_not_call", account=target.account)
        phone = target.phone or phone_of(entry, question.user.name if question.user else None, target.number)
        if phone is None:
            return language.say("no_phone", name=name, account=target.account)
        if question.conversation_id is None:
            return language.say("call_failed")
        self._confirmations.ask(
            question.conversation_id,
            WaitingCall(
                entry_id=target.entry_id, phone=phone, number=target.number, name=name, user_id=question.user_id
            ),
        )
        await self._on_waiting()
        return language.say(
            text,
            name=name,
            number=language.digits(ending(target.number)),
            account=target.account,
            phone=language.digits(ending(phone)),
        )

    async def async_yes(self, question: Question) -> str:
        """Place the call that waits for this yes, once."""
        language = question.language
        call = self._confirmations.take(question.conversation_id, question.user_id)
        if call is None:
            return language.say("nothing_waiting")
        entry = self._entries.get(call.entry_id)
        if entry is None:
            return language.say("call_failed")
        if not may_place_calls(entry, question.user):
            return language.say("may_not_call", account=entry.title)
        with action_errors(entry.title):
            await entry.runtime_data.requests.async_place_call(source=call.phone, destination=call.number)
        phone = language.digits(ending(call.phone))
        return language.say("calling", name=call.name, account=entry.title, phone=phone)

    async def async_no(self, question: Question) -> str:
        """Forget the call that waits; nothing is said where none does."""
        waited = self._confirmations.take(question.conversation_id, question.user_id)
        return question.language.say("cancelled") if waited else ""


def _named_account(rest: str, targets: Iterable[Target]) -> Target | None:
    """Return the account that is named in what is left of a sentence without the name of who is called."""
    spelled = {spelling: target for target in targets for spelling in spellings(target.account, {})}
    found = find(rest, spelled)
    return None if found is None else spelled[found]


async def async_error_text(hass: HomeAssistant, error: HomeAssistantError, language: Language) -> str:
    """Return what went wrong in the language of the question."""
    texts = await async_get_translations(hass, language.code, "exceptions", {DOMAIN})
    text = texts.get(f"component.{DOMAIN}.exceptions.{error.translation_key}.message")
    if text is None:
        LOGGER.warning("Assist could not answer: %s", error)
        return language.say("call_failed")
    return text.format(**(error.translation_placeholders or {}))
