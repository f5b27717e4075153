"""With this folder on PYTHONPATH, a Python process gets a checker that loads no models and obeys the file's name.

The part of the name before the first "-" is a verdict or a status, or what the checker is to do: `die`, `slow`, `hang`.
It adds a line with the name to the file that the variable CHECKED names. LOADING says whether it dies or waits, SLOW
how many seconds `slow` takes.
"""

import hashlib
import os
import sys
import time
import types
from pathlib import Path
from typing import get_args

from artifact_check.errors import ModelError, PhotoError
from artifact_check.results import CueResult, PhotoReport, Status, Verdict


class Checker:
    facts = None  # nothing is known of its model

    def __init__(self, model=None, *, trust_list=None, evidence=True, previews=False, measures=True):  # noqa: ARG002
        if os.environ.get("LOADING") == "dies":
            os._exit(7)
        if os.environ.get("LOADING") == "takes 6 s":
            time.sleep(6)
        if model is not None:
            raise ModelError(f"{model} holds no model bundle.")

    def check_source(self, source):
        try:
            return self.check_bytes(source.read(), source.name)
        except PhotoError as error:
            return PhotoReport(path=source.name, status=error.status, message=str(error))

    def check_bytes(self, data, path):
        if log := os.environ.get("CHECKED"):
            with open(log, "a", encoding="utf-8", errors="surrogateescape") as lines:  # noqa: PTH123
                lines.write(f"{Path(path).name}\n")
        word = Path(path).name.split("-")[0]
        if word == "die":
            os._exit(7)
        if word == "slow":
            time.sleep(float(os.environ.get("SLOW", "0.5")))
        if word == "hang":
            time.sleep(600)
        known = {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "model": f"process {os.getpid()}"}
        if word in get_args(Status):
            return PhotoReport(status=word, message="Use another photo.", **known)
        verdict = word if word in get_args(Verdict) else "inconclusive"
        cue = CueResult("zebra", "ok", None, 0.5, 0.25, "Zebra: nothing.", title="Zebra")
        return PhotoReport(status="ok", message=None, verdict=verdict, p_ai=0.25, cues=(cue,), **known)

    def examine_bytes(self, data, path):
        return self.check_bytes(data, path), None

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


module = types.ModuleType("artifact_check.checking.checker")
module.Checker = Checker
sys.modules[module.__name__] = module
