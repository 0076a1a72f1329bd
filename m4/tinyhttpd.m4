# What configure.ac asks more than once.

# TINYHTTPD_SYSTEM_DIRS
#
# A server installed for the whole machine reads /etc, logs to /var and keeps its
# run time files in /run, even if the program itself is in /usr/local.  So those
# are the defaults when the prefix is the default, /usr or /usr/local.  What the
# user gave is kept, also when he gave just what would have been the default:
# that is why the arguments are looked at.
AC_DEFUN([TINYHTTPD_SYSTEM_DIRS], [
AS_CASE([$prefix],
	[NONE|/usr|/usr/local], [tinyhttpd_system_prefix=yes],
	[tinyhttpd_system_prefix=no])
AS_IF([test "$tinyhttpd_system_prefix" = yes], [
	TINYHTTPD_SYSTEM_DIR([sysconfdir], [${prefix}/etc], [sysc], [/etc])
	TINYHTTPD_SYSTEM_DIR([localstatedir], [${prefix}/var], [localst], [/var])
	TINYHTTPD_SYSTEM_DIR([runstatedir], [${localstatedir}/run], [run], [/run])
])
])

# TINYHTTPD_SYSTEM_DIR(VARIABLE, AUTOCONF'S DEFAULT, SHORTEST OPTION, OUR DEFAULT)
#
# configure accepts an option abbreviated, hence the shortest one it understands.
AC_DEFUN([TINYHTTPD_SYSTEM_DIR], [
AS_CASE([" $ac_configure_args "],
	[*\ "'--$3"*], [],
	[*\ --$3*], [],
	[AS_IF([test "$$1" = '$2'], [$1='$4'])])
])

# TINYHTTPD_CFLAG(FLAG, [IF-NOT])
#
# Adds FLAG to AM_CFLAGS if the compiler takes it without a word.
AC_DEFUN([TINYHTTPD_CFLAG], [
AC_MSG_CHECKING([whether $CC understands $1])
tinyhttpd_cflags=$CFLAGS
CFLAGS="$CFLAGS $AM_CFLAGS -Werror $1"
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
	[AC_MSG_RESULT([yes])
	 AM_CFLAGS="$AM_CFLAGS $1"
	 CFLAGS=$tinyhttpd_cflags],
	[AC_MSG_RESULT([no])
	 CFLAGS=$tinyhttpd_cflags
	 $2])
])

# TINYHTTPD_LDFLAG(FLAG, [IF-NOT])
AC_DEFUN([TINYHTTPD_LDFLAG], [
AC_MSG_CHECKING([whether $CC links with $1])
tinyhttpd_ldflags=$LDFLAGS
tinyhttpd_cflags=$CFLAGS
CFLAGS="$CFLAGS $AM_CFLAGS"
LDFLAGS="$LDFLAGS $AM_LDFLAGS $1"
AC_LINK_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
	[AC_MSG_RESULT([yes])
	 AM_LDFLAGS="$AM_LDFLAGS $1"
	 LDFLAGS=$tinyhttpd_ldflags
	 CFLAGS=$tinyhttpd_cflags],
	[AC_MSG_RESULT([no])
	 LDFLAGS=$tinyhttpd_ldflags
	 CFLAGS=$tinyhttpd_cflags
	 $2])
])

# TINYHTTPD_PIE
#
# Both halves or none: position independent code that is linked at a fixed
# address gains nothing.
AC_DEFUN([TINYHTTPD_PIE], [
AC_MSG_CHECKING([whether $CC makes position independent programs])
tinyhttpd_ldflags=$LDFLAGS
tinyhttpd_cflags=$CFLAGS
CFLAGS="$CFLAGS $AM_CFLAGS -fPIE"
LDFLAGS="$LDFLAGS $AM_LDFLAGS -pie"
AC_LINK_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])],
	[AC_MSG_RESULT([yes])
	 AM_CFLAGS="$AM_CFLAGS -fPIE"
	 AM_LDFLAGS="$AM_LDFLAGS -pie"],
	[AC_MSG_RESULT([no])])
LDFLAGS=$tinyhttpd_ldflags
CFLAGS=$tinyhttpd_cflags
])

# TINYHTTPD_LTO
#
# Optimises the program as a whole when it is linked.  The objects hold both what that needs and
# what an ordinary link does: a hundred test programs are linked as ever, in a blink.
AC_DEFUN([TINYHTTPD_LTO], [
AC_MSG_CHECKING([whether $CC optimises while it links])
have_lto=no
tinyhttpd_ldflags=$LDFLAGS
tinyhttpd_cflags=$CFLAGS
CFLAGS="$CFLAGS $AM_CFLAGS -Werror -flto=auto -ffat-lto-objects"
LDFLAGS="$LDFLAGS $AM_LDFLAGS"
AC_LINK_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])], [
	LDFLAGS="$LDFLAGS -fno-lto"
	AC_LINK_IFELSE([AC_LANG_SOURCE([[int main(void) { return 0; }]])], [have_lto=yes])
])
LDFLAGS=$tinyhttpd_ldflags
CFLAGS=$tinyhttpd_cflags
AS_IF([test "$have_lto" = yes], [
	AM_CFLAGS="$AM_CFLAGS -flto=auto -ffat-lto-objects"
	PROGRAM_LDFLAGS="$AM_LDFLAGS -flto=auto"
	AM_LDFLAGS="$AM_LDFLAGS -fno-lto"
])
AC_MSG_RESULT([$have_lto])
])

