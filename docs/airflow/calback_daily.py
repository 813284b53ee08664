"""Calback's daily job for Airflow 2.9 and later, 3 included: load, check, score; train on Mondays.

The tasks call the binaries etl, score and train, which must be on the worker's PATH. Everything else is in their environment
(CALBACK_WAREHOUSE, CALBACK_KEY, ... or CALBACK_CONFIG, a YAML file), so that this file needs no change from one app to the next.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum

try:  # Airflow 3
    from airflow.sdk import DAG
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.python import ShortCircuitOperator
except ImportError:  # Airflow 2.9 and later
    from airflow import DAG
    from airflow.operators.bash import BashOperator
    from airflow.operators.python import ShortCircuitOperator

try:
    from airflow.sdk import CronDataIntervalTimetable
except ImportError:
    from airflow.timetables.interval import CronDataIntervalTimetable

# The app's time zone: the days below begin at its midnight.
ZONE = "Asia/Seoul"

# The day that a run is for. {{ ds }} alone is that day in UTC: for Seoul the day before, whatever the schedule's own zone.
DAY = "{{ data_interval_start.in_timezone('" + ZONE + "') | ds }}"

COMMANDS = {
    # The day and the days before it that may still change. Running it twice is running it once.
    "load": f"etl run --day {DAY}",
    # The data checks: exit code 3, and nothing after it runs, when one fails.
    "check": "etl check",
    # Both look at what is loaded, which may end before DAY: Google delivers a day in the course of the next.
    "score": "score",
    "train": "train",
}


def trains(data_interval_end, **_) -> bool:
    """Tells whether the run happens on a Monday of the app's time zone: then the week to Sunday is in the data."""
    return data_interval_end.in_timezone(ZONE).weekday() == 0


with DAG(
    dag_id="calback_daily",
    description="Loads the app's events, checks them, scores its users, and trains on Mondays.",
    # @daily as a plain text has no data interval in Airflow 3, where the day would come out one too late.
    schedule=CronDataIntervalTimetable("@daily", timezone=ZONE),
    start_date=pendulum.datetime(2026, 1, 1, tz=ZONE),
    # Days that were missed are loaded by "etl backfill", faster than by a run for each.
    catchup=False,
    # One writer: a second run would wait for the warehouse, or change what the first one reads.
    max_active_runs=1,
    default_args={
        "owner": "calback",
        "retries": 2,
        "retry_delay": timedelta(minutes=15),
        "execution_timeout": timedelta(hours=3),
    },
    tags=["calback"],
) as dag:

    def task(name: str, **options) -> BashOperator:
        return BashOperator(task_id=name, bash_command=COMMANDS[name], append_env=True, **options)

    monday = ShortCircuitOperator(task_id="monday", python_callable=trains)
    # A gate that refuses a model refuses it again: the same data gives the same model. The old one stays published.
    train = task("train", retries=0)

    task("load") >> task("check") >> task("score") >> monday >> train
