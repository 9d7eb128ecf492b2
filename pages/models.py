"""What a token is for, which Knox has no column for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken


class TokenName(models.Model):
    """The name of an API token; a token without one has no row here."""

    token = models.OneToOneField(
        AuthToken, on_delete=models.CASCADE, primary_key=True, related_name="named"
    )
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        default_permissions = ()  # who may see the token sees its name
        verbose_name = _("name of an API token")
        verbose_name_plural = _("names of API tokens")

    def __str__(self) -> str:
        return self.name
