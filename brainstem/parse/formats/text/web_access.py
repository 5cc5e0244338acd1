"""Access logs of web servers, common and combined: the stamp stands in the text, which stays whole."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

WEB_ACCESS_FORMAT: Final = 6
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=WEB_ACCESS_FORMAT,
    name="web-access",
    title="Web server access logs: common and combined",
    specification="https://httpd.apache.org/docs/2.4/logs.html#accesslog",
    samples=(
        Sample(
            line=b'192.0.2.7 - - [04/Feb/2022:11:00:00 +0100] "GET /lamps HTTP/1.1" 200 13',
            message=b'192.0.2.7 - - [04/Feb/2022:11:00:00 +0100] "GET /lamps HTTP/1.1" 200 13',
            time="2022-02-04T10:00:00",
        ),
    ),
)
