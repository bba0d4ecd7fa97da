"""The real worker with the jobs of this folder beside its own."""

import sys

import worker
from tests.worker.jobs import JOBS
from worker_jobs.registry import JOBS as REAL_JOBS

if __name__ == "__main__":
    worker.main(sys.argv[1:], JOBS | REAL_JOBS)
