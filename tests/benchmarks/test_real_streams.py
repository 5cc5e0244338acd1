"""Real streams: what is written is what the corpus says, truth stands on the right lines, and only the truth scores full."""

import io
import json
import lzma
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.real_streams import ait, openstack, telecom, upptime
from benchmarks.real_streams.__main__ import STREAMS, main
from benchmarks.real_streams.bench import Bench
from benchmarks.real_streams.misses import misses
from benchmarks.real_streams.product import read_items, replay, shares_read
from benchmarks.real_streams.scoring import Episode, EpisodeScorer, read
from benchmarks.real_streams.stream import (
    INFORMATION,
    CorpusMissingError,
    Stream,
    Writer,
    parse_time,
    rfc3339,
    save,
)
from benchmarks.weak_signal.clock import DAY_US, MINUTE_US
from benchmarks.weak_signal.scorer import BenchItem
from benchmarks.weak_signal.world import Line
from brainstem.contracts.slots import SLOT_US

NOON_US = parse_time("2031-05-05T12:00:00Z")

PERFECT = {
    "telecom-alarms": {"right by a path": "1.00"},
    "openstack-fi": {"faults found, user saw a failure": "1 of 1", "clean rounds with an item": "0 of 1"},
    "upptime": {"flapping found": "1 of 1", "chronic found": "1 of 1", "false items": "0"},
    "ait-alerts": {"phases found": "2 of 2", "companies noticed": "1 of 1", "false items": "0"},
    "noisebench": {"incidents found": "1 of 1", "items on what to suppress": "0"},
    "cisco-iosxr-bgp": {"clears found": "1 of 1", "false items": "0"},
}
EMPTY = {
    "telecom-alarms": {"right by a path": "-", "different claims": "0"},
    "openstack-fi": {"faults found, user saw a failure": "0 of 1", "clean rounds with an item": "0 of 1"},
    "upptime": {"flapping found": "0 of 1", "chronic found": "0 of 1"},
    "ait-alerts": {"phases found": "0 of 2"},
    "noisebench": {"incidents found": "0 of 1"},
    "cisco-iosxr-bgp": {"clears found": "0 of 1"},
}


def put(path: Path, text: str) -> None:
    """Write a text as xz or plain, whatever its name asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(text.encode()) if path.suffix == ".xz" else text.encode())


def pack(path: Path, files: dict[str, bytes]) -> None:
    """Write a tar archive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:xz" if path.suffix == ".xz" else "w:gz") as archive:
        for name, body in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))


def as_npy(matrix: np.ndarray) -> bytes:
    """Return a matrix as the bytes of a .npy file."""
    file = io.BytesIO()
    np.save(file, matrix)
    return file.getvalue()


def make_telecom(folder: Path) -> None:
    """Three kinds of alarm on two neighbours, of which the first leads to the second, and that to the third."""
    graph, topology = np.zeros((24, 24), int), np.zeros((2, 2), int)
    graph[0, 1] = graph[1, 2] = topology[0, 1] = 1
    rows = [(0, 0, 40 * number) for number in range(300)] + [(1, 1, 9_000), (2, 0, 9_500)]
    alarms = "alarm_id,device_id,start_timestamp,end_timestamp\n" + "".join(
        f"{kind},{device},{time},{time}\n" for kind, device, time in sorted(rows, key=lambda row: row[2])
    )
    files = {"Alarm.csv": alarms.encode(), "DAG.npy": as_npy(graph), "Topology.npy": as_npy(topology)}
    pack(folder / "telecom-alarms" / "24V_439N_Microwave.tar.gz", files)


