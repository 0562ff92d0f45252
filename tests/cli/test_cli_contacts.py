"""`trunkline contacts`: names go in from files, come out in lists and files, and stand beside the numbers of calls."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from trunkline import Archive
from trunkline.archive.contacts import Contacts
from trunkline.errors import ArchiveError, RequestError
from trunkline.model import Call, ContactSource, Direction, Party, Status
from trunkline.providers.simotel.account import SimotelAccount

KEY = "telefonchy:sv1"
SHOP, CLINIC = "+989125550101", "+982155500102"
CARDS = """BEGIN:VCARD
VERSION:3.0
FN:The shop
TEL;TYPE=CELL:0912 555 0101
TEL;TYPE=WORK:1510
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:درمانگاه
TEL:+98 21 5550 0102
END:VCARD
BEGIN:VCARD
VERSION:3.0
TEL:09125550109
END:VCARD
"""


@pytest.fixture
def archived(home):
    """An archive with a call whose caller has a name."""
    with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
        archive.register(KEY, provider="telefonchy", title="office", zone="Asia/Tehran", currency="IRR")
        call = Call(
            account=KEY,
            call_id="7",
            direction=Direction.INCOMING,
            status=Status.NO_ANSWER,
            started_at=datetime(2026, 10, 20, 8, tzinfo=UTC),
            source=Party("9125550101", SHOP, "shop caller"),
        )
        archive.store([call])
    (home / "cards.vcf").write_text(CARDS)
    return home


def listed(run, *arguments):
    status, out, err = run(*arguments, "--format", "json")
    assert (status, err) == (0, "")
    return json.loads(out)


def test_imported_names_are_listed_and_shown_with_calls(archived, run):
    assert [call["source_name"] for call in listed(run, "calls")] == ["shop caller"]
    # The country is that of the archived account.
    [row] = listed(run, "contacts", "import", str(archived / "cards.vcf"))
    assert row == {"numbers": 2, "new_or_changed": 2, "without_name": 1, "unusable_numbers": 1}
    assert listed(run, "contacts", "import", str(archived / "cards.vcf"))[0]["new_or_changed"] == 0
    assert [(row["number"], row["name"], row["source"], row["account"]) for row in listed(run, "contacts", "list")] == [
        (CLINIC, "درمانگاه", "imported", None),
        (SHOP, "The shop", "imported", None),
        (SHOP, "shop caller", "calls", "office"),
    ]
    assert [row["learned_at"] for row in listed(run, "contacts", "list", "--source", "calls")] == [
        "2026-10-20T08:00:00+00:00"
    ]
    assert [call["source_name"] for call in listed(run, "calls")] == ["The shop"]


def test_order_decides_which_name_is_shown(archived, run):
    run("contacts", "import", str(archived / "cards.vcf"))
    assert [row["source"] for row in listed(run, "contacts", "order")] == ["imported", "phonebook", "calls"]
    assert [row["source"] for row in listed(run, "contacts", "order", "calls")] == ["calls", "imported", "phonebook"]
    assert [call["source_name"] for call in listed(run, "calls")] == ["shop caller"]


@pytest.mark.parametrize("name", ["names.csv", "names.vcf"])
def test_exported_names_can_be_imported_again(archived, run, name):
    run("contacts", "import", str(archived / "cards.vcf"))
    path = archived / name
    status, out, err = run("contacts", "export", str(path))
    assert (status, out) == (0, "")
    assert err == f"trunkline: 2 numbers are in {path}\n"
    assert path.stat().st_mode & 0o077 == 0
    assert run("contacts", "export", str(path))[0] == 2
    assert run("contacts", "export", str(path), "--force")[0] == 0
    assert listed(run, "contacts", "remove", "--all") == [{"removed": 2}]
    assert listed(run, "contacts", "import", str(path))[0]["new_or_changed"] == 2
    with Archive.open(f"sqlite:///{archived / 'archive.db'}") as archive:
        assert archive.contacts.names() == {SHOP: "The shop", CLINIC: "درمانگاه"}
    assert run("contacts", "export", str(path), "--force", "--source", "calls")[0] == 0
    assert "shop caller" in path.read_text()


def test_names_are_removed_by_number_and_source(archived, run):
    run("contacts", "import", str(archived / "cards.vcf"))
    assert listed(run, "contacts", "remove", "0912 555 0101") == [{"removed": 1}]
    assert listed(run, "contacts", "remove", SHOP, "--source", "calls") == [{"removed": 1}]
    assert [row["number"] for row in listed(run, "contacts", "list")] == [CLINIC]


def test_list_as_csv_can_be_imported(archived, run):
    run("contacts", "import", str(archived / "cards.vcf"))
    _, out, _ = run("contacts", "list", "--source", "imported", "--format", "csv")
    assert [row["name"] for row in csv.DictReader(io.StringIO(out))] == ["درمانگاه", "The shop"]
    (archived / "list.csv").write_text(out)
    assert listed(run, "contacts", "import", str(archived / "list.csv"))[0]["numbers"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "absent.vcf"), "can't read absent.vcf (No such file or directory)"),
        (("import", "cards.vcf", "--country", "XX"), "'XX' is no country"),
        (("list", "--source", "rumour"), "'rumour' is not one of imported, phonebook, calls"),
        (("order", "rumour"), "'rumour' is not one of"),
        (("remove",), "name the numbers whose names are removed, or use --all"),
        (("remove", SHOP, "--all"), "name the numbers whose names are removed, or use --all"),
        (("remove", "1510"), "a number isn't one with a country code"),
        (("export", "."), "name the file to export to"),
    ],
)
def test_what_cannot_be_done_is_one_line(archived, run, monkeypatch, arguments, said):
    monkeypatch.chdir(archived)
    status, out, err = run("contacts", *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_file_that_holds_no_contacts_is_an_error_without_its_content(archived, run):
    path = archived / "notes.txt"
    path.write_text("call 09125550101 about the secret\n")
    status, _, err = run("contacts", "import", str(path))
    assert status == 1
    assert "neither a vCard file nor a CSV file" in err
    assert "555" not in err
    assert "secret" not in err


def test_numbers_without_a_country_need_one_if_the_accounts_have_several(home, run):
    with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
        for key, provider in ((KEY, "telefonchy"), ("mor:1", "mor")):
            archive.register(key, provider=provider, title=provider, zone="UTC", currency="EUR")
    path = home / "names.csv"
    path.write_text("name,number\nShop,09125550101\n")
    assert listed(run, "contacts", "import", str(path))[0]["unusable_numbers"] == 1
    assert listed(run, "contacts", "import", str(path), "--country", "ir")[0]["new_or_changed"] == 1


@pytest.mark.parametrize("wire", ["simotel", "mor", "mor-api"])
def test_sync_reads_the_phonebook(everything, run, home, wire):
    assert run("sync", wire, "--quiet")[0] == 0
    contacts = listed(run, "get", "contacts", wire)
    with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
        known = archive.contacts.entries(ContactSource.PHONEBOOK)
    assert known
    assert {contact.name for contact in known} <= {contact["name"] for contact in contacts}
    assert len({contact.origin for contact in known}) == 1


def test_sync_keeps_the_calls_if_the_phonebook_can_not_be_read(everything, run, home, monkeypatch):
    async def refused(_):
        raise RequestError("the list is locked")

    monkeypatch.setattr(SimotelAccount, "contacts", refused)
    status, _, err = run("sync", "simotel", "--quiet")
    assert status == 0
    assert "simotel: the phonebook wasn't read: the list is locked" in err
    with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
        assert archive.count() > 0


def test_sync_fails_if_the_archive_can_not_keep_the_phonebook(everything, run, monkeypatch):
    def full(*_):
        raise ArchiveError("the disk is full")

    monkeypatch.setattr(Contacts, "replace_phonebook", full)
    status, _, err = run("sync", "simotel", "--quiet")
    assert status == 1
    assert "the disk is full" in err
