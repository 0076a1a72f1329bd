# What the scripts share: packages, building, counting.  POSIX sh; sourced with $top set.

: "${top:?}"

# Their own words in plain ASCII order, UTF-8 for what they handle.
LC_ALL=C.UTF-8
export LC_ALL

# What building needs, on Debian and its relatives.
build_packages='gcc libc6-dev make pkgconf libinih-dev zlib1g-dev libbrotli-dev libzstd-dev
	libssl-dev libnghttp2-dev libcrypt-dev'

# A clone is made a source tree by these; a release is one already.
if [ -e "$top/.git" ] || [ ! -e "$top/configure" ]; then
	build_packages="$build_packages autoconf automake"
fi

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

jobs=$(nproc 2>/dev/null || echo 1)

# missing_packages NAME... - prints those that are not installed.
missing_packages() {
	for package; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
		installed) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

# need_packages NAME... - all of them are there afterwards, or the script ends.
need_packages() {
	if ! command -v dpkg-query >/dev/null 2>&1; then
		say "This is not a Debian: what is needed has to be there already ($*)."
		return
	fi
	missing=$(missing_packages "$@")
	missing=${missing% }
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		say "These packages are missing.  As root:" >&2
		say "" >&2
		say "    apt install $missing" >&2
		say "" >&2
		exit 1
	fi
	say "Installing $missing"
	log=$(mktemp) || exit 1
	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	# A source of somebody else's that does not answer is no reason to stop.
	apt-get -q update </dev/null >"$log" 2>&1 || say 'apt-get update was not content; going on' >&2
	# shellcheck disable=SC2086
	if ! apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 \
		install $missing </dev/null >>"$log" 2>&1; then
		tail -n 30 "$log" >&2
		rm -f "$log"
		die "apt-get could not install $missing"
	fi
	rm -f "$log"
}

# need_servers NAME... - the same for packages with servers in them, which are not started:
# policy-rc.d is whom Debian asks for that, and one that is there already has the last word.
# Nor are they at the next boot.
need_servers() (
	policy=/usr/sbin/policy-rc.d
	if [ "$(id -u)" = 0 ] && [ ! -e "$policy" ] && [ ! -h "$policy" ]; then
		trap 'rm -f "$policy"' EXIT
		trap 'exit 130' HUP INT TERM
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
	fi
	need_packages "$@"
	for package in ${missing-}; do
		systemctl disable "${package%-light}.service" >/dev/null 2>&1 || :
	done
)

# prepare - configure is there and at least as new as what it is made from.
prepare() {
	if [ -e "$top/config.status" ]; then
		die "the source folder itself has been configured; say 'make distclean' in it first"
	fi
	if [ ! -e "$top/configure" ] || [ ! -e "$top/Makefile.in" ] || [ ! -e "$top/config.h.in" ] ||
		[ ! -e "$top/build-aux/tap-driver.sh" ]; then
		say 'Making configure'
		quietly autoreconf -i "$top"
	fi
}

# need_proc - a chroot may lack /proc, without which sanitizers find no leaks and cp no permissions.
need_proc() {
	[ -e /proc/self/fd ] || die 'this needs /proc; say: mount -t proc proc /proc'
}

# quietly COMMAND... - its words are shown only if it fails.
quietly() {
	log=$(mktemp) || exit 1
	status=0
	"$@" </dev/null >"$log" 2>&1 || status=$?
	[ "$status" = 0 ] || cat "$log" >&2
	rm -f "$log"
	return "$status"
}

# build_in FOLDER [CONFIGURE OPTION]... - builds there; later calls do what is left.
# Other options than last time, or something that configure did not find then or would
# not find now, and it is configured anew.
build_in() {
	build=$1
	shift
	prepare || return
	mkdir -p "$build" || return
	known="$*"
	for module in cmocka inih libnghttp2 openssl zlib; do
		known="$known $module=$(pkg-config --modversion $module 2>/dev/null)"
	done
	for program in python3 gcovr mandoc; do
		known="$known $program=$(command -v $program)"
	done
	if [ ! -e "$build/Makefile" ] || [ "$(cat "$build/.configured" 2>/dev/null)" != "$known" ]; then
		say "Configuring in ${build#"$top"/}"
		rm -f "$build/.configured"
		(cd "$build" && quietly "$top/configure" "$@") || return
		if [ -e "$build/tinyhttpd" ]; then
			quietly make -C "$build" clean || return
		fi
		printf '%s\n' "$known" >"$build/.configured"
	fi
	say "Building in ${build#"$top"/}"
	quietly make -C "$build" -j "$jobs" all
}

# The results of the runs so far.
passed=0 failed=0 skipped=0

# check_in FOLDER [VARIABLE=VALUE]... - runs make check there and adds what it found.
# Sanitizers report into files, so that no report is lost with the server that made it.
check_in() {
	build=$1
	shift
	reports=$build/sanitizer-reports
	rm -rf "$reports"
	find "$build" -name '*.trs' -exec rm -f {} +	# of runs before
	mkdir -p "$reports" && chmod 1777 "$reports" || return
	say "Testing in ${build#"$top"/}"
	started=$(date +%s)
	(
		ASAN_OPTIONS="log_path=$reports/asan:detect_stack_use_after_return=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
		UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
		TSAN_OPTIONS="log_path=$reports/tsan${TSAN_OPTIONS:+:$TSAN_OPTIONS}"
		export ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS
		make -C "$build" -j "$jobs" check "$@" </dev/null
	) >"$build/check.out" 2>&1
	status=$?

	results=$(cd "$build" && make -s check-results "$@" 2>/dev/null) || results=
	run_passed=0 run_failed=0 run_skipped=0
	for trs in $results; do
		trs=$build/$trs
		[ -e "$trs" ] || continue
		run_passed=$((run_passed + $(grep -cE '^:test-result: *(PASS|XFAIL)' "$trs")))
		run_failed=$((run_failed + $(grep -cE '^:test-result: *(FAIL|ERROR|XPASS)' "$trs")))
		run_skipped=$((run_skipped + $(grep -c '^:test-result: *SKIP' "$trs")))
	done

	for report in "$reports"/*; do
		[ -e "$report" ] || continue
		say "--- ${report#"$top"/}"
		cat "$report"
		run_failed=$((run_failed + 1))
	done

	if [ "$status" != 0 ] && [ "$run_failed" = 0 ]; then	# it did not even come to a test
		tail -n 60 "$build/check.out"
		run_failed=1
	elif [ "$run_failed" != 0 ]; then
		for trs in $results; do
			grep -qE '^:global-test-result: *(FAIL|ERROR|XPASS)' "$build/$trs" 2>/dev/null || continue
			say "--- ${build#"$top"/}/${trs%.trs}.log"
			tail -n 60 "$build/${trs%.trs}.log"
		done
	fi
	for trs in $results; do
		sed -n 's/^SKIP: /skipped: /p' "$build/${trs%.trs}.log" 2>/dev/null
	done
	say "${build#"$top"/}: $run_passed passed, $run_failed failed, $run_skipped skipped ($(($(date +%s) - started)) s)"

	passed=$((passed + run_passed))
	failed=$((failed + run_failed))
	skipped=$((skipped + run_skipped))
}

# count_step COMMAND... - something that passes or fails as a whole.
count_step() {
	if "$@"; then
		passed=$((passed + 1))
	else
		say "FAILED: $*"
		failed=$((failed + 1))
	fi
}

# The closing line, and whether all is well.
summary() {
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}
