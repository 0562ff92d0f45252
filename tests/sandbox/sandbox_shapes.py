"""The shape of the document's samples: field order, types, and what may be null."""

from __future__ import annotations

# What the document, or its sample, allows to be null.
NULLABLE = {
    "message",
    "data.calls[].note",
    "data.calls[].file_id",
    "data.calls[].trunk",
    *(
        f"data.calls[].{end}.contact{field}"
        for end in ("call_source", "call_dest")
        for field in ("", ".location", ".name", ".company", ".email", ".address", ".note")
    ),
}


def check_shape(sample, actual, path=""):
    """Demand the sample's fields in its order and its types; a null in the sample stands for text or null."""
    if actual is None:
        assert sample is None or path in NULLABLE, f"{path} must not be null"
    elif isinstance(sample, dict):
        assert isinstance(actual, dict), path
        assert list(actual) == list(sample), path
        for name, value in sample.items():
            check_shape(value, actual[name], f"{path}.{name}".lstrip("."))
    elif isinstance(sample, list):
        assert isinstance(actual, list), path
        for item in actual:
            check_shape(sample[0], item, f"{path}[]")
    elif sample is None:
        assert isinstance(actual, str), path
    else:
        assert type(actual) is type(sample), f"{path}: {actual!r}"


def with_file_id(call):
    """Return the document's call with `file_id` where the provider's later page puts it: after `time_talk`."""
    fields = []
    for name, value in call.items():
        fields.append((name, value))
        if name == "time_talk":
            fields.append(("file_id", None))
    return dict(fields)


def with_contacts(call):
    """Give both ends the sample's contact, so that each end's shape is known."""
    contact = call["call_source"]["contact"]
    return {**call, "call_dest": {**call["call_dest"], "contact": contact}}
