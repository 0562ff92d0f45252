"""A plot that shows itself in a notebook, light or dark, and that says in words what it shows."""

from __future__ import annotations

import hashlib
import re
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from matplotlib.figure import Figure

from trunkline.errors import DataError

from .palette import DARK, LIGHT, PALETTES, PRINT, settings

if TYPE_CHECKING:
    from .look import Look
    from .palette import Palette

_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_ID = re.compile(r'(\bid="|href="#|url\(#)')
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
# Hundredths of a point are finer than any screen.
_LONG = re.compile(r"\b([1-9]\d*\.\d\d)\d+")
_DPI = 110
# What may stand in an address (RFC 3986), less the `&` that HTML would read.
_SAFE: Final = "!$'()*+,-./:;=?@_~"


class Picture(Figure):
    """A figure of matplotlib that a notebook shows without any setting, and that says in words what it shows.

    `alt` is the alternative text: what is drawn, with its main numbers.
    """

    alt: str = ""
    look: Look

    def __repr__(self) -> str:
        """Return the alternative text and the caption, which stand for the picture where there is none."""
        return "\n".join(text for text in (self.alt, _words(self.get_supxlabel())) if text)

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the picture to a file, as matplotlib does, without the settings of other plots."""
        with settings():
            super().savefig(fname, **options)

    def svg(self, style: str | None = None) -> str:
        """Return the picture as an element `<svg>` with a title and a description, to stand in a page or in a file.

        A picture that was drawn `light` or `dark` can be had in the other `style`. Several can stand in one page.
        Raises `DataError` for a style that it would have to be drawn anew for.
        """
        written = BytesIO()
        self.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
        found = written.getvalue().decode()
        body = _METADATA.sub("", found[found.index("<svg") :]).strip()
        body = _LONG.sub(r"\1", body)
        body = _recoloured(body, self.look.palette, style or self.look.palette.name)
        mark = "t" + hashlib.sha256(body.encode()).hexdigest()[:10]
        body = _ID.sub(rf"\g<1>{mark}-", body)
        language = ' lang="fa" direction="ltr"' if self.look.right_to_left else ' lang="en"'
        begin = f'<svg role="img"{language} aria-labelledby="{mark}-title {mark}-desc"'
        title, alt = (escape(each) for each in (_words(self.get_suptitle()), self.alt))
        names = f'<title id="{mark}-title">{title}</title><desc id="{mark}-desc">{alt}</desc>'
        return re.sub(r"<svg([^>]*)>", lambda tag: f"{begin}{tag[1]}>{names}", body, count=1)

    def html(self) -> str:
        """Return the picture as HTML: light and dark as the reader's device is, `dark` and `print` as they were drawn.

        Nothing is loaded from elsewhere: the pictures stand in the text.
        """
        own = self.look.palette.name
        width, height = (round(96 * inches) for inches in self.get_size_inches())
        image = (
            f'<img alt="{escape(self.alt)}" src="{_address(self.svg())}" width="{width}" height="{height}" '
            'style="max-width:100%;height:auto">'
        )
        if own != LIGHT.name:
            return image
        dark = f'<source media="(prefers-color-scheme: dark)" srcset="{_address(self.svg(DARK.name))}">'
        return f"<picture>{dark}{image}</picture>"

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_png_(self) -> bytes:
        written = BytesIO()
        self.savefig(written, format="png", dpi=_DPI)
        return written.getvalue()


def _words(text: str) -> str:
    """Return a text of the picture as it is read."""
    return text.replace(r"\$", "$").strip("\u200f ")


def _address(svg: str) -> str:
    return "data:image/svg+xml," + quote(svg.replace('"', "'"), safe=_SAFE)


def _recoloured(svg: str, drawn: Palette, wanted: str) -> str:
    """Return a picture in the colors of another palette, which must draw the same shapes."""
    if wanted == drawn.name:
        return svg
    if wanted not in PALETTES or PRINT.name in {wanted, drawn.name}:
        msg = f"a plot that was drawn {drawn.name} can't be made {wanted}: draw it with style={wanted!r}"
        raise DataError(msg, field="style")
    to = dict(zip(drawn.colours, PALETTES[wanted].colours, strict=True))
    return _COLOUR.sub(lambda found: to.get(found[0], found[0]), svg)
