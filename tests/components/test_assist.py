"""Questions and calls through Home Assistant's own conversation agent, in each language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import jdatetime
import pytest
from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.components import conversation
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import Context
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.trunkline.assist.figures import AccountCallers
from custom_components.trunkline.assist.registration import DATA_ASSIST
from trunkline.errors import ArchiveError
from trunkline.model import Call, Direction, Party, Status

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


async def test_nothing_is_placed_without_a_yes(sandbox, office, say, later):
    await say(CALL["en"])
    await later(120)
    assert placed(sandbox) == 0


async def test_a_no_ends_it(sandbox, office, say):
    _, conversation_id, _ = await say(CALL["en"])
    answer, *_ = await say("No, thanks", conversation_id=conversation_id)
    assert answer == "OK, no call is placed."
    await say("Yes", conversation_id=conversation_id)
    assert placed(sandbox) == 0


async def test_a_yes_after_a_minute_is_too_late(sandbox, office, say, later):
    _, conversation_id, _ = await say(CALL["en"])
    await later(61)
    _, _, kind = await say("Yes", conversation_id=conversation_id)
    assert kind == "error"
    assert placed(sandbox) == 0


async def test_a_later_question_does_not_prolong_an_earlier_one(sandbox, office, say, later):
    _, first, _ = await say(CALL["en"])
    await later(40)
    _, second, _ = await say(CALL["en"])
    await later(30)
    answer, *_ = await say("Yes", conversation_id=first)
    assert answer == "No call is waiting for your confirmation."
    assert placed(sandbox) == 0
    await say("Yes", conversation_id=second)
    assert placed(sandbox) == 1


async def test_a_yes_counts_only_in_its_conversation_and_from_its_user(hass, sandbox, office, say, hass_read_only_user):
    _, conversation_id, _ = await say(CALL["en"])
    for other in ({"conversation_id": "another"}, {"conversation_id": conversation_id, "user": hass_read_only_user}):
        answer, *_ = await say("Yes", **other)
        assert answer == "No call is waiting for your confirmation."
    assert (await say("Never mind", conversation_id="another"))[0] == ""
    assert placed(sandbox) == 0
    await say("Yes", conversation_id=conversation_id)
    assert placed(sandbox) == 1


async def test_the_last_call_that_was_asked_for_is_placed(sandbox, assist, setup, say):
    phone = extension_of(sandbox)
    dials = [speed_dial("Workshop", phone), speed_dial("Front desk", phone, "02155500010")]
    await setup(make_entry(sandbox, subentries_data=dials))
    _, conversation_id, _ = await say("call the workshop")
    await say("call the front desk", conversation_id=conversation_id)
    answer, *_ = await say("yes", conversation_id=conversation_id)
    assert answer.startswith("Calling Front desk")
    (request,) = [request for request in sandbox.requests if request.path == "/smartcall"]
    assert request.query["to"].endswith("2155500010")


async def test_a_call_beyond_the_hourly_limit_is_refused(sandbox, assist, setup, say):
    dials = [speed_dial("Workshop", extension_of(sandbox))]
    await setup(make_entry(sandbox, subentries_data=dials, options={"calls_per_hour": 1}))
    for _ in range(2):
        _, conversation_id, _ = await say(CALL["en"])
        answer, *_ = await say("Yes", conversation_id=conversation_id)
    assert answer == "Hourly limit of 1 calls reached. Try again in 60 minutes."
    assert placed(sandbox) == 1


async def test_what_went_wrong_is_told_in_the_language_of_the_question(hass, sandbox, office, say):
    _, conversation_id, _ = await say(CALL["fa"], language="fa")
    sandbox.faults.add("expired_token")
    answer, *_ = await say("بله", language="fa", conversation_id=conversation_id)
    texts = await async_get_translations(hass, "fa", "exceptions", {"trunkline"})
    expected = texts["component.trunkline.exceptions.action_authentication.message"]
    assert answer.startswith(expected.partition("{error}")[0].format(account="Office 1"))


async def test_an_archive_that_cannot_be_read_is_told(office, say, monkeypatch):
    def fail(*_args, **_options):
        raise ArchiveError("disk full")

    monkeypatch.setattr(type(office.runtime_data.archive), "costs_by_hour", fail)
    answer, *_ = await say(COST["en"])
    assert answer.startswith("The call archive is not available for Office 1.")


async def test_a_lost_reply_is_told_and_the_call_is_not_placed_again(sandbox, office, say):
    _, conversation_id, _ = await say(CALL["en"])
    sandbox.faults.add("cut")
    answer, *_ = await say("Yes", conversation_id=conversation_id)
    assert "did not confirm" in answer
    _, _, kind = await say("Yes", conversation_id=conversation_id)
    assert kind == "error"
    assert office.runtime_data.call_limit.used == 1


async def test_who_may_not_place_calls_is_refused(hass, sandbox, assist, setup, say, hass_read_only_user):
    entry = make_entry(sandbox, subentries_data=[speed_dial("Workshop", extension_of(sandbox))])
    await setup(entry)
    user = await hass.auth.async_create_user("User", group_ids=[GROUP_ID_USER])
    assert (await say(CALL["en"], user=hass_read_only_user))[0] == "You may not place calls with Office 1."
    for allowed in (user, None):
        assert (await say(CALL["en"], user=allowed))[0].startswith("To confirm")
    hass.config_entries.async_update_entry(entry, options={"admins_only": True})
    for refused in (user, None):
        assert (await say(CALL["en"], user=refused))[0] == "You may not place calls with Office 1."
        answer, *_ = await say(WHO_CALLED["en"], user=refused)
        assert answer == "Only administrators may ask about the calls of Office 1."
    assert placed(sandbox) == 0


async def test_a_right_that_was_taken_meanwhile_is_gone(hass, sandbox, office, say):
    user = await hass.auth.async_create_user("User", group_ids=[GROUP_ID_USER])
    _, conversation_id, _ = await say(CALL["en"], user=user)
    await hass.auth.async_update_user(user, group_ids=[GROUP_ID_READ_ONLY])
    answer, *_ = await say("Yes", conversation_id=conversation_id, user=user)
    assert answer == "You may not place calls with Office 1."
    assert placed(sandbox) == 0


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "call grandma"),
        ("en", "call the workshop manager"),
        ("fa", "به مادربزرگ زنگ بزن"),
        ("vi", "gọi cho bà"),
        ("lt", "paskambink močiutei"),
        ("ru", "позвони бабушке"),
    ],
)
async def test_a_name_that_is_not_known_is_left_to_home_assistant(sandbox, office, say, language, sentence):
    _, _, kind = await say(sentence, language=language)
    assert kind == "error"


async def test_an_extension_is_called_from_the_phone_of_the_user(hass, sandbox, assist, setup, say):
    entry = await setup(make_entry(sandbox))
    first, second = [extension for extension in entry.runtime_data.coordinator.data.extensions if extension.name][:2]
    assert (await say(f"call {second.name}"))[0].startswith("It is not known which phone to ring first.")
    user = await hass.auth.async_create_user(first.name, group_ids=[GROUP_ID_USER])
    _, conversation_id, _ = await say(f"call {second.name}", user=user)
    answer, *_ = await say("yes", conversation_id=conversation_id, user=user)
    assert answer == f"Calling {second.name} with Office 1. The phone {first.number} rings first."
    assert placed(sandbox) == 1


async def test_of_several_accounts_one_has_to_be_named(sandbox, assist, setup, say):
    for which in (0, 1):
        dials = [speed_dial("Workshop", extension_of(sandbox, which))]
        await setup(make_entry(sandbox, which, subentries_data=dials))
    answer, conversation_id, _ = await say("call the workshop")
    assert answer == ("Workshop is in several accounts. Ask to call Workshop with one of these: Office 1, Office 2.")
    await say("yes", conversation_id=conversation_id)
    assert placed(sandbox) == 0
    answer, conversation_id, _ = await say("call the workshop with Office 2")
    assert answer.endswith("with Office 2?")
    await say("yes", conversation_id=conversation_id)
    assert placed(sandbox) == 1


async def test_sentences_follow_the_speed_dials(hass, sandbox, office, say):
    (subentry,) = [subentry for subentry in office.subentries.values() if subentry.title == "Workshop"]
    hass.config_entries.async_update_subentry(office, subentry, title="Garage")
    await hass.config_entries.async_reload(office.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await say("call the workshop"))[2] == "error"
    assert "Garage" in (await say("call the garage"))[0]


async def test_sentences_are_there_for_the_accounts_that_want_it(hass, sandbox, assist, setup, say):
    await setup(make_entry(sandbox, options={"assist": False}))
    assert DATA_ASSIST not in hass.data
    assert (await say(CREDIT["en"]))[2] == "error"
    second = await setup(make_entry(sandbox, 1))
    answer, *_ = await say(CREDIT["en"])
    assert "Office 2" in answer
    assert "Office 1" not in answer
    await hass.config_entries.async_unload(second.entry_id)
    assert (await say(CREDIT["en"]))[2] == "error"


async def test_a_yes_that_is_waited_for_is_forgotten_with_the_account(hass, sandbox, office, say):
    _, conversation_id, _ = await say(CALL["en"])
    await unload(hass)
    assert (await say("yes", conversation_id=conversation_id))[2] == "error"
    assert placed(sandbox) == 0


async def test_without_a_conversation_agent_the_account_works(hass, loaded):
    assert loaded.state.value == "loaded"
    assert DATA_ASSIST not in hass.data


# Questions


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_credit_of_each_line_is_told(sandbox, office, say, state, language):
    answer, *_ = await say(CREDIT[language], language=language)
    lines = office.runtime_data.coordinator.data.trunks.values()
    assert len(lines) == 2
    for line in lines:
        assert written(line.trunk.credit.amount, language) in answer
        assert digits(line.trunk.number[-4:], language) in answer


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_cost_of_the_month_is_that_of_the_calendar_of_the_language(sandbox, office, say, language):
    answer, *_ = await say(COST[language], language=language)
    # Noon in Tehran on 10 March 2026, the 19th of Esfand 1404; Tehran is three and a half hours ahead of UTC.
    since = {"fa": datetime(2026, 2, 19, 20, 30, tzinfo=UTC)}.get(language, datetime(2026, 2, 28, 20, 30, tzinfo=UTC))
    assert jdatetime.date(1404, 12, 1).togregorian().isoformat() == "2026-02-20"
    cost = sum(row.price for row in sandbox.world.offices[0].calls if row.started_at >= since.timestamp())
    assert written(Decimal(cost), language) in answer
    assert {
        "en": "March 2026",
        "fa": "اسفند ۱۴۰۴",
        "vi": "tháng 3 năm 2026",
        "lt": "2026 m. kovo",
        "ru": "март 2026",
    }[language] in answer


def written(amount: Decimal, language: str) -> str:
    """Return a whole amount as it is written in a language."""
    groups = {"en": ",", "fa": "٬", "vi": ".", "lt": "\u00a0", "ru": "\u00a0"}
    return digits(f"{int(amount):,}".replace(",", groups[language]), language)


def digits(text: str, language: str) -> str:
    return text.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")) if language == "fa" else text


def store(entry, call_id: str, at: datetime, **changes) -> None:
    values = {
        "direction": Direction.INCOMING,
        "status": Status.NO_ANSWER,
        "source": Party(number="09120000999", e164="+989120000999"),
        "destination": Party(number="02155500001"),
    }
    call = Call(account=entry.runtime_data.account_key, call_id=call_id, started_at=at, **(values | changes))
    entry.runtime_data.archive.store([call])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_called_tells_missed_and_answered_callers_of_the_last_day(hass, office, say, now, language):
    await hass.config.async_set_time_zone("Asia/Tehran")
    store(office, "a", now - timedelta(minutes=2))
    store(office, "b", now - timedelta(minutes=1))
    store(office, "c", now, status=Status.ANSWERED, source=Party(number="1", name="Sara <b>"))
    answer, *_ = await say(WHO_CALLED[language], language=language)
    assert digits("24", language) in answer
    assert "+989120000999" in answer
    assert digits("12:59", language) in answer
    assert "Sara ‹b›" in answer
    missed, answered = answer.index("+989120000999"), answer.index("Sara")
    assert missed < answered


async def test_who_called_covers_the_absence_of_the_user(
    hass, recorder_mock, office, say, hass_admin_user, freezer, now
):
    await hass.config.async_set_time_zone("Asia/Tehran")
    for state, minutes in (("home", 1), ("not_home", 10), ("home", 60)):
        freezer.move_to(now + timedelta(minutes=minutes))
        hass.states.async_set("person.sara", state, {"user_id": hass_admin_user.id})
        await async_wait_recording_done(hass)
    for minutes in (5, 30, 90):
        number = f"0912000{minutes:04}"
        store(office, str(minutes), now + timedelta(minutes=minutes), source=Party(number=number))
    freezer.move_to(now + timedelta(minutes=120))
    answer, *_ = await say(WHO_CALLED["en"])
    assert answer == "While you were out (left at 13:10, back at 14:00): Office 1, missed: 09120000030 at 13:30."
    # Another user has no person.
    answer, *_ = await say(WHO_CALLED["en"], user=None)
    assert answer.startswith("In the last 24 hours:")


async def test_the_last_hours_are_so_many_also_when_the_clock_changes(hass, office, say, freezer, monkeypatch):
    periods = []

    async def callers_of(_hass, entry, since, until):
        periods.append(until.astimezone(UTC) - since.astimezone(UTC))
        return AccountCallers(entry.title, (), ())

    monkeypatch.setattr("custom_components.trunkline.assist.responder.async_callers_of", callers_of)
    await hass.config.async_set_time_zone("Europe/Vilnius")
    freezer.move_to(datetime(2026, 3, 29, 9, tzinfo=UTC))
    await say(WHO_CALLED["en"], user=None)
    assert periods == [timedelta(hours=24, seconds=1)]
