"""All tables; their SQL stands beside this file."""

from pathlib import Path

from alembic import op
from alembic.util import CommandError

from app.orm import ddl

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extensions and functions, then the tables in one round trip."""
    connection = op.get_bind()
    ddl.run_script(connection, ddl.extension_ddl())
    ddl.run_script(connection, Path(__file__).with_suffix(".sql").read_text())


def downgrade() -> None:
    """There is nothing before the first revision."""
    raise CommandError("There is nothing before the first revision. Drop the database instead.")
