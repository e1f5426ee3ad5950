"""PyPI `django-oauth-toolkit`: it refuses everyone who comes without PKCE, and gives only the claims that a site writes."""

from django_site import PEM, claims_of, set_up
from serving import CLIENTS, serve

SCOPES = {scope: scope for scope in ["openid", "email", "profile"]}
set_up(
    "oauth2_provider",
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": PEM,
        "SCOPES": SCOPES,
        "OAUTH2_VALIDATOR_CLASS": "__main__.Validator",
    },
)

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.wsgi import get_wsgi_application
from django.urls import include, path
from oauth2_provider.models import Application
from oauth2_provider.oauth2_validators import OAuth2Validator


class Validator(OAuth2Validator):
    oidc_claim_scope = None

    def get_additional_claims(self, request):
        return claims_of(request.user)


urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")), path("admin/", admin.site.urls)]
for client in CLIENTS:
    Application.objects.create(
        client_id=client["id"],
        client_secret=client["secret"],
        redirect_uris=client["redirectUri"],
        user=User.objects.first(),
        client_type="confidential",
        authorization_grant_type="authorization-code",
        # Without it, the token endpoint answers with 500.
        algorithm="RS256",
    )
serve(lambda _: get_wsgi_application(), path="/o")
