# Floor 5: threads, sockets, time.
libtinyhttpd_a_SOURCES += \
	src/server/acceptor.c src/server/acceptor.h src/server/acceptor_counter.def \
	src/server/budget.c src/server/budget.h \
	src/server/channel.c src/server/channel.h \
	src/server/close_reason.def src/server/conn.c src/server/conn.h \
	src/server/conn_state.def src/server/counter.def \
	src/server/counters.c src/server/counters.h \
	src/server/control.c src/server/control.h src/server/control_command.def \
	src/server/cpus.c src/server/cpus.h \
	src/server/detach.c src/server/detach.h \
	src/server/facts.c src/server/facts.h \
	src/server/generation.c src/server/generation.h src/server/generation_open.c \
	src/server/generation_pool.c src/server/generation_record.h \
	src/server/handoff.c src/server/handoff.h \
	src/server/helpers.c src/server/helpers.h \
	src/server/holder.c src/server/holder.h src/server/holder_asking.c \
	src/server/holder_own.c src/server/holder_ways.h \
	src/server/handshake.c src/server/handshake.h \
	src/server/http.c src/server/http.h \
	src/server/http1.c src/server/http1.h \
	src/server/http1_head.c src/server/http1_head.h \
	src/server/http1_read.c src/server/http1_record.h \
	src/server/http1_write.c \
	src/server/http2.h \
	src/server/landlock.c src/server/landlock.h \
	src/server/linger.c src/server/linger.h \
	src/server/listener.c src/server/listener.h \
	src/server/message.c src/server/message.def src/server/message.h \
	src/server/notify.c src/server/notify.h \
	src/server/pace.c src/server/pace.h \
	src/server/patience.c src/server/patience.h \
	src/server/per_ip.c src/server/per_ip.h \
	src/server/pidfile.c src/server/pidfile.h \
	src/server/port_holder.c src/server/port_holder.h \
	src/server/preface.c src/server/preface.h \
	src/server/privileges.c src/server/privileges.h \
	src/server/reach.c src/server/reach.h \
	src/server/report.c src/server/report.h \
	src/server/root_open.c src/server/root_open.h \
	src/server/root_watch.c src/server/root_watch.h \
	src/server/seccomp.c src/server/seccomp.def src/server/seccomp.h \
	src/server/shared.c src/server/shared.h \
	src/server/supervisor.c src/server/supervisor.h src/server/supervisor_record.h \
	src/server/supervisor_child.c src/server/supervisor_keep.c src/server/supervisor_life.c \
	src/server/supervisor_renewal.c \
	src/server/supervisor_succession.c src/server/supervisor_succession.h \
	src/server/supervisor_orders.c src/server/supervisor_talk.c \
	src/server/signals.c src/server/signals.h \
	src/server/ticket_keys.c src/server/ticket_keys.h \
	src/server/timer.c src/server/timer.h \
	src/server/tls.h src/server/tls_context.h \
	src/server/transport.c src/server/transport.h \
	src/server/walls.c src/server/walls.h \
	src/server/worker.c src/server/worker.h

if HAVE_OPENSSL
libtinyhttpd_a_SOURCES += src/server/tls.c src/server/tls_context.c src/server/tls_facts.c \
	src/server/tls_out.c src/server/tls_out.h src/server/tls_private.h
else
libtinyhttpd_a_SOURCES += src/server/tls_stub.c
endif

if HAVE_NGHTTP2
libtinyhttpd_a_SOURCES += src/server/http2.c src/server/http2_record.h \
	src/server/http2_memory.c src/server/http2_request.c src/server/http2_session.c \
	src/server/http2_stream.c src/server/http2_write.c
else
libtinyhttpd_a_SOURCES += src/server/http2_stub.c
endif
