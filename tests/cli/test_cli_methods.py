"""Every public method of every provider's account, with every argument, is on the command line or left out for a reason."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from trunkline.cli import items, methods, words
from trunkline.cli.commands.place import NAMED
from trunkline.cli.main import build_parser
from trunkline.cli.methods import NOT_OFFERED, Kind, account_methods, signature_of
from trunkline.model import Capability, Direction, PlacedCall
from trunkline.providers import PROVIDERS, Account, register, unregister
from trunkline.providers.overview import dialects, heading

PAGE = Path(__file__).parents[2] / "docs/command.md"
INFOS = dialects(PROVIDERS)
# A capability that names what an account has rather than a method that is asked for.
FAMILIES = ("get", "do", "download")


def commands():
    """Return the parsers of all commands by their words, such as `get contacts`."""
    (top,) = (action.choices for action in build_parser()._actions if action.choices)
    found = {}
    for name, parser in top.items():
        parser.complete()
        if name in FAMILIES:
            (members,) = (action.choices for action in parser._actions if action.choices)
            for what, member in members.items():
                member.complete()
                found[f"{name} {what}"] = member
        else:
            found[name] = parser
    return found


def options(parser):
    return {option for action in parser._actions for option in action.option_strings}


def own_methods(info):
    """Return the public methods of a provider's accounts that it supports, without the help of the command's table."""
    account = info.load()
    for name in dir(account):
        function = inspect.getattr_static(account, name)
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        if name in set(Capability) and name not in info.capabilities:
            continue
        if name in {"count", "cursor_pages", "cursor_at", "cursor_time"} and not account.ordered:
            continue
        yield name, function


# The options of paid calls are called after what a person does with a telephone.
RENAMED = {
    "click_to_call": {"source": "--from", "destination": "--to", "stream": "--service"},
    "secure_call": {"source": "--from", "destination": "--to"},
    "callback": {"source": "--from", "destination": "--to"},
    "send_otp": {"number": "--to"},
}
PLACES = {"click_to_call": "call", "secure_call": "call", "callback": "callback", "send_otp": "otp"}
# What is found by its id, and by more where a provider doesn't list it.
ITEMS = {
    ("recording", "call"): {"--call-id"},
    ("voicemail_audio", "voicemail"): {"--voicemail-id", "--mailbox", "--context", "--filename"},
    ("fax_document", "fax"): {"--fax-id", "--filename"},
}
# Arguments by any other name.
ANY = {"request": set(), "download": {"--param"}}
CRITERIA = {"--conditions", "--since", "--until", "--start", "--count", "--sorting", "--alike"}


def expected_options(name, function):
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if (name, parameter.name) in ITEMS:
            yield from ITEMS[name, parameter.name]
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            yield from ANY.get(name, CRITERIA)
        else:
            yield RENAMED.get(name, {}).get(parameter.name, f"--{parameter.name.replace('_', '-')}")


@pytest.mark.parametrize("info", INFOS, ids=heading)
def test_every_method_and_argument_is_on_the_command_line_or_left_out_for_a_reason(info):
    available = commands()
    checked = 0
    for name, function in own_methods(info):
        if name in NOT_OFFERED or name == "request":
            continue
        word = {"download": "file", "fax_document": "fax", "voicemail_audio": "voicemail"}.get(name, name)
        names = [PLACES[name]] if name in PLACES else [f"{family} {word.replace('_', '-')}" for family in FAMILIES]
        having = [command for command in names if command in available]
        assert len(having) == 1, name
        assert set(expected_options(name, function)) <= options(available[having[0]]), name
        checked += 1
    assert checked > 5


def test_what_is_left_out_exists_and_has_a_reason():
    existing = {name for info in INFOS for name, _ in own_methods(info)}
    assert set(NOT_OFFERED) <= existing
    assert all(len(reason) > 20 for reason in NOT_OFFERED.values())
    # Nothing that only some provider has is left out but what would put a secret on the command line.
    assert {name for name in NOT_OFFERED if not hasattr(Account, name)} == {"simple_balance"}


def test_what_costs_money_is_neither_read_nor_done_for_all_accounts():
    for name, method in account_methods().items():
        paid = any(signature.returns == "PlacedCall" for signature in method.signatures.values())
        assert (method.kind is Kind.PAID) is paid, name
        assert not paid or name in NAMED


def test_every_argument_says_what_it_is_for():
    for name, method in account_methods().items():
        if method.kind is Kind.REQUEST:
            continue
        for parameter in method.parameters.values():
            if parameter.type in items.ITEMS or parameter.name in NAMED.get(name, {}):
                continue
            assert words.argument_help(name, parameter.name), f"{name}.{parameter.name}"


def test_an_argument_of_one_provider_says_so(run):
    help_of = {option: action.help for action in commands()["call"]._actions for option in action.option_strings}
    assert help_of["--caller-id"].endswith("(Simotel)")
    assert "VoIPano" in help_of["--ring-seconds"]
    assert "(" not in help_of["--from"]


def test_the_page_describes_every_command_and_option():
    page = PAGE.read_text(encoding="utf-8")
    for command, parser in commands().items():
        family, _, what = command.partition(" ")
        section = page.split(f"\n## {family}\n")[1].split("\n## ")[0] if f"\n## {family}\n" in page else page
        if not what:
            assert re.search(rf"^trunkline {family}\b", page, re.MULTILINE), command
            words_of = section + page.split("\n## ")[0]
        else:
            row = re.search(rf"^\| `{what}` \|.*$", section, re.MULTILINE)
            assert row, command
            # What all commands of a family take is described before their table.
            words_of = row[0] + section.split("<!--")[0] + page.split("\n## ")[0]
        for option in options(parser) - {"-h", "--help", "--since", "--until"}:
            if not option.startswith("--no-"):
                assert re.search(rf"`{option}[` ]", words_of) or command in {"calls", "report"}, f"{command} {option}"


def test_the_tables_on_the_page_are_current():
    from scripts._commands import PAGE as WRITTEN
    from scripts._commands import current

    text = WRITTEN.read_text(encoding="utf-8")
    assert text == current(text), "run scripts/commands"


class AcmeAccount(PROVIDERS["simotel"].load()):
    """An account of another package's provider, with methods that nobody else has."""

    async def weather(self, *, city: str, days: int = 3) -> dict[str, str]:
        """Return the weather at the exchange (`weather/get`)."""
        return {"city": city, "days": str(days)}

    async def conference(self, *, numbers: tuple[str, ...], format: str = "g711") -> PlacedCall:  # noqa: A002
        """Call several numbers at once."""
        return PlacedCall(f"{len(numbers)} {format}")

    async def wipe(self) -> None:
        """Empty the trash."""


