"""Example Telecom's sandbox server: two accounts, one for each office of the simulated company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.sandbox import Direction, JsonWire, Outcome, Reply, Request, SandboxAccount, to_json

if TYPE_CHECKING:
    from trunkline.sandbox import Office, World

_OK, _ACCEPTED, _BAD_REQUEST, _UNAUTHORIZED, _NOT_FOUND = 200, 202, 400, 401, 404
_RESULTS = {Outcome.ANSWERED: "ok", Outcome.BUSY: "busy", Outcome.NO_ANSWER: "missed", Outcome.CONGESTION: "error"}
_DIRECTIONS = {Direction.INCOMING: "in", Direction.OUTGOING: "out", Direction.LOCAL: "local"}


class ExampleTelecomServer(JsonWire):
    """Answers `/account`, `/calls` by page, and a POST to `/calls` that places one."""

    name = "example_telecom"
    prefix = "/example-telecom"
    base_path = "/api"
    calls_at = "calls"
    status_at = "calls[].result"

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self.world = world
        self._keys = [f"sandbox-key-{office.position}" for office in world.offices]

    def answer(self, request: Request) -> Reply:
        """Answer a request."""
        account = self.account_of(request)
        if account is None:
            return self.unauthorized()
        office = self.world.offices[account]
        match request.method, request.path.removeprefix(self.base_path):
            case "GET", "/account":
                return Reply(_OK, to_json(self._account(office)))
            case "GET", "/calls":
                return Reply(_OK, to_json(self._calls(office, request)))
            case "POST", "/calls":
                return self._place(office, request)
        return Reply(_NOT_FOUND, to_json({"error": "not found"}))

    def unauthorized(self) -> Reply:
        """Refuse the credentials."""
        return Reply(_UNAUTHORIZED, to_json({"error": "unauthorized"}))

    def account_of(self, request: Request) -> int | None:
        """Return the account of the request's user name and API key."""
        given = {name.lower(): value for name, value in request.headers.items()}
        for account, key in enumerate(self._keys):
            if (given.get("x-user"), given.get("x-api-key")) == (f"office{account + 1}", key):
                return account
        return None

    def page_of(self, request: Request) -> int | None:
        """Return the number of the page of calls that is asked for."""
        is_list = request.method == "GET" and request.path == f"{self.base_path}/calls"
        return int(request.params.get("page", "1")) if is_list else None

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Describe the accounts."""
        return [
            SandboxAccount.of_offices(
                [office],
                provider=self.name,
                base_url=f"{url}{self.prefix}{self.base_path}",
                credentials=self._credentials(office.position),
                service_ids=(f"EX{office.position + 1}",),
                title=f"Example {office.name}",
            )
            for office in self.world.offices
        ]

    def rotate(self, account: int) -> dict[str, str]:
        """Withdraw an account's API key and return the new credentials."""
        self._keys[account] += "-new"
        return self._credentials(account)

    def _credentials(self, account: int) -> dict[str, str]:
        return {"username": f"office{account + 1}", "api_key": self._keys[account]}

    def _account(self, office: Office) -> dict[str, Any]:
        return {
            "id": f"EX{office.position + 1}",
            "name": f"Example {office.name}",
            "lines": [{"number": trunk.number, "credit": str(trunk.credit)} for trunk in office.trunks],
            "extensions": [{"number": desk.number, "name": desk.name} for desk in office.extensions],
        }

    def _calls(self, office: Office, request: Request) -> dict[str, Any]:
        page, size = int(request.params.get("page", "1")), int(request.params.get("size", "50"))
        positions = list(reversed(office.calls.listed()))
        return {
            "page": page,
            "pages": max(1, -(-len(positions) // size)),
            "total": len(positions),
            "calls": [self._row(office, position) for position in positions[(page - 1) * size : page * size]],
        }

    def _row(self, office: Office, position: int) -> dict[str, Any]:
        row = office.calls[position]
        if row.direction == Direction.LOCAL:
            peer = office.extensions[row.peer].number
        else:
            peer = f"0{self.world.parties[row.peer].number}"
        desk = office.extensions[row.extension].number if row.extension >= 0 else None
        line = office.trunks[row.trunk].number if row.trunk >= 0 else None
        ours = desk or (f"0{line}" if line else None)
        source, destination = (peer, ours) if row.direction == Direction.INCOMING else (ours, peer)
        return {
            "id": row.call_id,
            "started": row.started_at,
            "direction": _DIRECTIONS[Direction(row.direction)],
            "result": _RESULTS[Outcome(row.outcome)],
            "from": source,
            "to": destination,
            "line": line,
            "extension": desk,
            "ringing": row.wait,
            "talking": row.talk,
            "price": str(row.price),
        }

    def _place(self, office: Office, request: Request) -> Reply:
        sent = request.json()
        extension = office.extension(str(sent.get("from")))
        if extension is None:
            return Reply(_BAD_REQUEST, to_json({"error": "unknown extension"}))
        placed = self.world.place(office, to=str(sent.get("to")), extension=extension)
        return Reply(_ACCEPTED, to_json({"request": placed}))