def make_openstack(folder: Path) -> None:
    """Two rounds of one test; the first has a fault whose failure the user sees 20 minutes later."""
    rounds = []
    for number, day, faulty in ((1, "2031-05-05", True), (2, "2031-05-06", False)):
        rounds.append(
            {
                "campaign": "Nova",
                "test": 7,
                "round": number,
                "faulty": faulty,
                "failure": "FAILURE" if faulty else "NO_FAILURE",
                "assertion": "DISK_STAYED" if faulty else "",
                "log_start": f"{day} 08:00:00.000",
                "log_end": f"{day} 08:40:00.000",
                "fault_activated_local": f"{day} 08:10:00.000000" if faulty else None,
                "first_user_failure_local": f"{day} 08:30:00.000000" if faulty else None,
            }
        )
    put(folder / "openstack-fi" / "labels.jsonl", "".join(json.dumps(each) + "\n" for each in rounds))
    lines = [
        f"nova-007-r{number}\tnova/worker\t{day} 08:{minute:02d}:00.250 41 {level} some.module [-] chunk {minute} moved"
        for number, day in ((1, "2031-05-05"), (2, "2031-05-06"))
        for minute, level in ((5, "INFO"), (11, "WARNING"), (30, "INFO"))
    ]
    lines.insert(2, "nova-007-r1\tnova/worker\tsomething without a time, ünïcode")
    for campaign in openstack.CAMPAIGNS:
        put(folder / "openstack-fi" / f"{campaign}.log.xz", "\n".join(lines) if campaign == "nova" else "")


def make_upptime(folder: Path) -> None:
    """One page: a site that goes down and up, one that is down for days, one that is well."""
    rows = []
    for day in range(12):
        for site, is_down in (("shop", day in (2, 4, 6)), ("mill", day >= 3), ("well", False)):
            state = "down" if is_down else "up"
            rows.append(
                {
                    "source": "some/page",
                    "ts": f"2031-05-{day + 1:02d}T06:00:00+00:00",
                    "status": state,
                    "site": site,
                    "raw": f"🟩 {site} is {state} (1 in 2 ms)",
                }
            )
    put(folder / "upptime" / "upptime_events.jsonl.xz", "".join(json.dumps(row) + "\n" for row in rows))


def make_ait(folder: Path) -> None:
    """Three companies; in one of them two phases, one known by its time and one by its events alone."""
    head = "time,name,ip,host,short,time_label,event_label\n"
    for company in ait.COMPANIES:
        rows = [
            f"{1_935_000_000 + hour * 3600},Eye: Login, and out,10.9.8.7,gate,E,false_positive,-" for hour in range(30)
        ]
        if company == "fox":
            rows.append("1935050000,Eye: Door opened,10.9.8.7,gate,E,entry,-")
            rows.append("1935060000,Nose: Smoke,10.9.8.6,barn,N,false_positive,exit")
        put(folder / "ait-alerts" / f"{company}_alerts.txt.xz", head + "\n".join(rows) + "\n")


def make_noisebench(folder: Path) -> None:
    """One night: a root, its symptom and its pattern, and a flapper that clears."""
    page = {
        "severity": "SEV2",
        "value": 9,
        "threshold": 3,
        "fired_count_last_1h": 1,
        "auto_resolved_after_s": None,
        "recent_deploy": None,
    }
    pages = [
        page
        | {"id": "A", "service": "mill", "metric": "heat", "fired_at": "2031-05-05T01:00:00Z", "related_pattern": "p"},
        page
        | {"id": "B", "service": "shop", "metric": "wait", "fired_at": "2031-05-05T01:01:00Z", "related_pattern": "p"},
        page
        | {"id": "C", "service": "barn", "metric": "fill", "fired_at": "2031-05-05T00:50:00Z", "related_pattern": "q"}
        | {"fired_count_last_1h": 4, "auto_resolved_after_s": 30},
    ]
    patterns = [{"pattern_id": "p", "signature": "stone too hot", "count": 6, "first_seen": "2031-05-05T00:58:00Z"}]
    where = "night/environment/workdir"
    documents = {
        f"{where}/pages.json": pages,
        f"{where}/patterns.json": patterns,
        f"{where}/deploys.json": [
            {"timestamp": "2031-05-05T00:40:00Z", "service": "shop", "commit_sha": "abc", "version": "v2"}
        ],
        f"{where}/incidents_open.json": [
            {"incident_id": "I1", "opened_at": "2031-05-05T00:30:00Z", "summary": "barn is full", "service": "barn"}
        ],
        "night/tests/ground_truth.json": {"labels": {"A": "page", "B": "suppress", "C": "suppress"}},
    }
    files = {name: json.dumps(document).encode() for name, document in documents.items()}
    files[f"{where}/metrics.csv"] = b"timestamp,service,metric,value\n2031-05-05T01:10:00Z,mill,heat,11\n"
    pack(folder / "noisebench" / "scenarios.tar.xz", files)


