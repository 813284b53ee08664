"""Loads the DAG the way Airflow does, without Airflow: stand-ins record what it declares.

python3 -m unittest discover -s docs/airflow -p '*_test.py'
"""

import datetime
import importlib.util
import pathlib
import re
import sys
import types
import unittest
import zoneinfo
from unittest import mock

DAG_FILE = pathlib.Path(__file__).with_name("calback_daily.py")


class Instant(datetime.datetime):
    """The part of pendulum's DateTime that the DAG's templates use."""

    def in_timezone(self, name):
        return self.astimezone(zoneinfo.ZoneInfo(name))


class Dag:
    def __init__(self, **arguments):
        self.arguments, self.tasks = arguments, {}

    def __enter__(self):
        Task.dag = self
        return self

    def __exit__(self, *_):
        Task.dag = None


class Task:
    dag = None

    def __init__(self, **arguments):
        self.arguments, self.after = arguments, []
        self.dag.tasks[arguments["task_id"]] = self

    def __rshift__(self, later):
        later.after.append(self.arguments["task_id"])
        return later


class Timetable:
    def __init__(self, cron, timezone):
        self.cron, self.timezone = cron, timezone


def module(name, **names):
    m = types.ModuleType(name)
    vars(m).update(names)
    return {name: m}


def airflow2():
    """The places of Airflow 2.9; airflow.sdk is not there."""
    return (
        module("airflow", DAG=Dag)
        | module("airflow.operators")
        | module("airflow.operators.bash", BashOperator=Task)
        | module("airflow.operators.python", ShortCircuitOperator=Task)
        | module("airflow.timetables")
        | module("airflow.timetables.interval", CronDataIntervalTimetable=Timetable)
        | {"airflow.sdk": None}
    )


def airflow3():
    return (
        module("airflow")
        | module("airflow.sdk", DAG=Dag, CronDataIntervalTimetable=Timetable)
        | module("airflow.providers")
        | module("airflow.providers.standard")
        | module("airflow.providers.standard.operators")
        | module("airflow.providers.standard.operators.bash", BashOperator=Task)
        | module("airflow.providers.standard.operators.python", ShortCircuitOperator=Task)
    )


def load(modules):
    def moment(*parts, tz):
        return Instant(*parts, tzinfo=zoneinfo.ZoneInfo(tz))

    with mock.patch.dict(sys.modules, modules | module("pendulum", datetime=moment)):
        spec = importlib.util.spec_from_file_location("calback_daily", DAG_FILE)
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
    return loaded


def render(template, start, end):
    """Evaluates the one form of expression that the commands have, as Jinja does: EXPRESSION | ds."""

    def value(match):
        expression, _, filtered = match.group(1).partition("|")
        assert filtered.strip() == "ds", filtered
        return eval(expression.strip(), {"data_interval_start": start, "data_interval_end": end}).strftime("%Y-%m-%d")

    return re.sub(r"\{\{ (.*?) \}\}", value, template)


class DailyTest(unittest.TestCase):
    def setUp(self):
        self.both = {"2.9": load(airflow2()), "3": load(airflow3())}
        # The run for 1 March 2026, a Sunday, in Seoul. Airflow gives the instants in UTC.
        self.start = Instant(2026, 2, 28, 15, tzinfo=datetime.timezone.utc)
        self.end = Instant(2026, 3, 1, 15, tzinfo=datetime.timezone.utc)

    def test_schedule(self):
        for version, loaded in self.both.items():
            with self.subTest(version):
                a = loaded.dag.arguments
                self.assertEqual(("@daily", "Asia/Seoul"), (a["schedule"].cron, a["schedule"].timezone))
                self.assertEqual("2026-01-01T00:00:00+09:00", a["start_date"].isoformat())
                self.assertEqual((False, 1, 2), (a["catchup"], a["max_active_runs"], a["default_args"]["retries"]))

    def test_order(self):
        for version, loaded in self.both.items():
            with self.subTest(version):
                after = {name: t.after for name, t in loaded.dag.tasks.items()}
                want = {"load": [], "check": ["load"], "score": ["check"], "monday": ["score"], "train": ["monday"]}
                self.assertEqual(want, after)

    def test_commands(self):
        want = {
            "load": "etl run --day 2026-03-01",
            "check": "etl check",
            "score": "score",
            "train": "train",
        }
        for version, loaded in self.both.items():
            tasks = loaded.dag.tasks
            got = {name: render(tasks[name].arguments["bash_command"], self.start, self.end) for name in want}
            with self.subTest(version):
                self.assertEqual(want, got)
                self.assertTrue(all(tasks[name].arguments["append_env"] for name in want))

    def test_trains_on_mondays_in_seoul(self):
        trains = self.both["3"].trains
        days = [trains(data_interval_end=self.end + datetime.timedelta(days=n)) for n in range(7)]
        self.assertEqual([True] + [False] * 6, days)


if __name__ == "__main__":
    unittest.main()
