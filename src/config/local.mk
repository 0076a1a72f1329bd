# Floor 3: what the administrator said, and where.
libtinyhttpd_a_SOURCES += \
	src/config/access.c src/config/access.h \
	src/config/certificate.c src/config/certificate.h \
	src/config/changes.c src/config/changes.h \
	src/config/config.c src/config/config.h \
	src/config/directive.c src/config/directive.h \
	src/config/dump.c src/config/dump.h \
	src/config/glance.c src/config/glance.h \
	src/config/htpasswd.c src/config/htpasswd.h \
	src/config/ini_source.c src/config/ini_source.h \
	src/config/inputs.c src/config/inputs.h \
	src/config/inputs_image.c src/config/inputs_image.h \
	src/config/loader.c src/config/loader.h \
	src/config/location.c \
	src/config/mime.c src/config/mime.h src/config/mime_types.def \
	src/config/origin.h \
	src/config/pages.h \
	src/config/problems.c src/config/problems.h \
	src/config/reader.c src/config/reader.h \
	src/config/root.c \
	src/config/said.c src/config/said.h \
	src/config/setter.h \
	src/config/setter_field.c \
	src/config/setter_level.c \
	src/config/setter_limit.c \
	src/config/setter_plain.c \
	src/config/setter_return.c \
	src/config/setter_rule.c \
	src/config/setter_secret.c \
	src/config/setter_section.c \
	src/config/setter_tls.c \
	src/config/settings.c src/config/settings.h \
	src/config/site.c \
	src/config/suggest.c src/config/suggest.h \
	src/config/tls.c \
	src/config/value.c src/config/value.h

EXTRA_DIST += scripts/mime-table
