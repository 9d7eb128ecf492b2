"""PURE: the options of the language model backend."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from pages.sentence import Sentence as _
from scheduling.agents.base import Options
from scheduling.agents.child.permits import fit_variables, refuse_nul
from scheduling.agents.llm.schemas import check_schema
from scheduling.agents.web import WebAddress

Provider = Literal["openai", "anthropic", "google", "openai_compatible"]
Api = Literal["chat", "responses"]
#: Backbeat's own tools; `scheduling.toolbox.TOOLS` has the same.
ToolName = Literal[
    "schedule_task",
    "cron_create",
    "cron_list",
    "cron_get",
    "cron_delete",
    "cron_enable",
    "cron_disable",
    "cron_trigger",
    "list_runs",
    "get_run",
    "read_memory",
    "write_memory",
    "fetch_page",
]
#: Of a server whose tools are offered: it begins their names, and its credential's.
ServerName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,29}$")]
#: Providers take no longer names of tools, nor others.
AnyToolName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
_MOST_SERVERS = 10
_MOST_FALLBACKS = 5


class ModelChoice(Options):
    """A model at a provider."""

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
    api: Api = Field(
        title=_("Interface"),
        default="chat",
        description=_("Chat Completions or Responses, where the provider has both."),
    )

    @model_validator(mode="after")
    def _compatible_servers_have_an_address(self) -> Self:
        if self.provider == "openai_compatible" and self.base_url is None:
            raise ValueError(_("provider openai_compatible needs base_url"))
        return self

    @model_validator(mode="after")
    def _responses_are_of_openai(self) -> Self:
        if self.api == "responses" and not self.provider.startswith("openai"):
            raise ValueError(_("api responses is only there for the openai providers"))
        return self


class McpServer(Options):
    """A server whose tools the model may call: an address, or a program that is started."""

    name: ServerName
    url: WebAddress | None = None
    command: str | None = Field(default=None, min_length=1, max_length=1000)
    args: list[str] = Field(default_factory=list)
    environment: Annotated[dict[str, str], AfterValidator(fit_variables)] = Field(
        default_factory=dict
    )
    tools: list[AnyToolName] | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.url is None) == (self.command is None):
            raise ValueError(_("a server has either url or command"))
        if self.command is None and (self.args or self.environment):
            raise ValueError(_("args and environment go with a command"))
        refuse_nul([self.command or "", *self.args])
        return self


class LlmOptions(ModelChoice):
    """Which model answers, with which tools, and within which limits."""

    fallbacks: list[ModelChoice] = Field(
        title=_("Fallbacks"),
        default_factory=list,
        max_length=_MOST_FALLBACKS,
        description=_(
            "Models that are asked in turn when the one before is overloaded or away:"
            " a list of objects with provider, model, base_url and api."
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
    tools: list[ToolName] = Field(
        title=_("Tools"),
        default_factory=list,
        description=_("Backbeat's own tools that the model may call."),
    )
    mcp_servers: list[McpServer] = Field(
        title=_("MCP servers"),
        default_factory=list,
        max_length=_MOST_SERVERS,
        description=_(
            "Servers whose tools the model may call: a list of objects with name, url"
            " (or command, args and environment), and tools to offer only some."
        ),
    )
    changing_tools: Literal["deny", "listed", "allow"] = Field(
        title=_("Tools that change things"),
        default="deny",
        description=_(
            "Nobody watches a run: such tools are denied, or only those listed in"
            " allowed_tools may be called, or all."
        ),
    )
    allowed_tools: list[AnyToolName] = Field(
        title=_("Allowed tools"),
        default_factory=list,
        description=_(
            "Names of tools that may change things; those of a server begin with its"
            " name and an underscore."
        ),
    )
    output_schema: Annotated[dict[str, Any], AfterValidator(check_schema)] | None = (
        Field(
            title=_("Output schema"),
            default=None,
            description=_("JSON schema of an object that the answer must fit."),
        )
    )
    output_retries: int = Field(
        title=_("Output retries"),
        default=1,
        ge=0,
        le=5,
        description=_("How often the model may mend an answer that does not fit."),
    )
    request_limit: int = Field(
        title=_("Request limit"),
        default=10,
        ge=1,
        le=1000,
        description=_("Most calls of the model in one run."),
    )
    tool_calls_limit: int | None = Field(
        title=_("Tool calls limit"),
        default=None,
        ge=0,
        description=_("Most calls of tools in one run."),
    )
    total_tokens_limit: int | None = Field(
        title=_("Total tokens limit"),
        default=None,
        ge=1,
        description=_("Most tokens, in and out, of one run."),
    )
    cost_limit: float | None = Field(
        title=_("Cost limit"),
        default=None,
        gt=0,
        description=_("Most US dollars of one run, where the price is known."),
    )
    timeout_seconds: float | None = Field(
        title=_("Timeout in seconds"),
        default=None,
        gt=0,
        le=86_400,
        description=_("Longest time for the whole answer; empty: the run's deadline."),
    )

    @model_validator(mode="after")
    def _servers_have_names_of_their_own(self) -> Self:
        names = [server.name for server in self.mcp_servers]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(
                _(
                    "mcp_servers: two are called %(name)s",
                    name=", ".join(sorted(twice)),
                )
            )
        return self

    @property
    def choices(self) -> list[ModelChoice]:
        """The models in the order in which they are asked."""
        return [self, *self.fallbacks]
