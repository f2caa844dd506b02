#!/usr/bin/python3
"""Inside the build stage of the Dockerfile: gathers the root file system of the image, with its bill of materials.

What goes in: certsync, the libraries that the dynamic loader would load for it, OpenSSL's legacy provider (keystores with
old ciphers), time zones, the system's roots, and names for the user 65532. What is listed: the Debian packages of all these
files, and of every header that was compiled in."""
import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
from datetime import datetime, timezone

USER = 65532
DOC = pathlib.Path("usr/share/doc/netscaler-cert-sync")
NAMES = {
    "etc/passwd": f"root:x:0:0:root:/:/sbin/nologin\ncertsync:x:{USER}:{USER}:certsync:/:/sbin/nologin\n",
    "etc/group": f"root:x:0:\ncertsync:x:{USER}:\n",
    # glibc asks DNS first where this is missing.
    "etc/nsswitch.conf": "hosts: files dns\n",
}


def said(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def libraries(program):
    """What the loader loads, itself included."""
    found = re.findall(r"(?:=> )?(/\S+) \(0x", said("ldd", program))
    return {pathlib.Path(path) for path in found}


def home(path):
    """Where the file is, with the folders' symlinks resolved (/lib is /usr/lib) and its own name kept."""
    return path.parent.resolve() / path.name


class Image:
    """`sources`: a file of a Debian package → where it is in the image."""

    def __init__(self, out):
        self.out, self.sources = out, {}

    def place(self, source, target=None):
        """A file of the build stage at the same place, or at another."""
        target = self.out / str(target or home(source)).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o755 if os.access(source, os.X_OK) else 0o644)

    def place_of_debian(self, source):
        self.place(source)
        self.sources[source.resolve()] = str(home(source))

    def write(self, path, text):
        path = self.out / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def link(self, path, target):
        path = self.out / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)


def strip(program, out):
    """Without debug information, and without the number that was made of it, nothing depends on when and where it was built."""
    out.parent.mkdir(parents=True)
    said("strip", "--strip-all", "--remove-section=.note.gnu.build-id", "-o", out, program)


def fill(image, program):
    strip(program, image.out / "usr/bin/certsync")
    legacy = pathlib.Path(said("openssl", "version", "-m").split('"')[1]) / "legacy.so"
    for file in libraries(program) | libraries(legacy) | {legacy}:
        image.place_of_debian(file)
    for folder in ("lib", "lib64"):
        if pathlib.Path("/", folder).is_symlink() and (image.out / "usr" / folder).exists():
            image.link(folder, f"usr/{folder}")
    zones = pathlib.Path("/usr/share/zoneinfo")
    for file in zones.rglob("*"):
        if file.is_file() and file.relative_to(zones).parts[0] not in ("posix", "right"):
            image.place_of_debian(file)
    for file in ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/openssl.cnf"):
        image.place(pathlib.Path(file))
    # The bundle is made by a script of that package.
    image.sources[pathlib.Path("/usr/sbin/update-ca-certificates")] = "/etc/ssl/certs/ca-certificates.crt"
    image.link("usr/lib/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt")
    image.link("usr/lib/ssl/openssl.cnf", "/etc/ssl/openssl.cnf")
    for path, text in NAMES.items():
        image.write(path, text)


def headers(build):
    """Every header outside of our own tree that a file was compiled with."""
    told = said("ninja", "-C", build, "-t", "deps")
    return {pathlib.Path(path).resolve() for path in re.findall(r"(?m)^    (/usr/\S+)$", told)}


def owners(files):
    """Package → files. dpkg knows some files of /usr by their name before the merge: /lib/…"""
    found, names = {}, sorted(str(file) for file in files)
    for name in names:
        for spelling in (name, name.removeprefix("/usr")):
            told = subprocess.run(["dpkg-query", "-S", spelling], capture_output=True, text=True)
            if told.returncode == 0:
                package = told.stdout.split(": ")[0].split(", ")[0].split(":")[0]
                found.setdefault(package, []).append(name)
                break
        else:
            raise SystemExit(f"{name} is of no Debian package")
    return found


def describe(package):
    fields = said("dpkg-query", "-W", "-f", "${Version}\\t${source:Package}\\t${source:Version}\\t${Homepage}\\t${Architecture}",
                  package).split("\n")[0].split("\t")
    return dict(zip(("version", "source", "source_version", "homepage", "architecture"), fields))


def copyright_of(package):
    path = pathlib.Path("/usr/share/doc", package, "copyright")
    return path.read_text(errors="replace") if path.exists() else ""


def licences(text):
    """The names in a machine-readable copyright file."""
    names = {name.strip() for line in re.findall(r"(?m)^License: *(.+)$", text) for name in re.split(r" (?:and|or) |,", line)}
    return sorted(name for name in names if name)


