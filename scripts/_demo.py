"""A demo that is running: the sandbox, and a Home Assistant with an account of each provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._process import DemoError

if TYPE_CHECKING:
    from pathlib import Path

    from ._hass import Client, Socket
    from ._home_assistant import HomeAssistant

DOMAIN = "trunkline"


@dataclass(slots=True)
class Demo:
    """A demo that is running."""

    home_assistant: HomeAssistant
    sandbox: dict[str, Any]

    @property
    def client(self) -> Client:
        """The API of Home Assistant."""
        return self.home_assistant.client

    @property
    def socket(self) -> Socket:
        """The WebSocket of the Home Assistant that runs now; a restart replaces it."""
        return self.home_assistant.socket

    @property
    def config(self) -> Path:
        """The configuration directory."""
        return self.home_assistant.config

    @property
    def accounts(self) -> list[dict[str, Any]]:
        """The sandbox's Telefonchy accounts."""
        accounts: list[dict[str, Any]] = self.sandbox["telefonchy"]["accounts"]
        return accounts

    def account(self, wire: str) -> dict[str, Any]:
        """Return the first account of a wire."""
        account: dict[str, Any] = self.sandbox[wire]["accounts"][0]
        return account

    async def control(self, do: str, **parameters: Any) -> dict[str, Any]:
        """Send a command to the sandbox."""
        body = {"do": do, **parameters}
        async with self.client.session.post(self.sandbox["control"], json=body) as response:
            answer: dict[str, Any] = await response.json()
        if response.status != 200:
            message = f"the sandbox refused {do}: {answer}"
            raise DemoError(message)
        return answer


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)
