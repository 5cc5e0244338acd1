"""The weak-signal bench: the same for everybody, mostly noise, and a scorer that only the truth satisfies."""

import hashlib
import json
from pathlib import Path
from random import Random

import pytest

from benchmarks.weak_signal.baselines import BASELINES, at_random, masked, oracle
from benchmarks.weak_signal.clock import DAY_US, DAYS, HOUR_US
from benchmarks.weak_signal.error_words import has_error_word
from benchmarks.weak_signal.generate import Case, generate, save, shares, truth
from benchmarks.weak_signal.grammar import Grammar
from benchmarks.weak_signal.scenarios import SCENARIOS
from benchmarks.weak_signal.scorer import BenchItem, Scorer
from benchmarks.weak_signal.signals import HELD_OUT
from benchmarks.weak_signal.wordings import WORDINGS

FINGERPRINT = "5ee9e5b27530045a673d1ef70968cf65238e37e666a73ef5c75e256f07b41961"
"""SHA-256 over all that is written of a thinned seed: the same on every Python, until the bench is changed on purpose."""

THIN = 0.05


@pytest.fixture(scope="module")
def whole() -> Case:
    """Generate one seed in full."""
    return generate(5)


@pytest.fixture(scope="module", params=["thin", pytest.param("whole", marks=pytest.mark.long)])
def case(request: pytest.FixtureRequest) -> Case:
    """Generate that seed with little background, which is quick, and in full."""
    made: Case = generate(5, scale=THIN) if request.param == "thin" else request.getfixturevalue("whole")
    return made


@pytest.fixture(scope="module")
def thin() -> Case:
    """Generate another seed with little background."""
    return generate(6, scale=THIN)


def fingerprint(case: Case) -> str:
    """Hash all that is written of a case."""
    whole = hashlib.sha256()
    for path, body in sorted(case.files.items()):
        whole.update(path.encode() + b"\0" + body)
    whole.update(json.dumps([truth(case), case.tickets]).encode())
    return whole.hexdigest()


def planted_texts(case: Case) -> dict[str, set[str]]:
    """Return the masked texts of each signal."""
    texts: dict[str, set[str]] = {signal.id: set() for signal in case.signals}
    for record in case.records:
        if record.line.mark.startswith("s:"):
            texts[record.line.mark[2:]].add(masked(record.line.message))
    return texts


def test_a_seed_is_the_same_everywhere(thin: Case) -> None:
    """Numbers alone decide every byte, on every version of Python."""
    assert fingerprint(thin) == FINGERPRINT


def test_no_two_seeds_share_the_texts_of_their_signals(case: Case, thin: Case) -> None:
    """Whoever learns one seed's words knows nothing of the next."""
    mine = {text for texts in planted_texts(case).values() for text in texts}
    other = {text for texts in planted_texts(thin).values() for text in texts}
    assert mine
    assert not mine & other


@pytest.mark.long
def test_hardly_a_line_is_planted(whole: Case) -> None:
    """Hundreds of thousands of lines, and at most three in a thousand belong to a signal."""
    assert 240_000 <= len(whole.records) <= 400_000
    assert 0.0005 < truth(whole)["planted"] / len(whole.records) <= 0.003


def test_half_of_the_signals_have_no_error_word_in_any_line(case: Case) -> None:
    """An error filter cannot see them, and sees at least one text of each of the others."""
    texts = planted_texts(case)
    blind = [signal for signal in case.signals if not any(map(has_error_word, texts[signal.id]))]
    assert {signal.id for signal in blind} == {signal.id for signal in case.signals if not signal.error_worded}
    assert 2 * len(blind) == len(case.signals)
    quiet = {record.line.mark for record in case.records if record.line.severity >= 5}
    assert {f"s:{signal.id}" for signal in blind} <= quiet


def test_every_plain_wording_is_free_of_error_words() -> None:
    """The lists themselves hold what the flags promise."""
    for wording in WORDINGS.values():
        assert not any(has_error_word(line) for pattern in wording.plain for line in (*pattern, *wording.things))
        assert all(any(map(has_error_word, pattern)) for pattern in wording.worded)


def test_invented_words_are_new_and_harmless() -> None:
    """A name of a service is no error word, and no name is given twice."""
    grammar = Grammar(Random(3))
    made = [grammar.word() for _ in range(2000)]
    assert len(set(made)) == len(made)
    assert not any(map(has_error_word, made))


def test_a_case_has_all_kinds_in_both_wordings_and_decoys_enough(case: Case) -> None:
    """Twelve kinds, three of them held out, 20 signals, over fifteen kinds of decoys, signals only after the warm-up."""
    assert {signal.kind for signal in case.signals} == set(SCENARIOS)
    assert len(SCENARIOS) == 12
    assert len(HELD_OUT & set(SCENARIOS)) == 3
    assert len(case.signals) == 20
    assert sum(mark.startswith("d:") for mark in shares(case)) >= 15
    for signal in case.signals:
        scored = [window for window in signal.windows if window.scored]
        assert scored
        assert all(case.scored_from_us <= window.onset_us < window.incident_us < case.end_us for window in scored)


