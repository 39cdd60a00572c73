"""Stock Flask-AppBuilder: one ModelRestApi, its own users and rights; nothing tuned, nothing switched off."""

import os

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.utils.legacy import get_sqla_class
from sqlalchemy import BigInteger, Column, ForeignKey, String, Table
from sqlalchemy.orm import relationship

LOGIN, PASSWORD = "clerk", os.environ["BENCH_PASSWORD"]
SCHEMA = {"schema": "peer"}

app = Flask(__name__)
app.config.update(
    SECRET_KEY="of a server that lives for a minute",
    SQLALCHEMY_DATABASE_URI=os.environ["BENCH_URL"],
    # FAB's own tables are made in a schema of their own.
    SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"options": "-csearch_path=fab"}},
    FAB_API_MAX_PAGE_SIZE=100,
)
db = get_sqla_class()(app)


class Manager(Model):
    """Who looks after a party."""

    __tablename__ = "manager"
    __table_args__ = SCHEMA
    id = Column(BigInteger, primary_key=True)
    name = Column(String)


class Code(Model):
    """A tag."""

    __tablename__ = "code"
    __table_args__ = SCHEMA
    id = Column(BigInteger, primary_key=True)
    name = Column(String)


party_code = Table(
    "party_code",
    Model.metadata,
    Column("id", BigInteger, primary_key=True),
    Column("party_id", ForeignKey("peer.party.id")),
    Column("code_id", ForeignKey("peer.code.id")),
    schema="peer",
)


class Party(Model):
    """An organisation or a person."""

    __tablename__ = "party"
    __table_args__ = SCHEMA
    id = Column(BigInteger, primary_key=True)
    kind = Column(String, nullable=False)
    name = Column(String, nullable=False)
    inn = Column(String)
    city = Column(String)
    phone = Column(String)
    email = Column(String)
    status = Column(String, nullable=False, default="active")
    manager_id = Column(ForeignKey("peer.manager.id"))
    manager = relationship(Manager)
    codes = relationship(Code, secondary=party_code)


class PartyApi(ModelRestApi):
    """The list and the form."""

    resource_name = "party"
    datamodel = SQLAInterface(Party)
    list_columns = ["id", "name", "inn", "city", "phone", "email", "status", "manager.id", "manager.name", "codes.id"]
    add_columns = ["kind", "name", "codes"]
    page_size = 80


with app.app_context():
    builder = AppBuilder(app, db.session)
    builder.add_api(PartyApi)
    manager = builder.sm
    role = manager.add_role("clerk")
    if manager.find_user(LOGIN) is None:
        for allowed in manager.find_permissions_view_menu(manager.find_view_menu("PartyApi")):
            manager.add_permission_role(role, allowed)
        manager.add_user(LOGIN, "Ольга", "Белова", "clerk@example.org", role, password=PASSWORD)
