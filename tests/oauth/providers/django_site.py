"""A Django site with people who can sign in; a provider is one of its apps."""

import tempfile

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from serving import PASSWORD, PEOPLE

key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()


def set_up(app, **more):
    contrib = ["admin", "auth", "contenttypes", "sessions", "messages"]
    contexts = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]
    settings.configure(
        SECRET_KEY="x" * 50,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="__main__",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": f"{tempfile.mkdtemp()}/site.sqlite",
                # Else some of the requests at the same time fail.
                "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
            }
        },
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in contrib), app],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": [*contexts, "django.contrib.messages.context_processors.messages"]},
            }
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        LOGIN_URL="/admin/login/",
        **more,
    )
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for person in PEOPLE:
        User.objects.create_superuser(person["login"], person["email"], PASSWORD)


def claims_of(user):
    """What the site says of a person."""
    person = next(person for person in PEOPLE if person["login"] == user.get_username())
    verified = {"email_verified": person["verified"]} if "verified" in person else {}
    return {"email": person["email"], "name": person["name"], **verified}
