"""Photos and reports elsewhere: a local S3, and a Dask cluster of real processes, one of which is killed."""

from __future__ import annotations

import csv
import http.server
import json
import os
import platform
import signal
import subprocess
import sys
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from tests import provenance_corpus as corpus
from tests.command import environment, folder, posix, start
from tests.command import run as run_command
from tests.conftest import until
from tests.test_store import checked_samples

from artifact_check.errors import EngineError, UnreadableError
from artifact_check.scanning import cluster as engine
from artifact_check.scanning.setup import Setup
from artifact_check.sources import find_photos

S3 = pytest.importorskip("s3fs", reason="needs the extra cluster").S3FileSystem
Client = pytest.importorskip("distributed", reason="needs the extra cluster").Client

SAMPLES = Path(__file__).parents[1] / "sample_images"


__all__ = ["checked_samples"]  # a fixture


def run(*arguments: str | Path, **how) -> subprocess.CompletedProcess[str]:
    """Run the command, which knows as little of what is in a bucket as a new process."""
    S3.clear_instance_cache()
    return run_command(*arguments, **how)


def rows(done: subprocess.CompletedProcess[str]) -> list[dict]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def nameless(reports: list[dict]) -> list[dict]:
    """Reports with the photo's name in place of its path, and without the process that checked it."""
    return [{**report, "path": Path(report["path"]).name, "model": ""} for report in reports]


# S3


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    """A local S3 with a bucket named headshots; yields a client, and the environment in which it is found."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path_factory.mktemp("aws") / "none"),
    }
    client = boto3.client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106 - of a server that asks for none
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="headshots")
    yield client, variables
    client.close()
    server.stop()


def put(client, photos: Path, prefix: str) -> str:
    for path in photos.iterdir():
        client.put_object(Bucket="headshots", Key=f"{prefix}/{path.name}", Body=path.read_bytes())
    return f"s3://headshots/{prefix}"


def test_photos_in_a_bucket_get_the_reports_of_a_folder(s3):
    client, variables = s3
    address = put(client, SAMPLES, "samples")
    options = "--format", "jsonl", "-q", "--jobs", "2"

    here = rows(run("scan", SAMPLES, *options))
    there = rows(run("scan", address, *options, **variables))

    assert nameless(there) == nameless(here)
    assert [row["path"] for row in there] == sorted(row["path"] for row in there)
    assert {row["path"].rpartition("/")[0] for row in there} == {address}


def test_a_bucket_is_scanned_on_from_a_store(s3, tmp_path):
    client, variables = s3
    address = put(client, folder(tmp_path / "photos", "inconclusive-1.jpg", "inconclusive-2.jpg"), "resumed")
    client.put_object(Bucket="headshots", Key="resumed/notes.txt", Body=b"no photo")
    log = tmp_path / "checked"

    listed = tmp_path / "list"
    listed.write_text(f"{address}/inconclusive-1.jpg\n{address}/inconclusive-2.jpg\n")

    def checked(*places: str | Path) -> tuple[list[dict], list[str]]:
        log.write_text("")
        options = "--store", tmp_path / "store.sqlite", "--format", "jsonl", "-q"
        done = run("scan", *places, *options, CHECKED=str(log), **variables)
        return rows(done), log.read_text().splitlines()

    first, all_of_them = checked(address)
    # What a list names is looked up one by one, and tells the same version as the listing of the bucket.
    again, none = checked("--from-file", listed)
    client.put_object(Bucket="headshots", Key="resumed/inconclusive-2.jpg", Body=b"other content")
    _, changed = checked(address)

    assert (all_of_them, none, changed) == (
        ["inconclusive-1.jpg", "inconclusive-2.jpg"],
        [],
        ["inconclusive-2.jpg"],
    )
    assert first == again


def test_one_photo_and_patterns_and_what_is_not_there(s3, tmp_path):
    client, variables = s3
    address = put(client, folder(tmp_path / "photos", "inconclusive-1.jpg", "no_face-2.jpg"), "few")
    options = "--format", "jsonl", "-q"

    one = rows(run("scan", f"{address}/no_face-2.jpg", *options, **variables))
    some = rows(run("scan", address, "--exclude", "no_face*", *options, **variables))
    gone = run("scan", "s3://headshots/gone", *options, **variables)
    listed = tmp_path / "list"
    listed.write_text(f"{address}/inconclusive-1.jpg\n{tmp_path}/photos/no_face-2.jpg\n")
    mixed = rows(run("scan", "--from-file", listed, *options, **variables))

    assert [row["status"] for row in one] == ["no_face"]
    assert [row["path"] for row in some] == [f"{address}/inconclusive-1.jpg"]
    assert [row["path"] for row in mixed] == listed.read_text().splitlines()
    assert gone.returncode == 2
    assert "s3://headshots/gone cannot be opened" in gone.stderr
    assert gone.stderr.count("\n") == 1


def test_a_report_at_an_address_is_there_whole_or_not_at_all(s3, tmp_path):
    client, variables = s3
    photos = folder(tmp_path / "photos", "inconclusive-1.jpg", "no_face-2.jpg")
    good = run("scan", photos, "--format", "csv", "--output", "s3://headshots/out/report.csv", "-q", **variables)
    failed = run(
        *("scan", photos, "--format", "csv", "--output", "s3://headshots/out/failed.csv", "-q", "--model", tmp_path),
        **variables,
    )
    nowhere = run("scan", photos, "--output", "s3://no-such-bucket/report.txt", "-q", **variables)

    assert good.returncode == 0, good.stderr
    text = client.get_object(Bucket="headshots", Key="out/report.csv")["Body"].read().decode()
    assert [row["status"] for row in csv.DictReader(text.splitlines())] == ["ok", "no_face"]
    assert failed.returncode == 1
    assert [entry["Key"] for entry in client.list_objects(Bucket="headshots", Prefix="out/")["Contents"]] == [
        "out/report.csv"
    ]
    assert nowhere.returncode == 1
    assert "s3://no-such-bucket/report.txt cannot be written" in nowhere.stderr


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass  # stderr is the command's


class Web(http.server.ThreadingHTTPServer):
    """A web server that offers the sample pictures, and keeps who asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), partial(Quiet, directory=SAMPLES))
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[tuple[str, int]] = []

    def process_request(self, request, client_address):
        self.asked.append(client_address)
        super().process_request(request, client_address)


