"""Windows events as Splunk's forwarder writes them: a stamp, then `name=value` on lines of their own, the message last.

`LogName=System`, `EventCode=7036`, .., `Message=The Print Spooler service entered the stopped state.` Takes the text behind
the stamp, returns flat fields with the names of `field_names`, None for another text.
Source: https://docs.splunk.com/Documentation/Splunk/latest/Data/MonitorWindowseventlogdata
"""

from brainstem.parse.formats.definition import Fields
from brainstem.parse.formats.windows_event import flat_event


def splunk_fields(text: str) -> Fields | None:
    """Return the fields of one event; the time is that of the stamp above it."""
    head, _, message = text.partition("\nMessage=")
    found: Fields = {}
    for line in head.split("\n"):
        name, equals, value = line.strip().partition("=")
        if equals:
            found[name] = value
    found["LevelDisplayName"] = found.pop("Type", None)
    found["Message"] = message.strip()
    return flat_event(found)
