"""Contacts of the archive, called by name through Home Assistant's own conversation agent, in each language."""

from __future__ import annotations

import logging

import pytest
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.setup import async_setup_component

from custom_components.trunkline.assist.contacts import Wanted
from custom_components.trunkline.assist.language import load_languages
from trunkline.model import ContactSource, Party

from .conftest import make_entry
from .test_assist import LANGUAGES, YES, assist, extension_of, office, placed, say, speed_dial  # noqa: F401  (fixtures)
from .test_websocket import store

FIRST, SECOND, THIRD = "+989120000991", "+989120000992", "+989120000993"
NAMES = {"en": "Maria Stone", "fa": "مریم سنگی", "vi": "Hoà Đá", "lt": "Ona Akmenė", "ru": "Мария Камень"}
CALL = {
    "en": "Call my contact maria stone.",
    "fa": "به مخاطب مريم سنگي زنگ بزن",
    "vi": "Gọi cho liên hệ hoa da nhé",
    "lt": "Paskambink kontaktui Onai Akmenei",
    "ru": "Позвони контакту Марии Камень, пожалуйста",
}
PART = {
    "en": "call contact Maria",
    "fa": "با مخاطب مریم تماس بگیر",
    "vi": "gọi liên hệ Hoà",
    "lt": "skambink kontaktui Ona",
    "ru": "позвони контакту Мария",
}
EXACT = {
    "en": "call contact Maria Stone number ending in {}",
    "fa": "به مخاطب مریم سنگی شماره منتهی به {} زنگ بزن",
    "vi": "gọi cho liên hệ Hoà Đá số kết thúc bằng {}",
    "lt": "paskambink kontaktui Ona Akmenė numeriu su pabaiga {}",
    "ru": "позвони контакту Мария Камень по номеру с окончанием {}",
}
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
WITH = {
    "en": "call contact Maria Stone with Office 2",
    "fa": "به مخاطب مریم سنگی با حساب Office 2 زنگ بزن",
    "vi": "gọi cho liên hệ Hoà Đá bằng Office 2",
    "lt": "paskambink kontaktui Ona Akmenė per Office 2",
    "ru": "позвони контакту Мария Камень через Office 2",
}


async def know(hass, entry, names):
    await hass.async_add_executor_job(entry.runtime_data.archive.contacts.add, names)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_contact_is_called_once_after_a_yes(hass, sandbox, office, say, language):  # noqa: F811
    await know(hass, office, {FIRST: NAMES[language], SECOND: "Somebody Else"})
    asked, conversation_id, _ = await say(CALL[language], language=language)
    phone = extension_of(sandbox)
    for said in (NAMES[language], "Office 1"):
        assert said in asked
    for said in (phone, "0991"):
        assert said in asked or said.translate(PERSIAN) in asked
    assert placed(sandbox) == 0
    await say(YES[language], language=language, conversation_id=conversation_id)
    (request,) = [request for request in sandbox.requests if request.path == "/smartcall"]
    assert request.query["to"].endswith("9120000991")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_of_several_numbers_one_has_to_be_named(hass, sandbox, office, say, language):  # noqa: F811
    await know(hass, office, {FIRST: NAMES[language], SECOND: NAMES[language]})
    asked, conversation_id, _ = await say(CALL[language], language=language)
    assert load_languages()[language].digits("0991") in asked
    assert load_languages()[language].digits("0992") in asked
    await say(YES[language], language=language, conversation_id=conversation_id)
    assert placed(sandbox) == 0
    ending = "۰۹۹۲" if language == "fa" else "0992"
    _, conversation_id, _ = await say(EXACT[language].format(ending), language=language)
    await say(YES[language], language=language, conversation_id=conversation_id)
    (request,) = [request for request in sandbox.requests if request.path == "/smartcall"]
    assert request.query["to"].endswith("9120000992")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_of_several_people_one_has_to_be_named(hass, sandbox, office, say, language):  # noqa: F811
    first = NAMES[language].split()[0]
    await know(hass, office, {FIRST: NAMES[language], SECOND: f"{first} Other"})
    asked, conversation_id, _ = await say(PART[language], language=language)
    assert NAMES[language] in asked
    assert f"{first} Other" in asked
    await say(YES[language], language=language, conversation_id=conversation_id)
    assert placed(sandbox) == 0
    # A whole name goes before parts of others.
    await know(hass, office, {THIRD: first})
    _, conversation_id, _ = await say(PART[language], language=language)
    await say(YES[language], language=language, conversation_id=conversation_id)
    (request,) = [request for request in sandbox.requests if request.path == "/smartcall"]
    assert request.query["to"].endswith("9120000993")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_of_several_accounts_one_has_to_be_named(hass, sandbox, assist, setup, say, language):  # noqa: F811
    for which in (0, 1):
        dials = [speed_dial("Workshop", extension_of(sandbox, which))]
        entry = await setup(make_entry(sandbox, which, subentries_data=dials))
    await know(hass, entry, {FIRST: NAMES[language]})
    asked, *_ = await say(CALL[language], language=language)
    assert "Office 1" in asked
    assert "Office 2" in asked
    asked, conversation_id, _ = await say(WITH[language], language=language)
    assert "Office 2" in asked
    await say(YES[language], language=language, conversation_id=conversation_id)
    assert placed(sandbox) == 1


