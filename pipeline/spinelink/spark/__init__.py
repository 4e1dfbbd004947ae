"""spinelink on Apache Spark: the tables of a DataFrame, and runs whose work many machines share.

    rows or files -> records --shuffle by id--> each id once -> analysis -> nested tables, or shards of a run's folder

Of records that share an id the first stays, as in every run: records travel to the partition of their id and are sorted
there. No table, text or id passes through the driver.
"""

from __future__ import annotations

from spinelink.spark.frames import spark_findings
from spinelink.spark.runs import run

__all__ = ["run", "spark_findings"]
