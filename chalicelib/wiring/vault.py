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
    from chalicelib.adapters.ssm_secrets import PAUSE_S, SsmSecrets  # noqa: PLC0415

    max_age_s = int(settings().seconds("SECRETS_MAX_AGE_S", 60).total_seconds())
    path, pause_s = settings().required("SECRETS_PATH"), min(PAUSE_S, max_age_s)
    return Secrets(SsmSecrets(path, max_age_s=max_age_s, pause_s=pause_s), is_deployed=True)
