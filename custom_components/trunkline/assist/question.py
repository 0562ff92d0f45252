"""What somebody said to Assist: their sentence, language, conversation and user."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from ..account.access import async_user
from .language import choose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.auth.models import User
    from homeassistant.core import HomeAssistant

    from .language import Language, Languages


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence and its free parts, the slots. Without a user it was said to a voice device."""

    sentence: str = field(repr=False)
    language: Language
    conversation_id: str | None
    user: User | None
    slots: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def user_id(self) -> str | None:
        """The id of the user."""
        return self.user.id if self.user else None

    @classmethod
    async def async_from(cls, hass: HomeAssistant, languages: Languages, variables: Mapping[str, Any]) -> Self:
        """Read what the trigger of a sentence tells."""
        # Loaded with conversation, which isn't there in every installation.
        from homeassistant.helpers.chat_session import current_session  # noqa: PLC0415

        trigger = variables["trigger"]
        said = trigger["user_input"]
        # A new conversation has its id only in the session.
        session = current_session.get()
        return cls(
            trigger["sentence"],
            choose(languages, said["language"] or "", hass.config.language),
            session.conversation_id if session else said["conversation_id"],
            await async_user(hass, said["context"]["user_id"]),
            {name: str(value) for name, value in trigger["slots"].items()},
        )
