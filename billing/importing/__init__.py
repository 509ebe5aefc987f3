"""Files of logged work into rows: the reading half of `mehraufwand import`. No database, no prices; see docs/import.md.

Used in this order (the caller adds the store, the prompts and the progress bar):

    with open_source(name) as source:
        survey = survey_file(source, wanted=format_name)             # refuses what is no table we know
        options = remembered(survey, ReadOptions(time_zone=...), mapping)
        open_options(survey, options)                                # what of the file must be asked
        questions(read_work(survey, options), mapping)               # everything else to ask, in one pass
        classify(read_work(survey, options), mapping=mapping, known=known)   # the dry run, row by row
"""

from billing.importing.date_order import DateOrder
from billing.importing.formats import FORMATS
from billing.importing.mapping import Mapping, Rule, Target
from billing.importing.mapping_file import load_mapping, save_mapping
from billing.importing.questions import Question, answer, questions
from billing.importing.reading import ReadOptions, open_options, read_work, remembered
from billing.importing.report import Report, ReportRow, Status, classify
from billing.importing.rows import RefusedRow, UnclockedTime, Work, WorkRow
from billing.importing.source import Source, open_source
from billing.importing.survey import Survey, survey_file
from billing.importing.writing import write_work

__all__ = [
    "FORMATS",
    "DateOrder",
    "Mapping",
    "Question",
    "ReadOptions",
    "RefusedRow",
    "Report",
    "ReportRow",
    "Rule",
    "Source",
    "Status",
    "Survey",
    "Target",
    "UnclockedTime",
    "Work",
    "WorkRow",
    "answer",
    "classify",
    "load_mapping",
    "open_options",
    "open_source",
    "questions",
    "read_work",
    "remembered",
    "save_mapping",
    "survey_file",
    "write_work",
]
