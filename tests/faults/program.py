"""The real worker with every job there is."""

import sys

import worker
from tests.faults import careless
from tests.faults.jobs import JOBS
from tests.worker.jobs import JOBS as ODD_JOBS
from worker_jobs.registry import JOBS as REAL_JOBS

if __name__ == "__main__":
    careless.if_asked()
    worker.main(sys.argv[1:], JOBS | ODD_JOBS | REAL_JOBS)
