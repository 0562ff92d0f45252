"""What the arguments of accounts are for, in the words of the help and of the documentation."""

from __future__ import annotations

NAMES = {
    "download": "file",
    "fax_document": "fax",
    "voicemail_audio": "voicemail",
}
"""What a command calls a method, where that isn't the method's own name."""

SUMMARIES = {
    "balance": "the balance, in another currency if one is given",
    "call_page": "one page of the provider's call list, with the provider's own filters",
    "calls": "the calls of the provider's list, newest first",
    "cli_devices": "the devices that can have caller IDs",
    "count": "how many calls the provider counts in its list",
    "cursor_at": "a cursor before everything that was recorded at a time or later",
    "cursor_pages": "the calls in the order in which they were recorded, from a cursor on",
    "cursor_rows": "calls of queues or results of the dialler in the order of creation, from a cursor on",
    "cursor_time": "when what stands just before a cursor was recorded",
    "download": "a file of the server by its path, which ends with /download",
    "main_page": "the main page: missed calls, counts of calls, and the balance",
    "ping": "whether the provider replies",
    "recording_link": "the address of a call's recording, which opens it for whoever has it",
    "set_currency": "let the provider show the rates in another currency",
    "upload": "send a file to a path that ends with /upload",
    "user_calls": "an extension's calls of a period, newest first",
    "voicemails": "the voicemails of all mailboxes, newest first",
}
"""What a method returns or does, where the first sentence of its docstring says more than a person needs."""

# By parameter, or by method and parameter where that needs its own words. A parameter of another package's provider
# has no words here.
_ARGUMENTS = {
    "after": "continue after this cursor, which an earlier result states; the whole list if left out",
    "alike": "match parts of a text in the conditions",
    "call_id": "the id of a call",
    "call_list.device": "only calls of this device: its id, or all",
    "call_page.call_id": "only the call with this id in the list",
    "call_page.destination": "only calls to this number",
    "call_page.limit": "rows on the page",
    "call_page.page": "the number of the page, from 1",
    "call_page.source": "only calls from this number",
    "call_page.trunk": "only calls over this trunk",
    "callback.device": "the id of the device that places the call",
    "callee": "only calls to this number",
    "caller": "only calls from this number",
    "caller_id": "the number that the destination sees; masking hides it",
    "calltype": "outgoing, incoming or all",
    "conditions": "a condition of the list by its own name; may be repeated",
    "contact_id": "the id of the entry, as `get contacts` prints it",
    "content": "the file to send; - reads standard input",
    "context": "the dial plan context of the call",
    "count": "rows on the page",
    "cuid": "the id of the call at the phone system",
    "currency": "an ISO 4217 code such as EUR",
    "cursor": "a cursor of the list",
    "description": "a text that describes the number",
    "device": "only those of this device: its id, or all",
    "device_id": "the id of the device, as `get devices` prints it",
    "did": "only calls to this number of yours",
    "direction": "incoming, outgoing or internal",
    "exchange_id": "only the call with this id in the phone system",
    "extension": "the extension",
    "call_page.extension": "only calls of this extension",
    "extensions": "only calls of this extension; may be repeated",
    "filename": "the name of the file",
    "form": "pdf or csv",
    "has_recording": "only calls with a recording, or only those without",
    "kind": "the name of the event, where the address of the push states it rather than the record",
    "labels": "a label for the number; may be repeated",
    "limit": "how long the call may last, in the provider's unit",
    "listen": "the page that plays the recording instead of the file",
    "mailboxes.context": "only mailboxes of this context",
    "media_type": "the media type of the file",
    "members": "a queue and an extension, such as 600=101; may be repeated",
    "method": "POST or GET",
    "moment": "the time",
    "name": "the name of the entry",
    "note": "a note about the number",
    "number": "the phone number",
    "offset": "rows to skip",
    "oldest_first": "sort the oldest call first",
    "param": "a parameter of the request by its own name; may be repeated",
    "path": "the path at the provider",
    "payload": "a file with the pushed record; - reads standard input",
    "penalty": "agents with a higher penalty are rung later",
    "per_page": "rows on the page",
    "purpose": "what the code is for (default: login)",
    "quality": "merged, or only one of the two directions: rx or tx",
    "queue": "the queue",
    "agents.queue": "only agents of this queue",
    "rate_id": "the id of the group of destinations",
    "reference": "your own reference for the request",
    "ring_seconds": "how many seconds a telephone may ring",
    "search.what": "the path of the list, such as reports/cdr",
    "cursor_rows.what": "the path of the list, such as reports/queue",
    "service_id": "the id of the service, as `get services` prints it",
    "since": "only from this time on: a date, optionally with a time, or today, yesterday, 7d, 12h",
    "sorting": "a field with 1 (ascending) or -1, such as starttime=-1; may be repeated",
    "start": "rows to skip",
    "status": "only those with this status",
    "stream": "the part of the account whose call list is read, as `get streams` prints it (default: the first)",
    "trunk": "the trunk of the call",
    "until": "only before this time",
    "url": "the address",
    "user": "the extension",
    "values": "a field by its name in `get details` and its new value; may be repeated",
}


def command_name(method: str) -> str:
    """Return the word that names a method on the command line."""
    return NAMES.get(method, method).replace("_", "-")


def argument_help(method: str, parameter: str) -> str | None:
    """Return what an argument is for; None for one that only another package's provider has."""
    return _ARGUMENTS.get(f"{method}.{parameter}", _ARGUMENTS.get(parameter))
