#!/bin/sh
# Installs what this checkout needs and does nothing when it is there: `install.sh run` or `install.sh test`.
#
# Debian packages (as root or by sudo), the virtual environment from the hashed requirements, the assets from npm's lock
# file. No system service is started or left enabled and no system cluster is made: the portal has its own.
set -eu

purpose=${1:-run}
cd "$(dirname "$0")/../.."
home=${KARTOTEKA_HOME:-var}
mkdir -p "$home"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

# Two starts at once would install twice into the same folders.
if [ "${KARTOTEKA_INSTALL_LOCKED:-}" != yes ] && command -v flock >/dev/null; then
    KARTOTEKA_INSTALL_LOCKED=yes exec flock "$home/install.lock" "$0" "$purpose"
fi

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

wanted_packages() {
    echo python3-venv wkhtmltopdf fonts-dejavu-core libmagic1
    [ -n "${DATABASE_URL:-}" ] || echo postgresql-15 postgresql-15-postgis-3
    [ -n "${REDIS_URL:-}" ] || echo redis-server
    # Other packagings of Node bring npm along, so the programs count, not the packages.
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
    [ "$purpose" = run ] || echo chromium poppler-utils
}

missing_packages() {
    for package in $(wanted_packages); do
        installed "$package" || printf '%s ' "$package"
    done
}

# Elsewhere than on Debian only programs can be looked for; names of packages differ.
missing_programs() {
    programs="python3 node npm wkhtmltopdf"
    [ -n "${DATABASE_URL:-}" ] || programs="$programs pg_config"
    [ -n "${REDIS_URL:-}" ] || programs="$programs redis-server"
    [ "$purpose" = run ] || programs="$programs chromium pdftotext"
    for program in $programs; do
        command -v "$program" >/dev/null || printf '%s ' "$program"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env "$@"
    else
        sudo env "$@"
    fi
}

# A service that a package enabled goes back to sleep; what was installed before us is not touched.
disable_service() {
    if command -v systemctl >/dev/null; then
        as_root systemctl --quiet disable "$1.service" >/dev/null 2>&1 || say "Note: could not disable the service $1."
    else
        as_root deb-systemd-helper disable "$1.service" >/dev/null 2>&1 || true
        as_root update-rc.d "$1" disable >/dev/null 2>&1 || true
    fi
}

policy=/usr/sbin/policy-rc.d
no_cluster=/etc/postgresql-common/createcluster.d/kartoteka.conf

prepare_apt() {
    # One that is there already was put aside by a run that was killed.
    if [ -e "$policy" ] && [ ! -e "$policy.kartoteka" ]; then
        as_root mv "$policy" "$policy.kartoteka"
    fi
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    as_root mkdir -p "$(dirname "$no_cluster")"
    echo "create_main_cluster = false" | as_root tee "$no_cluster" >/dev/null
}

restore_apt() {
    as_root rm -f "$policy" "$no_cluster"
    if [ -e "$policy.kartoteka" ]; then
        as_root mv "$policy.kartoteka" "$policy"
    fi
}

install_packages() {
    say "Installing $*"
    sleeping=""
    installed redis-server || case " $* " in *" redis-server "*) sleeping="$sleeping redis-server" ;; esac
    installed postgresql-common || case " $* " in *" postgresql-15 "*) sleeping="$sleeping postgresql" ;; esac
    trap restore_apt EXIT
    trap 'exit 130' INT TERM HUP
    prepare_apt
    as_root apt-get -qq update || say "Note: the list of packages could not be renewed."
    as_root DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -qq -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install "$@" >"$home/apt.log" 2>&1 ||
        { tail -n 20 "$home/apt.log" >&2; fail "Installing the packages failed; all of it is in $home/apt.log."; }
    for service in $sleeping; do
        disable_service "$service"
    done
    restore_apt
    trap - EXIT INT TERM HUP
}

system_packages() {
    if [ ! -e /etc/debian_version ] || ! command -v dpkg-query >/dev/null; then
        missing=$(missing_programs)
        [ -z "$missing" ] || fail "This is not Debian 12, where everything is installed by itself. Missing here: $missing
Needed: Python 3.11, PostgreSQL 15 or newer with PostGIS, pg_trgm and unaccent (or DATABASE_URL), Redis 7 (or REDIS_URL),
Node 18 with npm, wkhtmltopdf, libmagic, the fonts DejaVu; for the tests Chromium and poppler's pdftotext."
        return 0
    fi
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    [ "$(. /etc/os-release && echo "${ID:-}${VERSION_ID:-}")" = debian12 ] ||
        fail "This is not Debian 12: please install what corresponds to these packages: $missing"
    if [ "$(id -u)" != 0 ] && ! { command -v sudo >/dev/null && sudo -v; }; then
        fail "Packages are missing and need root. Run this once as root, then start again:
    apt-get install --no-install-recommends $missing"
    fi
    # shellcheck disable=SC2086 # a list of names
    install_packages $missing
}

# Two stamps say what a folder was made from; the path is part of it, for scripts name their interpreter by its path.
stamp() { { pwd; cat "$@"; } | sha256sum | cut -d' ' -f1; }

virtual_environment() {
    python=${PYTHON:-python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed, $python is older."
    if [ -e .venv/.path ] && [ "$(cat .venv/.path)" != "$PWD" ]; then
        say "The checkout was moved: making .venv anew"
        rm -rf .venv
    fi
    for file in requirements.txt $([ "$purpose" = run ] || echo requirements-dev.txt); do
        mark=.venv/.$file
        if [ -e "$mark" ] && [ "$(cat "$mark")" = "$(stamp "$file")" ]; then
            continue
        fi
        say "Installing $file into .venv"
        [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
        pwd >.venv/.path
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$file"
        stamp "$file" >"$mark"
    done
}

assets() {
    omit=--omit=dev
    [ "$purpose" = run ] || omit=""
    for mark in node_modules/.stamp-test "node_modules/.stamp-$purpose"; do
        if [ -e "$mark" ] && [ "$(cat "$mark")" = "$(stamp package-lock.json)" ]; then
            return 0
        fi
    done
    say "Installing the assets of the screens into node_modules"
    # shellcheck disable=SC2086 # empty or one word
    npm ci --silent --no-fund --no-audit --ignore-scripts $omit
    stamp package-lock.json >"node_modules/.stamp-$purpose"
}

# What the browser gets of the packages, copied to where it is served from.
served_assets() {
    mark=app/static/vendor/.stamp
    if [ -e "$mark" ] && [ "$(cat "$mark")" = "$(stamp package-lock.json app/web/assets.py)" ]; then
        return 0
    fi
    .venv/bin/python -m app.web.assets build
    stamp package-lock.json app/web/assets.py >"$mark"
}

# Compiled here and not only at the start, because tests of a fresh checkout read Russian too.
catalogues() {
    mark=.venv/.catalogues
    if [ -e "$mark" ] && [ "$(cat "$mark")" = "$(stamp app/translations/*/LC_MESSAGES/messages.po)" ] &&
        [ -e app/translations/ru/LC_MESSAGES/messages.mo ]; then
        return 0
    fi
    .venv/bin/python -m babel.messages.frontend --quiet compile --directory app/translations
    stamp app/translations/*/LC_MESSAGES/messages.po >"$mark"
}

system_packages
virtual_environment
assets
served_assets
catalogues
