# A tag of the configuration that the environment gives to children. A nested suite's configuration has another tag.
def tag_of_configuration(environ):
    import hashlib
    import os

    names = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "COV_CORE_SOURCE", "COV_CORE_DATAFILE")
    values = "\n".join(environ.get(name, "") for name in names)
    return hashlib.blake2b(os.fsencode(values), digest_size=4).hexdigest()
