"""Every setting, typed, with where to get its value; read from the environment and a ``.env`` file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
_HOST = r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?"
PublicAddress = Annotated[str, StringConstraints(pattern=rf"^https?://{_HOST}(?:/[A-Za-z0-9._~/-]{{0,500}})?$")]
"""Stands in messages, so it holds nothing that Slack could read as more than an address."""


class SettingsError(Exception):
    """Settings are missing or wrong; the message names each variable and where its value comes from."""


class Settings(BaseSettings):
    """One field a variable: the upper-case name is the variable, ``description`` says where to get the value."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True)

    database_url: str = Field(
        "sqlite:///var/daybook.sqlite",
        description="Where Daybook keeps its data: an SQLite file for one process, postgresql://… for more.",
    )
    slack_bot_token: SecretStr | None = Field(
        None, description="Slack app page, OAuth & Permissions, Bot User OAuth Token (xoxb-…)."
    )
    slack_app_token: SecretStr | None = Field(
        None,
        description="Slack app page, Basic Information, App-Level Tokens, scope connections:write (xapp-…). "
        "With it Daybook uses Socket Mode; without it, HTTP.",
    )
    slack_signing_secret: SecretStr | None = Field(
        None, description="Slack app page, Basic Information, Signing Secret. Needed for HTTP, not for Socket Mode."
    )
    slack_api_url: Address = Field("https://slack.com/api/", description="Slack's Web API; change it only for a proxy.")
    hubspot_access_token: SecretStr | None = Field(
        None, description="HubSpot, Settings, Integrations, Service Keys (pat-…)."
    )
    hubspot_api_url: Address = Field("https://api.hubapi.com", description="HubSpot's API; change it only for a proxy.")
    hubspot_client_secret: SecretStr | None = Field(
        None,
        description="HubSpot, your app, Auth, Client secret. With it HubSpot may tell of changes at "
        "DAYBOOK_PUBLIC_URL/hubspot/webhook; without it, changes come with the next sync.",
    )
    jira_url: Address | None = Field(None, description="Your Jira site, https://YOURS.atlassian.net.")
    jira_email: str | None = Field(None, description="E-mail of the Jira user whose API token is used.")
    jira_api_token: SecretStr | None = Field(None, description="id.atlassian.com, Security, API tokens, for that user.")

    anthropic_api_key: SecretStr | None = Field(
        None,
        description="platform.claude.com, API keys (sk-ant-…). Without it lists and buttons work, conversations don't.",
    )
    anthropic_base_url: Address = Field(
        "https://api.anthropic.com", description="Claude's API; change it only for a proxy."
    )

    daybook_revenue_property: str = Field(
        "annual_contract_value", description="HubSpot company property holding yearly revenue; it sets the tier."
    )
    daybook_renewal_property: str = Field(
        "renewal_date", description="HubSpot company property holding the renewal date."
    )
    daybook_onboarding_property: str = Field(
        "onboarding_status", description="HubSpot company property that says whether onboarding is under way."
    )
    daybook_onboarding_values: str = Field(
        "in_progress", description="Values of that property that mean under way, separated by commas."
    )
    daybook_jira_account_field: str = Field(
        "HubSpot company",
        description="Jira field (name or id) that names the account by HubSpot company id or domain.",
    )
    daybook_jira_jql: str = Field(
        "project is not EMPTY", description="Which Jira issues to read, in JQL, without ORDER BY."
    )
    daybook_people_file: str | None = Field(
        None, description="TOML file that overrides owner, manager, team, time zone and list time of people."
    )
    daybook_policy_file: str = Field(
        "rules/policy.toml", description="The numbers the rules use; a reviewed, versioned file."
    )
    daybook_mcp_file: str | None = Field(
        None,
        description="TOML file of the MCP servers that agents may ask, with what was reviewed of each of their tools "
        "(`daybook mcp pin`). Without it, none.",
    )
    daybook_ledger_key: SecretStr | None = Field(
        None,
        description="Secret that seals the ledger of what was done, 32 characters or more (`openssl rand -hex 32`). "
        "Without it, on SQLite, one is made beside the database file.",
    )
    daybook_anchor_to: str | None = Field(
        None,
        pattern="^[CDGUW][A-Z0-9]{5,20}$",
        description="Slack id of a channel of its own (with the bot in it), or of a person, that is told the ledger's "
        "last row and seal every day. `daybook ledger verify` then sees an end that was cut off or written anew.",
    )
    daybook_anchor_file: str | None = Field(
        None,
        description="A file to which the ledger's last row and seal are appended every day; best on a disk that can "
        "only be appended to. Every worker, and whoever verifies, must see the same file.",
    )
    daybook_list_at: str = Field(
        "09:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="Local time of the morning list, unless a person or the people file says otherwise.",
    )
    daybook_admins: str = Field(
        "",
        description="Slack ids of Daybook's administrators besides Slack's own workspace admins, separated by commas.",
    )
    daybook_escalate_to: str = Field(
        "",
        description="Who hears of an account in trouble whose owner has no manager, and of what goes up further than "
        "the managers: Slack ids or e-mails, separated by commas. Without it, an administrator who is none of them; "
        "where nobody is left, whoever heard last is reminded once.",
    )
    daybook_sync_at: str = Field(
        "*:50",
        pattern=r"^(\*|[01]\d|2[0-3]):[0-5]\d(,[0-5]\d)*$",
        description="When the incremental sync runs: *:50 is each hour at 50, *:20,50 twice an hour, UTC.",
    )
    daybook_lists_kept_days: int = Field(
        400,
        ge=40,
        le=36_500,
        description="For how many days it is kept which lists were posted where, and what they named: that is how far "
        "back `daybook outcomes` can count them (Home shows 35 days). Sessions' logs are always kept.",
    )
    daybook_escalations_kept_days: int = Field(
        400,
        ge=40,
        le=36_500,
        description="For how many days it is kept who was told of an account in trouble, once that is solved. What "
        "still stands is always kept, so that nobody is told of it anew.",
    )
    daybook_slack_posts_per_minute: int = Field(
        300, ge=0, description="Messages a minute this process may post in the workspace; 0 switches the limiter off."
    )
    daybook_vendor_limits: bool = Field(
        True, description="Wait to stay under HubSpot's and Jira's rate limits; off only for benchmarks."
    )
    daybook_worker_threads: int = Field(
        16, ge=1, le=64, description="Turns of each kind (lists, presses, talk) this process runs at once."
    )
    daybook_poll_seconds: float = Field(
        2.0,
        ge=0.02,
        le=60,
        description="How often a worker looks for turns it was not woken for; the longest a lost wake-up can cost.",
    )
    daybook_lease_seconds: float = Field(
        30, ge=0.5, le=600, description="After how long without a sign of life a worker's turns are taken over."
    )
    daybook_host: str = Field("127.0.0.1", description="Address the web process listens on.")
    daybook_port: int = Field(3000, ge=0, le=65535, description="Port the web process listens on; 0 picks a free one.")
    daybook_public_url: PublicAddress | None = Field(
        None,
        description="Address at which people's browsers, and HubSpot, reach `daybook run web` (https://…), without "
        "/trace or /hubspot/webhook. With it an answer's footer links to how it came about; for that, an address "
        "inside the company will do. Needed with HUBSPOT_CLIENT_SECRET, as it stands in HubSpot's webhook settings.",
    )
    daybook_log_format: str = Field("text", pattern="^(text|json)$", description="text for people, json for machines.")
    daybook_clock: str | None = Field(
        None, description="File of the movable clock of demos and tests; refused with real vendors' addresses."
    )

    def value(self, name: str) -> str | None:
        """A field as plain text, secrets revealed; for adapters only."""
        held: Any = getattr(self, name)
        if held is None:
            return None
        return str(held.get_secret_value() if isinstance(held, SecretStr) else held)

    def admins(self) -> frozenset[str]:
        """Slack user ids of Daybook's administrators."""
        return frozenset(name.strip() for name in self.daybook_admins.split(",") if name.strip())

    def need(self, *names: str) -> None:
        """Raise ``SettingsError`` naming each of these that is not set and where to get it."""
        absent = [n for n in names if not self.value(n)]
        if absent:
            raise SettingsError("\n".join(f"{n.upper()} is not set. {self.where(n)}" for n in absent))

    @classmethod
    def where(cls, name: str) -> str:
        return cls.model_fields[name].description or ""


