"""The address in the account forms: whether it can be one, and which one was probably meant."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import TYPE_CHECKING

from yarl import URL

from trunkline.errors import ConnectionFailedError, DataError, NotFoundError, ProviderError, RequestError

if TYPE_CHECKING:
    from trunkline.errors import TrunklineError
    from trunkline.providers import ProviderInfo

_SCHEMES = ("http", "https")
# `http://`, but also `htp://`, `http:/` and `//`; not the port of `pbx:8080`.
_SCHEME = re.compile(r"(?:([a-z][a-z0-9+.-]*):)?/+", re.IGNORECASE)
_AUTHORITY = re.compile(r"((?:[a-z][a-z0-9+.-]*:)?/*)([^/:\[\]]*)(:\d+)?(/.*)?", re.IGNORECASE | re.DOTALL)
_SPACE = re.compile(r"\s")
_LOCAL_ENDINGS = (".local", ".lan", ".home", ".internal", ".home.arpa")


def stripped(text: str) -> str:
    """Return a pasted text without spaces around it, nor the marks around it that nobody sees."""
    begin, end = 0, len(text)
    while begin < end and _is_invisible(text[begin]):
        begin += 1
    while begin < end and _is_invisible(text[end - 1]):
        end -= 1
    return text[begin:end]


def with_ascii_digits(text: str) -> str:
    """Return the address with the digits of an IP address, and of the port, as ASCII."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return text
    before, host, port, after = found.groups(default="")
    ascii_host = _ascii(host)
    try:
        ipaddress.ip_address(ascii_host)
    except ValueError:
        ascii_host = host
    return f"{before}{ascii_host}{_ascii(port)}{after}"


def _is_invisible(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}


def _ascii(text: str) -> str:
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)


def is_address(text: str) -> bool:
    """Return whether this can be the address of a web service: HTTP, without credentials, query and fragment."""
    try:
        url = URL(text)
        url.origin()
        plain = not (url.user or url.password or url.query_string or url.fragment)
        return url.scheme in _SCHEMES and bool(url.host) and plain and not _SPACE.search(text)
    except (ValueError, IndexError):
        return False


def completed_address(info: ProviderInfo, text: str) -> str | None:
    """Return the address that was probably meant, with the provider's usual path; None if it is the one entered.

    A missing or misspelt scheme becomes that of the provider's usual address. Credentials, query and fragment are left
    out. Text without the host of a web service becomes the provider's own address, if it has one.
    """
    found = _SCHEME.match(text)
    scheme = (found[1] or "").lower() if found else ""
    rest = text[found.end() :] if found else text
    try:
        url = URL(f"{scheme if scheme in _SCHEMES else _usual(info).scheme}://{rest}")
        address = str(url.origin().with_path(_path(info, url.path))).rstrip("/")
    except (ValueError, IndexError):
        address = ""
    if not is_address(address) or (info.base_url and "." not in (URL(address).host or "")):
        address = info.base_url
    return _other(address, text)


def suggested_address(info: ProviderInfo, entered: str, error: TrunklineError) -> str | None:
    """Return the address to try after this error, None if the one entered is the usual one or probably right."""
    match error:
        case NotFoundError() | DataError() | RequestError() | ProviderError():
            return completed_address(info, entered)
        case ConnectionFailedError():
            return completed_address(info, entered) or _reachable(info, entered)
        case _:
            return None


def is_own_address(info: ProviderInfo, entered: str) -> bool:
    """Return whether the address was entered by the user: it is not the one that the provider has for all accounts."""
    return entered.rstrip("/") != info.base_url.rstrip("/")


def _reachable(info: ProviderInfo, entered: str) -> str | None:
    """Return an address with another host or scheme for one that is complete and can't be reached."""
    if info.base_url:
        return _other(info.base_url, entered)
    url, usual = URL(entered), _usual(info)
    # Credentials are sent without encryption only within the home network.
    if url.scheme == usual.scheme or (usual.scheme == "http" and not _is_local(url.host or "")):
        return None
    return str(url.with_scheme(usual.scheme))


def _usual(info: ProviderInfo) -> URL:
    return URL(info.base_url or info.example_url or "https://provider.example")


def _path(info: ProviderInfo, entered: str) -> str:
    """Return the entered path up to the usual one, else the usual one: `/pbx/api/v4/ping` becomes `/pbx/api/v4`."""
    if not (info.base_url or info.example_url):
        return entered
    usual = _usual(info).path.rstrip("/")
    before, found, _ = f"{entered}/".partition(f"{usual}/")
    return f"{before}{usual}" if found else usual


def _other(address: str, entered: str) -> str | None:
    return address if address and address.rstrip("/") != entered.rstrip("/") else None


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_ENDINGS)
