"""The tallies as tests open them: in memory, or on AWS as moto plays it."""

from dataclasses import dataclass

import boto3

from chalicelib.adapters.dynamodb_ledger import DynamoLedger
from chalicelib.adapters.dynamodb_tallies import DynamoTotals
from chalicelib.model.tally import Figures, TotalKey
from chalicelib.ports.counting import Shelf, TallyLedger, TallyTotals
from tests.contract.stack import make_table
from tests.rig.memory.tallies import MemoryTallies


@dataclass(frozen=True)
class Tallies:
    """All that is kept in the tallies table, by port."""

    ledger: TallyLedger
    totals: TallyTotals
    shelf: Shelf

    def totals_without_zeros(self) -> dict[TotalKey, dict[str, int]]:
        """Every total that says something."""
        return without_zeros(dict(self.totals.everything()))


def open_tallies(world: str) -> Tallies:
    """Nothing counted yet, also where a test opened tallies before."""
    if world == "memory":
        memory = MemoryTallies()
        return Tallies(memory, memory, memory)
    dynamodb = boto3.client("dynamodb")
    if "TalliesTable" in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName="TalliesTable")
    table = make_table("TalliesTable")
    return Tallies(DynamoLedger(table), DynamoTotals(table), DynamoLedger(table))


def without_zeros(tallies: dict[TotalKey, Figures]) -> dict[TotalKey, dict[str, int]]:
    """The figures that are not 0, of those tallies that have any."""
    slim = {k: {name: n for name, n in figures.items() if n} for k, figures in tallies.items()}
    return {key: figures for key, figures in slim.items() if figures}
