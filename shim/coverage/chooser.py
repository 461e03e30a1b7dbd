# Decides which files are measured, without the package coverage.


# Raised on a doubt: whole coverage has to decide.
class NotClear(Exception):
    pass


def is_below(path, folders):
    return any(path.startswith(folder) and path[len(folder) : len(folder) + 1] in ("", "/") for folder in folders)


def base_of(path):
    return path[path.rfind("/") + 1 :]


# Says which files are measured, as InOrOut.should_trace() of coverage does. `settings`: of light_settings() in
# offer_light.py. `variables`: the environment at the start of the process, as bytes. `real_path(path)`: the absolute path
# without symbolic links, or None if the file is not there.
class Chooser:
    def __init__(self, settings, variables, real_path):
        self.settings, self.real_path = settings, real_path
        self.folders = [folder for folder in (real_path(name + "/") for name in settings["folders"]) if folder]
        self.third = settings["third"] + users_folders(settings, variables, real_path)
        self.names, self.venvs, self.path, self.omit = {}, [], None, None
        if settings["omit"] is not None:
            self.omit = compiled_pattern(settings["omit"])

    # Returns the file's canonical name, or "" if no file of such a name can be measured, and whether the file is
    # measured. `names`: the globals of a frame.
    def choose(self, filename, names):
        if filename[:1] == "<":
            return "", False
        file = names and names.get("__file__")
        if file:
            file = str(file)
            if file.endswith((".pyc", ".pyo")):
                file = file[:-1]
            if not filename or base_of(filename) == base_of(file):
                filename = file
        if not filename or filename.startswith(("memory:", "<")):
            return "", False
        canonical = self.canonical(filename)
        return canonical, self.is_measured(canonical, names)

    # As canonical_filename() of coverage.
    def canonical(self, filename):
        found = self.names.get(filename)
        if found is None:
            places = [""] if filename[0] == "/" else ["./", *(folder and folder + "/" for folder in sys.path)]
            found = next(filter(None, (self.real_path(place + filename) for place in places)), None)
            self.names[filename] = found = found or self.path_of_missing(places[0] + filename)
        return found

    # As os.path.realpath(), for a file that is not there, or has no path, as a pipe. A name that is not UTF-8 is not clear.
    def path_of_missing(self, path):
        path.encode()
        found = "" if path[0] == "/" else (self.real_path("./") or "").rstrip("/")
        left, links = path.split("/")[::-1], 0
        while left:
            part = left.pop()
            if part == "..":
                found = found[: found.rfind("/")] if found else ""
            elif part not in ("", "."):
                try:
                    target = posix.readlink(found + "/" + part)
                except OSError:
                    found += "/" + part
                    continue
                links += 1
                if links > 40:
                    raise NotClear(path)
                found = "" if target[0] == "/" else found
                left += target.split("/")[::-1]
        return found

    def is_measured(self, canonical, names):
        settings = self.settings
        if settings["has_source"]:
            if not (self.is_of_package(canonical, names) or is_below(canonical, self.folders)):
                return False
            if self.is_third_party(canonical):
                inside = [folder for folder in self.folders if self.is_third_party(folder)]
                if not is_below(canonical, inside + settings["packages_in_third"]):
                    if settings["packages"]:
                        raise NotClear(canonical)
                    return False
        elif is_below(canonical, settings["never"]) or self.is_third_party(canonical):
            return False
        return not self.is_omitted(canonical)

    def is_omitted(self, canonical):
        return self.omit is not None and self.omit.match(canonical) is not None

    # By the name that name_for_module() of coverage gives.
    def is_of_package(self, canonical, names):
        packages = self.settings["packages"]
        if not packages:
            return False
        name = names.get("__name__")
        if not isinstance(name, str) or name == "__main__":
            full = getattr(names.get("__spec__"), "name", None)
            if isinstance(full, str) and full != "__main__":
                name = full
            else:
                base = base_of(canonical)
                stems = [base[: -len(suffix)] for suffix in (".pyc", ".py") if base.endswith(suffix)]
                name = stems[0] if stems else name
        return isinstance(name, str) and any(name == package or name.startswith(package + ".") for package in packages)

    def is_third_party(self, canonical):
        if is_below(canonical, self.third):
            return True
        if self.path is None or (self.settings["follows_path"] and self.path != sys.path):
            self.path = list(sys.path)
            self.venvs = [self.real_path(folder) for folder in self.path if self.is_of_venv(folder)]
        return is_below(canonical, self.venvs)

    def is_of_venv(self, folder):
        if not self.real_path(folder):
            return False
        while "/" in folder:
            folder = folder[: folder.rindex("/")]
            if folder and self.real_path(folder + "/pyvenv.cfg"):
                return True
        return False

    # The files of the packages that the program has imported, ran or not: InOrOut.find_possibly_unexecuted_files() of
    # coverage. The runner lists those of folders, but it may not have imported a package.
    def files_of_packages(self):
        files = [getattr(sys.modules.get(name), "__file__", None) for name in self.settings["packages"]]
        files = [self.real_path(file) for file in files if isinstance(file, str)]
        folders = [file[: file.rindex("/")] for file in files if file and file.endswith("/__init__.py")]
        found = [file for folder in folders for file in self.python_files(folder, True)]
        return [file for file in found if not self.is_omitted(file)]

    def python_files(self, folder, is_first):
        try:
            with posix.scandir(folder) as entries:
                entries = list(entries)
        except OSError:
            return
        files = [entry.name for entry in entries if not entry.is_dir()]
        if not (is_first or self.settings["namespaces"] or "__init__.py" in files):
            return
        for name in files:
            stem, _, suffix = name.rpartition(".")
            if suffix in ("py", "pyw") and stem and not set(stem) & set(".#~!$@%^&*()+=,"):
                file = self.real_path(folder + "/" + name)
                if file:
                    yield file
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from self.python_files(folder + "/" + entry.name, False)


# The user's own third-party folders: by the variables at the start of the process, as site.getuserbase() has them.
def users_folders(settings, variables, real_path):
    base, names = settings["user"]
    home = variables.get(b"HOME")
    own = variables.get(b"PYTHONUSERBASE") or (home and home + b"/.local")
    base = real_path(own.decode("utf-8") if own else base)
    return [base + name for name in names] if base else []


# A pattern of re, from what parts_of_pattern() in offer_light.py says of it.
def compiled_pattern(parts):
    return (sys.modules.get("_sre") or loaded("_sre", "")).compile(*parts)
