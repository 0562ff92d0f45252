"""The report of a month on one page: conclusions with their evidence, what to do, charts and tables.

`write` makes it of the calls of the month and those around it, as HTML, PDF or XLSX. `values` are the parts of a
report, without words; `languages` has the words. What is concluded is in `findings`.
"""

from __future__ import annotations

from .languages import LANGUAGES
from .material import Credit, Material
from .writing import FORMS, check_month, check_target, write

__all__ = ["FORMS", "LANGUAGES", "Credit", "Material", "check_month", "check_target", "write"]