# TINYHTTPD_FORTIFY
#
# glibc warns when it is asked to fortify without optimisation, and a compiler
# that defines the macro already knows better than we do.
AC_DEFUN([TINYHTTPD_FORTIFY], [
AC_MSG_CHECKING([whether to define _FORTIFY_SOURCE])
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifdef _FORTIFY_SOURCE
#error already defined
#endif
#ifndef __OPTIMIZE__
#error not optimising
#endif
int main(void) { return 0; }
]])],
	[AC_MSG_RESULT([yes])
	 AM_CPPFLAGS="$AM_CPPFLAGS -D_FORTIFY_SOURCE=2"],
	[AC_MSG_RESULT([no])])
])

# TINYHTTPD_DIR(VARIABLE, PKG-CONFIG MODULE, ITS VARIABLE, OTHERWISE, WHAT)
#
# Where a file of another program's kind goes.  With --prefix=/usr that program
# says so itself.  With another prefix it is asked what it would say if it had
# that prefix too, so that nothing is ever written outside: systemd and
# bash-completion look below /usr/local as well.
AC_DEFUN([TINYHTTPD_DIR], [
AC_ARG_WITH([$1],
	[AS_HELP_STRING([--with-$1=DIR], [directory of $5])],
	[], [with_$1=default])
AC_MSG_CHECKING([for the directory of $5])
AS_CASE([$with_$1],
	[no], [$1=],
	[yes|default], [
		$1=
		AS_IF([test -z "$2"], [],
			[test "$prefix" = /usr],
			[$1=`$PKG_CONFIG --variable=$3 $2 2>/dev/null`],
			[$1=`$PKG_CONFIG --define-variable=prefix='${prefix}' \
				--define-variable=rootprefix='${prefix}' \
				--define-variable=root_prefix='${prefix}' \
				--define-variable=datadir='${datadir}' \
				--variable=$3 $2 2>/dev/null`
			 AS_CASE([$$1], ['${'*], [], [$1=])])
		AS_IF([test -z "$$1"], [$1='$4'])
	],
	[$1=$with_$1])
AC_MSG_RESULT([${$1:-not installed}])
AC_SUBST([$1])
AM_CONDITIONAL(m4_toupper([INSTALL_$1]), [test -n "$$1"])
])

# TINYHTTPD_EXPAND(VARIABLE, VALUE)
#
# For people to read; the Makefile expands its own.
AC_DEFUN([TINYHTTPD_EXPAND], [
tinyhttpd_prefix=$prefix
tinyhttpd_exec_prefix=$exec_prefix
test "$prefix" = NONE && prefix=$ac_default_prefix
test "$exec_prefix" = NONE && exec_prefix=$prefix
$1=$2
while :; do
	AS_CASE([$$1], [*'${'*], [eval "$1=\"$$1\""], [break])
done
prefix=$tinyhttpd_prefix
exec_prefix=$tinyhttpd_exec_prefix
])

# TINYHTTPD_SONAME(VARIABLE, LIBRARY, FUNCTION, LIBS) - defines VARIABLE as what a program that is
# linked with -lLIBRARY asks for when it starts: libssl.so.3, for example.
AC_DEFUN([TINYHTTPD_SONAME], [
	AC_MSG_CHECKING([under which name lib$2 is loaded])
	tinyhttpd_libs=$LIBS tinyhttpd_soname=
	LIBS="$4 $LIBS"
	AC_LINK_IFELSE([AC_LANG_CALL([], [$3])], [
		tinyhttpd_soname=$(readelf -d conftest$EXEEXT 2>/dev/null |
			sed -n 's/.*(NEEDED).*\@<:@\(lib$2\.so@<:@^@:>@@:>@*\)\@:>@.*/\1/p')])
	LIBS=$tinyhttpd_libs
	AC_MSG_RESULT([$tinyhttpd_soname])
	AS_IF([test -z "$tinyhttpd_soname"], [AC_MSG_ERROR([cannot find out the name of lib$2; it takes the shared library and readelf])])
	AC_DEFINE_UNQUOTED([$1], ["$tinyhttpd_soname"], [What lib$2 is loaded by.])
])

# TINYHTTPD_OPTIONAL(NAME, PREFIX, MODULE, PACKAGE, [FUNCTIONS]) - a library that --with-NAME
# demands, --without-NAME refuses, and that is used where it is found otherwise.  One without these
# functions is too old.
AC_DEFUN([TINYHTTPD_OPTIONAL], [
	have_$1=no
	AS_IF([test "$with_$1" != no],
		[PKG_CHECK_MODULES([$2], [$3], [have_$1=yes], [AS_IF([test "$with_$1" = yes],
			[AC_MSG_ERROR([$3 is missing; on Debian: apt install $4])])])])
	m4_ifval([$5], [AS_IF([test "$have_$1" = yes], [
		tinyhttpd_libs=$LIBS
		LIBS="$LIBS $$2_LIBS"
		AC_CHECK_FUNCS([$5], [], [have_$1=old])
		LIBS=$tinyhttpd_libs
		AS_IF([test "$have_$1" = old], [$2_CFLAGS= $2_LIBS=])
		AS_IF([test "$have_$1$with_$1" = oldyes],
			[AC_MSG_ERROR([this $3 is too old: it lacks one of $5])])
	])])
	AM_CONDITIONAL([HAVE_$2], [test "$have_$1" = yes])
])
