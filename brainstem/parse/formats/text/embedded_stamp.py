"""Text with a stamp somewhere inside: the stamp is read, and the text stays whole."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

EMBEDDED_STAMP_FORMAT: Final = 11
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=EMBEDDED_STAMP_FORMAT,
    name="embedded-stamp",
    title="A stamp inside the text",
    specification="none: the text stays whole",
    samples=(
        Sample(
            line=b"pump 3 (2022-02-04 10:00:00) ERROR runs dry",
            message=b"pump 3 (2022-02-04 10:00:00) ERROR runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b"10,02/04/22,10:00:00,Assign,10.20.0.7,quay1.lab.test,001122334455,",
            message=b"10,02/04/22,10:00:00,Assign,10.20.0.7,quay1.lab.test,001122334455,",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"1,2022/02/04 10:00:00,001801000000,SYSTEM,vpn,0,runs dry",
            message=b"1,2022/02/04 10:00:00,001801000000,SYSTEM,vpn,0,runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"audit(1643968800.250:456): pump 3 runs dry",
            message=b"audit(1643968800.250:456): pump 3 runs dry",
            time="2022-02-04T10:00:00.250",
        ),
        Sample(
            line=b"Error,2/4/2022 10:00:00 AM,Disk,7,None,The device has a bad block",
            message=b"Error,2/4/2022 10:00:00 AM,Disk,7,None,The device has a bad block",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b'10.20.0.7 - root@pam [04/02/2022:11:00:00 +0100] "GET /lamps HTTP/1.1" 200 13',
            message=b'10.20.0.7 - root@pam [04/02/2022:11:00:00 +0100] "GET /lamps HTTP/1.1" 200 13',
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"10:00:05 ERROR pump 3 runs dry",
            message=b"10:00:05 ERROR pump 3 runs dry",
            time="2022-02-04T10:00:05",
            severity=17,
            above=b"2022-02-04 10:00:00 INFO pump 3 starts",
        ),
        Sample(
            line=b"Start time: 20220204100000",
            message=b"Start time: 20220204100000",
            time="2022-02-04T10:00:00",
        ),
    ),
)
