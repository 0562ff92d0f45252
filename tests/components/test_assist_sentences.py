"""Each sentence of each language is understood, means one thing, and takes nothing away from Home Assistant."""

from __future__ import annotations

import json
import random
import re
import string
from pathlib import Path

import pytest

from custom_components.trunkline.assist.callees import Callee
from custom_components.trunkline.assist.language import load_languages
from custom_components.trunkline.assist.names import find, spellings, spoken, without
from custom_components.trunkline.assist.sentences import build_commands

from .conftest import make_entry
from .test_assist import LANGUAGES, NAMES, assist, extension_of, office, say, speed_dial  # noqa: F401  (fixtures)

FILES = {language: json.loads(path.read_text(encoding="utf-8")) for language, path in (
    (language, Path(__file__).parents[2] / f"custom_components/trunkline/assist/languages/{language}.json")
    for language in LANGUAGES
)}  # fmt: skip
SAMPLES = 12
GROUP = re.compile(r"\[([^\[\]()]*)\]|\(([^\[\]()]*)\)")
# Home Assistant takes some Vietnamese questions about callers for "is anybody home?", and answers no.
MISUNDERSTOOD = {("vi", "who_called")}
# How the answer to each kind of question begins in English, which also sentences of other languages get on demand.
ANSWERS = {
    "credit": "Office 1, line ending in",
    "who_called": "In the last 24 hours",
    "cost": "In March 2026",
    "call": "To confirm, say yes. Call Workshop",
    "call_with": "To confirm, say yes. Call Workshop",
}


def sampled(template: str, chosen: random.Random, **names: str) -> str:
    """Return one of the sentences that a template describes."""
    for name, text in names.items():
        template = template.replace(f"{{{name}}}", text)
    while group := GROUP.search(template):
        options = (group[1] + "|" if group[1] is not None else group[2]).split("|")
        template = template[: group.start()] + chosen.choice(options) + template[group.end() :]
    return " ".join(template.split())


def sentences(language: str, kinds) -> list[tuple[str, str]]:
    """Return some sentences of each kind, always the same ones."""
    chosen = random.Random(language)
    return [
        (kind, sampled(template, chosen, name=NAMES["en"], account="Office 1"))
        for kind in kinds
        for template in FILES[language]["sentences"][kind]
        for _ in range(SAMPLES)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_sentence_is_answered(office, say, language):  # noqa: F811
    for kind, sentence in sentences(language, ANSWERS):
        answer, *_ = await say(sentence)
        assert answer.startswith(ANSWERS[kind]), sentence


@pytest.mark.parametrize("language", LANGUAGES)
async def test_home_assistant_itself_answers_none_of_the_sentences(assist, sandbox, setup, say, language):  # noqa: F811
    dials = [speed_dial("Workshop", extension_of(sandbox))]
    await setup(make_entry(sandbox, subentries_data=dials, options={"assist": False}))
    kinds = [kind for kind in (*ANSWERS, "yes") if (language, kind) not in MISUNDERSTOOD]
    for _, sentence in sentences(language, kinds):
        answer, _, outcome = await say(sentence, language=language)
        assert outcome == "error", (sentence, answer)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_yes_and_no_is_understood(office, say, language):  # noqa: F811
    waiting = {"yes": "No call is waiting", "no": ""}
    for kind, sentence in sentences(language, waiting):
        await say("call the workshop")
        answer, _, outcome = await say(sentence, conversation_id="another")
        assert outcome == "action_done", sentence
        assert answer.startswith(waiting[kind]), sentence
        assert bool(answer) is (kind == "yes"), sentence


def test_every_language_has_the_same_texts_and_placeholders():
    english = FILES["en"]
    for language, data in FILES.items():
        assert set(data) - {"months_of_days", "number_mark"} == set(english), language
        assert set(data["sentences"]) == set(english["sentences"]), language
        assert len(data["months"]) == len(data.get("months_of_days", data["months"])) == 12
        for part in ("answers", "currencies"):
            assert list(data[part]) == list(english[part]), language
            for key, text in data[part].items():
                assert fields(text) == fields(english[part][key]), (language, key)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


CONTACT = {"en": " contact ", "fa": " مخاطب ", "vi": " liên hệ ", "lt": " kontaktui ", "ru": " контакту "}


def test_only_names_that_are_known_are_in_the_sentences_unless_the_word_contact_is_before_them():
    languages = load_languages()
    callee = Callee("Workshop", ())
    for callees in ([callee], []):
        free = [
            sentence for sentence in build_commands(languages, callees, ["Office"]).sentences["call"] if "{" in sentence
        ]
        assert free
        for sentence in free:
            assert any(f"{word}{{contact}}" in sentence for word in CONTACT.values())
    assert build_commands(languages, [], []).sentences["call"] == ()
    assert not any("Office" in sentence for sentence in build_commands(languages, [callee], []).sentences["call"])


def test_a_name_goes_before_a_form_of_another_one():
    first, second = Callee("Jonui", ()), Callee("Jonas", ())
    for callees in ([first, second], [second, first]):
        known = build_commands(load_languages(), callees, []).callees
        assert (known["Jonui"], known["Joną"]) == (first, second)


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [
        ("lt", "Dirbtuvės", {"Dirbtuvės", "Dirbtuvėms", "Dirbtuves"}),
        ("lt", "Jonas", {"Jonas", "Jonui", "Joną"}),
        ("lt", "Buhalterija", {"Buhalterija", "Buhalterijai", "Buhalteriją"}),
        ("lt", "Sandėlis", {"Sandėlis", "Sandėliui", "Sandėlį"}),
        ("ru", "Мастерская", {"Мастерская", "Мастерской", "Мастерскую"}),
        ("ru", "Мама", {"Мама", "Маме", "Маму"}),
        ("ru", "Склад", {"Склад", "Складу"}),
        ("ru", "Бухгалтерия", {"Бухгалтерия", "Бухгалтерии", "Бухгалтерию"}),
        ("en", "Front-desk", {"Front-desk", "Front desk"}),
        ("fa", "پیش‌خوان", {"پیش‌خوان", "پیش خوان", "پیشخوان"}),
        ("fa", "كارگاه", {"کارگاه"}),
        # With the sign that doubles a letter, or without it.
        ("fa", "محم\u0651د", {"محم\u0651د", "محمد"}),
    ],
)
def test_a_name_is_known_in_the_forms_in_which_it_is_spoken(language, name, expected):
    assert set(spellings(name, load_languages()[language].endings)) == expected


@pytest.mark.parametrize("name", ["{name}", "<rule>", "a|b", "(x", "[y]", "!?", "-", "  "])
def test_a_name_is_never_syntax(name):
    for spelling in spellings(name, {}):
        assert not set(spelling) & set("{}<>[]()|!?")
    assert spoken("-") == spoken("!?") == spoken(" ") == ""


def test_the_longest_name_in_a_sentence_is_meant():
    assert find("call the front desk please", ["desk", "front desk", "Front"]) == "front desk"
    assert find("call deskmate", ["desk"]) is None
    assert find("Call DESK.", ["desk"]) == "desk"
    assert without("call desk with office desk", "desk") == "call desk with office"
    assert find("به كارگاه زنگ بزن", ["کارگاه"]) == "کارگاه"
    assert find("به محمد زنگ بزن", ["محم\u0651د"]) == "محم\u0651د"