REAL_ADDRESSES = ("slack.com", "hubapi.com", "atlassian.net", "atlassian.com")


def load(environment: dict[str, str] | None = None) -> Settings:
    """Settings from the process environment and ``.env``, or only from ``environment`` when it is given.

    Raises ``SettingsError`` with a line a variable.
    """
    try:
        if environment is None:
            settings = Settings()
        else:
            known = {k.lower(): v for k, v in environment.items() if k.lower() in Settings.model_fields and v != ""}
            settings = _Given.model_validate(known)
    except ValidationError as wrong:
        lines = []
        for error in wrong.errors():
            name = str(error["loc"][0])
            lines.append(f"{name.upper()} is wrong ({error['msg']}). {Settings.where(name)}")
        raise SettingsError("\n".join(lines)) from None
    _check(settings)
    return settings


class _Given(Settings):
    """Settings from the values given, deaf to the environment and to ``.env``: for the demo and tests."""

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the other sources are named and dropped
        cls, settings_cls: Any, init_settings: Any, **_others: Any
    ) -> tuple[Any, ...]:
        return (init_settings,)


def _check(settings: Settings) -> None:
    token = settings.value("slack_bot_token")
    if token and not token.startswith("xoxb-"):
        raise SettingsError(f"SLACK_BOT_TOKEN does not start with xoxb-. {settings.where('slack_bot_token')}")
    app_token = settings.value("slack_app_token")
    if app_token and not app_token.startswith("xapp-"):
        raise SettingsError(f"SLACK_APP_TOKEN does not start with xapp-. {settings.where('slack_app_token')}")
    if settings.daybook_clock:
        # The model's may be real (`daybook demo --real-model`): it keeps nothing that a moved clock could spoil.
        addresses = (settings.slack_api_url, settings.hubspot_api_url, settings.jira_url or "")
        real = [a for a in addresses if any(host in a for host in REAL_ADDRESSES)]
        if real:
            raise SettingsError(
                f"DAYBOOK_CLOCK moves time and must not be used with a real vendor ({', '.join(real)}). Unset it."
            )
