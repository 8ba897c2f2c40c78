"""Its CloudFormation refuses alarms over several metrics: they are made, and never judged."""

from collections.abc import Mapping
from typing import Any

from ministack.services.cloudformation import provisioners


def mend() -> None:
    """Keep an alarm's expression as the name of its metric: there is never any data of that."""
    record_of = provisioners._cw_metric_alarm_record

    def record(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        metrics = properties.get("Metrics")
        if not metrics:
            return record_of(name, properties)
        judged = next(each for each in metrics if each.get("Expression"))
        plain = {key: value for key, value in properties.items() if key != "Metrics"}
        plain |= {"Namespace": "expressions", "MetricName": judged["Expression"]}
        return record_of(name, plain)

    provisioners._cw_metric_alarm_record = record
