"""The reader of MOR's XML: what it mends, what it refuses, and that nothing else ever comes of it."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.errors import DataError
from trunkline.providers.mor import xml_reader
from trunkline.providers.mor.xml_reader import Node, parse_xml, read_xml

SAMPLES = sorted((Path(__file__).parent / "data" / "mor").glob("*.xml"))
EXAMPLES = settings(deadline=None, max_examples=200)


def xml(text):
    return read_xml(text.encode() if isinstance(text, str) else text, label="MOR")


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_every_example_of_the_document_is_read(path):
    root = read_xml(path.read_bytes(), label="MOR")
    assert root.name in {"page", "action"}
    assert len(root) >= 3


def test_the_documents_examples_are_broken_where_they_are():
    broken = set()
    for path in SAMPLES:
        try:
            ET.fromstring(path.read_text(encoding="utf-8").strip())
        except ET.ParseError:
            broken.add(path.stem)
    assert broken == {"login_ok", "login_failed", "callback_ok", "callback_failed", "devices", "missed_calls"}


# What is mended.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('<?xml version="1.0" encoding="utf-8">\n<a>ok</a>', "ok"),
        ("\n\n  <a>ok</a>\n", "ok"),
        ("\ufeff\n<a>ok</a>", "ok"),
        ("Warning: old database\n<a>ok</a>", "ok"),
        ("<a>ok</a>\n.......\n", "ok"),
        ("<a>& quot;101& quot; & lt;101& gt; </a>", '"101" <101>'),
        ("<a>& amp;&  apos;</a>", "&'"),
        ("<a>Tom & Jerry & Co</a>", "Tom & Jerry & Co"),
        ("<a>R&D; AT&T</a>", "R&D; AT&T"),
        ("<a>& eacute;</a>", "& eacute;"),
        ("<a>caf&eacute;&nbsp;&hellip;</a>", "café\xa0…"),
        ("<a>&nvlt;&unknown;</a>", "<\u20d2&unknown;"),
        ("<a>&#261;&#x105;&#0;&#xD800;&#9999999;&#x110000;</a>", "ąą\ufffd\ufffd\ufffd\ufffd"),
        ('<a>"Bob" <101></a>', '"Bob" <101>'),
        ("<a>1 < 2 > 0 </ 3</a>", "1 < 2 > 0 </ 3"),
        ("<a>one<br>two<br />three<hr></a>", "onetwothree"),
        ("<a><![CDATA[1 < 2 & 3]]></a>", "1 < 2 & 3"),
        ("<a>& <![CDATA[1 < 2 <b>& 3]]>.</a>", "& 1 < 2 <b>& 3."),
        ("<a>& <!-- <b> -- <c> -->.</a>", "& ."),
        ("<a>x\x00y\x1b& z</a>", "x\ufffdy\ufffd& z"),
        ("<A>& ok</a>", "& ok"),
        ("<a>& ok</b></a>", "& ok"),
        ("<a>& <?php echo ?>ok</a>", "& ok"),
    ],
)
def test_broken_text_is_repaired(text, words):
    root = xml(text)
    assert (root.name, root.own_text) == ("a", words)


def test_doubled_brackets_count_as_one():
    root = xml("<calls><<processed>0</processed><call><<x>1</x></call></calls>")
    assert (root.text_at("processed"), root.text_at("call", "x")) == ("0", "1")


def test_only_a_leaf_may_lack_its_end_tag():
    root = xml("<page><name>A<name/></page>".replace("<name/>", ""))
    assert root.text_at("name") == "A"
    for text in (
        "<page><calls><call>1</call></page>",
        "<page><date>1<from>2</from></page>",
        "<page><calls><call>1</call>",
        "<page>",
        "<page><a>1</a",
        "<page><a>1</a><!-- ",
        "<page><![CDATA[ </page>",
    ):
        with pytest.raises(DataError):
            xml(text)


def test_attributes_of_a_broken_document_are_kept():
    root = xml("""<p>&<device id="1" kind='a"b' n=5 id="2" t="x > y & z">IAX2/101</device><e a=""/></p>""")
    device = root.first("device")
    assert dict(device.attrib) == {"id": "1", "kind": 'a"b', "n": "5", "t": "x > y & z"}
    assert device.own_text == "IAX2/101"
    assert root.first("e").get("a") == ""


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-13", "windows-1257", "ISO-8859-4"])
def test_declared_charsets(charset):
    text = f'<?xml version="1.0" encoding="{charset}"?><a>Žąsų ūkis</a>'
    assert xml(text.encode(charset)).own_text == "Žąsų ūkis"


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(charset):
    assert xml("<a>Žąsų ūkis</a>".encode(charset)).own_text == "Žąsų ūkis"


@pytest.mark.parametrize("charset", ["utf-7", "idna", "zlib", "rot13", "unicode_escape", "iso-8859-99", "nonsense"])
def test_unknown_charsets_are_read_as_utf_8(charset):
    assert xml(f'<?xml version="1.0" encoding="{charset}"?><a>Žąsis</a>').own_text == "Žąsis"


def test_bytes_that_are_not_in_the_charset_are_replaced():
    assert xml(b'<?xml version="1.0" encoding="UTF-8"?><a>\xe0b</a>').own_text == "\ufffdb"


# What is refused.


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><html></html>",
        '<!DOCTYPE a SYSTEM "http://elsewhere.example/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<?xml version="1.0">\n<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<a><!ENTITY x "y">& x</a>',
        '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>',
        "junk <!ELEMENT a ANY><a/>",
    ],
)
def test_declarations_are_refused(text):
    with pytest.raises(DataError, match="DTD") as caught:
        xml(text)
    assert caught.value.field == "body"
    assert "passwd" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "   ", "It works!", "{}", "<", "<>", "<<<<", "&", "<a/><b/>", "</a>", "<?xml?>", "<1>"]
)
def test_text_that_is_not_a_document_is_refused(text):
    with pytest.raises(DataError, match="MOR"):
        xml(text)


def test_depth_is_bounded():
    assert xml("<a>" * 64 + "</a>" * 64).name == "a"
    for depth in (65, 5000):
        for start in ("", "& "):
            with pytest.raises(DataError):
                xml("<a>" * depth + start + "</a>" * depth)


def test_size_is_bounded():
    body = b"<a>" + b"x" * 100 + b"</a>"
    assert read_xml(body, label="MOR", limit=len(body)).name == "a"
    with pytest.raises(DataError, match="too large"):
        read_xml(body, label="MOR", limit=len(body) - 1)
    with pytest.raises(DataError, match="too large"):
        read_xml(b"<a>" + b"<b/>" * 200_000 + b"</a>", label="MOR")


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        (b"<a>" + b"<b/>" * 99_990 + b"</a>", True),
        (b"<a>" + b"<b>x</b>" * 99_990 + b"</a>", True),
        (b"<a>" + b"<b>x</b>" * 100_000 + b"</a>", False),
        (b"<a>" + b"x" * 32_000 + b"</a>", True),
        (b"<a>" + b"x" * 40_000 + b"</a>", False),
        (b"<a" + b" " * 40_000 + b"/>", False),
        (b"<a><![CDATA[" + b"x" * 40_000 + b"]]></a>", False),
        (b" " * 40_000 + b"<a/>", False),
        # Twelve bytes of text with four bytes for each character, of six megabytes.
        (b"<a>" + (b"<b>" + b"x" * 10_000 + "😀</b>".encode()) * 600 + b"</a>", False),
        (b"<a>" + (b"<b>" + b"x" * 10_000 + b"</b>") * 600 + b"</a>", True),
        (b"<a>" + b"".join(b"<b%d/>" % number for number in range(9_000)) + b"</a>", True),
        (b"<a>" + b"".join(b"<b%d/>" % number for number in range(20_000)) + b"</a>", False),
        (b"<a>" * 99_000 + b"</a>" * 99_000, False),
        (b"<a>" * 199_000, False),
        (b"<" * 150_000, False),
        (b"<a>" + b"</b>" * 150_000, False),
    ],
)
def test_what_is_read_has_the_size_of_a_reply(body, fits):
    if fits:
        assert read_xml(body, label="MOR").name == "a"
    else:
        with pytest.raises(DataError) as caught:
            read_xml(body, label="MOR")
        assert "MOR" in str(caught.value)
        assert caught.value.__suppress_context__


@pytest.mark.parametrize("end", ["</calls></page>", "</b></calls></page>", "</calls>"])
async def test_the_event_loop_gets_its_turn_between_the_pieces(end):
    body = ("<page><calls>" + "<call><src>101</src></call>" * 20_000 + end).encode()
    turns = itertools.count()

    async def beat():
        while next(turns) is not None:
            await asyncio.sleep(0)

    beating = asyncio.create_task(beat())
    try:
        assert len((await parse_xml(body, label="MOR")).first("calls")) == 20_000
    except DataError:
        assert end == "</calls>"
    beating.cancel()
    assert next(turns) >= len(body) // (32 * 1024)


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<<",
        "&",
        "& ",
        "<!--",
        "<![CDATA[",
        "<a ",
        '<a b="',
        "<a b='",
        "</",
        "<?",
        "]]>",
        "<a b=",
        "\x00",
        '"',
        "<br>",
    ],
)
def test_a_repeated_piece_is_read_or_refused(piece):
    # Work that grew with the square of the size would take hours for these.
    for text in (piece * 200_000, "<page>&" + piece * 200_000 + "</page>", "<page " + piece * 200_000):
        try:
            assert xml(text).name in {"page", "a"}
        except DataError:
            continue


# The tree.


def test_names_are_case_insensitive_and_found_along_a_path():
    root = xml("<Page><Status> ok </Status><a><B>1</B><b>2</b></a><empty/><blank> </blank></Page>")
    assert root.text_at("status") == "ok"
    assert root.text_at("A", "b") == "1"
    assert [element.own_text for element in root.first("a").all("B")] == ["1", "2"]
    assert (root.text_at("empty"), root.text_at("blank"), root.text_at("nowhere"), root.text_at("nowhere", "b")) == (
        None,
        None,
        None,
        None,
    )
    assert root.first("a", "nowhere", "b") is None
    assert root.record() == {"status": "ok", "a": None, "empty": None, "blank": None}
    assert root.first("a").record() == {"b": "1"}


# Anything.

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="".join(map(chr, range(32)))), max_size=20)
NAME = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name not in {"br", "hr"})
TREES = st.recursive(
    st.tuples(NAME, TEXT), lambda inner: st.tuples(NAME, st.lists(inner, min_size=1, max_size=4)), max_leaves=12
)
PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "<",
                ">",
                "/",
                "&",
                ";",
                '"',
                "'",
                "=",
                " ",
                "\n",
                "a",
                "page",
                "x",
                "1",
                "é",
                "\x00",
                "\ufeff",
                "\ud7ff",
            ),
            *("<a>", "</a>", "<a/>", "<a b='1'>", "<page>", "</page>", "<br />", "<<a>", "& quot;", "&amp;", "&#0;"),
            *("<!--", "-->", "<![CDATA[", "]]>", "<?xml", "?>", "<!DOCTYPE", "<!", "&#x110000;", "&nbsp;"),
        ]
    ),
    max_size=40,
).map("".join)


def written(tree):
    name, content = tree
    inside = escape(content) if isinstance(content, str) else "".join(map(written, content))
    return f"<{name}>{inside}</{name}>"


def plain(node):
    return (node.tag, [plain(child) for child in node] if len(node) else node.text or "")


@EXAMPLES
@given(TREES)
def test_a_well_formed_document_is_read_as_it_is(tree):
    assert plain(xml(written(tree))) == tree


@EXAMPLES
@given(TREES)
def test_a_repair_keeps_what_was_well_formed(tree):
    # A cut declaration sends the same document through the mending.
    assert plain(xml('<?xml version="1.0" encoding="utf-8">\n' + written(tree))) == tree


@EXAMPLES
@given(st.one_of(st.binary(max_size=200), PIECES.map(str.encode), PIECES.map(lambda text: text.encode("utf-16"))))
def test_anything_is_a_tree_or_a_data_error(body):
    try:
        root = read_xml(body, label="MOR")
    except DataError as error:
        assert error.field == "body"
    else:
        assert isinstance(root, Node)
        assert all(isinstance(element, Node) for element in root.iter())


@EXAMPLES
@given(TREES, st.integers(0, 400), PIECES)
def test_a_document_with_something_in_it_is_a_tree_or_a_data_error(tree, at, piece):
    text = written(tree)
    body = (text[:at] + piece + text[at:]).encode(errors="replace")
    try:
        assert isinstance(read_xml(body, label="MOR"), Node)
    except DataError as error:
        assert error.field == "body"


@EXAMPLES
@given(
    st.one_of(PIECES, TREES.map(written), st.builds(lambda tree, piece: written(tree) + piece, TREES, PIECES)),
    st.sampled_from(["utf-8", "utf-16", "utf-32"]),
    st.integers(1, 9),
)
def test_pieces_change_nothing(text, charset, size):
    body = text.encode(charset, errors="replace")

    def outcome():
        try:
            return plain(read_xml(body, label="MOR"))
        except DataError as error:
            return str(error)

    with patch.object(xml_reader, "_PIECE", size):
        in_pieces = outcome()
    assert in_pieces == outcome()


@EXAMPLES
@given(TREES, st.integers(1, 400))
def test_a_truncated_document_is_never_read_as_a_shorter_one(tree, at):
    # Where nothing but the last end tag could follow, the root isn't closed.
    text = written(tree)
    with pytest.raises(DataError):
        xml(text[: max(0, len(text) - min(at, len(text)))])


@pytest.mark.parametrize(("text", "repaired"), [("<a><b>1</b></a>", False), ("<a><b>1 & 2</b></a>", True)])
def test_a_document_that_was_repaired_says_so(text, repaired):
    assert read_xml(text.encode(), label="MOR").repaired is repaired
