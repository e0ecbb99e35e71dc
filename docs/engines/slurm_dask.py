"""A study worked off by workers that dask-jobqueue asks SLURM for, into a store that this process writes."""

from dask.distributed import Client
from dask_jobqueue import SLURMCluster

from torusync.sweeps import run
from torusync.sweeps.studyfile import read_study

if __name__ == "__main__":
    with (
        SLURMCluster(
            queue="normal",
            cores=16,
            processes=16,
            memory="32GB",
            walltime="02:00:00",
            worker_extra_args=["--lifetime", "110m"],
        ) as cluster,
        Client(cluster) as client,
    ):
        cluster.scale(jobs=8)  # 8 × 16 processes of one thread each
        with client.get_executor() as executor:
            run(read_study("disorder.toml"), store="disorder.zarr", executor=executor)
