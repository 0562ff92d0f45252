"""Keeps pictures of pages as small files."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

from PIL import Image

from ._stock_installation import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.browser import Browser

# No picture is larger than this, in bytes.
LARGEST = 150_000


def keep(page: Browser, path: Path) -> None:
    """Write what a page shows to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(small(page.driver.get_screenshot_as_png()))


def small(picture: bytes) -> bytes:
    """Return a PNG with as many colours, at most 256, as fit into the largest size."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64, 32, 16):
        written = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        if written.tell() <= LARGEST:
            break
    return written.getvalue()


# The pictures of the documentation: the version, the picture, and what it is called there.
SHOWN = (
    ("2026.11.0", "provider", "tested-provider"),
    ("2026.11.0", "refused-telefonchy", "tested-refused"),
    ("2025.4.4", "added-simotel", "tested-added"),
    ("2026.11.0", "view-telefonchy", "phone-lines"),
    ("2026.11.0", "dark-telefonchy", "phone-lines-dark"),
    ("2026.11.0", "phone-telefonchy", "phone-lines-phone"),
    ("2026.11.0", "persian-telefonchy", "phone-lines-persian"),
    ("2025.4.4", "view-telefonchy", "tested-oldest"),
    ("2026.11.0", "playing-telefonchy", "tested-playing"),
    ("2026.11.0", "playing-voip24h", "tested-unplayable"),
    ("2026.11.0", "call-back-telefonchy", "tested-call-back"),
)


def copy_to_docs(directory: Path) -> None:
    """Replace the pictures of the documentation by those of the installations in a directory."""
    for version, name, shown in SHOWN:
        shutil.copyfile(directory / version / "pictures" / f"{name}.png", ROOT / "docs" / "images" / f"{shown}.png")