@pytest.fixture
def web():
    with Web() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_web_address_is_one_photo(web):
    options = "--format", "jsonl", "-q"

    (row,) = rows(run("scan", f"{web.address}/portrait_a.jpg", *options))
    (here,) = rows(run("scan", SAMPLES / "portrait_a.jpg", *options))
    gone = run("scan", f"{web.address}/gone.jpg", *options)

    assert {**row, "path": ""} == {**here, "path": ""}
    assert (gone.returncode, gone.stderr.count("\n")) == (2, 1)


def test_photos_of_a_list_of_addresses_are_asked_for_when_their_turn_comes(web):
    lines = [f"{web.address}/{name}" for name in ("portrait_a.jpg", "gone.jpg", "portrait_a.jpg")]

    there, gone = find_photos([], listed=lines).photos

    assert web.asked == []
    assert there.read() == (SAMPLES / "portrait_a.jpg").read_bytes()
    with pytest.raises(UnreadableError, match="cannot be fetched"):
        gone.read()
    assert gone.version() is None
    assert len(web.asked) > 1


# Parquet


def test_parquet_holds_what_json_holds(s3, checked_samples, tmp_path):
    from pyarrow import parquet

    client, variables = s3
    target = tmp_path / "report.parquet"
    reports = rows(run("scan", SAMPLES, "--format", "jsonl", "-q", engine=checked_samples))
    scanned = run("scan", SAMPLES, "--format", "parquet", "-q", "--output", target, engine=checked_samples)
    kept = run("scan", SAMPLES, "--format", "csv", "-q", "--store", tmp_path / "s.sqlite", engine=checked_samples)
    sent = run(
        *("report", "--store", tmp_path / "s.sqlite", "--format", "parquet", "-q"),
        *("--output", "s3://headshots/report.parquet"),
        **variables,
    )

    for done in (scanned, kept, sent):
        assert done.returncode == 0, done.stderr
    assert client.get_object(Bucket="headshots", Key="report.parquet")["Body"].read() == target.read_bytes()
    for row, report in zip(parquet.read_table(target).to_pylist(), reports, strict=True):
        plain = ("path", "sha256", "model", "status", "message", "verdict", "p_ai", "p_ai_low", "p_ai_high")
        lists = ("authenticity", "provenance", "platforms", "advice", "photo")
        assert {key: row[key] for key in plain + lists} == {key: report[key] for key in plain + lists}
        assert dict(row["cues"]) == {
            cue["name"]: {key: cue[key] for key in ("status", "reason", "score", "contribution", "summary")}
            for cue in report["cues"]
        }
        assert dict(row["measures"]) == {
            measure["key"]: measure["value"] for cue in report["cues"] for measure in cue["measures"]
        }


# Dask


