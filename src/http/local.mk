# Floor 2: RFC 9110, 9112 and 3986 as pure functions over slices.
libtinyhttpd_a_SOURCES += \
	src/http/accept.c src/http/accept.h \
	src/http/basic.c src/http/basic.h \
	src/http/byte.c src/http/byte.h \
	src/http/chunked.c src/http/chunked.h \
	src/http/coding.c src/http/coding.h \
	src/http/conditions.c src/http/conditions.h \
	src/http/date.c src/http/date.h \
	src/http/field.def \
	src/http/http2_library.h \
	src/http/method.c src/http/method.h src/http/method.def \
	src/http/range.c src/http/range.h \
	src/http/request.c src/http/request.h \
	src/http/status.c src/http/status.h src/http/status.def \
	src/http/uri.c src/http/uri.h

if HAVE_NGHTTP2
libtinyhttpd_a_SOURCES += src/http/http2_library.c
else
libtinyhttpd_a_SOURCES += src/http/http2_library_stub.c
endif
