"""One request over HTTP/3, for http3.t: libcurl through ctypes, as the curl of
a distribution may have been built without it.

usage: h3_client.py [-I] [-m SECONDS] [-H HEADER]... [-a NAME:PORT]
                    [-d DATA] URL

Writes head and body as they come. Exits with curl's code; with 77 when there
is no libcurl with HTTP/3 (Debian's libcurl-gnutls has it since Debian 13).
"""

import argparse
import ctypes
import os
import sys

NO_HTTP3 = 77
FEATURE_HTTP3 = 1 << 25
LONG, POINTER, FUNCTION = 0, 10000, 20000
HTTP_VERSION_3ONLY = 31
OPTIONS = {
    "WRITEFUNCTION": FUNCTION + 11, "HEADERFUNCTION": FUNCTION + 79,
    "URL": POINTER + 2, "HTTPHEADER": POINTER + 23, "RESOLVE": POINTER + 203,
    "COPYPOSTFIELDS": POINTER + 165,
    "NOBODY": LONG + 44, "SSL_VERIFYPEER": LONG + 64,
    "SSL_VERIFYHOST": LONG + 81, "HTTP_VERSION": LONG + 84,
    "TIMEOUT": LONG + 13,
}


class Version(ctypes.Structure):
    """The beginning of curl_version_info_data."""
    _fields_ = [("age", ctypes.c_int), ("version", ctypes.c_char_p),
                ("version_num", ctypes.c_uint), ("host", ctypes.c_char_p),
                ("features", ctypes.c_int)]


def load():
    for name in ("libcurl-gnutls.so.4", "libcurl.so.4"):
        try:
            curl = ctypes.CDLL(name)
        except OSError:
            continue
        curl.curl_version_info.restype = ctypes.POINTER(Version)
        if curl.curl_version_info(0).contents.features & FEATURE_HTTP3:
            return curl
    sys.exit(NO_HTTP3)


def write(data, size, count, _):
    os.write(1, ctypes.string_at(data, size * count))
    return size * count


def string_list(curl, strings):
    head = None
    for string in strings:
        head = curl.curl_slist_append(ctypes.c_void_p(head), string.encode())
    return ctypes.c_void_p(head)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-I", action="store_true", dest="head")
    parser.add_argument("-m", type=int, default=60, dest="seconds")
    parser.add_argument("-H", action="append", default=[], dest="headers")
    parser.add_argument("-a", dest="name")
    parser.add_argument("-d", dest="data")
    parser.add_argument("url")
    given = parser.parse_args()

    curl = load()
    curl.curl_easy_init.restype = ctypes.c_void_p
    curl.curl_slist_append.restype = ctypes.c_void_p
    easy = ctypes.c_void_p(curl.curl_easy_init())
    on_data = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p,
                               ctypes.c_size_t, ctypes.c_size_t,
                               ctypes.c_void_p)(write)
    values = {
        "URL": given.url.encode(), "HTTP_VERSION": HTTP_VERSION_3ONLY,
        "SSL_VERIFYPEER": 0, "SSL_VERIFYHOST": 0, "TIMEOUT": given.seconds,
        "NOBODY": int(given.head), "WRITEFUNCTION": on_data,
        "HEADERFUNCTION": on_data,
        "HTTPHEADER": string_list(curl, given.headers),
    }
    if given.name:
        values["RESOLVE"] = string_list(curl, [given.name + ":127.0.0.1"])
    if given.data is not None:
        values["COPYPOSTFIELDS"] = given.data.encode()
    for name, value in values.items():
        if isinstance(value, int):
            value = ctypes.c_long(value)
        code = curl.curl_easy_setopt(easy, OPTIONS[name], value)
        if code != 0:
            sys.exit(code)
    sys.exit(curl.curl_easy_perform(easy))


main()
