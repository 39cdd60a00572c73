"""Import of tables: a file and a mapping become records, in one unit of work.

`table` reads CSV as it comes out of offices (encodings, separators), `mapping` says which column goes where and is checked
before the first row, `cells` turns texts into values, `run` writes. Nothing here knows a model of its own.
"""

from app.base.importing.mapping import Mapping, MappingError
from app.base.importing.nodes import RowError
from app.base.importing.run import Importer, Report
from app.base.importing.table import Row, Table

__all__ = ["Importer", "Mapping", "MappingError", "Report", "Row", "RowError", "Table"]
