"""Start-up file of the kernels that tests run: after each cell, write down the kernel's peak memory.

IPython runs it in the notebook's own name space, so it leaves no name there.
"""


def note_peak(result):
    """Write the peak of the kernel, or of the largest child it waited for, in MB, to the file KERNEL_PEAK."""
    import os
    import re
    import resource
    import sys
    from pathlib import Path

    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if sys.platform == "linux":
        # Not ru_maxrss, which a process inherits from the one that started it.
        peak = max(peak, int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]))
    else:
        peak = max(peak, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    Path(os.environ["KERNEL_PEAK"]).write_text(str(peak / unit))


get_ipython().events.register("post_run_cell", note_peak)  # noqa: F821
del note_peak
