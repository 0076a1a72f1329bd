# make soak MINUTES=10: all kinds of clients at once, and what the server has to show for it.

EXTRA_DIST += tests/soak/soak.py
MINUTES = 10

soak: all
	@TINYHTTPD='$(abs_top_builddir)/tinyhttpd' SRCDIR='$(abs_top_srcdir)' BUILDDIR='$(abs_top_builddir)' \
		PYTHONDONTWRITEBYTECODE=1 $(PYTHON3) '$(srcdir)'/tests/soak/soak.py '$(MINUTES)'
.PHONY: soak
