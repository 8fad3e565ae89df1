"""The public addresses of campaigns: links of messages, webhooks."""

from django.urls import path

from campaigns import images
from campaigns.delivery.track import views as track
from campaigns.inbound import views as inbound
from campaigns.team import views as team

urlpatterns = [
    path("join/<str:token>", team.join, name="join"),
    path("i/<slug:digest>.<slug:suffix>", images.image, name="image"),
    path("u/<str:token>", track.unsubscribe, name="unsubscribe"),
    path("p/<str:token>", track.preferences, name="preferences"),
    path("c/<str:token>", track.click, name="click"),
    path("o/<str:token>.gif", track.opened, name="open"),
    path("push/worker.js", track.worker, name="push-worker"),
    path("push/<str:token>", track.push, name="push"),
    path("callbacks/<slug:channel>/<slug:provider>", inbound.callback, name="callback"),
    path("hooks/<slug:slug>", inbound.hook, name="hook"),
]
