"""What both Voip24h interfaces have in common: names, statuses, and links to recordings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from yarl import URL

from trunkline.errors import (
    ConfigError,
    RequestError,
)
from trunkline.model import Identity, Party, Recording, Status
from trunkline.numbers import e164
from trunkline.providers.common import fields
from trunkline.providers.common.dialling import checked_number
from trunkline.providers.common.statuses import Advice, raise_for_status

if TYPE_CHECKING:
    from trunkline.transport import Reply

REGION = "VN"
# The provider's own domain: names below it are given out by the provider alone.
OWN_DOMAIN = ".voip24h.vn"
_LONGEST_NAME = 60
_LONGEST_STATUS = 100
_NOT_IN_A_KEY = re.compile(r"[^\w.]+")
_STATUSES = {
    "ANSWERED": Status.ANSWERED,
    "NO ANSWER": Status.NO_ANSWER,
    "MISSED": Status.NO_ANSWER,
    "BUSY": Status.BUSY,
    "CONGESTION": Status.CONGESTION,
    "FAILED": Status.FAILED,
}
_ENDINGS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/gsm": "gsm", "audio/x-gsm": "gsm"}
_QUOTED = re.compile(r"[\x21-\x7e]+", re.ASCII)
_ENDING = re.compile(r"\.([A-Za-z0-9]{2,4})", re.ASCII)


def identity(provider: str, base_url: str, account: str, *, dialect: str = "") -> Identity:
    """Return the identity of the account: the server's host and the name that the user chose, as Voip24h states none.

    The interfaces have different ids for the same call, so the `dialect` is part of the account's id. Raises
    `ConfigError` for a name without letters or digits, or one that is too long.
    """
    name = _NOT_IN_A_KEY.sub("-", account.casefold()).strip("-._")
    if not name or len(account) > _LONGEST_NAME:
        msg = f"the account name must contain letters or digits and have at most {_LONGEST_NAME} characters"
        raise ConfigError(msg)
    host = URL(base_url).host or ""
    within = f"{dialect}/" if dialect else ""
    return Identity(account_id=f"{host.lower()}/{within}{name}", title=f"{provider} {account}")


def read_status(value: object) -> Status:
    """Return how a call ended; a status that is not known is unknown, not an error."""
    if not isinstance(value, str) or len(value) > _LONGEST_STATUS:
        return Status.UNKNOWN
    return _STATUSES.get(" ".join(re.split(r"[\s_-]+", value.strip().upper())), Status.UNKNOWN)


def party(number: str | None) -> Party:
    """Return one end of a call."""
    return Party(number=number, e164=e164(number, REGION)) if number else Party()


def plain_text(value: object, field: str) -> str | None:
    """Return text without blanks around it, None where nothing is left."""
    content = fields.text(value, field)
    return (content.strip() or None) if content is not None else None


def dialable(source: str, destination: str) -> tuple[str, str]:
    """Return extension and destination as they are dialled; raises `RequestError` for one that can't be."""
    return checked_number(source, "extension"), checked_number(destination, "destination")


def advice(credentials: str) -> Advice:
    """Return what can be done about a refusal, in Voip24h's terms."""
    return Advice(
        credentials=f"the {credentials}",
        renew="get a valid one from Voip24h and enter it",
        permit="ask Voip24h about the account's rights and allowed addresses",
    )


_LINK = advice("link to the recording")


def own_link(link: str, base_url: str) -> URL:
    """Return a link to a recording if it may be followed: only to the provider itself, never to another host.

    That is the host of the base URL or, if that is below `voip24h.vn`, any host below that domain, because media
    servers are usual there; the request carries no credential. An `http` link is opened with `https` if the base URL
    has that. Raises `RequestError` for any other link.
    """
    base = URL(base_url)
    host = (base.host or "").lower()
    try:
        # A link that needs no quoting is requested unchanged; any other is quoted first.
        url = URL(link, encoded=_QUOTED.fullmatch(link) is not None)
        to = (url.host or "").lower()
        ours = bool(to) and (to == host or (host.endswith(OWN_DOMAIN) and to.endswith(OWN_DOMAIN)))
        ours = ours and url.scheme in {"http", "https"} and not url.user and not url.password
        allowed_port = ours and url.port in {
            base.port if to == host else None,
            URL.build(scheme=url.scheme, host=to).port,
        }
        secure = url.with_scheme("https") if ours and base.scheme == "https" else url
    except (ValueError, IndexError):
        # Which of them a link raises that can't be one depends on what is wrong with it.
        ours = False
    if not ours:
        msg = (
            "Voip24h's link to the recording leads to another server than the account's, so it wasn't opened: "
            "ask Voip24h to correct its links"
        )
        raise RequestError(msg)
    if not allowed_port:
        msg = "Voip24h's link to the recording leads to another port than the account's, so it wasn't opened"
        raise RequestError(msg)
    return secure


def read_audio(reply: Reply, *, call_id: str, link: URL) -> Recording:
    """Return the recording behind a link; raises the exception for the status of an error page."""
    raise_for_status(reply.status, reply, _LINK, "the recording")
    media_type = reply.media_type or "application/octet-stream"
    if not reply.body or "json" in media_type or media_type.startswith("text/"):
        raise fields.wrong("recording", "audio")
    name = link.query.get("recordingFile") or link.path
    ending = _ENDING.search(name, max(0, name.rfind(".")))
    kind = _ENDINGS.get(media_type) or (ending[1].lower() if ending else "audio")
    stem = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in call_id)
    return Recording(content=reply.body, media_type=media_type, filename=f"{stem}.{kind}")
