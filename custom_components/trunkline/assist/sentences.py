"""The sentences that are registered, with the names that are known: a sentence with any other name is not matched.

Only after the word "contact" may any name follow. Home Assistant gives no sentence back that it has matched, so a free
name after "call" alone would take the sentences of others, such as "call the lights off".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .names import spellings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .callees import Callee
    from .language import Language, Languages

QUESTIONS: Final = ("credit", "who_called", "cost")
CONFIRMATIONS: Final = ("yes", "no")
_CALLS: Final = ("call", "call_with")


@dataclass(frozen=True, slots=True)
class Commands:
    """Sentences of all languages by what they ask for, and who is called under which spelling of a name."""

    sentences: Mapping[str, tuple[str, ...]]
    callees: Mapping[str, Callee]


def build_commands(languages: Languages, callees: Iterable[Callee], accounts: Collection[str]) -> Commands:
    """Return the sentences for these callees and accounts."""
    every = list(callees)
    spelled: dict[str, Callee] = {}
    calls: list[str] = []
    for language in languages.values():
        of_language = {spelling: callee for callee in every for spelling in spellings(callee.name, language.endings)}
        spelled |= of_language
        calls += _call_sentences(language, of_language, accounts)
    sentences = {kind: _all(languages, kind) for kind in (*QUESTIONS, *CONFIRMATIONS)}
    # A name itself goes before what an ending makes of another one.
    own = {spelling: callee for callee in every for spelling in spellings(callee.name, {})}
    # One list, because each list that matches a sentence answers it. The first sentence that matches counts, so
    # known names go before free ones.
    calls += [sentence for language in languages.values() for sentence in _contact_sentences(language, accounts)]
    return Commands({**sentences, "call": tuple(calls)}, spelled | own)


def _all(languages: Languages, kind: str) -> tuple[str, ...]:
    return tuple(sentence for language in languages.values() for sentence in language.sentences[kind])


def _call_sentences(language: Language, names: Collection[str], accounts: Iterable[str]) -> list[str]:
    known = {
        "name": _alternatives(names),
        "account": _alternatives(spelling for account in accounts for spelling in spellings(account, {})),
    }
    if not names:
        return []
    return [
        _filled(sentence, known)
        for kind in _CALLS
        for sentence in language.sentences[kind]
        if known["account"] or kind == "call"
    ]


def _contact_sentences(language: Language, accounts: Collection[str]) -> list[str]:
    known = {"account": _alternatives(spelling for account in accounts for spelling in spellings(account, {}))}
    return [_filled(sentence, known) for sentence in language.sentences["contact"]] if known["account"] else []


def _alternatives(spelled: Iterable[str]) -> str:
    return "|".join(dict.fromkeys(spelled))


def _filled(sentence: str, known: Mapping[str, str]) -> str:
    for slot, alternatives in known.items():
        sentence = sentence.replace(f"{{{slot}}}", f"({alternatives})")
    return sentence
