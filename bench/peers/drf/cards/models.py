"""The peers' tables as Django's models."""

from django.db import models


class Manager(models.Model):
    """Who looks after a party."""

    name = models.TextField()

    class Meta:
        db_table, managed = "manager", False


class Code(models.Model):
    """A tag."""

    name = models.TextField()

    class Meta:
        db_table, managed = "code", False


class Party(models.Model):
    """An organisation or a person."""

    kind = models.TextField()
    name = models.TextField()
    inn = models.TextField(null=True)
    city = models.TextField(null=True)
    phone = models.TextField(null=True)
    email = models.TextField(null=True)
    status = models.TextField(default="active")
    manager = models.ForeignKey(Manager, null=True, on_delete=models.SET_NULL)
    codes = models.ManyToManyField(Code, db_table="party_code")

    class Meta:
        db_table, managed = "party", False
