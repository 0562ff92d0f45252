"""Requests read from HTTP and replies sent over it, with the faults that a request gets."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

from aiohttp import web

from .faults import CHANGES, bad_json, change_list, duplicate, edit_field, mended_xml
from .wire import Reply, Request, to_json

if TYPE_CHECKING:
    from .faults import Fault, RequestFaults
    from .wire import Wire

# If each account of a provider is on its own server, the second account's address contains its number.
_SERVER_NUMBER = re.compile(r"^/\d(?=/)", re.ASCII)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_HTML = "text/html; charset=UTF-8"
_REASONS = {429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}


async def read_request(http: web.Request, wire: Wire) -> Request:
    """Read a request to a wire."""
    query = dict(http.query.items())
    form: dict[str, str] = {}
    files: dict[str, tuple[str, bytes]] = {}
    body = b""
    if http.content_type in _FORMS:
        with contextlib.suppress(ValueError):
            for name, value in (await http.post()).items():
                if isinstance(value, web.FileField):
                    files[name] = (value.filename, value.file.read())
                elif isinstance(value, str):
                    form[name] = value
    else:
        body = await http.read()
    path = _SERVER_NUMBER.sub("", http.path.removeprefix(wire.prefix))
    return Request(http.method, path, {**query, **form}, http.headers, query, body, files)


def parameters(request: Request) -> dict[str, str]:
    """Return query and form, and the fields of a JSON object."""
    fields = dict(request.params)
    if request.body:
        with contextlib.suppress(ValueError):
            document = request.json()
            if isinstance(document, dict):
                fields |= {
                    name: value if isinstance(value, str) else to_json(value).decode()
                    for name, value in document.items()
                }
    return fields


def refusal(wire: Wire, faults: RequestFaults) -> Reply | None:
    """Return the reply of a fault that refuses a request before the wire sees it; None without such a fault."""
    if faults.get("expired_token"):
        return wire.unauthorized()
    if faults.get("address"):
        return wire.forbidden()
    if limit := faults.get("rate_limit"):
        after = limit.options["retry_after"]
        return _plain(429, {} if after is None else {"Retry-After": str(after)})
    if status := faults.get("status"):
        headers = {str(name): str(value) for name, value in status.options["headers"].items()}
        return _plain(int(status.options["code"]), headers)
    return None


def _plain(status: int, headers: dict[str, str]) -> Reply:
    reason = f"{status} {_REASONS.get(status, '')}".strip()
    page = f"<html><head><title>{reason}</title></head><body><center><h1>{reason}</h1></center></body></html>"
    return Reply(status, page.encode(), _HTML, headers)


def change_calls(reply: Reply, wire: Wire, request: Request, faults: RequestFaults, page: int) -> None:
    """Apply the faults that change a page of calls: to its parts first, and to its text last."""
    in_parts = [fault for fault in faults if fault.kind in CHANGES]
    if in_parts and (parts := wire.call_list(reply.body)) is not None:
        for fault in in_parts:
            change_list(parts, fault, wire.cursor_of(request))
        reply.body = parts.write()
    if unknown := faults.get("unknown_status"):
        reply.body = wire.with_status(reply.body, unknown.options["text"])
    if twice := faults.get("duplicate"):
        reply.body = wire.with_calls(reply.body, lambda records: duplicate(records, twice, page))
    if (mended := faults.get("mended_xml")) and "xml" in reply.content_type:
        reply.body = mended_xml(reply.body, mended.options["form"])


def change_reply(reply: Reply, faults: RequestFaults) -> None:
    """Apply the faults that change any reply."""
    for fault in faults:
        if fault.kind == "field" and reply.content_type.startswith("application/json"):
            reply.body = edit_field(reply.body, fault.options["at"], fault.options["action"], fault.options["value"])
    if invalid := faults.get("bad_json"):
        reply.body = bad_json(reply.body, invalid.options["form"])
    if wrong := faults.get("content_type"):
        reply.content_type = wrong.options["value"]


def cut(http: web.Request) -> web.Response:
    """Close the connection without a reply."""
    if http.transport is not None:
        http.transport.abort()
    return web.Response()


async def send(
    http: web.Request, reply: Reply, faults: RequestFaults, endless: tuple[bytes, bytes]
) -> web.StreamResponse:
    """Send a reply; faults can cut it, slow it down or make it endless."""
    headers = {**reply.headers, "Content-Type": reply.content_type}
    if wrong := faults.get("wrong_clock"):
        by = wrong.options["seconds"] if wrong.options["form"] == "ahead" else -wrong.options["seconds"]
        headers["Date"] = formatdate(time.time() + by, usegmt=True)
    cut_body, drip, huge = faults.get("cut_body"), faults.get("drip"), faults.get("huge")
    if not (cut_body or drip or huge):
        return web.Response(status=reply.status, body=reply.body, headers=headers)
    response = web.StreamResponse(status=reply.status, headers=headers)
    if not huge:
        response.content_length = len(reply.body)
    with contextlib.suppress(ConnectionResetError):
        await response.prepare(http)
        if huge:
            await _send_huge(response, huge, *endless)
        elif cut_body:
            await response.write(reply.body[: int(len(reply.body) * cut_body.options["share"])])
            if http.transport is not None:
                http.transport.close()
        elif drip:
            size = max(1, int(drip.options["bytes"]))
            for start in range(0, len(reply.body), size):
                await response.write(reply.body[start : start + size])
                await asyncio.sleep(drip.options["pause"])
    return response


async def _send_huge(response: web.StreamResponse, fault: Fault, opening: bytes, chunk: bytes) -> None:
    """Send a reply that looks like an endless list, until the client closes the connection or the limit is reached."""
    await response.write(opening)
    fault.sent += len(opening)
    while fault.sent < fault.options["megabytes"] * 1_000_000:
        await response.write(chunk)
        fault.sent += len(chunk)
