# SPDX-License-Identifier: MIT
"""What a child's environment must be, computed from what it was given and what the runner carries."""

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
    return any(fnmatchcase(name, glob) for glob in (*globs, *PRESETS))


def group_of(name):
    return "COV_CORE_" if name.startswith("COV_CORE_") else name


def is_empty(entry):
    return entry.partition("=")[1:] == ("=", "")


def carried_from(runner, globs=("COV*",)):
    """A variable that the runner itself has given an empty value is not carried."""
    return [
        entry for entry in runner if name_of(entry) and is_carried(name_of(entry), globs) and not is_empty(entry)
    ]


def preload_entries(value):
    """ld.so separates LD_PRELOAD by colons and by spaces."""
    return value.replace(" ", ":").split(":")


def without_entry(value, library):
    """The list without our entry, with its own separators; everything else stays as it was."""
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
    """For a target that cannot load us: removes our entry, and the variable if nothing else is in it."""
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
    result = list(environment)
    for index, entry in enumerate(result):
        if name_of(entry) == "LD_PRELOAD":
            value = entry.partition("=")[2]
            if value and library not in preload_entries(value):
                result[index] = f"LD_PRELOAD={value}:{library}"
            return result
    return [*result, f"LD_PRELOAD={library}"]


def add_carried(environment, carried):
    present = {name_of(entry) for entry in environment}
    opted_out = {group_of(name_of(entry)) for entry in environment if name_of(entry) and is_empty(entry)}
    missing = [
        entry for entry in carried if name_of(entry) not in present and group_of(name_of(entry)) not in opted_out
    ]
    return [*environment, *missing]


def expected_environment(given, carried, library, preload=True):
    """`given` is None for a NULL environment, which counts as an empty one."""
    result = add_carried(given or [], carried)
    return add_preload(result, library) if preload else remove_preload(result, library)
