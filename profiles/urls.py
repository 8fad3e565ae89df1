"""Public addresses of customers."""

from django.urls import path

from profiles import views

urlpatterns = [path("confirm/<str:token>", views.confirm, name="confirm")]
