"""Where secrets are kept: in the environment of the local stage, else in SSM."""

from functools import cache

from chalicelib.adapters.environment_secrets import EnvironmentSecrets
from chalicelib.secrets import Secrets
from chalicelib.settings import settings


@cache
def secrets() -> Secrets:
    """What is secret, as it is now."""
    if not settings().is_deployed:
        return Secrets(EnvironmentSecrets(settings().environment), is_deployed=False)
    from chalicelib.adapters.ssm_secrets import SsmSecrets  # noqa: PLC0415

    max_age = settings().seconds("SECRETS_MAX_AGE_S", 60)
    store = SsmSecrets(settings().required("SECRETS_PATH"), max_age_s=int(max_age.total_seconds()))
    return Secrets(store, is_deployed=True)
