"""Runs job.xsl with SaxonC: saxon_job.py BATCH.json OUT.xml COST_CENTERS.csv"""

import pathlib
import sys

from saxonche import PySaxonProcessor

batch, out, table = sys.argv[1:]
with PySaxonProcessor(license=False) as saxon:
    uri = lambda path: saxon.make_string_value(pathlib.Path(path).resolve().as_uri())
    sheet = pathlib.Path(__file__).with_name("job.xsl")
    executable = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(sheet))
    executable.set_parameter("batch", uri(batch))
    executable.set_parameter("table", uri(table))
    executable.call_template_returning_file(None, output_file=str(pathlib.Path(out).resolve()))
