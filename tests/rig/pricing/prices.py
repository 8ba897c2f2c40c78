"""What AWS asks in us-east-1, at list price: no free tier, no discount, no commitment.

`source` says where each was read, and when. The price pages themselves show their tables by
scripts, which no stored copy has: what is not marked as AWS's own was read in guides that quote
them, and should be looked up again before anybody signs anything.
"""

from __future__ import annotations

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for one of something."""

    usd: float
    source: str
    #: The day on which the source was read, or its own date.
    seen: str
    #: The source is AWS itself.
    is_official: bool = False


WRITE_UNIT = Price(
    0.625 / MILLION,
    "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    "2026-11 (halved by AWS on 2024-11-01)",
)
READ_UNIT = Price(
    0.125 / MILLION,
    "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    "2026-11 (halved by AWS on 2024-11-01)",
)
#: Provisioned, for what steadier traffic would cost.
WRITE_UNIT_HOUR = Price(
    0.00065,
    "https://zeonedge.com/en/blog/dynamodb-cost-optimization-on-demand-provisioned-dax-single-table",
    "2026-11",
)
STORED_GB_MONTH = Price(0.25, "https://aws.amazon.com/dynamodb/pricing/on-demand/", "unverified")
PITR_GB_MONTH = Price(0.20, "https://aws.amazon.com/dynamodb/pricing/on-demand/", "unverified")
SQS_REQUEST = Price(0.40 / MILLION, "https://cloudburn.io/blog/amazon-sqs-pricing", "2026-03")
#: On top, for each request about messages with a group id in a standard queue.
SQS_FAIR_SURCHARGE = Price(
    0.10 / MILLION, "https://cloudburn.io/blog/amazon-sqs-pricing", "2026-03"
)
LAMBDA_GB_S = Price(0.0000133334, "https://cloudchipr.com/blog/aws-lambda-pricing", "2024, arm64")
LAMBDA_REQUEST = Price(
    0.20 / MILLION,
    "https://git.mcrn.ar/mariano/lambda_local_runner/src/branch/main/docs/lambdas-md/lambda-13-cost.md",
    "2026-05",
)
API_REQUEST = Price(
    3.50 / MILLION,
    "https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html",
    "2026-11",
    is_official=True,
)
TIMER = Price(1.00 / MILLION, "https://cloudburn.io/blog/amazon-eventbridge-pricing", "2026-03")
LOG_GB = Price(0.50, "https://signoz.io/guides/cloudwatch-pricing", "2026-02")
METRIC_MONTH = Price(0.30, "https://signoz.io/guides/cloudwatch-pricing", "2026-02")
ALARM_MONTH = Price(0.10, "https://aws.amazon.com/cloudwatch/pricing/", "unverified")
DATA_OUT_GB = Price(0.09, "https://amnic.com/blogs/aws-api-gateway-pricing", "2026-11")
