"""Questions and calls through Home Assistant's own conversation agent, in each language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import jdatetime
import pytest
from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.components import conversation
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import Context
from homeassistant.setup import async_setup_component

from custom_components.trunkline.assist.language import load_languages
from custom_components.trunkline.assist.registration import DATA_ASSIST
from trunkline.model import Call, Direction, Money, Party, Status

from .conftest import make_entry
from .flows import unload

NUMBER = "02155500009"
LANGUAGES = ("en", "fa", "vi", "lt", "ru")
CALL = {
    "en": "Call the workshop.",
    "fa": "به کارگاه زنگ بزن",
    "vi": "Gọi cho xưởng nhé",
    "lt": "Paskambink į dirbtuves",
    "ru": "Позвони в мастерскую",
}
NAMES = {"en": "Workshop", "fa": "کارگاه", "vi": "Xưởng", "lt": "Dirbtuvės", "ru": "Мастерская"}
YES = {"en": "Yes", "fa": "بله", "vi": "Có", "lt": "Taip", "ru": "Да"}
CREDIT = {
    "en": "How much credit is left?",
    "fa": "چقدر اعتبار مانده؟",
    "vi": "Còn bao nhiêu tiền điện thoại?",
    "lt": "Kiek kredito liko?",
    "ru": "Сколько денег осталось на телефоне?",
}
WHO_CALLED = {
    "en": "Who called while I was out?",
    "fa": "وقتی نبودم کی زنگ زد؟",
    "vi": "Ai gọi khi tôi đi vắng?",
    "lt": "Kas skambino, kol manęs nebuvo?",
    "ru": "Кто звонил, пока меня не было?",
}
COST = {
    "en": "What did calls cost this month?",
    "fa": "هزینه تماس‌ها این ماه چقدر شد؟",
    "vi": "Tháng này các cuộc gọi tốn bao nhiêu?",
    "lt": "Kiek šį mėnesį kainavo skambučiai?",
    "ru": "Сколько стоили звонки в этом месяце?",
}


def speed_dial(name: str, extension: str, number: str = NUMBER) -> ConfigSubentryData:
    return ConfigSubentryData(
        data={"from": extension, "to": number}, subentry_type="speed_dial", title=name, unique_id=None
    )


def extension_of(sandbox, which: int = 0) -> str:
    return sandbox.accounts["telefonchy"][which].extensions[0]


def placed(sandbox) -> int:
    return sum(request.path == "/smartcall" for request in sandbox.requests)


@pytest.fixture
async def assist(hass):
    """Set up Home Assistant's own agent."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})


@pytest.fixture
async def office(assist, sandbox, setup):
    """Return an entry with a speed dial for the workshop in each language."""
    dials = [speed_dial(name, extension_of(sandbox)) for name in NAMES.values()]
    return await setup(make_entry(sandbox, subentries_data=dials))


@pytest.fixture
def say(hass, hass_admin_user):
    """Return a function that says a sentence, and returns the answer and the id of the conversation."""

    async def converse(text, *, language="en", conversation_id=None, user=hass_admin_user):
        context = Context(user_id=user.id if user else None)
        result = await conversation.async_converse(hass, text, conversation_id, context, language)
        return result.response.speech["plain"]["speech"], result.conversation_id, result.response.response_type.value

    return converse


# Calls


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_call_is_placed_once_after_a_yes(sandbox, office, say, language):
    asked, conversation_id, _ = await say(CALL[language], language=language)
    assert NAMES[language] in asked
    assert "Office 1" in asked
    assert placed(sandbox) == 0
    answer, *_ = await say(YES[language], language=language, conversation_id=conversation_id)
    assert NAMES[language] in answer
    assert placed(sandbox) == 1
    assert office.runtime_data.call_limit.used == 1
    # The sentence is over: a second yes is Home Assistant's again.
    _, _, kind = await say(YES[language], language=language, conversation_id=conversation_id)
    assert kind == "error"
    assert placed(sandbox) == 1
