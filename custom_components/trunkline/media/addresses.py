"""The address of a file at Home Assistant, which is made when the file is resolved.

Home Assistant signs such an address for whoever plays it. For an automation it signs as its own content user, and it
would sign any path that somebody plays. So an address also contains a code which only resolving, where the user is
checked, gives out. Like signatures, codes are valid until Home Assistant restarts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .identifiers import is_file, parse_part, part

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from .identifiers import FileId

MEDIA_PATH: Final = f"/api/{DOMAIN}/media"
_SECRET: HassKey[bytes] = HassKey(f"{DOMAIN}_media_secret")


def address_of(hass: HomeAssistant, entry_id: str, file_id: FileId) -> str:
    """Return the path of a file. It shows neither numbers nor ids of the provider as they are."""
    item = base64.urlsafe_b64encode(part(file_id).encode()).decode().rstrip("=")
    return f"{MEDIA_PATH}/{entry_id}/{item}/{_code(hass, entry_id, item)}"


def file_at(hass: HomeAssistant, entry_id: str, item: str, code: str) -> FileId | None:
    """Return which file is meant by the parts of a path; None if `address_of` never returned it."""
    if not hmac.compare_digest(_code(hass, entry_id, item).encode(), code.encode(errors="replace")):
        return None
    # Only what `address_of` has encoded has such a code.
    found = parse_part(base64.urlsafe_b64decode(item + "=" * (-len(item) % 4)).decode())
    return found if is_file(found) else None


def _code(hass: HomeAssistant, entry_id: str, item: str) -> str:
    secret = hass.data.setdefault(_SECRET, secrets.token_bytes(32))
    message = f"{entry_id}/{item}".encode(errors="replace")
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]
