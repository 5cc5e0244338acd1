"""Logs of Palo Alto Networks' firewalls: values between commas, in an order that the type of the record fixes."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

PAN_OS_FORMAT: Final = 27
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=PAN_OS_FORMAT,
    name="pan-os",
    title="Palo Alto Networks firewall logs (PAN-OS)",
    specification="https://docs.paloaltonetworks.com/ngfw/administration/monitoring/use-syslog-for-monitoring/"
    "syslog-field-descriptions",
    samples=(
        Sample(
            line=b"<10>Feb  4 10:00:01 barge-fw 1,2022/02/04 10:00:01,012801000001,SYSTEM,port,0,2022/02/04 10:00:00,,"
            b'link-change,ethernet1/3,0,0,general,critical,"Port ethernet1/3: Down 1Gb/s, full duplex",7,0x8000,0,0,0,0,,'
            b"barge-fw",
            message=b"Port ethernet1/3: Down 1Gb/s, full duplex, event=link-change",
            time="2022-02-04T10:00:00",
            host="barge-fw",
            service="port",
            severity=18,
            facility=1,
            attributes=b'{"eventid":"link-change","module":"general","serial":"012801000001"}',
        ),
        Sample(
            line=b"2022-02-04T10:00:01Z barge-fw 1,2022/02/04 10:00:01,012801000001,HIPMATCH,0,0,2022/02/04 10:00:00,"
            b"lab\\ada,vsys1,PC7,Windows,10.20.0.7,Staff,1,profile,0,0",
            message=b'HIPMATCH, monitor="Staff", user="lab\\ada", src="10.20.0.7"',
            time="2022-02-04T10:00:00",
            host="barge-fw",
            service="hipmatch",
            attributes=b'{"user":"lab\\\\ada","machine_of_user":"PC7","src":"10.20.0.7","check":"Staff",'
            b'"serial":"012801000001"}',
        ),
        Sample(
            line=b"1,2022/02/04 10:00:00,012801000001,TRAFFIC,drop,0,2022/02/04 10:00:00,10.20.0.7,192.0.2.9,,,Deny all,"
            b"lab\\ada,,not-applicable,vsys1,trust,untrust,ethernet1/2,,syslog,2022/02/04 10:00:00,0,1,51234,25,0,0,0x0,tcp,"
            b"deny,66,66,0,1,2022/02/04 10:00:00,0,any,,7,0x0,10.0.0.0-10.255.255.255,Germany,,1,0,policy-deny,0,0,0,0,,"
            b"barge-fw",
            message=b'TRAFFIC drop: policy-deny, action=deny, user="lab\\ada", src="10.20.0.7", dst="192.0.2.9"',
            time="2022-02-04T10:00:00",
            host="barge-fw",
            service="traffic",
            attributes=b'{"src":"10.20.0.7","dst":"192.0.2.9","rule":"Deny all","user":"lab\\\\ada","app":"not-applicable",'
            b'"from":"trust","to":"untrust","sport":"51234","dport":"25","proto":"tcp","action":"deny",'
            b'"serial":"012801000001"}',
        ),
        Sample(
            line=b"<14>Feb  4 10:00:00 barge-fw 1,2022/02/04 10:00:00,012801000001,GLOBALPROTECT,0,0,2022/02/04 10:00:00,"
            b"vsys1,gateway-auth,login,LDAP,,lab\\bob,DE,PC8,192.0.2.78,,,,,,6.1,Windows,11,1,,,Authentication failed,"
            b"failure,,0,user-logon,0,GP-1,7,0x0,2022-02-04T11:00:00.250+01:00",
            message=b'GLOBALPROTECT login: Authentication failed, status=failure, event=gateway-auth, gateway="GP-1",'
            b' user="lab\\bob", src="192.0.2.78"',
            time="2022-02-04T10:00:00.250",
            host="barge-fw",
            service="globalprotect",
            severity=17,
            facility=1,
            attributes=b'{"eventid":"gateway-auth","user":"lab\\\\bob","machine_of_user":"PC8","src":"192.0.2.78",'
            b'"status":"failure","gateway":"GP-1","serial":"012801000001"}',
        ),
    ),
)
