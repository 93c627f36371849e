#!/usr/bin/env python3

# usage: libshout_update.py PORT MOUNT USER PASSWORD TITLE...
#
# Updates titles as every encoder on libshout does it: by the library itself,
# which asks without a password first and repeats with one after a 401, as POST
# where the answer's Allow names that. Without the library exits with 77.

import ctypes
import sys


def main():
    port, mount, user, password = sys.argv[1:5]
    try:
        shout = ctypes.CDLL("libshout.so.3")
    except OSError:
        return 77
    for name in ("shout_new", "shout_metadata_new"):
        getattr(shout, name).restype = ctypes.c_void_p
    shout.shout_init()
    connection = ctypes.c_void_p(shout.shout_new())
    shout.shout_set_host(connection, b"127.0.0.1")
    shout.shout_set_port(connection, ctypes.c_ushort(int(port)))
    shout.shout_set_protocol(connection, 0)
    shout.shout_set_tls(connection, 0)
    shout.shout_set_mount(connection, mount.encode())
    shout.shout_set_user(connection, user.encode())
    shout.shout_set_password(connection, password.encode())
    for title in sys.argv[5:]:
        told = ctypes.c_void_p(shout.shout_metadata_new())
        shout.shout_metadata_add(told, b"charset", b"UTF-8")
        shout.shout_metadata_add(told, b"song", title.encode())
        if shout.shout_set_metadata(connection, told) != 0:
            return 1
    return 0


sys.exit(main())
