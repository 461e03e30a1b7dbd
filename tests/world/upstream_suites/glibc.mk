# SPDX-License-Identifier: MIT
# glibc's own tests of processes and signals, against the glibc that is installed: make -k -f glibc.mk SOURCE=...
# Those that need internals of a glibc's build do not build; glibc.py says how many have to.

FOLDERS := posix stdlib signal nptl sysdeps/pthread sysdeps/unix/sysv/linux libio io
NAMES := tst-_Fork tst-affinity% tst-atexit% tst-atfork% tst-at_quick_exit% tst-cancel% \
  tst-cleanup% tst-clone% tst-close% tst-cxa_atexit% tst-eintr% tst-empty-env tst-environ tst-exec% tst-exit% \
  tst-fexecve tst-flock% tst-fork% tst-getpid% tst-gettid% tst-kill% tst-memfd% tst-minstack% tst-minsigstksz% \
  tst-nice tst-on_exit tst-personality tst-pidfd tst-popen% tst-posix_spawn% tst-prctl tst-process% \
  tst-pt-popen% tst-pt-vfork% tst-pthread-exit% tst-pthread-raise% tst-pthread_kill% tst-quick_exit \
  tst-raise% tst-rlimit% tst-robust% tst-sched% tst-secure-getenv tst-setcontext% tst-setenv% tst-setuid% tst-sig% \
  tst-spawn% tst-stack% tst-system tst-tgkill tst-ttyname% tst-umask% tst-unload tst-unsetenv% tst-vfork% \
  tst-wait% tst-wordexp% test-at_quick_exit-race test-atexit-race test-cxa_atexit-race test-on_exit-race
# Parts of other tests, and those that want a library or a script of their own.
PARTS := tst-atfork2 tst-atfork3 tst-atfork4 tst-execstack tst-putenv tst-setcontext3 tst-stack4 %mod %moda %modb %-common %-skeleton %-helper %aux

# Headers of glibc's own that are not installed.
HEADERS := include/array_length.h include/dynarray.h include/file_change_detection.h include/intprops.h \
  include/libc-diag.h include/libc-pointer-arith.h include/scratch_buffer.h sysdeps/x86_64/stackinfo.h \
  sysdeps/unix/sysv/linux/arch-fd_to_filename.h sysdeps/generic/fd_to_filename.h test-skeleton.c
INCLUDED := malloc nptl posix stdlib support sysdeps

# Those that need internals, and files that only others include.
NO_SUPPORT := README-testing test-container test-run-command links-% %-container tst-% support_path_support_time64 \
  support_small_stack_thread_attribute support_socket_so_timestamp_time64 support_quote_blob_main \
  support_test_compare_string_main test-driver
FOLDERS_OF_PROGRAMS := $(foreach name,SRCDIR OBJDIR INSTDIR LIBDIR BINDIR SBINDIR ROOTSBINDIR COMPLOCALEDIR SLIBDIR \
  SYSCONFDIR OBJDIR_ELF_LDSO,'-D$(name)_PATH="/"')

sources_in = $(foreach folder,$(1),$(basename $(notdir $(wildcard $(SOURCE)/$(folder)/*.c))))
tests := $(sort $(filter-out $(PARTS),$(filter $(NAMES),$(call sources_in,$(FOLDERS)))))
support := $(filter-out $(NO_SUPPORT),$(call sources_in,support)) \
  scratch_buffer_grow scratch_buffer_grow_preserve scratch_buffer_set_array_size

VPATH := $(addprefix $(SOURCE)/,$(FOLDERS) support malloc)
CFLAGS := -w -O1 -std=gnu11 -fno-builtin -D_GNU_SOURCE -DMODULE_NAME=testsuite -DTIMEOUTFACTOR=10 '-DOBJPFX="./"' \
  '-Dlibc_hidden_proto(x)=' '-Dlibc_hidden_def(x)=' -Dattribute_hidden= '-D__set_errno(e)=(errno = (e))' \
  -include errno.h -include limits.h $(FOLDERS_OF_PROGRAMS) \
  -Iinclude -Iinclude/support -idirafter $(SOURCE)/sysdeps/pthread -idirafter $(SOURCE)/nptl

all: $(tests)

headers:
	mkdir -p include support
	ln -sf $(addprefix $(SOURCE)/,$(HEADERS) $(INCLUDED)) include
	touch include/config.h include/libc-config.h $@

support/%.o: %.c | headers
	$(CC) $(CFLAGS) -c -o $@ $<

libsupport.a: $(support:%=support/%.o)
	$(AR) rcs $@ $^

%: %.c | libsupport.a
	$(CC) $(CFLAGS) $(if $(filter %-static,$@),-static) -o $@ $< libsupport.a -pthread
