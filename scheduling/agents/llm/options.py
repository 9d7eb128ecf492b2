"""PURE: the options of the language model backend, and which key goes to which host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from pydantic import Field, model_validator

from pages.sentence import Sentence as _
from scheduling.agents.base import AgentError, Options
from scheduling.agents.web import WebAddress

Provider = Literal["openai", "anthropic", "google", "openai_compatible"]


class LlmOptions(Options):
    """Which model answers, and within which limits."""

    provider: Provider = Field(
        title=_("Provider"), description=_("Whose interface the model speaks.")
    )
    model: str = Field(
        title=_("Model"),
        min_length=1,
        max_length=200,
        description=_("The model's name at the provider."),
    )
    base_url: WebAddress | None = Field(
        title=_("Base URL"),
        default=None,
        description=_(
            "Another address than the provider's own; openai_compatible needs"
            " one (Ollama: http://localhost:11434/v1)."
        ),
    )
    temperature: float | None = Field(
        title=_("Temperature"),
        default=None,
        ge=0,
        le=2,
        description=_("Empty: the provider's default."),
    )
    max_output_tokens: int | None = Field(
        title=_("Max output tokens"),
        default=None,
        ge=1,
        description=_("Longest answer; empty: the provider's default."),
    )
    request_limit: int = Field(
        title=_("Request limit"),
        default=10,
        ge=1,
        le=1000,
        description=_("Most calls of the model in one run."),
    )
    total_tokens_limit: int | None = Field(
        title=_("Total tokens limit"),
        default=None,
        ge=1,
        description=_("Most tokens, in and out, of one run."),
    )
    timeout_seconds: float | None = Field(
        title=_("Timeout in seconds"),
        default=None,
        gt=0,
        le=86_400,
        description=_("Longest time for the whole answer; empty: the run's deadline."),
    )

    @model_validator(mode="after")
    def _compatible_servers_have_an_address(self) -> Self:
        if self.provider == "openai_compatible" and self.base_url is None:
            raise ValueError(_("provider openai_compatible needs base_url"))
        return self


@dataclass(frozen=True, kw_only=True)
class ProviderFacts:
    """Where a provider lives and where its key may lie."""

    #: The provider's own address; empty when there is none.
    home: str
    #: Environment variables for the key, first match wins.
    key_variables: tuple[str, ...]
    #: Environment variable for the address that goes with that key.
    address_variable: str
    #: Module with `connect(access, http)`.
    connector: str


PROVIDERS: dict[Provider, ProviderFacts] = {
    "openai": ProviderFacts(
        home="https://api.openai.com/v1",
        key_variables=("OPENAI_API_KEY",),
        address_variable="OPENAI_BASE_URL",
        connector="scheduling.agents.llm.openai_chat",
    ),
    "anthropic": ProviderFacts(
        home="https://api.anthropic.com",
        key_variables=("ANTHROPIC_API_KEY",),
        address_variable="ANTHROPIC_BASE_URL",
        connector="scheduling.agents.llm.anthropic_messages",
    ),
    "google": ProviderFacts(
        home="https://generativelanguage.googleapis.com",
        key_variables=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        address_variable="GOOGLE_GEMINI_BASE_URL",
        connector="scheduling.agents.llm.gemini",
    ),
    "openai_compatible": ProviderFacts(
        home="",
        key_variables=(),
        address_variable="",
        connector="scheduling.agents.llm.openai_chat",
    ),
}

#: Sent to a server of one's own that asks for no key; the client insists on one.
NO_KEY = "no-key"


@dataclass(frozen=True, kw_only=True)
class Access:
    """One address and the key meant for it."""

    provider: Provider
    base_url: str
    api_key: str = field(repr=False)
    #: The key is the installation's own, so its other settings for the provider apply too.
    is_ours: bool = False

    @property
    def is_known_place(self) -> bool:
        """Whether the address is the provider's own or this installation's choice."""
        return self.is_ours or self.base_url == PROVIDERS[self.provider].home


def find_access(
    options: LlmOptions, credentials: Mapping[str, str], environ: Mapping[str, str]
) -> Access:
    """Return the address to call with the key meant for it.

    The installation's key, from `environ`, goes only to the address that `environ` names or
    to the provider's own, never to an agent's `base_url`; an agent's key goes to its
    `base_url` or to the provider's own address, never to the one in `environ`.
    Raises `AgentError` when there is no key or it is none.
    """
    facts = PROVIDERS[options.provider]
    key = credentials.get("api_key", "").strip()
    if key and not (key.isascii() and key.isprintable()):
        raise AgentError("credentials.api_key must be printable ASCII")
    if options.base_url is not None:
        if not key and options.provider != "openai_compatible":
            raise AgentError(
                "the agent needs credentials.api_key: with a base_url of its own it"
                " gets no key of this installation"
            )
        return Access(
            provider=options.provider,
            base_url=options.base_url,
            api_key=key or NO_KEY,
        )
    if key:
        return Access(provider=options.provider, base_url=facts.home, api_key=key)
    for variable in facts.key_variables:
        if ours := environ.get(variable, "").strip():
            return Access(
                provider=options.provider,
                base_url=environ.get(facts.address_variable, "").strip() or facts.home,
                api_key=ours,
                is_ours=True,
            )
    wanted = " or ".join(("credentials.api_key", *facts.key_variables))
    raise AgentError(f"the agent needs {wanted}")