async def test_a_name_that_only_callers_carry_is_never_called(hass, sandbox, office, say):  # noqa: F811
    store(office, source=Party(number=FIRST, e164=FIRST, name="Maria Stone"))
    contacts = office.runtime_data.archive.contacts
    assert "Maria Stone" in [contact.name for contact in contacts.entries(ContactSource.CALLS)]
    assert (await say("call contact Maria Stone"))[0] == "No contact is called Maria Stone."


async def test_nobody_is_called_without_a_phone_that_rings_first(hass, sandbox, assist, setup, say):  # noqa: F811
    entry = await setup(make_entry(sandbox))
    await know(hass, entry, {FIRST: "Maria Stone"})
    answer, *_ = await say("call contact Maria Stone")
    assert answer.startswith("It is not known which phone to ring first.")
    assert (await say("call contact Nobody"))[0] == "No contact is called Nobody."


async def test_who_may_not_place_calls_learns_no_names(hass, office, say, hass_read_only_user):  # noqa: F811
    await know(hass, office, {FIRST: "Maria Stone", SECOND: "Maria Brook"})
    answer, *_ = await say("call contact Maria", user=hass_read_only_user)
    assert answer == "You may not place calls with Office 1."


async def test_a_speed_dial_with_the_word_goes_before_contacts(hass, sandbox, assist, setup, say):  # noqa: F811
    entry = await setup(
        make_entry(sandbox, subentries_data=[speed_dial("Contact Center", extension_of(sandbox), "02155500010")])
    )
    await know(hass, entry, {FIRST: "Center"})
    asked, *_ = await say("call the contact center")
    assert "Call Contact Center (number ending in 0010)" in asked


async def test_numbers_are_in_no_log(hass, sandbox, office, say, caplog):  # noqa: F811
    caplog.set_level(logging.DEBUG, "custom_components.trunkline")
    caplog.set_level(logging.DEBUG, "homeassistant.components.conversation")
    caplog.set_level(logging.DEBUG, "trunkline")
    await know(hass, office, {FIRST: "Maria Stone"})
    _, conversation_id, _ = await say("call contact Maria Stone")
    await say("yes", conversation_id=conversation_id)
    assert placed(sandbox) == 1
    assert "9120000991" not in caplog.text


@pytest.mark.parametrize(
    "sentence", ["call the lights off", "call Maria Stone", "contact Maria Stone", "call contacts", "phone home"]
)
async def test_other_sentences_are_left_to_others(hass, office, say, sentence):  # noqa: F811
    await know(hass, office, {FIRST: "Maria Stone"})
    assert (await say(sentence))[2] == "error"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "turn on the Lamp"),
        ("fa", "Lamp رو روشن کن"),
        ("vi", "bật Lamp"),
        ("lt", "įjunk Lamp"),
        ("ru", "включи Lamp"),
    ],
)
async def test_the_sentences_of_home_assistant_still_work(hass, office, say, language, sentence):  # noqa: F811
    assert await async_setup_component(hass, "intent", {})
    assert await async_setup_component(hass, "light", {})
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"lamp": {"name": "Lamp"}}})
    async_expose_entity(hass, "conversation", "input_boolean.lamp", should_expose=True)
    await hass.async_block_till_done()
    before = hass.states.get("input_boolean.lamp").state
    answer, _, kind = await say(sentence, language=language)
    await hass.async_block_till_done()
    assert (before, kind, hass.states.get("input_boolean.lamp").state) == ("off", "action_done", "on"), answer


@pytest.mark.parametrize(
    ("language", "said", "name", "rank"),
    [
        ("en", "maria stone", "Maria STONE", 0),
        ("en", "jose", "José", 1),
        ("en", "stone", "Maria Stone", 2),
        ("en", "jose", "José Stone", 3),
        ("en", "tone", "Maria Stone", None),
        ("en", "", "Maria", None),
        ("fa", "كيان", "کیان", 0),
        ("fa", "پیش خوان", "پیش‌خوان", 0),
        ("fa", "پیشخوان", "پیش‌خوان", 0),
        ("vi", "da", "Đá", 1),
        ("vi", "hoá", "Hoà", 1),
        ("lt", "Jonui", "Jonas", 0),
        ("lt", "Akmenei", "Ona Akmenė", 2),
        ("ru", "Алену", "Алёна", 1),
        ("ru", "Склад", "Склад", 0),
    ],
)
def test_how_well_a_name_fits(language, said, name, rank):
    assert Wanted(said, load_languages()[language].endings).rank(name) == rank
