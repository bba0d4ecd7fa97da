# shellcheck shell=sh
# How install.sh tells what it does. A part of it.

# What nobody heard, because the line was lost.
unheard=${unheard:-/run/needledrop-install.log}

say() {
    printf '%s\n' "$*" >&2 || {
        # From now on to a file, so that nothing ends for want of somebody who listens. The way
        # into a new house is told as well, to nobody but root.
        (umask 077 && : >>"$unheard")
        exec >>"$unheard" 2>&1
        printf '%s\n' "$*" >&2
    }
}

die() {
    say "$@"
    exit 1
}

# The way into a house where nobody has an account, as its pages have said it since $1. Where two
# processes serve them, the one that is ready first is not always the one that says it.
way_in() {
    looks=0
    until pages_said "$1" | grep '^Needledrop is at ' >/dev/null || [ "$looks" -ge 60 ]; do
        sleep 0.5
        looks=$((looks + 1))
    done
    [ "$looks" -lt 60 ] || say "The pages have not said yet where they are: journalctl -u needledrop-web"
    pages_said "$1" | sed -n 's/^Set it up: //p' | tail -n 1
}

pages_said() {
    journalctl --sync || true
    journalctl --no-pager -q -o cat --since "$1" -u needledrop-web
}

# The line to whoever began it may be lost now: it goes on to its end.
outlast_the_line() { trap '' HUP PIPE; }
