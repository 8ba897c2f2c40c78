"""An emulated AWS on which nothing is deployed yet: a bench deploys, updates and deletes itself."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Any, Self

from chalicelib.model.secret import Secret
from chalicelib.model.signing import PREFIX
from infra.adopt import adopt
from infra.deploy import ClientFor
from infra.layer import ROOT
from infra.local.emulator import Emulator, start_emulator
from infra.local.stack import STACK_NAME, api_stage, deploy_stack, physical_ids
from infra.local.warmth import warm_up
from infra.package import TEMPLATE_NAME
from infra.recount import recount
from infra.secrets import Safe
from tests.rig.client import mint_token


class BareCloud:
    """The emulator, and production's stack on it by `deploy`; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Start it; `folder` takes its logs."""
        subprocess.run(["make", "--silent", ".cloud/ready"], cwd=ROOT, check=True)
        self.folder = folder
        self._secret = secrets.token_urlsafe(48)
        self._signing_secret = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
        self._loop = asyncio.new_event_loop()
        # The emulator ends with the thread that started it.
        self._thread = Thread(target=self._loop.run_forever, daemon=True, name="emulator")
        self._thread.start()
        self._emulator: Emulator = asyncio.run_coroutine_threadsafe(
            start_emulator(folder, None), self._loop
        ).result()
        self.token = mint_token(self._secret)

    def __enter__(self) -> Self:
        """Hold it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, with all its workers."""
        asyncio.run_coroutine_threadsafe(self._emulator.stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """Where its AWS answers."""
        return self._emulator.url

    @property
    def clients(self) -> ClientFor:
        """What makes boto3 clients for it."""
        return self._emulator.client

    def deploy(self, package: Path, *, backend_url: str, **chosen: str) -> str:
        """Create the stack from a package for the stage prod, or update it; answer the API's URL.

        `chosen` are parameters of the stack; those that the package's template does not know are
        left out, as an older revision has fewer.
        """
        self.put_secrets(STACK_NAME)
        parameters = {**self._earlier_secrets(), **self.production(backend_url), **chosen}
        known = _template(package)["Parameters"]
        outputs = deploy_stack(
            package,
            self.clients,
            parameters={name: parameters[name] for name in parameters if name in known},
        )
        return self._emulator.api_url(outputs["RestAPIId"], api_stage(package))

    def warm_up(self) -> None:
        """Start some workers' processes, as `make run` does before it is ready."""
        warm_up(self.clients)

    def delete(self) -> str:
        """Delete the stack; answer the status in which it ended."""
        cloudformation = self.clients("cloudformation")
        (stack,) = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]
        cloudformation.delete_stack(StackName=STACK_NAME)
        waiter = cloudformation.get_waiter("stack_delete_complete")
        waiter.wait(StackName=stack["StackId"], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        (stack,) = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"]
        return stack["StackStatus"]

    def recount(self) -> list[dict[str, Any]]:
        """Which counters differ from a recount of the jobs; none should at a quiet instant."""
        return recount(self.clients, STACK_NAME, repair=False)["drift"]

    def dead_letter_count(self) -> int:
        """How many messages lie in the stack's dead-letter queues."""
        sqs = self.clients("sqs")
        urls = sqs.list_queues(QueueNamePrefix=STACK_NAME)["QueueUrls"]
        name = "ApproximateNumberOfMessages"
        return sum(
            int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])
            for url in urls
            if url.endswith("dead-letters")
        )

    def adopt(self, package: Path, tables: Mapping[str, str]) -> None:
        """Make a stack of these tables alone, as after a deletion that kept them."""
        adopt(package, self.clients("cloudformation"), stack_name=STACK_NAME, tables=tables)

    def tables(self) -> dict[str, str]:
        """The names of the stack's tables, by their logical ids."""
        return {n: p for n, p in physical_ids(self.clients).items() if n.endswith("Table")}

    def item_counts(self, tables: Mapping[str, str]) -> dict[str, int]:
        """How many items each of these tables holds, counted one by one."""
        pages = self.clients("dynamodb").get_paginator("scan")
        return {
            logical: sum(page["Count"] for page in pages.paginate(TableName=name, Select="COUNT"))
            for logical, name in tables.items()
        }

    def put_secrets(self, stack_name: str) -> None:
        """This cloud's own, where a deployed stage looks for them."""
        safe = Safe(self.clients("ssm"), stack_name)
        safe.put(Secret.JWT, self._secret)
        safe.put(Secret.SIGNING, self._signing_secret)
        safe.put(Secret.BOARD, self._secret[:24])

    def _earlier_secrets(self) -> dict[str, str]:
        """The same for revisions that took them as parameters."""
        return {
            "JwtSecret": self._secret,
            "SigningSecrets": self._signing_secret,
            "BullBoardPassword": self._secret[:24],
        }

    def production(self, backend_url: str) -> dict[str, str]:
        """The parameters of the stage prod."""
        return {
            "Stage": "prod",
            "SmsApiUrl": backend_url,
            "EmailApiUrl": backend_url,
            "BullBoardUsername": "operator",
            # The bench's backend listens on this machine.
            "AllowPrivateCallbacks": "true",
        }


def _template(package: Path) -> dict[str, Any]:
    return json.loads((package / TEMPLATE_NAME).read_text(encoding="utf-8"))
