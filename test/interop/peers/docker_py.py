"""docker-py on an Engine (DOCKER_HOST): what its users call, as they call it. Prints what it has done, a line each."""
import io
import os
import sys
import threading

import docker

image_archive, repository = sys.argv[1:]
client = docker.from_env()
api = client.api


def step(name, holds):
    print(f"{'ok' if holds else 'WRONG'} {name}", flush=True)


def refused(call, status):
    try:
        call()
    except docker.errors.APIError as problem:
        return problem.response.status_code == status
    return False


step("ping", client.ping())
step("version", client.version()["Os"] == "linux")
step("info", client.info()["ContainersRunning"] == 3)
step("df", client.df()["Volumes"][0]["Name"] == "page_notarycerts")

with open(image_archive, "rb") as archive:
    (image,) = client.images.load(archive)
step("load", image.tags == ["docker/trusttest:latest"])
step("list", [one.id for one in client.images.list("docker/trusttest")] == [image.id])
step("get", client.images.get("docker/trusttest").attrs["Os"] == "linux")
step("short id", image.short_id.startswith("sha256:"))
step("history", len(image.history()) == 2)
step("tag", image.tag(repository, tag="py"))

pushed = list(api.push(repository, tag="py", stream=True, decode=True))
records = [line["aux"] for line in pushed if "aux" in line]
step("push", len(records) == 1 and records[0]["Tag"] == "py")
step("remove", client.images.remove(image.id, force=True) is None)
step("not found", refused(lambda: client.images.get("nosuch"), 404))
told = list(api.pull(repository, tag="py", stream=True, decode=True))
step("pull with progress", told[-1]["status"].startswith("Status: Downloaded newer image"))
pulled = client.images.pull(repository, tag="py")
step("pull", pulled.id == image.id)
step("registry data", client.images.get_registry_data(f"{repository}:py").id == records[0]["Digest"])
step("pull by digest", client.images.pull(f"{repository}@{records[0]['Digest']}").id == image.id)

saved = io.BytesIO(b"".join(pulled.save(named=True)))
client.images.remove(image.id, force=True)
step("save and load", client.images.load(saved)[0].tags == [f"{repository}:py"])
imported = api.import_image_from_data(saved.getvalue(), repository="py/imported", tag="1")
step("import", "sha256:" in imported)
step("search", client.images.search("trusttest") is not None)
step("prune", client.images.prune(filters={"dangling": False})["SpaceReclaimed"] > 0)
step("nothing is left", client.images.list() == [])

events = client.events(decode=True, filters={"type": "image"})
seen = []
listener = threading.Thread(target=lambda: seen.append(next(events)))
listener.start()
while not seen:
    with open(image_archive, "rb") as archive:
        client.images.load(archive)
    listener.join(0.2)
events.close()
step("events", seen[0]["Action"] in ("load", "tag"))

step("containers", sorted(one.name for one in client.containers.list())[-1] == "trustsandbox")
box = client.containers.get("sandboxregistry")
step("container", box.status == "running" and box.labels["com.docker.compose.project"] == "page")
status, output = box.exec_run(["sh", "-c", "echo out; exit 3"])
step("exec", (status, output) == (3, b"out\n"))
status, (out, err) = box.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True)
step("exec, outputs apart", (out, err) == (b"out\n", b"err\n"))
exec_id = api.exec_create(box.id, ["cat"], stdin=True)["Id"]
connection = api.exec_start(exec_id, socket=True)
raw = connection._sock if hasattr(connection, "_sock") else connection
raw.sendall(b"typed\n")
raw.shutdown(1)
answer = b""
while True:
    chunk = raw.recv(4096)
    if not chunk:
        break
    answer += chunk
step("exec with input", answer.endswith(b"typed\n"))
connection.close()
step("exec inspect", api.exec_inspect(exec_id)["ExitCode"] == 0)
step("logs", b"service started" in box.logs())
step("top", "PID" in box.top()["Titles"])
box.stop()
step("wait", box.wait()["StatusCode"] == 0)
box.start()
box.restart()
box.kill()
box.start()
box.reload()
step("stop, start, restart, kill", box.status == "running")
step("stats", "memory_stats" in box.stats(stream=False))
step("networks", [one.name for one in client.networks.list()] == ["page_sandbox"])
step("volumes", [one.name for one in client.volumes.list()] == ["page_notarycerts"])
step("nothing is run", refused(lambda: client.containers.create("docker/trusttest"), 501))
client.close()
os._exit(0)
