"""Child processes that never outlive their time limit, nor an interruption of ours."""
import os
import signal
import subprocess


class StepFailed(Exception):
    """A step of a measurement ended badly or took too long; the message says which and how."""


def run(command, timeout, env=None, check=True, accept=()):
    """Runs a command in a process group of its own and returns its standard output. What it started is killed with it when the time is over or we are interrupted."""
    child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             start_new_session=True, env={**os.environ, **(env or {})})
    name = os.path.basename(str(command[0]))
    try:
        out, err = child.communicate(timeout=timeout)
    except BaseException as problem:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.communicate()
        if isinstance(problem, subprocess.TimeoutExpired):
            raise StepFailed(f'{name} took longer than {timeout:.0f} s: {" ".join(str(c) for c in command[1:])}') from None
        raise
    if check and child.returncode != 0 and child.returncode not in accept:
        raise StepFailed(f'{name} ended with {child.returncode}: {" ".join(str(c) for c in command[1:])}: {(err or out).strip()[-300:]}')
    return out
