# Floor 0: knows nothing of HTTP.
libtinyhttpd_a_SOURCES += \
	src/base/address.c src/base/address.h \
	src/base/arena.c src/base/arena.h \
	src/base/buckets.c src/base/buckets.h \
	src/base/call.c src/base/call.h \
	src/base/cidr.c src/base/cidr.h \
	src/base/claim.h \
	src/base/clock.c src/base/clock.h \
	src/base/digest.h \
	src/base/glob.c src/base/glob.h \
	src/base/hash.c src/base/hash.h \
	src/base/job.h \
	src/base/library.c src/base/library.h \
	src/base/list.h \
	src/base/memo.c src/base/memo.h \
	src/base/sleeps.c src/base/sleeps.h \
	src/base/slice.c src/base/slice.h \
	src/base/table.c src/base/table.h \
	src/base/x509.h src/base/x509_names.c

if HAVE_OPENSSL
libtinyhttpd_a_SOURCES += src/base/digest.c src/base/openssl.c src/base/openssl.h \
	src/base/openssl_call.def src/base/openssl_table.h \
	src/base/pem.c src/base/pem.h src/base/x509.c
else
libtinyhttpd_a_SOURCES += src/base/digest_stub.c src/base/x509_stub.c
endif