def test_a_day_has_hundreds_of_texts(case: Case) -> None:
    """The background is no handful of templates."""
    tenant, noon = case.tenants[0], case.start_us + 9 * DAY_US
    texts = {
        (record.line.service, masked(record.line.message))
        for record in case.records
        if record.tenant == tenant and noon <= record.line.time_us < noon + DAY_US
    }
    assert len(texts) > 200


def test_positions_of_the_truth_point_at_the_planted_lines(case: Case, tmp_path: Path) -> None:
    """Each byte position is the begin of a line that holds the message; tickets stand at the incidents."""
    save(case, tmp_path)
    told = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    messages = {(record.path, record.position): record.line.message for record in case.records}
    checked = 0
    for places in [signal["lines"] for signal in told["signals"]] + list(told["decoys"].values()):
        for path, positions in places.items():
            body = (tmp_path / "logs" / path).read_bytes()
            for position in positions:
                assert position == 0 or body[position - 1 : position] == b"\n"
                line = body[position : body.index(b"\n", position)].decode()
                assert messages[path, position].partition("|")[0].replace('"', "'") in line.replace('\\"', "'").replace(
                    '"', "'"
                )
                checked += 1
    assert checked > len(case.records) / 8
    tickets = [json.loads(line) for line in (tmp_path / "incidents.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(tickets) > sum(len(signal["windows"]) for signal in told["signals"])
    assert all(set(ticket) == {"id", "tenant", "time", "title", "service"} for ticket in tickets)


@pytest.mark.parametrize("held_out", [False, True])
def test_the_oracle_proves_the_scorer(case: Case, held_out: bool) -> None:
    """Who shows each signal at its third line, and nothing else, finds all and says nothing false."""
    score = Scorer(case, held_out=held_out).score(oracle(case))
    assert score.recall() == score.recall(error_worded=False) == score.recall(error_worded=True) == 1.0
    assert score.precision == 1.0
    assert score.decoys_a_day == 0.0
    assert 0.5 < score.lead <= 1.0


@pytest.mark.parametrize("strength", [0.5, 2.0])
def test_the_oracle_finds_all_at_other_strengths(strength: float) -> None:
    """Stronger signals have more events; the faintest still have enough to be seen."""
    other = generate(6, strength, THIN)
    score = Scorer(other, held_out=True).score(oracle(other))
    assert (score.recall(), score.precision) == (1.0, 1.0)


def test_who_knows_it_afterwards_scores_nothing(case: Case) -> None:
    """The same items after the incidents are all false."""
    score = Scorer(case, held_out=True).score(oracle(case, late_us=HOUR_US))
    assert (score.recall(), score.precision, score.lead) == (0.0, 0.0, 0.0)


def test_chance_finds_next_to_nothing(case: Case) -> None:
    """One text a day drawn blindly meets a signal rarely."""
    score = Scorer(case).score(BASELINES["random, 1 a day"](case))
    assert score.recall() is not None
    assert (score.recall() or 0.0) <= 0.15
    assert score.items_a_day == pytest.approx(1.0, abs=0.05)


def test_chance_gets_the_budget_it_is_given(case: Case) -> None:
    """Held against a product, blind drawing shows as much as that did, fractions of an item a day included."""
    for a_day in (0.0, 0.6, 1.5):
        assert Scorer(case).score(at_random(a_day)(case)).items_a_day == pytest.approx(a_day, abs=0.25)


def test_only_ten_items_of_a_day_are_read_and_none_of_the_warm_up(thin: Case) -> None:
    """Shouting does not help: what comes after the tenth item of a tenant's day goes unread."""
    lines = ((thin.records[0].path, thin.records[0].position),)
    shouted = [
        BenchItem(tenant, thin.start_us + day * DAY_US + minute * 60_000_000, lines)
        for tenant in thin.tenants
        for day in range(DAYS)
        for minute in range(50)
    ]
    score = Scorer(thin).score(shouted)
    assert score.items_a_day == 10
    assert score.precision == 0


def test_an_item_is_relevant_when_most_of_its_lines_are(thin: Case) -> None:
    """Half is not enough, and a line of another signal does not help."""
    scorer = Scorer(thin, held_out=True)
    item = next(iter(oracle(thin)))
    planted = item.evidence[:1]
    plain = tuple((record.path, record.position) for record in thin.records if not record.line.mark)
    assert scorer.score([item._replace(evidence=planted * 3 + plain[:2])]).precision == 1
    assert scorer.score([item._replace(evidence=planted * 2 + plain[:2])]).precision == 0
    assert scorer.score([item._replace(evidence=())]).precision == 0


def test_kinds_held_out_are_neither_found_nor_false_while_tuning(thin: Case) -> None:
    """Their items do not count; with the flag they do."""
    held = {signal.id for signal in thin.signals if signal.held_out}
    items = [item for item, signal in zip(oracle(thin), thin.signals, strict=True) if signal.id in held]
    assert items
    assert Scorer(thin).score(items).precision is None
    assert Scorer(thin, held_out=True).score(items).precision == 1


def test_every_opponent_gives_items_of_lines_already_seen(thin: Case) -> None:
    """No look-ahead: what an item rests on happened before it."""
    time_of = {(record.path, record.position): record.line.time_us for record in thin.records}
    for name, baseline in BASELINES.items():
        items = list(baseline(thin))
        assert items or name.startswith("count over"), name
        for item in items:
            assert item.evidence, name
            assert all(time_of[line] <= item.time_us for line in item.evidence), name
