# SPDX-License-Identifier: MIT
"""Programs in C#: Mono's compiler makes them of the assemblies of the .NET runtime that runs them."""

import json
from pathlib import Path

from tools import run

DOTNET = Path(__file__).resolve().parents[2] / "build" / "other_tools" / "dotnet" / "dotnet"
ASSEMBLIES = (
    "System.Private.CoreLib System.Runtime System.Runtime.Extensions System.Console System.Collections "
    "System.ComponentModel.Primitives System.Diagnostics.Process System.IO.FileSystem "
    "System.Net.Primitives System.Net.Sockets"
)


def dotnet_command(folder, source, *more):
    """Compiles files into the folder, and returns the start of the command line of the program, named as the first."""
    assert DOTNET.exists(), f"{DOTNET} is missing: scripts/test --full installs it"
    framework = next(DOTNET.parent.glob("shared/Microsoft.NETCore.App/*"))
    program = folder / source.with_suffix(".dll").name
    references = [f"-r:{framework}/{name}.dll" for name in ASSEMBLIES.split()]
    run("mcs", "-nostdlib", "-noconfig", *references, f"-out:{program}", source, *more)
    wanted = {"name": "Microsoft.NETCore.App", "version": framework.name}
    # Without ICU, which the machine may not have.
    settings = {"framework": wanted, "configProperties": {"System.Globalization.Invariant": True}}
    program.with_suffix(".runtimeconfig.json").write_text(json.dumps({"runtimeOptions": settings}))
    return [DOTNET, program]
