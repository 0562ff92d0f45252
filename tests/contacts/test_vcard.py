"""vCards as phones and programs write them: every version, folding, encodings, types and addresses."""

from __future__ import annotations

import random

import pytest

from trunkline.contacts import MAX_BYTES, read_contacts, to_vcards
from trunkline.errors import DataError

# As Android exports: 2.1, quoted-printable in UTF-8 with soft line breaks.
ANDROID = b"""BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;=D8=AF=D8=B1=D9=85=D8=A7=D9=86=\r
=DA=AF=D8=A7=D9=87;;;\r
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D8=AF=D8=B1=D9=85=D8=A7=D9=86=\r
=DA=AF=D8=A7=D9=87\r
TEL;CELL;PREF:0912-555-0101\r
TEL;WORK:021 5550 0102\r
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYE\r
 BAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD=\r
\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:2.1\r
N:Office;;;;\r
FN:The customer's\r
 office\r
TEL;VOICE:+98 (912) 555-0103\r
END:VCARD\r
"""

# As a computer of Apple exports: 3.0, groups, labels, escaped characters, a company.
APPLE = """BEGIN:VCARD
VERSION:3.0
PRODID:-//Example Inc.//Address Book 1.0//EN
N:Example;Una\\, Senior;;Dr.;
FN:Dr. Una\\, Senior Example
ORG:Bakery\\; Sons;Sales;
item1.TEL;type=pref:+370 5 255 5103
item1.X-ABLabel:_$!<Main>!$_
TEL;type=CELL;type=VOICE;type=pref:8 612 55504
NOTE:BEGIN\\nTEL:+37060055599
END:VCARD
BEGIN:VCARD
VERSION:3.0
N:;;;;
FN:
ORG:Bakery\\; Sons;Sales;
TEL;TYPE="work,voice":(8-5) 255 5105
END:VCARD
"""

# RFC 6350: addresses, a name that is folded within a character, properties in lower case.
NEWEST = (
    "BEGIN:VCARD\r\nversion:4.0\r\nfn;language=vi:Tiệm ".encode()
    + "bánh".encode()[:2]
    + b"\r\n "
    + "bánh".encode()[2:]
    + b"""\r
n;sort-as="x;y:z":Nguy;An;;;\r
TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+84-24-5550-106;ext=5\r
TEL;VALUE=uri;TYPE=work:tel:2455500107;phone-context=+84\r
TEL;VALUE=uri:tel:7042;phone-context=example.com\r
TEL;VALUE=uri:sip:an@example.com\r
END:VCARD\r
"""
)


@pytest.mark.parametrize(
    ("content", "region", "names"),
    [
        (
            ANDROID,
            "IR",
            {"+989125550101": "درمانگاه", "+982155500102": "درمانگاه", "+989125550103": "The customer's office"},
        ),
        (
            APPLE.encode(),
            "LT",
            {
                "+37052555103": "Dr. Una, Senior Example",
                "+37061255504": "Dr. Una, Senior Example",
                "+37052555105": "Bakery; Sons, Sales",
            },
        ),
        (NEWEST, None, {"+84245550106": "Tiệm bánh", "+842455500107": "Tiệm bánh"}),
    ],
    ids=["2.1", "3.0", "4.0"],
)
def test_vcards_of_each_version(content: bytes, region: str | None, names: dict[str, str]) -> None:
    assert read_contacts(content, region).names == names


def one(*lines: str, version: str = "3.0") -> bytes:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""]).encode()


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["N:Family;Given;Middle,Second;Prof.;Jr."], "Prof. Given Middle Second Family Jr."),
        (["N:Family;;;;", "FN:Shown"], "Shown"),
        (["N:;;;;", "ORG:Company;Unit"], "Company, Unit"),
        (["FN: ", "NICKNAME:Nick"], "Nick"),
        (["FN:First", "FN:Second"], "First"),
        (["FN:a\\\\;b\\;c\\,d\\ne"], "a\\;b;c,d e"),
        (["N:a\\\\;b\\;c;;;"], "b;c a\\"),
        (['FN;X-P="a:b;c":Quoted'], "Quoted"),
        (["fn:lower"], "lower"),
        (["FN:Long", " er"], "Longer"),
        (["FN:Tab", "\tbed"], "Tabbed"),
    ],
)
def test_name_of_a_card(lines: list[str], name: str) -> None:
    assert read_contacts(one(*lines, "TEL:+989125550101"), None).names == {"+989125550101": name}


