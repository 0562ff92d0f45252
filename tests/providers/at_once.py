"""Runs a coroutine that waits for nothing but its turn, without an event loop."""


def at_once(coroutine):
    """Return the result of a coroutine that never waits for anything else."""
    while True:
        try:
            coroutine.send(None)
        except StopIteration as end:
            return end.value
