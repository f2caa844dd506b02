#!/usr/bin/python3
"""The image's root file system: what is in it, what is not, and that it works: read-only, as its user, without a shell.

usage: image_test.py [--build] DIR      as root; deploy/image/build.sh fills it, here or before"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import stat
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing of ours stays in the tree
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import yaml
from checks import ROOT, check, finish, must_run, run
from stack import BIN, Authority, Simulator

BUILD = "--build" in sys.argv
IMAGE = pathlib.Path(sys.argv[-1] if len(sys.argv) > 1 + BUILD else ROOT / "build/image")
ROOTFS, PROGRAM = IMAGE / "rootfs", "usr/bin/certsync"
DOC = ROOTFS / "usr/share/doc/netscaler-cert-sync"
USER = 65532


def files():
    return [path for path in ROOTFS.rglob("*") if path.is_file() and not path.is_symlink()]


def is_elf(path):
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def label(name):
    labels = json.loads((IMAGE / "config.json").read_text())["config"]["Labels"]
    return labels.get("org.opencontainers.image." + name)


def version():
    return re.search(r"project\(\S+ VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)


# --- what is in it ----------------------------------------------------------------------------------------------------


def needed(path):
    return set(re.findall(r"NEEDED.*\[(.+)\]", must_run("readelf", "-dW", path)))


def check_libraries():
    there = {path.name: path for path in files() if is_elf(path) and path != ROOTFS / PROGRAM}
    wanted, todo = set(), [ROOTFS / PROGRAM, there["legacy.so"]]
    missing = set()
    while todo:
        for name in needed(todo.pop()) - wanted:
            wanted.add(name)
            if name in there:
                todo.append(there[name])
            else:
                missing.add(name)
    check("every library that is needed is there", missing)
    check("no other library is there", set(there) - wanted - {"legacy.so"})


def check_nothing_else():
    elves = [str(path.relative_to(ROOTFS)) for path in files() if is_elf(path) and ".so" not in path.name]
    check("certsync is the only program", None if elves == [PROGRAM] else elves)
    scripts = [path for path in files() if path.read_bytes()[:2] == b"#!"]
    check("there are no scripts", scripts)
    special = [str(path) for path in ROOTFS.rglob("*") if not path.is_symlink()
               and (path.stat().st_mode & (stat.S_ISUID | stat.S_ISGID) or path.stat().st_mode & stat.S_IWOTH
                    or not (path.is_file() or path.is_dir()))]
    check("nothing is setuid, writable for all, or a device", special)
    times = {int(path.lstat().st_mtime) for path in ROOTFS.rglob("*")}
    check("all files have one time", None if len(times) == 1 else sorted(times))


def check_bill():
    bill = json.loads((DOC / "sbom.spdx.json").read_text())
    packages = bill["packages"]
    wrong = [key for key, value in {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT"}.items()
             if bill.get(key) != value]
    wrong += [key for key in ("name", "documentNamespace", "creationInfo") if not bill.get(key)]
    wrong += [(one.get("name"), key) for one in packages for key in
              ("SPDXID", "name", "versionInfo", "downloadLocation", "licenseDeclared", "copyrightText") if not one.get(key)]
    known = {bill["SPDXID"], *(one["SPDXID"] for one in packages), *(one["SPDXID"] for one in bill["files"])}
    wrong += [ident for ident in known if not re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", ident)]
    wrong += [one for one in bill["relationships"] if {one["spdxElementId"], one["relatedSpdxElement"]} - known]
    whole = {one["SPDXID"] for one in packages if one["filesAnalyzed"]}
    wrong += [one for one in bill["relationships"] if one["relationshipType"] == "CONTAINS" and one["spdxElementId"] not in whole]
    check("bill of materials: SPDX 2.3", wrong)
    digests = {pathlib.Path(one["fileName"]).name: {sum["algorithm"]: sum["checksumValue"] for sum in one["checksums"]}
               for one in bill["files"]}
    libraries = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files()
                 if is_elf(path) and path != ROOTFS / PROGRAM}
    check("bill of materials: every library with its digest",
          [name for name, digest in libraries.items() if digests.get(name, {}).get("SHA256") != digest])
    archives = {one["spdxElementId"]: one["relatedSpdxElement"] for one in bill["relationships"]
                if one["relationshipType"] == "EXPANDED_FROM_ARCHIVE"}
    from_packages = {one["SPDXID"] for one in packages}
    check("bill of materials: every library is of a listed package",
          [one["fileName"] for one in bill["files"] if archives.get(one["SPDXID"]) not in from_packages])
    own = next(one for one in packages if one["name"] == "certsync")
    check("bill of materials: the program with its version and digest",
          None if own["checksums"][0]["checksumValue"] == hashlib.sha256((ROOTFS / PROGRAM).read_bytes()).hexdigest()
          and own["versionInfo"] == version() else own)
    listed = set(re.findall(r"`([a-z0-9.+-]+)`", "".join(
        line.split("|")[1] for line in (ROOT / "docs/third-parties.md").read_text().splitlines() if line.startswith("| `"))))
    shipped = {one["name"] for one in packages} - {"certsync"}
    check("docs/third-parties.md lists the packages of the bill", listed ^ shipped)
    texts = (DOC / "THIRD_PARTY_LICENSES").read_text()
    check("their licences are in the image", [name for name in shipped if f"\n{name} " not in texts])


def check_config():
    config = json.loads((IMAGE / "config.json").read_text())["config"]
    wanted = {"User": f"{USER}:{USER}", "Entrypoint": ["/usr/bin/certsync"], "Cmd": ["run"]}
    check("user, entry point and command", {key: config.get(key) for key in wanted if config.get(key) != wanted[key]})
    check("labels", [key for key in ("title", "description", "revision") if not label(key)])
    check("the label of the version is that of CMakeLists.txt", None if label("version") == version() else label("version"))
    check("no health check", config.get("Healthcheck"))


# --- that it works ----------------------------------------------------------------------------------------------------


def inside(folder, *arguments):
    """In a copy of the root file system at `folder`: mounted read-only, as its user."""
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec chroot --userspec="$2:$2" "$@"'
    script = script.replace('"$@"', '"$1" "${@:3}"')
    return run("unshare", "--mount", "bash", "-c", script, "bash", folder, USER, "/" + PROGRAM, *arguments)


def manifests(box, authority):
    certificate, key = authority.issue()
    window = {"windows": [{"schedule": "0 0 * * *", "duration": "24h", "timeZone": "Europe/Berlin"}]}
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "edge-nitro"}, "type": "kubernetes.io/basic-auth",
         "stringData": {"username": box.USER, "password": box.PASSWORD}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "www-tls"}, "type": "kubernetes.io/tls",
         "stringData": {"tls.crt": certificate, "tls.key": key}},
        {"apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerAppliance", "metadata": {"name": "edge"},
         "spec": {"endpoints": [box.nitro], "credentialsSecretRef": {"name": "edge-nitro"},
                  "tls": {"fingerprints": [box.fingerprint]}, "deployWindows": window}},
        {"apiVersion": "netscaler.certsync.io/v1alpha1", "kind": "NetScalerCertSync", "metadata": {"name": "www"},
         "spec": {"secretRef": {"name": "www-tls"}, "appliances": [{"name": "edge"}],
                  "bindings": [{"virtualServer": "vs_www", "role": "default"}]}}]


def check_work():
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work, "root")
        shutil.copytree(ROOTFS, folder, symlinks=True)
        good, said = inside(folder, "version")
        check("certsync version", None if good and label("revision") in said and version() in said else said)
        good, said = inside(folder, "run", "--manifests", "/nowhere")
        check("bad usage is said", None if not good and "no such directory" in said else said)
        authority = Authority(work)
        with Simulator(work) as box:
            (folder / "manifests").mkdir()
            (folder / "manifests/all.yaml").write_text(yaml.safe_dump_all(manifests(box, authority)))
            os.chmod(work, 0o755)
            once = ("run", "--once", "--manifests", "/manifests", "--owner-id", "image")
            good, said = inside(folder, *once)
            check("run --once deploys, with a window in Europe/Berlin", None if good else said)
            check("and it is served", None if box.serves("vs_www") == authority.serial() else box.serves("vs_www"))
            shutil.rmtree(folder / "usr/share/zoneinfo")
            good, said = inside(folder, *once)
            check("without time zones it would not (so that the one before proves them)",
                  None if not good and "timeZone" in said else said)


# --- the same bytes again ---------------------------------------------------------------------------------------------


def stripped(program, folder, *flags):
    """As assemble.py does it, and then more."""
    out = pathlib.Path(folder, "program")
    must_run("strip", "--strip-all", "--remove-section=.note.gnu.build-id", "-o", out, program)
    if flags:
        must_run("objcopy", *flags, out)
    return hashlib.sha256(out.read_bytes()).hexdigest()


def check_reproducible():
    """Against the build of the host: another folder, another run of the compiler. Where the host has other patch levels of
    libraries, the table of their functions is left out: the linker notes their sizes in it."""
    packages = {one["name"]: one["versionInfo"] for one in json.loads((DOC / "sbom.spdx.json").read_text())["packages"]}
    headers = [name for name in packages if name.endswith("-dev") and name != "linux-libc-dev"]
    ours = dict(line.split("\t") for line in must_run(
        "dpkg-query", "-W", "-f", "${Package}\t${Version}\n", *headers).splitlines())
    differing = {name: (version, packages[name]) for name, version in ours.items() if version != packages[name]}
    flags = ["-O", "binary", "--remove-section", ".dynsym"] if differing else []
    with tempfile.TemporaryDirectory() as folder:
        same = stripped(ROOTFS / PROGRAM, folder, *flags) == stripped(BIN / "certsync", folder, *flags)
    check(f"another build in another folder has the same bytes{' of code and data, beside ' + str(differing) if differing else ''}",
          None if same else "they differ")


def everything():
    if BUILD:
        print(must_run(ROOT / "deploy/image/build.sh", IMAGE, patience=2400))
    check_libraries()
    check_nothing_else()
    check_bill()
    check_config()
    check_work()
    check_reproducible()


if __name__ == "__main__":
    finish(everything)
