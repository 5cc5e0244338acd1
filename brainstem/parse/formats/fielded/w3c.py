"""W3C's extended log format of web servers and firewalls, and Zeek's: `#Fields:` names the columns of the lines below."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

W3C_FORMAT: Final = 22
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=W3C_FORMAT,
    name="w3c",
    title="W3C extended log format",
    specification="https://www.w3.org/TR/WD-logfile.html",
    samples=(
        Sample(
            line=b"2022-02-04 10:00:00 10.20.0.7 GET /lamps - 443 - 192.0.2.7 curl/8 503 15",
            above=b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
            b"sc-status time-taken",
            message=b"GET /lamps, status=503",
            time="2022-02-04T10:00:00",
            attributes=b'{"s-ip":"10.20.0.7","cs-method":"GET","cs-uri-stem":"/lamps","s-port":"443","c-ip":"192.0.2.7",'
            b'"cs(User-Agent)":"curl/8","sc-status":"503","time-taken":"15"}',
        ),
        Sample(
            line=b"10:00:00 10.20.0.7 GET /lamps - 503",
            above=b"#Date: 2022-02-04 09:58:00\n#Fields: time s-ip cs-method cs-uri-stem cs-username sc-status",
            message=b"GET /lamps, status=503",
            time="2022-02-04T10:00:00",
            attributes=b'{"s-ip":"10.20.0.7","cs-method":"GET","cs-uri-stem":"/lamps","sc-status":"503"}',
        ),
        Sample(
            line=b"2022-02-04T10:00:00.250Z,,EX1,ROUTING,FAIL,<7@lab.example>,bob@lab.example,550 5.1.10 not found,"
            b"Pumps,ada@lab.example",
            above=b"#Fields: date-time,client-ip,server-hostname,source,event-id,message-id,recipient-address,"
            b"recipient-status,message-subject,sender-address",
            message=b'ROUTING 550 5.1.10 not found, event=FAIL, sender-address="ada@lab.example",'
            b' recipient-address="bob@lab.example"',
            time="2022-02-04T10:00:00.250",
            host="EX1",
            attributes=b'{"source":"ROUTING","event-id":"FAIL","message-id":"<7@lab.example>",'
            b'"recipient-address":"bob@lab.example","recipient-status":"550 5.1.10 not found","message-subject":"Pumps",'
            b'"sender-address":"ada@lab.example"}',
        ),
    ),
    can_be_given=True,
)
