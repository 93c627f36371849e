#!/usr/bin/env bash
# The version, from the one place that has it; docs/changes.md has to speak of it.
set -euo pipefail

cd "$(dirname "$0")/../.."
version=$(sed -n 's/.*kVersion\[\] = "\([^"]*\)".*/\1/p' \
    ngx_module/base/version.h)
if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9a-z.]+)?$ ]]; then
    echo "version: \"$version\" in ngx_module/base/version.h is none" >&2
    exit 1
fi
if ! grep -q "^## $version\b" docs/changes.md; then
    echo "version: docs/changes.md has no section ## $version" >&2
    exit 1
fi
if ! grep -q "\"version\": \"$version\"" docs/player/package.json; then
    echo "version: docs/player/package.json has another than $version" >&2
    exit 1
fi
echo "$version"
