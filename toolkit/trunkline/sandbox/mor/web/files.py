"""The files that MOR's pages export: tables as CSV, and as a plain PDF of one page after the other."""

from __future__ import annotations

import csv
import io
from itertools import batched
from typing import TYPE_CHECKING

from trunkline.sandbox.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LINES = 50
_TEXT_ESCAPES = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})


def csv_reply(rows: Iterable[Sequence[str]], filename: str) -> Reply:
    """Write a table with semicolons between its fields."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(rows)
    return _download(text.getvalue().encode(), "text/csv; charset=utf-8", filename)


def pdf_reply(title: str, rows: Iterable[Sequence[str]], filename: str) -> Reply:
    """Write a table as lines of text, fifty a page (ISO 32000-1, 7.5: objects, cross-reference table, trailer)."""
    pages = [list(page) for page in batched((title, *(" | ".join(row) for row in rows)), _LINES, strict=False)]
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    for at, lines in enumerate(pages):
        text = "\n".join(f"({_ascii(line)}) Tj T*" for line in lines)
        content = f"BT /F1 8 Tf 10 TL 40 800 Td\n{text}\nET".encode("ascii")
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * at} 0 R"
        objects.append(f"{page} /Resources << /Font << /F1 3 0 R >> >> >>".encode())
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    body = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    body += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return _download(bytes(body), "application/pdf", filename)


def _ascii(text: str) -> str:
    """Write text in what the font has."""
    return text.encode("ascii", errors="replace").decode().translate(_TEXT_ESCAPES)


def _download(body: bytes, content_type: str, filename: str) -> Reply:
    return Reply(200, body, content_type, {"Content-Disposition": f'attachment; filename="{filename}"'})
