# What the scripts share. Sourced from the project directory, never run.
#
# An environment is a directory, $HARBOR_HOME/$TARGET:
#   releases/VERSION/backend, releases/VERSION/frontend    what is installed, side by side
#   current -> releases/VERSION                            what the service answers with
#   previous                                               the version that traffic went to before
#   db/schema, db/*.tsv, cache/, backups/                  what outlives a version
#
# TARGET comes from relco.toml; HARBOR_HOME and PORT from the environment's file in ../services.

set -eu
LC_ALL=C
export LC_ALL

say() { printf '%s\n' "$*"; }
die() { printf 'ERROR %s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
# For what keeps us from telling at all: a check that ends with 1 means "no", and this is not a no.
cannot() { printf 'ERROR %s: %s\n' "${0##*/}" "$*" >&2; exit 2; }

# A version becomes a directory name, so it may hold nothing that leads elsewhere.
version_of() {
    case "$2" in
    '') cannot "$1 is not set" ;;
    *[!0-9A-Za-z.+-]* | .*) cannot "$1 is no version: $2" ;;
    esac
}

[ -n "${HARBOR_HOME:-}" ] || cannot "HARBOR_HOME is not set: ../services/ENVIRONMENT.env names it"
[ -n "${TARGET:-}" ] || cannot "TARGET is not set: relco.toml names it for each environment"
[ -d "$HARBOR_HOME" ] || cannot "$HARBOR_HOME is not there"

new=${RELCO_VERSION:-}
old=${RELCO_FROM_VERSION:-}
version_of RELCO_VERSION "$new"

site=$HARBOR_HOME/$TARGET
release=$site/releases/$new

# A version that is deployed where it is live already has no version before it; then it is the one that traffic left.
if [ "$old" = "$new" ] || [ -z "$old" ]; then
    old=
    if [ -r "$site/previous" ]; then read -r old <"$site/previous" || :; fi
fi

# The version that traffic goes to, or nothing.
live() {
    if [ -r "$site/current/backend/version" ]; then
        read -r at <"$site/current/backend/version" && say "$at"
    fi
}

# Trouble on purpose, in production alone: docs/faults.md.
fault() {
    word=none
    if [ "${RELCO_ENV:-}" = production ] && [ -r "$HARBOR_HOME/fault" ]; then
        read -r word <"$HARBOR_HOME/fault" || :
    fi
    say "$word"
}

pace=0
if [ -r "$HARBOR_HOME/pace" ]; then read -r pace <"$HARBOR_HOME/pace" || :; fi
rest() { [ "$pace" = 0 ] || sleep "$pace"; }

# Puts a symbolic link in the place of another in one act: nobody ever finds no link there.
put_link() {
    rm -f "$2.new"
    ln -s "$1" "$2.new"
    # Without these options mv would move into the directory that the old link leads to. GNU and busybox say -T, BSD says -h.
    mv -T -f "$2.new" "$2" 2>/dev/null || mv -h -f "$2.new" "$2" 2>/dev/null || die "cannot switch $2"
}

# ask PATH [OPTION…]: asks the environment's service and says what it answered.
ask() {
    [ -n "${PORT:-}" ] || cannot "PORT is not set: is the service of $TARGET running?"
    path=$1
    shift
    "$HARBOR_HOME/bin/relco" demo-probe "http://127.0.0.1:$PORT$path" "$@"
}