class Cluster:
    """A scheduler and two workers on 127.0.0.1, each a process of its own, which is started anew when it dies."""

    def __init__(self, root: Path, *, stub: bool, **variables: str) -> None:
        self._variables = environment(stub=stub, **variables)
        self._root = root
        listening = root / "scheduler.json"
        self.processes = [self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", listening)]
        until(lambda: listening.exists() and listening.read_text().endswith("}"))
        self.scheduler = json.loads(listening.read_text())["address"]
        self.address = self.scheduler.replace("tcp", "dask")
        workers = "--nworkers", "2", "--nthreads", "1", "--local-directory", root
        self.processes.append(self._start("worker", self.scheduler, *workers))

    def _start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        log = (self._root / "log").open("ab")
        with log:
            return subprocess.Popen(
                command, env=self._variables, stdout=log, stderr=log, start_new_session=True, cwd=self._root
            )

    def close(self) -> None:
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Workers that obey the photos' names; what has killed two of them is given up."""
    variables = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1", "SLOW": "0.1"}
    with closing(Cluster(tmp_path_factory.mktemp("cluster"), stub=True, **variables)) as one:
        yield one


@pytest.fixture(scope="module")
def portraits(tmp_path_factory) -> Path:
    """Ten photos that differ, and one that is damaged: two batches."""
    photos = tmp_path_factory.mktemp("portraits")
    with Image.open(SAMPLES / "portrait_a.jpg") as portrait:
        for n in range(10):
            portrait.crop((n, 0, portrait.width, portrait.height)).resize((300, 300)).save(photos / f"{n:02}.jpg")
    (photos / "10.jpg").write_bytes((photos / "00.jpg").read_bytes()[:5000])
    return photos


@posix
def test_a_cluster_reports_what_this_machine_reports(portraits, tmp_path):
    command = "scan", portraits, "--format", "jsonl", "-q"

    here = run(*command, stub=False)
    with closing(Cluster(tmp_path, stub=False)) as there:
        done = run(*command, "--engine", there.address, "--store", tmp_path / "store.sqlite", stub=False)
    again = run(*command, "--store", tmp_path / "store.sqlite", stub=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout == here.stdout == again.stdout
    assert len(done.stdout.splitlines()) == 11


def page_faults() -> int:
    """How many pages the system gives this process for a hundred arrays of a megabyte, one after another."""
    import resource

    import numpy as np

    np.ones(1 << 17)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        np.ones(1 << 17)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone has these limits")
def test_a_worker_that_has_checked_a_photo_uses_memory_again(cluster, tmp_path):
    photos = folder(tmp_path / "photos", "inconclusive-0.jpg")

    rows(run("scan", photos, "--engine", cluster.address, "--format", "jsonl", "-q"))
    with Client(cluster.scheduler, set_as_default=False) as client:
        faults = client.run(page_faults)

    assert min(faults.values()) < 2_000, faults  # 256 an array, were each given back


@posix
def test_a_worker_killed_in_the_middle_loses_nothing(cluster, tmp_path):
    photos = folder(tmp_path / "photos", *(f"slow-{n:02}.jpg" for n in range(24)))
    command = "scan", photos, "--engine", cluster.address, "--format", "jsonl", "-q"
    # Unbuffered: `communicate` does not see what `readline` has read ahead.
    with start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as scan:
        first = json.loads(scan.stdout.readline())
        os.kill(int(first["model"].split()[-1]), signal.SIGKILL)
        rest, talk = scan.communicate(timeout=600)

    names = [Path(row["path"]).name for row in [first, *map(json.loads, rest.splitlines())]]
    assert scan.returncode == 0, talk
    assert names == sorted(path.name for path in photos.iterdir())


@posix
def test_a_photo_that_kills_every_worker_costs_its_row_alone(cluster, tmp_path):
    names = ["inconclusive-0.jpg", "die-1.jpg", *(f"inconclusive-{n}.jpg" for n in range(2, 4))]
    photos = folder(tmp_path / "photos", *names)
    (photos / "die-1.jpg").write_bytes(corpus.with_xmp("JPEG", corpus.packet(Iptc4xmpExt_DigitalSourceType=corpus.AI)))

    found = rows(run("scan", photos, "--engine", cluster.address, "--format", "jsonl", "-q"))

    assert {Path(row["path"]).name: (row["status"], row["verdict"]) for row in found} == {
        name: ("unreadable", "declared_ai") if name.startswith("die") else ("ok", "inconclusive") for name in names
    }


@posix
def test_a_worker_that_would_give_other_results_is_refused(cluster, tmp_path, monkeypatch):
    photos = folder(tmp_path / "photos", "inconclusive-0.jpg")
    signers = tmp_path / "signers.pem"
    signers.write_text("here")
    setup = Setup(trust_list=signers)
    monkeypatch.setattr(Setup, "fingerprint", lambda _: "another")  # here; the workers read what lies there themselves

    with pytest.raises(EngineError, match="A worker of the cluster has other versions"):
        list(engine.check_on_cluster(find_photos(photos).photos, setup, cluster.address))


def test_a_cluster_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "CONNECTION_TIMEOUT", 1)  # a scheduler may be on its way up
    photos = folder(tmp_path / "photos", "inconclusive-0.jpg")

    done = run("scan", photos, "--engine", "dask://127.0.0.1:9")

    assert done.returncode == 1
    assert done.stderr.startswith("artifact-check: dask://127.0.0.1:9 does not answer")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://127.0.0.1:8786", "dask://host", "dask://"])
def test_an_address_that_is_no_cluster_is_wrong_usage(tmp_path, address):
    done = run("scan", folder(tmp_path / "photos", "inconclusive-0.jpg"), "--engine", address)

    assert done.returncode == 2
    assert "dask://HOST:PORT" in done.stderr