@pytest.mark.parametrize(
    ("charset", "encoded", "name"),
    [
        ("ISO-8859-1", "Caf\xe9".encode("latin-1"), "Café"),
        ("windows-1256", "دفتر".encode("windows-1256"), "دفتر"),
        ("KOI8-R", "Контора".encode("koi8-r"), "Контора"),
    ],
)
def test_charset_of_a_name(charset: str, encoded: bytes, name: str) -> None:
    card = b"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=%s:%s\nTEL:+989125550101\nEND:VCARD\n"
    assert read_contacts(card % (charset.encode(), encoded), None).names == {"+989125550101": name}


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_byte_order_mark(mark: str) -> None:
    content = one("FN:Café", "TEL:+989125550101").decode().encode(mark)
    assert read_contacts(content, None).names == {"+989125550101": "Café"}


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0912 555 0101", "+989125550101"),
        ("0912\u00a0555\u20110101", "+989125550101"),
        ("\u202a+98 912 555 0101\u202c", "+989125550101"),
        ("۰۹۱۲۵۵۵۰۱۰۱", "+989125550101"),
        ("٠٩١٢٥٥٥٠١٠١", "+989125550101"),
        ("＋98 912 555 0101", "+989125550101"),
        ("00989125550101", "+989125550101"),
        ("0912 555 0101 ext. 12", "+989125550101"),
        ("09125550101x12", "+989125550101"),
        ("09125550101\\,\\,12#", "+989125550101"),
        ("09125550101p12", "+989125550101"),
        ("+44 (0)20 7946 0123", "+442079460123"),
        ("1510", None),
        ("*140*11#", None),
        ("1-800-FLOWERS", None),
        ("9.89126E+11", None),
        ("", None),
    ],
)
def test_numbers_as_people_write_them(written: str, number: str | None) -> None:
    found = read_contacts(one("FN:Somebody", f"TEL;TYPE=cell:{written}"), "IR")
    assert list(found.names) == ([number] if number else [])
    assert found.unusable == (1 if written and number is None else 0)


def test_first_contact_of_a_number_counts_and_nameless_ones_are_counted() -> None:
    content = b"".join(
        [
            one("FN:First", "TEL:+989125550101"),
            one("FN:Second", "TEL:+989125550101", "TEL:+989125550102"),
            one("FN:+98 912 555 0103", "TEL:+989125550103"),
            one("TEL:+989125550104"),
            one("FN:No number"),
        ]
    )
    found = read_contacts(content, None)
    assert found.names == {"+989125550101": "First", "+989125550102": "Second"}
    assert (found.unnamed, found.unusable) == (2, 0)
    assert "First" not in repr(found)
    assert "555" not in repr(found)


def test_card_within_a_card_is_another_person() -> None:
    inner = ["AGENT:", "BEGIN:VCARD", "VERSION:2.1", "FN:Secretary", "TEL:+989125550199", "END:VCARD"]
    content = one("FN:Boss", *inner, "TEL:+989125550101", version="2.1")
    assert read_contacts(content, None).names == {"+989125550101": "Boss"}


def test_card_without_an_end_is_read() -> None:
    content = b"BEGIN:VCARD\nFN:One\nTEL:+989125550101\nBEGIN:VCARD\nFN:Two\nTEL:+989125550102\n"
    assert read_contacts(content, None).names == {"+989125550101": "One", "+989125550102": "Two"}


def test_name_that_cannot_be_decoded_does_not_stop_the_others() -> None:
    content = b"BEGIN:VCARD\nFN:\xff\xfe\xfa\nTEL:+989125550101\nEND:VCARD\n" + one("FN:Two", "TEL:+989125550102")
    found = read_contacts(content, None)
    assert (found.names, found.unnamed) == ({"+989125550102": "Two"}, 1)


def test_file_that_is_too_long_is_refused() -> None:
    with pytest.raises(DataError, match="longer than 50 MB"):
        read_contacts(b"BEGIN:VCARD\n" + b"x" * MAX_BYTES, None)


def test_written_vcards_are_read_again_whatever_the_names() -> None:
    chance = random.Random(5)
    letters = "ab ;,\\:=é漢ی\u200c\"'<📞"
    names = {
        f"+98912555{number:04}": "x" + "".join(chance.choice(letters) for _ in range(chance.randrange(120))).strip()
        for number in range(300)
    }
    names = {number: " ".join(name.split()) for number, name in names.items()}
    written = to_vcards(names)
    assert max(len(line.encode()) for line in written.split("\r\n")) <= 75
    assert read_contacts(written.encode(), None).names == names


def test_numbers_of_one_name_stand_in_one_card() -> None:
    written = to_vcards({"+989125550101": "Shop", "+989125550102": "Clinic", "+989125550103": "Shop"})
    assert written.count("BEGIN:VCARD") == 2
    assert "FN:Shop\r\nN:;Shop;;;\r\nTEL;TYPE=VOICE:+989125550101\r\nTEL;TYPE=VOICE:+989125550103\r\n" in written


@pytest.mark.parametrize("seed", range(40))
def test_broken_files_raise_nothing_but_our_errors(seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(ANDROID + APPLE.encode() + NEWEST)
    for _ in range(30):
        place = chance.randrange(len(content))
        match chance.randrange(3):
            case 0:
                content[place] = chance.randrange(256)
            case 1:
                del content[place : place + chance.randrange(20)]
            case _:
                content[place:place] = chance.choice([b"=", b"\n", b":", b";", b"\\", b'"', b"BEGIN:VCARD\n"])
    try:
        found = read_contacts(bytes(content), "IR")
    except DataError as error:
        assert "555" not in str(error)
    else:
        assert all(number.startswith("+") for number in found.names)
