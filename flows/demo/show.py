"""Run the demo: write the logs, replay them, and compare the digest with the baselines."""

import shutil
import time
from pathlib import Path
from typing import Any

from brainstem.explain.item import Item
from connectors.base import ConfigurationError
from connectors.files.discovery import Argument, discover
from flows.config.settings import Settings
from flows.demo.baselines import count_threshold, error_words
from flows.demo.report import comparison, judge_items, where_next
from flows.demo.town import TRUTH_NAME, Town, build, write
from flows.recovery.plan import Plan
from flows.recovery.store import Recovery
from flows.reports.recorded import read_items
from flows.runs.replay import Observer, complete, prepare, replay, run_process
from flows.sinks.output_folder import FEEDBACK_NAME, OutputFolder, require_creatable


def show(folder: Path, settings: Settings, observer: Observer | None = None) -> tuple[str, str]:
    """Run the demo in a folder (input below `input`, results in the folder of the settings) and return what to print: the
    digest, and the comparison with the next commands.
    """
    logs = folder / "input"
    _clear(folder, logs)
    town = build()
    write(town, logs)
    arguments = [Argument(tenant, (logs / tenant).absolute()) for tenant in town.tenants]
    inventory = discover(arguments, zones=settings.display_zones)
    replay(inventory, settings, observer)
    return _page(town, settings, read_items(OutputFolder(settings.out)), town.truth())


def show_on_topic(folder: Path, settings: Settings, brokers: str, observer: Observer | None = None) -> tuple[str, str]:
    """Run the demo through a new topic at `brokers` and return what to print, as `show` does."""
    # a Kafka client is loaded only where one is needed
    from connectors.kafka.client import ClientSettings
    from flows.config.subscription import Subscription, TenantRule
    from flows.demo.producer import TENANT_HEADER, send, truth_of
    from flows.runs.topic_replay import GROUP, TopicReplay

    _clear(folder, folder / "input")
    town = build()
    write(town, folder / "input")
    topic = f"brainstem-demo-{time.time_ns() // 1_000_000}"
    send(town, brokers, topic)
    rule = TenantRule(header=TENANT_HEADER)
    subscription = Subscription(ClientSettings(brokers), (topic,), group=GROUP, tenant=rule)
    replayed = TopicReplay((f"kafka://{brokers}/{topic}",), subscription, settings.zone)
    with Recovery(settings.out).locked():
        plan = prepare(settings, {}, lambda: Plan({}, topics=replayed.bounds()))
        run_process(plan, settings, observer=observer, source_of=replayed.source_of(plan, settings, None))
        complete(plan, settings)
    items = read_items(OutputFolder(settings.out))
    for item in items:
        for line in item["data"]["evidence"]:
            line["source"] = line["source"].replace("kafka:", "kafka:/", 1)
    return _page(town, settings, items, truth_of(town, topic))


def _page(town: Town, settings: Settings, items: list[Item], truth: dict[str, Any]) -> tuple[str, str]:
    """Return the digest, and the comparison with the next commands."""
    lines = town.lines()
    records = [judge_items(items, truth), error_words(lines), count_threshold(lines)]
    parts = [comparison(town, records, settings.display_zones), where_next(items, str(settings.out))]
    return OutputFolder(settings.out).digest.read_text(encoding="utf-8"), "\n".join(parts)


def _clear(folder: Path, logs: Path) -> None:
    """Empty the folder of an earlier demo. Raises `ConfigurationError` where the folder holds anything else, or what people
    said of that demo's items.
    """
    with require_creatable(folder):
        earlier, taken = (logs / TRUTH_NAME).is_file(), folder.exists() and any(folder.iterdir())
        said = sorted(folder.rglob(FEEDBACK_NAME)) if earlier else []
        if said:
            raise ConfigurationError(
                f"--out {folder}: an earlier demo lies there, with verdicts in {said[0]}. Give a new folder, or remove that"
                " file first if nobody needs them."
            )
        if earlier:
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
    if taken and not earlier:
        raise ConfigurationError(
            f"--out {folder}: the folder holds something else than an earlier demo. Give a new one."
        )
