"""PURE: where providers live, and which key goes to which host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduling.agents.base import Misconfigured
from scheduling.agents.llm.options import Api, LlmOptions, ModelChoice, Provider


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
        connector="scheduling.agents.llm.openai_models",
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
        connector="scheduling.agents.llm.openai_models",
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
    api: Api = "chat"
    #: The key is the installation's own, so its other settings for the provider apply too.
    is_ours: bool = False

    @property
    def is_known_place(self) -> bool:
        """Whether the address is the provider's own or this installation's choice."""
        return self.is_ours or self.base_url == PROVIDERS[self.provider].home


def key_name(number: int) -> str:
    """The credential that holds the key of an agent's model; 0 is the first one."""
    return "api_key" if number == 0 else f"fallback_{number}_api_key"


def token_name(server: str) -> str:
    """The credential that holds the bearer token of an MCP server."""
    return f"mcp_{server}_token"


def find_accesses(
    options: LlmOptions, credentials: Mapping[str, str], environ: Mapping[str, str]
) -> list[Access]:
    """Return the access of each of the agent's models (see `find_access`)."""
    return [
        find_access(
            choice, credentials, environ, key=_key_for(options, number, credentials)
        )
        for number, choice in enumerate(options.choices)
    ]


def _key_for(options: LlmOptions, number: int, credentials: Mapping[str, str]) -> str:
    """A fallback at the place of the first model may use its key: the host is the same."""
    own, choice = key_name(number), options.choices[number]
    place = (choice.provider, choice.base_url)
    is_same = place == (options.provider, options.base_url)
    return own if credentials.get(own) or not is_same else key_name(0)


def find_access(
    choice: ModelChoice,
    credentials: Mapping[str, str],
    environ: Mapping[str, str],
    *,
    key: str = "api_key",
) -> Access:
    """Return the address to call with the key meant for it, in the credential called `key`.

    The installation's key, from `environ`, goes only to the address that `environ` names or
    to the provider's own, never to an agent's `base_url`; an agent's key goes to its
    `base_url` or to the provider's own address, never to the one in `environ`.
    Raises `Misconfigured` when there is no key or it is none.
    """
    facts = PROVIDERS[choice.provider]
    own = credentials.get(key, "").strip()
    if own and not (own.isascii() and own.isprintable()):
        raise Misconfigured(f"credentials.{key} must be printable ASCII")
    if choice.base_url is not None:
        if not own and choice.provider != "openai_compatible":
            raise Misconfigured(
                f"the agent needs credentials.{key}: with a base_url of its own it"
                " gets no key of this installation"
            )
        return Access(
            provider=choice.provider,
            base_url=choice.base_url,
            api_key=own or NO_KEY,
            api=choice.api,
        )
    if own:
        return Access(
            provider=choice.provider, base_url=facts.home, api_key=own, api=choice.api
        )
    for variable in facts.key_variables:
        if ours := environ.get(variable, "").strip():
            return Access(
                provider=choice.provider,
                base_url=environ.get(facts.address_variable, "").strip() or facts.home,
                api_key=ours,
                api=choice.api,
                is_ours=True,
            )
    wanted = " or ".join((f"credentials.{key}", *facts.key_variables))
    raise Misconfigured(f"the agent needs {wanted}")
