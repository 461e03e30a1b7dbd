# SPDX-License-Identifier: MIT
"""What is linked into covenv's programs, as a bill of materials (SPDX 2.3), and the licences of that.

    sbom.py ARCHITECTURE VERSION COMMIT FOLDER

writes FOLDER/covenv-ARCHITECTURE.spdx.json, and FOLDER/ARCHITECTURE with what a wheel's metadata hold. Versions and
licences are those of the Debian packages from which the build takes headers and static libraries. The library,
libcovenv.so, is linked with none of these.
"""

import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

# Name, what it gives to the programs, licence, and packages: of the machine itself, of the cross compiler.
GCC = "GPL-3.0-or-later WITH GCC-exception-3.1"
COMPONENTS = [
    ("boost", "headers", "BSL-1.0", "libboost1.74-dev", "libboost1.74-dev"),
    ("cli11", "headers", "BSD-3-Clause", "libcli11-dev", "libcli11-dev"),
    ("fmt", "headers", "MIT", "libfmt-dev", "libfmt-dev"),
    ("glibc", "static library", "LGPL-2.1-or-later", "libc6-dev", "libc6-dev-arm64-cross"),
    ("libgcc", "static library", GCC, "libgcc-12-dev", "libgcc-12-dev-arm64-cross"),
    ("libstdc++", "static library", GCC, "libstdc++-12-dev", "libstdc++-12-dev-arm64-cross"),
    ("linux", "headers", "GPL-2.0-only WITH Linux-syscall-note", "linux-libc-dev", "linux-libc-dev-arm64-cross"),
    ("nlohmann-json", "headers", "MIT", "nlohmann-json3-dev", "nlohmann-json3-dev"),
    ("spdlog", "headers", "MIT", "libspdlog-dev", "libspdlog-dev"),
]
# The licences that have their text go with a program. Boost's and GCC's ask nothing of a program.
SHOWN = {"BSD-3-Clause", "LGPL-2.1-or-later", "MIT"}
LGPL = Path("/usr/share/common-licenses/LGPL-2.1")


def field(package, name):
    shown = subprocess.run(["dpkg-query", "--show", f"--showformat=${{{name}}}\n", package],
                           stdout=subprocess.PIPE, text=True, check=True)
    return shown.stdout.splitlines()[0]


def component(name, gives, license_, package):
    """One package of the document."""
    version = field(package, "Version")
    # By the release: a mirror's name is no part of it.
    url = f"pkg:deb/debian/{quote(package)}@{quote(version)}?arch={field(package, 'Architecture')}"
    return {
        "SPDXID": f"SPDXRef-{name.replace('+', 'x')}",
        "name": name,
        "versionInfo": version,
        "supplier": "Organization: Debian",
        "downloadLocation": "NOASSERTION",
        "homepage": field(package, "Homepage") or "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": license_,
        "licenseDeclared": license_,
        "copyrightText": "NOASSERTION",
        "comment": f"{gives}, from Debian's package {package}, source package {field(package, 'source:Package')}",
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": url},
        ],
    }


def document(architecture, version, commit, components):
    created = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    own = {
        "SPDXID": "SPDXRef-covenv",
        "name": "covenv",
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "MIT",
        "licenseDeclared": "MIT",
        "copyrightText": "NOASSERTION",
        "sourceInfo": f"commit {commit}",
        "primaryPackagePurpose": "APPLICATION",
    }
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"covenv-{version}-{architecture}",
        "documentNamespace": f"https://spdx.org/spdxdocs/covenv-{version}-{architecture}-{commit}",
        "creationInfo": {"created": f"{created:%Y-%m-%dT%H:%M:%SZ}", "creators": ["Tool: covenv-scripts-package"]},
        "packages": [own, *components],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": own["SPDXID"]},
            *({"spdxElementId": own["SPDXID"], "relationshipType": "STATIC_LINK", "relatedSpdxElement": part["SPDXID"]}
              for part in components),
        ],
    }


def licences(packages):
    """The copyright files of the packages, and the text to which they refer."""
    parts = [(f"{name}, from Debian's {package}", Path("/usr/share/doc", package, "copyright"))
             for name, package in packages]
    return "".join(f"{'=' * 78}\n{title}\n{'=' * 78}\n\n{file.read_text(errors='replace').rstrip()}\n\n"
                   for title, file in [*parts, (LGPL.name, LGPL)])


def main(architecture, version, commit, folder):
    is_native = architecture == os.uname().machine
    chosen = [(name, gives, license_, native if is_native else cross)
              for name, gives, license_, native, cross in COMPONENTS]
    text = json.dumps(document(architecture, version, commit, [component(*each) for each in chosen]), indent=1)
    metadata = Path(folder, architecture)
    for name in "sboms", "licenses":
        (metadata / name).mkdir(parents=True, exist_ok=True)
    for file in Path(folder, f"covenv-{architecture}.spdx.json"), metadata / "sboms" / "covenv.spdx.json":
        file.write_text(text + "\n")
    (metadata / "licenses" / "LINKED-LIBRARIES").write_text(licences(
        [(name, package) for name, _, license_, package in chosen if license_ in SHOWN]))


main(*sys.argv[1:])
