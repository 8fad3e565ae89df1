"""Every setting, from the environment. Unset means embedded: services of our own under
DATA_DIR.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from retention_site.lib import embedded, environment, half_restored
from retention_site.lib.security import secret_key
from retention_site.unfold import UNFOLD  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """Return a setting that is a list, its words parted by commas."""
    return [word.strip() for word in env.list(name, default=list(default))]


# The shop
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()
# what this folder's shop is set to; the environment wins
env.read_env(DATA_DIR / "shop.env", overwrite=False)
if wrong := environment.faults(os.environ):
    raise ImproperlyConfigured(" ".join(wrong))
if refused := half_restored.refusal(DATA_DIR):
    raise ImproperlyConfigured(refused)
MODEL_DIR = Path(env.str("MODEL_DIR", default=str(DATA_DIR / "models"))).resolve()
HISTORY_DIR = DATA_DIR / "history"
# where several hosts share history and models: a folder, or s3://bucket/prefix
STORE_URL = env.str("STORE_URL", default="")
SHOP_TIME_ZONE = env.str("SHOP_TIME_ZONE", default="UTC")
SHOP_CURRENCY = env.str("SHOP_CURRENCY", default="USD")
SHOP_COUNTRY = env.str("SHOP_COUNTRY", default="US")
# what the shop calls revenue holds the tax
REVENUE_HAS_TAX = env.bool("REVENUE_HAS_TAX", default=False)
# what the shop keeps of each unit of money paid
SHOP_MARGIN = env.float("SHOP_MARGIN", default=1.0)
# of all customers: no marketing reaches them
GLOBAL_HOLDOUT = env.float("GLOBAL_HOLDOUT", default=0.05)
# Of one message by channel: email=0.001,sms=0.05
SEND_COSTS = env.dict("SEND_COSTS", cast={"value": float}, default={})
# the admin's page of rules leaves these to whoever runs the shop
SAID_BY_ENVIRONMENT = frozenset(
    name
    for name in ("GLOBAL_HOLDOUT", "SHOP_MARGIN", "SEND_COSTS")
    if name in os.environ
)
# the shop's hour of learning; empty: only when somebody asks
LEARN_AT = env.str("LEARN_AT", default="03:30")
SHOP_CLOCK = env.str("SHOP_CLOCK", default="")
# what joins two of the shop's own ids to one person
JOIN_ACCOUNTS_BY = env.list("JOIN_ACCOUNTS_BY", default=["email"])
BASE_URL = env.str(
    "BASE_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}"
).rstrip("/")
# the shop's own site, where links in messages lead
SHOP_URL = env.str("SHOP_URL", default="").rstrip("/")
# sites whose pages may call the API: https://shop.example
CORS_ORIGINS = words("CORS_ORIGINS")
# addresses or networks: 10.0.0.0/8
TRUSTED_PROXIES = words("TRUSTED_PROXIES")

# Where messages go; unset means the local sinks
EMAIL_URL = env.str("EMAIL_URL", default="")
SMS_URL = env.str("SMS_URL", default="")
PUSH_URL = env.str("PUSH_URL", default="")
# who is told when something is wrong
OPERATOR_EMAILS = words("OPERATOR_EMAILS")
FROM_EMAIL = env.str("FROM_EMAIL", default="Rapport <hello@rapport.example>")
SMS_SENDER = env.str("SMS_SENDER", default="Rapport")
# Of the own network: what forms of the admin may lead to, such as mail.internal or
# 10.0.0.7:2525
INSIDE_HOSTS = env.list("INSIDE_HOSTS", default=[])
# a dead worker's messages wait this long
SEND_LEASE_SECONDS = env.float("SEND_LEASE_SECONDS", default=90.0)
SEND_BATCH = env.int("SEND_BATCH", default=200)  # messages claimed at once
# first wait after a temporary refusal
SEND_RETRY_SECONDS = env.float("SEND_RETRY_SECONDS", default=30.0)

# Language models
ENCODER_MODEL = env.str("ENCODER_MODEL", default="")
# an endpoint that speaks OpenAI's chat completions, what its model is called, its key
GENERATOR_URL = env.str("GENERATOR_URL", default="")
GENERATOR_MODEL = env.str("GENERATOR_MODEL", default="")
GENERATOR_KEY = env.str("GENERATOR_KEY", default="")

# an alert says that the last backup is older
BACKUP_DAYS = env.float("BACKUP_DAYS", default=8.0)

# Web
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_key.kept_in(DATA_DIR)
# still read
SECRET_KEY_FALLBACKS = [
    *env.list("SECRET_KEY_FALLBACKS", default=[]),
    *secret_key.old_ones(DATA_DIR),
]
DEBUG = False
HERE = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = words("ALLOWED_HOSTS", (urlsplit(BASE_URL).hostname,)) + HERE
# opens /metrics and /health/ready to other machines
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# of one web process: requests that are answered at the same time
WEB_THREADS = env.int("WEB_THREADS", default=8)
ROOT_URLCONF = "retention_site.urls"
WSGI_APPLICATION = "retention_site.wsgi.application"
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    # urls.py looks for its pages: workers have none
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "django_otp",
    "csp",
    "ninja",
    "profiles",
    "recommender",
    "campaigns",
]
MIDDLEWARE = [
    "retention_site.lib.request_ids.RequestIds",
    "retention_site.lib.client_address.ClientAddressMiddleware",
    "retention_site.metrics.CountRequests",
    "retention_site.health.ProbesMiddleware",
    "profiles.api.cors.CorsMiddleware",
    "profiles.api.problems.ProblemsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "retention_site.lib.admin.sessions.session_limits.SessionLimits",
    "django_otp.middleware.OTPMiddleware",
    "profiles.second_factor.gate.SecondFactorGate",
    "profiles.admin.response_masking.MaskPersonalData",
    "retention_site.lib.admin.nul.RefuseNul",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "retention_site.menu.views.menu",
            ],
            "libraries": {"rapport": "retention_site.lib.admin.tags"},
        },
    }
]
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "retention_site" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Database: the only source of truth
DATABASE_URL = env.str("DATABASE_URL", default="") or embedded.database_url(DATA_DIR)
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
# A transaction that nobody goes on with would hold up the history, which waits for the
# oldest one.
IDLE_LIMIT = "-c idle_in_transaction_session_timeout=10min"
DATABASE_OPTIONS = DATABASES["default"].setdefault("OPTIONS", {})
DATABASE_OPTIONS["options"] = (
    f"{IDLE_LIMIT} {DATABASE_OPTIONS.get('options', '')}".strip()
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Celery carries wake-ups only: nothing of value is lost with Redis
REDIS_URL = env.str("REDIS_URL", default="") or embedded.redis_url(DATA_DIR)

# a dead worker's part is done again after this long
JOB_LEASE_SECONDS = env.float("JOB_LEASE_SECONDS", default=20.0)

# People
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": (
            "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"
        )
    },
]
# Roles whose people need a second factor (admin, marketer, …), or everybody
SECOND_FACTOR = env.list("SECOND_FACTOR", default=[])
OTP_TOTP_ISSUER = "Rapport"
SESSION_COOKIE_AGE = env.int("SESSION_IDLE_HOURS", default=8) * 3600
SESSION_LONGEST = env.int("SESSION_LONGEST_DAYS", default=7) * 24 * 3600
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = "retention_site.lib.login_limits.parameters"
AXES_CLIENT_IP_CALLABLE = "retention_site.lib.login_limits.address"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = SHOP_TIME_ZONE

# Security
IS_HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
X_FRAME_OPTIONS = "SAMEORIGIN"
# the admin shows mails in a sandboxed frame of its own
SILENCED_SYSTEM_CHECKS = ["security.W019"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'", "data:"],
        "frame-ancestors": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
    }
}

LOGGING_CONFIG = "retention_site.logs.configure"
LOGGING = {
    "level": env.str("LOG_LEVEL", default="INFO"),
    "as_json": env.bool("LOG_JSON", default=False),
    "sentry_dsn": env.str("SENTRY_DSN", default=""),
}
