"""A backend with moods: what it answers depends on whom it is called for, and when."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model.outcome import Answer
from chalicelib.ports.delivery import Call
from tests.rig.memory.callbacks import MemoryCallbacks
from tests.rig.world import World

#: What it answers to a workspace at an instant.
Mood = Callable[[str, datetime], Answer]
FINE = Answer(200, "{}")


@dataclass(slots=True)
class MoodyCallbacks(MemoryCallbacks):
    """Answers by its mood; remembers whom it refused, and when."""

    mood: Mood = field(default=lambda _workspace_id, _at: FINE)
    workspace_of: Callable[[str], str] = str
    refused: list[tuple[datetime, str]] = field(default_factory=list[tuple[datetime, str]])

    async def post(self, call: Call) -> Answer:
        """By its mood at the start of the call."""
        job_id: str = json.loads(call.body)["jobId"]
        answer = self.mood(self.workspace_of(job_id), self.clock.now())
        if answer.status != FINE.status:
            self.refused.append((self.clock.now(), job_id))
        self.answers.insert(0, answer)
        return await super(MoodyCallbacks, self).post(call)


def moody_world(mood: Mood) -> tuple[World, MoodyCallbacks]:
    """A world whose backend has such moods."""
    world = World()
    backend = MoodyCallbacks(
        world.clock,
        mood=mood,
        workspace_of=lambda job_id: world.store.entries[job_id].job.workspace_id,
    )
    world.callbacks = backend
    return world, backend
