"""What a provider's phonebook becomes in the archive."""

from __future__ import annotations

from trunkline import Archive
from trunkline.model import Contact, ContactSource
from trunkline.numbers import e164
from trunkline.sync import sync_phonebook


class Book:
    """An account with a phonebook."""

    def __init__(self, *contacts: Contact) -> None:
        self._contacts = contacts

    async def key(self) -> str:
        return "simotel:1"

    async def contacts(self) -> tuple[Contact, ...]:
        return self._contacts

    def full_number(self, number: str) -> str | None:
        return e164(number, "IR")


async def test_names_and_companies_of_full_numbers_are_kept(tmp_path):
    book = Book(
        Contact(name="The shop", numbers=("09120000777", "101")),
        Contact(name="Another", numbers=("09120000777",)),
        Contact(company="Clinic", numbers=("09120000888",)),
        # neither of them names anybody
        Contact(name="0912", company=None, numbers=("09120000999",)),
        Contact(name="No number"),
    )
    with Archive.open(f"sqlite:///{tmp_path / 'archive.db'}") as archive:
        archive.register("simotel:1", provider="simotel", title="Office", zone="Asia/Tehran", currency="IRR")
        assert await sync_phonebook(book, archive) == 2
        assert archive.contacts.names() == {"+989120000777": "The shop", "+989120000888": "Clinic"}
        assert {each.source for each in archive.contacts.entries()} == {ContactSource.PHONEBOOK}
        assert await sync_phonebook(Book(), archive) == 2
        assert archive.contacts.names() == {}
