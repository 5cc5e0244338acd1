"""Messages of routers and switches: a sequence number, a clock mark, and a mnemonic such as `%LINK-3-UPDOWN`."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

NETWORK_DEVICE_FORMAT: Final = 4
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=NETWORK_DEVICE_FORMAT,
    name="network-device",
    title="Router and switch messages with sequence numbers, a clock mark and a mnemonic",
    specification="Cisco IOS System Message Guide, section How to Read System Messages",
    samples=(
        Sample(
            line=b"<189>4711: *Feb  4 10:00:00.250 UTC: %LAMP-3-OUT: Lamp 7 went out",
            message=b"%LAMP-3-OUT: Lamp 7 went out",
            time="2022-02-04T10:00:00.250",
            facility=23,
            severity=17,
        ),
        Sample(
            line=b"<189>4711: quay1: Feb  4 10:00:00: %LAMP-5-LIT: Lamp 7 is lit",
            message=b"%LAMP-5-LIT: Lamp 7 is lit",
            time="2022-02-04T10:00:00",
            host="quay1",
            facility=23,
            severity=10,
        ),
        Sample(
            line=b"<189>29: 3w4d: %LAMP-3-OUT: Lamp 7 went out",
            message=b"%LAMP-3-OUT: Lamp 7 went out",
            facility=23,
            severity=17,
        ),
        Sample(
            line=b"*pumpTask2: Feb 04 10:00:00.250: %PUMP-3-DRY: Pump 3 runs dry",
            message=b"%PUMP-3-DRY: Pump 3 runs dry",
            time="2022-02-04T10:00:00.250",
            severity=17,
        ),
        Sample(
            line=b"%Feb  4 10:00:00:250 2022 quay1 LAMP/3/OUT: Lamp 7 went out",
            message=b"LAMP/3/OUT: Lamp 7 went out",
            time="2022-02-04T10:00:00.250",
            host="quay1",
            severity=17,
        ),
        Sample(
            line=b"%@4711%Feb  4 10:00:00:250 2022 quay1 %%10LAMP/5/LIT: Lamp 7 is lit",
            message=b"%%10LAMP/5/LIT: Lamp 7 is lit",
            time="2022-02-04T10:00:00.250",
            host="quay1",
            severity=10,
        ),
    ),
)