def make_cisco(folder: Path) -> None:
    """Two routers and one clear between two logins."""
    table = (
        "| Port | Freq | Start | Event Start | Event End | End | Device | Comments | File |\n"
        "| clear | | | 8/4/17 10:20 | 8/4/17 10:22 | | leaf1 | | |\n"
    )
    router = (
        "\n\nFri Aug  4 10:53:32.831 PDT\nSyslog logging: enabled\n\n"
        "RP/0/RP0/CPU0:Aug  4 10:02:00.500 : SSHD_[6]: %SECURITY-SSHD-6-HELLO : User came \n"
        "RP/0/RP0/CPU0:Aug  4 10:20:04.250 : bgp[9]: %ROUTING-BGP-5-CHANGE : neighbor 10.7.0.1 went \n"
        "RP/0/RP0/CPU0:Aug  4 10:45:00.000 : SSHD_[6]: %SECURITY-SSHD-6-HELLO : User came \n"
    )
    files = {"x_casedata.txt": table.encode(), "leaf1.x.log": router.encode(), "leaf2.x.log": router.encode()}
    pack(folder / "cisco-iosxr-bgp" / "logs.tar.xz", files)


MAKERS: dict[str, Callable[[Path], None]] = {
    "telecom-alarms": make_telecom,
    "openstack-fi": make_openstack,
    "upptime": make_upptime,
    "ait-alerts": make_ait,
    "noisebench": make_noisebench,
    "cisco-iosxr-bgp": make_cisco,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of small corpora of our own making, in the forms of the real ones."""
    folder = tmp_path_factory.mktemp("corpora")
    for make in MAKERS.values():
        make(folder)
    return folder


@pytest.fixture(scope="module")
def benches(made: Path) -> dict[str, Bench]:
    """Read all of them."""
    return {name: load(made) for name, load in STREAMS.items()}


def written(stream: Stream) -> Iterable[tuple[Line, str]]:
    """Return each line beside what stands in the files at the place that the truth names."""
    for record in stream.case.records:
        body = stream.case.files[record.path]
        assert record.position == 0 or body[record.position - 1 : record.position] == b"\n"
        yield record.line, body[record.position : body.index(b"\n", record.position)].decode()


@pytest.mark.parametrize("name", STREAMS)
def test_a_place_is_where_its_record_stands(benches: dict[str, Bench], name: str) -> None:
    """Cutting a written file at a record's position gives that record."""
    for line, text in written(benches[name].stream):
        assert text.endswith(line.message)
        assert line.service in text or name == "openstack-fi"


@pytest.mark.parametrize("name", STREAMS)
def test_a_real_corpus_is_written_as_it_is_and_its_truth_scores_full(corpora: Path, name: str) -> None:
    """Of the corpora themselves, too, each place gives its record, and the oracle finds every episode."""
    try:
        bench = STREAMS[name](corpora)
    except CorpusMissingError as missing:
        pytest.skip(f"{missing}: put that corpus into the folder that BRAINSTEM_CORPORA names")
    count = 0
    for line, text in written(bench.stream):
        # of these the opponents see a masked message
        assert text.endswith(line.message.rpartition("#")[2])
        count += 1
    assert count == len(bench.stream.case.records) > 1000
    figures = bench.score(bench.oracle())
    for title, figure in figures.items():
        if "found" in title and "before" not in title:
            found, _, possible = figure.partition(" of ")
            assert found == possible, title
    assert figures.get("precision", "1.00") == "1.00"
    assert figures.get("right by a path", "1.00") == "1.00"


@pytest.mark.parametrize("name", STREAMS)
def test_whoever_knows_the_truth_scores_full(benches: dict[str, Bench], name: str) -> None:
    """The oracle finds everything and nothing else."""
    figures = benches[name].score(benches[name].oracle())
    assert {title: figures[title] for title in PERFECT[name]} | {"precision": "1.00"} == (
        PERFECT[name] | {"precision": figures.get("precision", "1.00")}
    )


@pytest.mark.parametrize("name", STREAMS)
def test_silence_scores_nothing(benches: dict[str, Bench], name: str) -> None:
    """No items find nothing, and are no false ones."""
    figures = benches[name].score([])
    assert {title: figures[title] for title in EMPTY[name]} == EMPTY[name]
    assert figures["items"] == "0"


def test_a_fault_begins_with_its_activation(benches: dict[str, Bench]) -> None:
    """Lines before the activation, and all of a round without a fault, are background."""
    marks = [record.line.mark for record in benches["openstack-fi"].stream.case.records]
    assert marks == ["", "nova-007-r1", "nova-007-r1", "", "", ""]


def test_an_item_on_a_clean_round_is_counted(benches: dict[str, Bench]) -> None:
    """Evidence of a clean round makes the round loud."""
    bench = benches["openstack-fi"]
    quiet = next(record for record in bench.stream.case.records if "r2" in record.path)
    item = BenchItem("nova", quiet.line.time_us + 1, ((quiet.path, quiet.position),))
    assert bench.score([item])["clean rounds with an item"] == "1 of 1"


def test_a_symptom_belongs_to_its_root(benches: dict[str, Bench]) -> None:
    """An alert that shares the root's pattern, and the pattern's lines, are evidence of the one incident."""
    records = benches["noisebench"].stream.case.records
    assert {record.line.service for record in records if record.line.mark == "A"} == {"mill", "shop"}
    assert sum(record.line.mark == "A" for record in records) == 2 + 6
    assert sum("firing" in record.line.message for record in records if record.line.service == "barn") == 4


def test_year_less_stamps_are_of_their_zone(benches: dict[str, Bench]) -> None:
    """The clear was at 10:20 in the morning in California, which is 17:20 UTC in summer."""
    marked = [record.line.time_us for record in benches["cisco-iosxr-bgp"].stream.case.records if record.line.mark]
    assert marked == [parse_time("2017-08-04T17:20:04.250Z")] * 2


def test_the_graph_is_followed_to_its_end(benches: dict[str, Bench]) -> None:
    """A cause of a cause leads to an incident as well, though by no edge of its own."""
    bench = benches["telecom-alarms"]
    assert isinstance(bench, telecom.Network)
    assert ("alfa", "charlie") in bench.paths - bench.direct
    assert bench.ticket_kinds == {"bravo", "charlie"}


def test_a_claim_that_the_graph_denies_is_wrong(benches: dict[str, Bench]) -> None:
    """Charlie leads to nothing, so whoever says it comes before bravo is not right."""
    bench = benches["telecom-alarms"]
    last = next(record for record in bench.stream.case.records if record.line.service == "charlie")
    item = BenchItem(last.tenant, last.line.time_us, ((last.path, last.position),), "precursor of bravo")
    figures = bench.score([item])
    assert (figures["different claims"], figures["right by a path"]) == ("1", "0.00")


def test_runs_are_dense_throughout() -> None:
    """A gap ends a run, and too few times are none."""
    assert upptime.dense_runs([1, 2, 3, 9, 10, 11, 12, 40], 3, 4) == [[1, 2, 3], [9, 10, 11, 12]]
    assert upptime.dense_runs([1, 8, 15], 3, 4) == []


@given(st.lists(st.integers(0, 60), unique=True).map(sorted), st.integers(2, 5), st.integers(1, 20))
def test_a_time_is_in_a_run_when_enough_others_are_near(times: list[int], least: int, span: int) -> None:
    """Runs are exactly the times of all windows that hold enough of them, each time once."""
    expected = {
        time
        for place in range(len(times) - least + 1)
        for time in times[place : place + least]
        if times[place + least - 1] - times[place] <= span
    }
    runs = upptime.dense_runs(times, least, span)
    assert [time for run in runs for time in run] == sorted(expected)


def scored(*marks: str) -> tuple[Stream, list[tuple[str, int]]]:
    """Write a line a minute with these marks; gives the stream and the place of each line."""
    writer = Writer()
    for minute, mark in enumerate(marks):
        writer.syslog("t", "x.log", Line(NOON_US + minute * MINUTE_US, "h", "p", INFORMATION, f"number {minute}", mark))
    case = writer.case()
    return Stream("own", "what", case), [(record.path, record.position) for record in case.records]


def test_an_item_must_be_mostly_about_trouble() -> None:
    """Half of the evidence is not enough, and what counts neither way is neutral."""
    stream, places = scored("e", "e", "", "odd", "odd")
    scorer = EpisodeScorer(stream, [Episode("e", "kind", "t", NOON_US, NOON_US + DAY_US)], neutral={"odd"})
    incident_memory = [
        scorer.score([BenchItem("t", NOON_US + 1, tuple(places[place] for place in chosen))]).verdicts[0].outcome
        for chosen in ((0, 1, 2), (0, 2), (2,), (3, 4), (0, 3, 4), ())
    ]
    assert incident_memory == ["relevant", "false", "false", "neutral", "neutral", "false"]


def test_an_item_must_come_in_time_and_to_the_right_tenant() -> None:
    """Too early, too late and elsewhere are false."""
    stream, places = scored("e")
    scorer = EpisodeScorer(stream, [Episode("e", "kind", "t", NOON_US, NOON_US + SLOT_US)])
    items = [
        BenchItem(tenant, NOON_US + after_us, (places[0],))
        for tenant, after_us in (("t", -1), ("t", 0), ("t", SLOT_US), ("t", SLOT_US + 1), ("u", 0))
    ]
    assert [scorer.score([item]).verdicts[0].outcome for item in items] == [
        "false",
        "relevant",
        "relevant",
        "false",
        "false",
    ]


def test_only_what_a_person_reads_counts() -> None:
    """Of twelve items of a tenant's day ten are read, the earliest; all are where a corpus asks for it."""
    items = [BenchItem("t", NOON_US - minute, ()) for minute in range(12)] + [BenchItem("u", NOON_US, ())]
    assert [item.tenant for item in read(items)].count("t") == 10
    assert min(item.time_us for item in read(items)) == NOON_US - 11
    assert len(read(items, None)) == 13


def test_moments_survive_writing() -> None:
    """What a ticket says is read back to the microsecond."""
    assert parse_time(rfc3339(NOON_US + 250_001)) == NOON_US + 250_001


@pytest.mark.parametrize("name", STREAMS)
def test_a_missing_corpus_is_said(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A stream without its corpus is skipped with a word, not with a fault."""
    assert main(["--corpora", str(tmp_path), "--only", name]) == 2
    assert f"{name} skipped: no {tmp_path}" in capsys.readouterr().err


def test_one_command_prints_a_table_for_each_stream(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tables go to the terminal and to a file, with items per tenant and day in each."""
    out = tmp_path / "tables.md"
    assert main(["--corpora", str(made), "--no-product", "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert text.count("## ") == text.count("items per tenant and day |") == len(STREAMS)
    printed = capsys.readouterr().out
    assert all(line in printed for line in text[text.index("## ") :].splitlines())


@pytest.mark.parametrize("name", ["openstack-fi", "cisco-iosxr-bgp"])
def test_the_product_reads_every_line_at_its_time(benches: dict[str, Bench], tmp_path: Path, name: str) -> None:
    """The product runs over the written folder, and its events bear the times of the corpus."""
    stream = benches[name].stream
    save(stream, tmp_path)
    replay(stream, tmp_path)
    assert "time 100.0%, program 100.0%" in shares_read(stream, tmp_path)
    assert read_items(tmp_path) == []
    scorer = benches[name].scorer
    assert scorer is not None
    assert misses(stream, scorer, [], tmp_path).startswith("missed: ")
