"""The formats that can be read, one file each; the order is that of every list a person sees."""

from billing.importing.formats.clockify_detailed import CLOCKIFY_DETAILED
from billing.importing.formats.clockify_summary import CLOCKIFY_SUMMARY
from billing.importing.formats.harvest import HARVEST
from billing.importing.formats.kimai import KIMAI
from billing.importing.formats.own import OWN
from billing.importing.formats.toggl import TOGGL

FORMATS = (OWN, TOGGL, CLOCKIFY_DETAILED, CLOCKIFY_SUMMARY, HARVEST, KIMAI)
