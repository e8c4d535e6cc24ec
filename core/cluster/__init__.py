"""Jobs on a Dask cluster: the connection to its scheduler, the jobs that are sent, and what runs on its workers.

Only the connection's own thread and Dask's workers import distributed; where no scheduler is set, nothing does.
"""
