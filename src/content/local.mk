# Floor 4: how a request becomes a response.
libtinyhttpd_a_SOURCES += \
	src/content/auth.c src/content/auth.h \
	src/content/body.c src/content/body.h \
	src/content/cache_control.c src/content/cache_control.h \
	src/content/clean_url.c src/content/clean_url.h \
	src/content/cold_file.c src/content/cold_file.h \
	src/content/content.c src/content/content.h \
	src/content/content_tag.c src/content/content_tag.h \
	src/content/cors.c src/content/cors.h \
	src/content/document.c src/content/document.h \
	src/content/docroot.c src/content/docroot.h \
	src/content/encoder.h src/content/encoder_gzip.c \
	src/content/errno_status.c src/content/errno_status.h \
	src/content/error_page.c src/content/error_page.h \
	src/content/escape.c src/content/escape.h \
	src/content/exchange.h \
	src/content/fields.c src/content/fields.h \
	src/content/file_blocks.c src/content/file_blocks.h \
	src/content/file_cache.c src/content/file_cache.h \
	src/content/fixed.c src/content/fixed.h \
	src/content/folder.c src/content/folder.h \
	src/content/folder_order.c src/content/folder_order.h \
	src/content/gzip_body.c src/content/gzip_body.h \
	src/content/hidden.c src/content/hidden.h \
	src/content/listing.c src/content/listing.h \
	src/content/listing_data.c \
	src/content/listing_page.c src/content/listing_page.h \
	src/content/lookup.c src/content/lookup.h \
	src/content/multipart_body.c src/content/multipart_body.h \
	src/content/partial.c src/content/partial.h \
	src/content/rate.c src/content/rate.h \
	src/content/real_ip.c src/content/real_ip.h \
	src/content/redirect.c src/content/redirect.h \
	src/content/referer.c src/content/referer.h \
	src/content/representation.c src/content/representation.h \
	src/content/response.c src/content/response.h \
	src/content/route.c src/content/route.h \
	src/content/scope_cache.c src/content/scope_cache.h \
	src/content/signed_link.c src/content/signed_link.h \
	src/content/static_file.c src/content/static_file.h \
	src/content/store.c src/content/store.h \
	src/content/variant.c src/content/variant.h

if HAVE_BROTLI
libtinyhttpd_a_SOURCES += src/content/encoder_br.c
else
libtinyhttpd_a_SOURCES += src/content/encoder_br_stub.c
endif
if HAVE_ZSTD
libtinyhttpd_a_SOURCES += src/content/encoder_zstd.c
else
libtinyhttpd_a_SOURCES += src/content/encoder_zstd_stub.c
endif
