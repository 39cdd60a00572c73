"""The vocabulary of views: what a module in `views/` imports. Knows the ORM's declarations, never Flask or FAB."""

from app.ui.checks import check_views
from app.ui.views import ModelViews, Views, declared_views
from app.ui.vocabulary import Button, Col, F, Filter, Form, Group, Lines, List, Menu, Search, Shared, StatusBar, Tab

__all__ = [
    "Button",
    "Col",
    "F",
    "Filter",
    "Form",
    "Group",
    "Lines",
    "List",
    "Menu",
    "ModelViews",
    "Search",
    "Shared",
    "StatusBar",
    "Tab",
    "Views",
    "check_views",
    "declared_views",
]