@pytest.fixture
def acme():
    info = replace(
        PROVIDERS["simotel"],
        provider_id="acme",
        name="Acme Telecom",
        load=lambda: AcmeAccount,
        capabilities=frozenset({Capability.CALLS}),
    )
    register(info)
    yield info
    unregister("acme")


@pytest.fixture
def acme_account(home, acme):
    (home / "accounts.toml").write_text(
        '[acme]\nprovider = "acme"\nbase_url = "http://127.0.0.1:9/api/v4"\napi_key = "0123456789abcdef"\n'
    )
    (home / "accounts.toml").chmod(0o600)


def test_a_registered_providers_methods_appear_by_themselves(acme):
    available = commands()
    assert {"--city", "--days", "--format"} <= options(available["get weather"])
    # The command's own --format chooses the output.
    assert {"--numbers", "--conference-format"} <= options(available["do conference"])
    assert "do wipe" in available
    assert account_methods()["weather"].summary == "the weather at the exchange"


def test_a_registered_providers_methods_are_carried_out(acme_account, run):
    status, out, err = run("get", "weather", "--city", "Tehran", "--days", "2", "--format", "csv")
    assert (status, err, out) == (0, "", "account,name,value\nacme,city,Tehran\nacme,days,2\n")
    status, out, err = run(
        "do", "conference", "acme", "--numbers", "101", "--numbers", "102", "--conference-format", "opus",
        "--format", "csv",
    )  # fmt: skip
    assert (status, err) == (0, "")
    assert out.splitlines()[1].startswith("acme,2 opus,accepted")
    assert run("do", "wipe", "acme", "--format", "csv")[1] == "account,name,value\nacme,done,True\n"


def test_a_package_that_cannot_be_loaded_takes_no_other_with_it(caplog):
    def load():
        raise ImportError("no module named acme")

    register(replace(PROVIDERS["simotel"], provider_id="broken", name="Broken Telecom", load=load))
    try:
        assert "contacts" in account_methods()
        assert "Broken Telecom" in caplog.text
    finally:
        unregister("broken")


def test_types_are_read_with_and_without_postponed_annotations():
    def method(self, number, *, since: str | None = None, way: str | None = None, note: str = ""):
        """Return nothing; really."""

    method.__annotations__ |= {"since": datetime | None, "way": Direction | None, "note": "str | None"}
    signature = signature_of(method)
    assert [(each.name, each.type, each.required) for each in signature.parameters][1:] == [
        ("since", "datetime", False),
        ("way", "Direction", False),
        ("note", "str", False),
    ]
    assert signature.parameters[0].required
    assert signature.summary == "nothing"
    assert methods.type_text("None") == "None"
