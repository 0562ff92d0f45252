"""Faults on demand: which requests get them, and how a reply is changed."""

from __future__ import annotations

from .fault import Fault
from .list_form import JsonList, ListForm, ListReply
from .lists import CHANGES, change_list
from .replies import bad_json, duplicate, edit_field, edit_list
from .rules import KINDS, Faults, RequestFaults
from .slips import MENDED, mended_xml

__all__ = [
    "CHANGES",
    "KINDS",
    "MENDED",
    "Fault",
    "Faults",
    "JsonList",
    "ListForm",
    "ListReply",
    "RequestFaults",
    "bad_json",
    "change_list",
    "duplicate",
    "edit_field",
    "edit_list",
    "mended_xml",
]
