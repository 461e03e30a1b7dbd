# Facts of a Coverage that a journal's reader needs.


# By device and inode, because a folder may have several names.
def key_of(folder, base):
    import hashlib
    import os

    status = os.stat(folder)
    text = "%d:%d:%s" % (status.st_dev, status.st_ino, base)
    return hashlib.blake2b(os.fsencode(text), digest_size=8).hexdigest().encode()


# The bits of a line in a packed pair, as flush_data() unpacks it: 20 up to coverage 7.13.0, 28 after.
def bits_of_packed_lines(collector_class):
    constants = collector_class.flush_data.__code__.co_consts
    known = [bits for bits in (20, 28) if (1 << bits) - 1 in constants]
    return known[0] if len(known) == 1 else None


# The part of a configuration that JSON can hold.
def plain_config(config):
    def is_plain(value):
        if isinstance(value, (list, tuple)):
            return all(is_plain(item) for item in value)
        if isinstance(value, dict):
            return all(isinstance(key, str) and is_plain(item) for key, item in value.items())
        return value is None or isinstance(value, (str, int, float, bool))

    return {name: value for name, value in vars(config).items() if is_plain(value)}


# Whether coverage writes the names of files without a line.
def keeps_empty(coverage, collector):
    return bool(collector.mapped_file_dict({coverage.__file__: set()}))


def home_of(coverage):
    import os

    return os.path.dirname(os.path.dirname(os.path.abspath(coverage.__file__)))
