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

# The line to whoever began it may be lost now: it goes on to its end.
outlast_the_line() { trap '' HUP PIPE; }
