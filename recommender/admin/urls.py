"""Admin pages of recommendations that belong to no model."""

from django.contrib import admin
from django.urls import path

from recommender.admin import learning, search_page
from retention_site.lib.admin.pages import staff_page

ITEMS = "profiles.view_item"

urlpatterns = [
    path("find/", staff_page(admin.site, search_page.page, ITEMS), name="find"),
    path(
        "find/found/",
        staff_page(admin.site, search_page.found, ITEMS),
        name="find-found",
    ),
    path(
        "learning/",
        staff_page(admin.site, learning.page, "recommender.view_modelversion"),
        name="learning",
    ),
    path("goods/", staff_page(admin.site, learning.goods, ITEMS), name="goods"),
    path(
        "find/rising/",
        staff_page(admin.site, search_page.rising, ITEMS),
        name="find-rising",
    ),
]
