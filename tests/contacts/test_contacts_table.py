"""CSV files of contacts: those of Google and Outlook by their headers, our own, and other columns and delimiters."""

from __future__ import annotations

import pytest

from trunkline.contacts import read_contacts, to_csv
from trunkline.errors import DataError

# The headers of Google Contacts ("Google CSV"), since 2024 and before.
GOOGLE = """First Name,Middle Name,Last Name,Phonetic First Name,Organization Name,Notes,Labels,E-mail 1 - Label,\
E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value
Una,,Example,,Bakery,"a note, with +37060055599",* myContacts,* Work,una@example.com,Mobile,+370 612 55504,Work,\
8 5 255 5103 ::: 8 5 255 5105
,,,,Bakery,,* myContacts,,,Main,8 5 255 5106,,
"""
OLD_GOOGLE = """Name,Given Name,Additional Name,Family Name,Organization 1 - Name,Phone 1 - Type,Phone 1 - Value
Una Example,Una,,Example,Bakery,Mobile,861255504
,,,,Bakery,Main,8 5 255 5106
"""
# Some of the columns of Outlook.
OUTLOOK = """"Title","First Name","Middle Name","Last Name","Suffix","Company","Business Street","Business Fax",\
"Business Phone","Mobile Phone","Account","Organizational ID Number","E-mail Address"
"Dr.","Una","M.","Example","","Bakery","5 Long St","","(8-5) 255 5103","+37061255504","12345678","87654321",""
"","","","","","Bakery","","8-5-2555107","","","","",""
"""


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (
            GOOGLE,
            {
                "+37061255504": "Una Example",
                "+37052555103": "Una Example",
                "+37052555105": "Una Example",
                "+37052555106": "Bakery",
            },
        ),
        (OLD_GOOGLE, {"+37061255504": "Una Example", "+37052555106": "Bakery"}),
        (
            OUTLOOK,
            {"+37052555103": "Dr. Una M. Example", "+37061255504": "Dr. Una M. Example", "+37052555107": "Bakery"},
        ),
        ("name,number\nUna,+37061255504\n", {"+37061255504": "Una"}),
        ("Name;Number\r\nExample, Una;861255504\r\n", {"+37061255504": "Example, Una"}),
        ("Telefonas\tVardas\tPavardė\n861255504\tUna\tExample\n", {"+37061255504": "Una Example"}),
        ("ФИО;Телефон\nПример;+37061255504\n", {"+37061255504": "Пример"}),
        ("نام,نام خانوادگی,شماره تلفن\nسارا,نمونه,+989125550101\n", {"+989125550101": "سارا نمونه"}),
        ("Họ tên,Số điện thoại\nNguyễn Mẫu,+842455500107\n", {"+842455500107": "Nguyễn Mẫu"}),
        ('name,number\n"Two\nlines",861255504\n\n,861255505\nShort\n', {"+37061255504": "Two lines"}),
        ('name,phone\nUna,="861255504"\nAna,\'861255505\n', {"+37061255504": "Una", "+37061255505": "Ana"}),
    ],
    ids=["google", "old google", "outlook", "own", "semicolon", "tab", "ru", "fa", "vi", "lines", "spreadsheet"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_columns_of_programs(content: str, names: dict[str, str], encoding: str) -> None:
    assert read_contacts(content.encode(encoding), "LT").names == names


@pytest.mark.parametrize(
    "content",
    ["", "\n", "name,email\nUna,una@example.com\n", "number\n861255504\n", "Una,861255504\n", "\x00\x01\x02", "{}"],
)
def test_file_without_the_columns_is_refused_and_not_shown(content: str) -> None:
    with pytest.raises(DataError, match="neither a vCard file nor a CSV file") as refused:
        read_contacts(content.encode(), "LT")
    assert "Una" not in str(refused.value)


def test_other_encodings_are_refused() -> None:
    with pytest.raises(DataError, match="isn't in UTF-8"):
        read_contacts("name,number\nКонтора,1\n".encode("cp1251"), "LT")


def test_cell_that_is_too_long_is_refused() -> None:
    with pytest.raises(DataError, match="no CSV file that can be read"):
        read_contacts(b"name,number\n" + b"x" * 200_000, "LT")


def test_written_table_is_read_again() -> None:
    names = {"+37061255504": "Una, Example", "+37061255505": 'A "quoted" name', "+37061255506": "نان\u200cوایی"}
    assert read_contacts(to_csv(names).encode(), None).names == names


def test_name_that_a_spreadsheet_would_calculate_is_written_as_text() -> None:
    assert to_csv({"+37061255504": "=1+1 x"}).splitlines() == ["name,number", "'=1+1 x,+37061255504"]


def test_names_are_the_same_after_each_writing_and_reading() -> None:
    texts = ["=1+1 x", "'Una", "A\\B", "a; =b", "-Una", "a\\nb"]
    names = {f"+3706125550{place}": text for place, text in enumerate(texts)}
    assert read_contacts(to_csv(names).encode(), None).names == names


def test_names_of_other_programs_are_read_as_they_stand() -> None:
    assert read_contacts(b"name,phone\n'Una \\n,+37061255504\n", None).names == {"+37061255504": "'Una \\n"}
