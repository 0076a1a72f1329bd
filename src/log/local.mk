# Floor 1: lines.
libtinyhttpd_a_SOURCES += \
	src/log/access_format.c src/log/access_format.h src/log/access_item.def \
	src/log/access_log.c src/log/access_log.h \
	src/log/error_level.def src/log/error_log.c src/log/error_log.h \
	src/log/tls_fact.def
