# A tag of the configuration that the environment gives to children (core/source_spec.cc computes the same). A nested
# suite's configuration has another tag.
def tag_of_configuration(environ):
    import binascii
    import os

    names = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "COV_CORE_SOURCE", "COV_CORE_DATAFILE")
    return "%08x" % binascii.crc32(b"\n".join(os.fsencode(environ.get(name, "")) for name in names))
