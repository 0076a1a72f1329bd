# Floor 6: a whole server from outside, one file a command.
libtinyhttpd_a_SOURCES += \
	src/command/asked.c src/command/asked.h \
	src/command/check.c src/command/check.h \
	src/command/dump.c src/command/dump.h \
	src/command/explain.c src/command/explain.h \
	src/command/generation.c src/command/generation.h \
	src/command/hash_password.c src/command/hash_password.h \
	src/command/order.c src/command/order.h \
	src/command/overruled.c src/command/overruled.h \
	src/command/precompress.c src/command/precompress.h \
	src/command/reload.c src/command/reload.h \
	src/command/reopen.c src/command/reopen.h \
	src/command/run.c src/command/run.h \
	src/command/serve.c src/command/serve.h \
	src/command/status.c src/command/status.h \
	src/command/stop.c src/command/stop.h
