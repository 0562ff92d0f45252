"""A receiver of pushed records: a real server on loopback that keeps its requests."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

from aiohttp import web


class Hook:
    """Keeps (method, content type, body) of every request."""

    def __init__(self):
        self.received = []
        self.status = 200
        self.arrived = asyncio.Event()
        self.url = ""

    async def take(self, request):
        self.received.append((request.method, request.headers["Content-Type"], await request.read()))
        self.arrived.set()
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})

    @property
    def records(self):
        return [json.loads(body) for _, _, body in self.received]


@asynccontextmanager
async def listening():
    """Serve a hook while the context is open."""
    hook = Hook()
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", hook.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield hook
    finally:
        await runner.cleanup()
