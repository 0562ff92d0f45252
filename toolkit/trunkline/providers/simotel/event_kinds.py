"""The kinds of live events that Simotel sends besides `Cdr`, by their names in the model.

Source: the provider's pages about its webhooks.
"""

EVENT_KINDS = (
    "incoming_call",
    "outgoing_call",
    "new_state",
    "transfer",
    "cdr_queue",
    "exten_added",
    "exten_removed",
    "voice_mail",
    "voice_mail_email",
    "survey",
    "incoming_fax",
    "outgoing_fax",
    "trunk_new_state",
    "trunk_added",
    "trunk_removed",
    "auto_dialer_report",
    "reserved_call_in_front",
    "ping",
)
