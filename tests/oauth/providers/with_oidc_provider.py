"""PyPI `django-oidc-provider`: the address is in userinfo only, and an ID token lives for ten minutes."""

from django_site import PEM, claims_of, set_up
from serving import CLIENTS, serve


def userinfo(claims, user):
    return {**claims, **claims_of(user)}


set_up("oidc_provider", OIDC_USERINFO="__main__.userinfo")

from django.contrib import admin
from django.core.wsgi import get_wsgi_application
from django.urls import include, path
from oidc_provider.models import Client, ResponseType, RSAKey

urlpatterns = [
    path("openid/", include("oidc_provider.urls", namespace="oidc_provider")),
    path("admin/", admin.site.urls),
]
RSAKey.objects.create(key=PEM)
for given in CLIENTS:
    client = Client(name="Palisade", client_id=given["id"], client_secret=given["secret"], jwt_alg="RS256")
    client.redirect_uris = [given["redirectUri"]]
    client.save()
    client.response_types.add(ResponseType.objects.get(value="code"))
serve(lambda _: get_wsgi_application(), path="/openid")
