# SPDX-License-Identifier: MIT
"""Computes the environment that a child must get, of the one that it was given and of what the runner carries.

An environment is a list of texts NAME=VALUE, in its order.
"""

from fnmatch import fnmatchcase

PRESETS = (
    "GOCOVERDIR",
    "LLVM_PROFILE_FILE",
    "GCOV_PREFIX",
    "GCOV_PREFIX_STRIP",
    "NODE_V8_COVERAGE",
)


def name_of(entry):
    """The name of NAME=VALUE; None for an entry without '=' or without a name."""
    name, equals, _ = entry.partition("=")
    return name if equals and name else None


def is_carried(name, globs=("COV*",)):
    """True if a variable of this name is carried: by a pattern of COVENV_CARRY or as a preset."""
    return any(fnmatchcase(name, glob) for glob in (*globs, *PRESETS))


def group_of(name):
    """The group of a variable. An empty value of one member keeps the whole group out of a child."""
    return "COV_CORE_" if name.startswith("COV_CORE_") else name


def is_empty(entry):
    return entry.partition("=")[1:] == ("=", "")


def carried_from(runner, globs=("COV*",)):
    """The entries of the runner's environment that are carried. An empty variable of the runner is not carried."""
    return [
        entry for entry in runner if name_of(entry) and is_carried(name_of(entry), globs) and not is_empty(entry)
    ]


def preload_entries(value):
    """The entries of a value of LD_PRELOAD, which ld.so separates by colons and by spaces."""
    return value.replace(" ", ":").split(":")


def without_entry(value, library):
    """A value of LD_PRELOAD without the entry `library`. Other entries, and the separators before them, stay."""
    entries, separators = [""], []
    for character in value:
        if character in ": ":
            separators.append(character)
            entries.append("")
        else:
            entries[-1] += character
    kept = ""
    for index, entry in enumerate(entries):
        if entry != library:
            kept += (separators[index - 1] if kept else "") + entry
    return kept


def remove_preload(environment, library):
    """The environment of a target that cannot load us: without our entry, and without LD_PRELOAD if that is all."""
    result = []
    for entry in environment:
        if name_of(entry) == "LD_PRELOAD":
            value = entry.partition("=")[2]
            if library in preload_entries(value):
                value = without_entry(value, library)
                if not value:
                    continue
            entry = "LD_PRELOAD=" + value
        result.append(entry)
    return result


def add_preload(environment, library):
    """The environment with our entry at the end of LD_PRELOAD. A value that has our entry, or is empty, stays."""
    result = list(environment)
    for index, entry in enumerate(result):
        if name_of(entry) == "LD_PRELOAD":
            value = entry.partition("=")[2]
            if value and library not in preload_entries(value):
                result[index] = f"LD_PRELOAD={value}:{library}"
            return result
    return [*result, f"LD_PRELOAD={library}"]


def add_carried(environment, carried):
    """The environment, and behind it the carried entries that it lacks, except those of an empty variable's group."""
    present = {name_of(entry) for entry in environment}
    opted_out = {group_of(name_of(entry)) for entry in environment if name_of(entry) and is_empty(entry)}
    missing = [
        entry for entry in carried if name_of(entry) not in present and group_of(name_of(entry)) not in opted_out
    ]
    return [*environment, *missing]


def expected_environment(given, carried, library, preload=True):
    """The environment that a child must get if it is given `given`; None is a NULL environment, and counts as empty.

    `preload` says whether the target can load the library.
    """
    result = add_carried(given or [], carried)
    return add_preload(result, library) if preload else remove_preload(result, library)
