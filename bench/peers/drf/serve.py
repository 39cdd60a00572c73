"""Stock Django REST framework: a ModelViewSet with select_related and prefetch_related, without authentication."""

import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of a server that lives for a minute",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "rest_framework", "cards"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["BENCH_DATABASE"],
            "USER": os.environ["BENCH_USER"],
            "HOST": os.environ["BENCH_HOST"],
            "OPTIONS": {"options": "-csearch_path=peer"},
            "CONN_MAX_AGE": None,
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - Django's models want its settings first
from cards.models import Manager, Party  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework import filters, pagination, routers, serializers, viewsets  # noqa: E402


class ManagerSerializer(serializers.ModelSerializer):
    """Id and name."""

    class Meta:
        model, fields = Manager, ("id", "name")


class PartySerializer(serializers.ModelSerializer):
    """The columns of the list; the codes are ids."""

    manager = ManagerSerializer(read_only=True)

    class Meta:
        model = Party
        fields = ("id", "kind", "name", "inn", "city", "phone", "email", "status", "manager", "codes")


class Pages(pagination.PageNumberPagination):
    """With count, as Django REST framework does it."""

    page_size = 80


class PartyViewSet(viewsets.ModelViewSet):
    """The list and the form."""

    queryset = Party.objects.select_related("manager").prefetch_related("codes")
    serializer_class = PartySerializer
    pagination_class = Pages
    filter_backends = (filters.OrderingFilter,)
    ordering_fields = ("name",)


router = routers.DefaultRouter()
router.register("party", PartyViewSet)
urlpatterns = [path("", include(router.urls))]
app = get_wsgi_application()