def spdx_id(text):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", text)


def placed(image, paths):
    """The libraries among them, as they are called in the image."""
    return [image.sources[pathlib.Path(path)] for path in paths if ".so" in path]


def relations(package, files, linked):
    """Of a package to the program, and of its files in the image to it: a package of which not all files are analysed may
    not CONTAIN any (specification, 7.8)."""
    def one(source, kind, target):
        return {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}
    if not linked:
        return [one(spdx_id(package), "RUNTIME_DEPENDENCY_OF", "SPDXRef-certsync")]
    return [one("SPDXRef-certsync", "DYNAMIC_LINK" if files else "STATIC_LINK", spdx_id(package)),
            *(one(spdx_id(f"file{path}"), "EXPANDED_FROM_ARCHIVE", spdx_id(package)) for path in files)]


def bill(image, version, revision, epoch, in_image, compiled_in):
    """SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/)."""
    digest = hashlib.sha256((image.out / "usr/bin/certsync").read_bytes()).hexdigest()
    files = [{"SPDXID": spdx_id(f"file{path}"), "fileName": f".{path}", "fileTypes": ["BINARY"],
              "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": ["NOASSERTION"], "copyrightText": "NOASSERTION",
              "checksums": [{"algorithm": name, "checksumValue": hashlib.new(name, pathlib.Path(path).read_bytes()).hexdigest()}
                            for name in ("SHA1", "SHA256")]}
             for paths in in_image.values() for path in placed(image, paths)]
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "netscaler-cert-sync",
        "documentNamespace": f"https://spdx.org/spdxdocs/netscaler-cert-sync-{revision}-{digest[:16]}",
        "creationInfo": {"created": datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Tool: netscaler-cert-sync-assemble"]},
        "packages": [{"SPDXID": "SPDXRef-certsync", "name": "certsync", "versionInfo": version, "filesAnalyzed": False,
                      "sourceInfo": f"commit {revision}", "downloadLocation": "NOASSERTION",
                      "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
                      "copyrightText": "NOASSERTION", "primaryPackagePurpose": "APPLICATION",
                      "checksums": [{"algorithm": "SHA256", "checksumValue": digest}]}],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                           "relatedSpdxElement": "SPDXRef-certsync"}],
    }
    document["files"] = sorted(files, key=lambda file: file["fileName"])
    for package in sorted(set(in_image) | set(compiled_in)):
        facts, names = describe(package), licences(copyright_of(package))
        document["packages"].append({
            "SPDXID": spdx_id(package), "name": package, "versionInfo": facts["version"], "filesAnalyzed": False,
            "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION", "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "comment": f"Licences named by Debian: {', '.join(names) or 'see THIRD_PARTY_LICENSES'}. "
                       f"Source: {facts['source']} {facts['source_version']}.",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator":
                              f"pkg:deb/debian/{package}@{facts['version']}?arch={facts['architecture']}&distro=bookworm"}]})
        ours = placed(image, in_image.get(package, []))
        document["relationships"] += relations(package, ours, linked=package not in in_image or ours)
    image.write(DOC / "sbom.spdx.json", json.dumps(document, indent=1) + "\n")


def licence_texts(image, packages):
    """The copyright file of each package, and the licences that they refer to."""
    parts = ["Files of these Debian packages are in the image, or were compiled into certsync.\n"]
    common = set()
    for package in sorted(packages):
        text = copyright_of(package)
        common |= set(re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])", text))
        parts.append(f"{'=' * 100}\n{package} {describe(package)['version']}\n{'=' * 100}\n{text}")
    for name in sorted(common):
        path = pathlib.Path("/usr/share/common-licenses", name)
        if path.exists():
            parts.append(f"{'=' * 100}\n/usr/share/common-licenses/{name}\n{'=' * 100}\n{path.read_text(errors='replace')}")
    image.write(DOC / "THIRD_PARTY_LICENSES", "\n".join(parts))


def set_times(out, epoch):
    for path in [*out.rglob("*"), out]:
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", type=pathlib.Path, required=True)
    arguments.add_argument("--version", required=True)
    arguments.add_argument("--revision", required=True)
    arguments.add_argument("--epoch", type=int, required=True)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    given = arguments.parse_args()
    program, image = given.build / "bin/certsync", Image(given.out)
    fill(image, program)
    in_image, compiled_in = owners(image.sources), owners(headers(given.build))
    bill(image, given.version, given.revision, given.epoch, in_image, compiled_in)
    licence_texts(image, set(in_image) | set(compiled_in))
    set_times(given.out, given.epoch)


if __name__ == "__main__":
    main()
