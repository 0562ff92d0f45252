"""A Simotel exchange replies to any request in one of the document's ways and never fails."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from simotel_client import DOCUMENT

from trunkline.sandbox.simotel.wire import Simotel
from trunkline.sandbox.wire import Request
from trunkline.sandbox.world import build_world

NAMES = sorted(
    {name for page in DOCUMENT.values() if isinstance(page.get("request"), dict) for name in page["request"]}
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["", "true", "1510", "901", "2026-05-20 00:00", "0" * 24, "f" * 24, "²", "\ud800", "1.1"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def wire():
    return Simotel(build_world(seed=1, calls=80, days=10, now=datetime(2026, 5, 20, tzinfo=UTC)))


def asked(wire, path, body, kind="application/json", files=None):
    (account, *_) = wire.accounts("")
    credentials = account.credentials
    pair = base64.b64encode(f"{credentials['username']}:{credentials['password']}".encode()).decode()
    headers = CIMultiDict({"Authorization": f"Basic {pair}", "X-APIKEY": credentials["api_key"], "Content-Type": kind})
    incoming = Request("POST", f"/api/v4{path}", {}, headers, body=body, files=files or {})
    assert wire.account_of(incoming) == 0
    wire.page_of(incoming)
    return wire.answer(incoming)


def check(reply):
    if reply.content_type != "application/json":
        assert reply.status in {200, 404}
        return
    answer = json.loads(reply.body)
    if answer.get("status") == "success":
        return
    assert answer["success"] in {0, 1}
    assert isinstance(answer["message"], str | None)


@pytest.mark.parametrize("path", sorted(DOCUMENT))
@given(data=st.data())
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_any_fields_of_a_request_are_answered(wire, path, data):
    request = DOCUMENT[path].get("request")
    fields = dict(request) if isinstance(request, dict) else {}
    for name in data.draw(st.lists(st.sampled_from(sorted(fields) or NAMES), max_size=4)):
        fields[name] = data.draw(VALUES)
    for name in data.draw(st.lists(st.sampled_from(sorted(fields) or NAMES), max_size=2)):
        fields.pop(name, None)
    reply = asked(wire, path, json.dumps(fields).encode())
    if path.endswith("/upload"):
        assert reply.status == 415
    else:
        check(reply)


@given(body=st.binary(max_size=60))
@settings(deadline=None)
def test_any_bytes_are_answered(wire, body):
    reply = asked(wire, "/reports/cdr/search", body)
    assert reply.status in {200, 400}
    check(reply)


@given(name=st.text(max_size=300), content=st.binary(max_size=30))
@settings(deadline=None)
def test_any_file_name_is_kept_under_a_plain_one(wire, name, content):
    reply = asked(wire, "/pbx/announcements/upload", b"", kind="multipart/form-data", files={"file": (name, content)})
    kept = json.loads(reply.body)["data"]["filename"]
    assert kept.isascii()
    assert len(kept) < 60
    assert kept.replace("-", "").replace("_", "").replace(".", "").isalnum()


@given(header=st.text(max_size=40), key=st.text(max_size=10))
@settings(deadline=None)
def test_any_credentials_but_the_right_ones_are_refused(wire, header, key):
    for sent in (header, f"Basic {header}", f"Basic {base64.b64encode(header.encode(errors='replace')).decode()}"):
        headers = CIMultiDict({"Authorization": sent, "X-APIKEY": key, "Content-Type": "application/json"})
        incoming = Request("POST", "/api/v4/setting/ping/act", {}, headers, body=b"{}")
        assert wire.account_of(incoming) is None
        assert wire.answer(incoming).status == 401
