# Perilune: liblua5.4 in Rust.
#
#   make                 libraries, lua, luac, headers, pkg-config file, in build/
#   make test            every test suite, one summary
#   make test-all        the same and the long ones
#   make test-heavy      the suite's heavy.lua, not part of 'make test': up to 8 GiB of memory (HEAVY_MEMORY=<KiB> gives
#                        another limit) and many minutes
#   make install         into $(DESTDIR)$(PREFIX); libdir=, bindir=, includedir=, pkgconfigdir=, mandir= move its parts
#   make doc             docs/api.md (the C API) anew from the sources
#   make packages        Debian's and an RPM package, in $(BUILD)/packages (tests/long/70-packages installs them)
#   make sbom            LICENSES and docs/sbom.json anew from Cargo.lock
#   make headers         writes include/*.h anew from the templates and the Rust sources
#   make JIT=0           a library without the compiler of traces, in build-nojit/
#   make APICHECK=1      the same with PUC's API checks compiled in, in build-apicheck/
#   make PROFILE=dev     a debug build, which checks the invariants, in build-debug/
#   make STRESS=1        a build that collects at every allocation, in build-stress/
#   make internal        an interpreter for the suite's internal tests, $(BUILD)/lua-internal; a debug build checks the use
#                        of the API, too

PREFIX ?= /usr/local
bindir ?= $(PREFIX)/bin
libdir ?= $(PREFIX)/lib
includedir ?= $(PREFIX)/include/lua5.4
pkgconfigdir ?= $(libdir)/pkgconfig
mandir ?= $(PREFIX)/share/man
DESTDIR ?=

CC ?= cc
CXX ?= c++
CARGO ?= cargo
INSTALL ?= install
OBJCOPY ?= objcopy
READELF ?= readelf

SONAME = liblua5.4.so.0
CXX_SONAME = liblua5.4-c++.so.0
VERSION = 5.4.9

# Builds for tests share a folder, and with it what they need of other crates; the release without the JIT has features
# of its own, which must not reach the other release.
TARGET = target
FEATURES =
ifeq ($(JIT),0)
BUILD ?= build-nojit
FEATURES = --no-default-features
PACKAGES = -p perilune -p perilune-cli
TARGET = target/nojit
else ifdef APICHECK
BUILD ?= build-apicheck
FEATURES = --features apicheck
PROFILE ?= quick
else ifdef STRESS
BUILD ?= build-stress
FEATURES = --features gc-stress
PROFILE ?= quick
else ifeq ($(PROFILE),dev)
BUILD ?= build-debug
else
BUILD ?= build
endif

PROFILE ?= release
PACKAGES ?= --workspace
OUT = $(TARGET)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
SYSLIBS = -lgcc_s -lpthread -ldl -lm -lc

# The sources' place leaves no trace in a release.
CARGO_SOURCES = $(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src
REMAP = $(if $(filter release,$(PROFILE)), \
  --remap-path-prefix=$(CURDIR)=/usr/src/perilune --remap-path-prefix=$(CARGO_SOURCES)=/usr/src/crates)

.PHONY: all cargo internal check-headers headers install doc packages sbom test test-all test-heavy clean

all: check-headers $(BUILD)/$(SONAME) $(BUILD)/liblua5.4.so $(BUILD)/liblua5.4.a $(BUILD)/$(CXX_SONAME) \
  $(BUILD)/liblua5.4-c++.so $(BUILD)/liblua5.4-c++.a $(BUILD)/lua $(BUILD)/luac $(BUILD)/lua5.4.pc

cargo:
	$(if $(REMAP),RUSTFLAGS="$(strip $(RUSTFLAGS) $(REMAP))") \
	  $(CARGO) build $(PACKAGES) --locked --profile $(PROFILE) --target-dir $(TARGET) $(FEATURES)

$(OUT)/libperilune.a $(OUT)/libperilune_cli.a $(OUT)/luac: cargo ;

$(BUILD):
	mkdir -p $@

$(BUILD)/version.map: include/exports.list | $(BUILD)
	{ echo 'LUA_5.4 {'; echo 'global:'; sed -n '/;$$/p' $< | sed '/^}/d'; echo 'local: *;'; echo '};'; } > $@

# What std prints behind the message of a panic, a list of calls, brings 150 KB with it that read debug information. In a
# release a function that prints nothing stands for it: of two definitions the first counts, and what only the other one
# refers to is left out. Where std has no such function, the file is empty.
STD_BACKTRACE = $(if $(filter dev,$(PROFILE)),none,DisplayBacktrace.*fmt)

$(BUILD)/backtrace.c: $(OUT)/libperilune.a | $(BUILD)
	$(READELF) -sW $< | awk '$$4 == "FUNC" && $$5 == "GLOBAL" && $$8 ~ /$(STD_BACKTRACE)/ { print $$8 }' | sort -u | \
	  awk '{ print "_Bool print_" NR "(void) __asm__(\"" $$1 "\");\n_Bool print_" NR "(void) { return 0; }" }' > $@

$(BUILD)/backtrace.o: $(BUILD)/backtrace.c
	$(CC) -O2 -fPIC -Wall -Wextra -c -o $@ $<

LINK = -o $@ -Wl,--gc-sections -Wl,-O1 -Wl,--build-id -Wl,-z,relro,-z,now -Wl,-z,muldefs -Wl,--as-needed
LINK_SHARED = -shared $(LINK) -Wl,-soname,$(@F) -Wl,--version-script=$(BUILD)/version.map

$(BUILD)/$(SONAME): $(BUILD)/backtrace.o $(OUT)/libperilune.a $(BUILD)/version.map $(BUILD)/undefined.txt
	$(CC) $(LINK_SHARED) @$(BUILD)/undefined.txt $(BUILD)/backtrace.o $(OUT)/libperilune.a $(SYSLIBS)

# The C++ library is the same with another boundary, which throws where that of the C library jumps: of two definitions
# the first counts.
$(BUILD)/boundary-c++.o: src/capi/shim/boundary.cc src/capi/shim/shim.h | $(BUILD)
	$(CXX) -std=c++17 -O2 -fPIC -Wall -Wextra -c -o $@ $<

$(BUILD)/$(CXX_SONAME): $(BUILD)/boundary-c++.o $(BUILD)/backtrace.o $(OUT)/libperilune.a $(BUILD)/version.map \
  $(BUILD)/undefined.txt
	$(CXX) $(LINK_SHARED) @$(BUILD)/undefined.txt $(BUILD)/boundary-c++.o $(BUILD)/backtrace.o $(OUT)/libperilune.a $(SYSLIBS)

$(BUILD)/liblua5.4.so $(BUILD)/liblua5.4-c++.so: %.so: %.so.0
	ln -sf $(<F) $@

# One relocatable object in which only the names of the API are global, and without groups of sections: a linker would
# drop a group that the host has, too, such as that of the personality routine, and what local references to it mean.
# (The LLVM plugin of binutils cannot read the bitcode that std's objects carry.)
$(BUILD)/exports.txt: include/exports.list | $(BUILD)
	sed -n 's/^  \(.*\);$$/\1/p' $< > $@

$(BUILD)/undefined.txt: $(BUILD)/exports.txt
	sed 's/^/-u /' $< > $@

$(BUILD)/liblua5.4-c++.a: $(BUILD)/boundary-c++.o
$(BUILD)/liblua5.4.a $(BUILD)/liblua5.4-c++.a: $(BUILD)/backtrace.o $(OUT)/libperilune.a $(BUILD)/undefined.txt
	$(LD) -r -z muldefs --gc-sections --force-group-allocation @$(BUILD)/undefined.txt -o $@.o $(filter %.o,$^) $(OUT)/libperilune.a
	$(OBJCOPY) --strip-debug --remove-section .llvmbc --remove-section .llvmcmd \
	  --keep-global-symbols=$(BUILD)/exports.txt $@.o
	rm -f $@
	$(AR) rcsD $@ $@.o
	rm -f $@.o

# C modules find the API in the program. Without the JIT it has libgcc in it, 120 KiB less of resident memory; with it,
# compiled code is registered with the libgcc that C++ modules unwind by, too, the shared one.
LUA_SYSLIBS = $(if $(filter 0,$(JIT)),-lgcc_eh -lgcc $(filter-out -lgcc_s,$(SYSLIBS)),$(SYSLIBS))

$(BUILD)/lua: cli/main.c $(BUILD)/backtrace.o $(OUT)/libperilune_cli.a $(BUILD)/undefined.txt include/exports.list
	$(CC) -O2 -Wall -Wextra $(LINK) -Wl,--dynamic-list=include/exports.list @$(BUILD)/undefined.txt $(filter %.c %.o %.a,$^) \
	  $(LUA_SYSLIBS)

$(BUILD)/luac: $(OUT)/luac | $(BUILD)
	cp -f $< $@

# $(call pc,suffix of the library's name): a pkg-config file, to standard output.
pc = sed -e 's|@prefix@|$(PREFIX)|g' -e 's|@libdir@|$(libdir)|g' -e 's|@includedir@|$(includedir)|g' \
  -e 's|@version@|$(VERSION)|g' -e 's|@variant@|$(1)|g' pkgconfig/lua5.4.pc.in

$(BUILD)/lua5.4.pc: pkgconfig/lua5.4.pc.in Makefile | $(BUILD)
	$(call pc) > $@

# Of the interpreter alone, never of the library: its features must not reach what is shipped.
INTERNAL_PROFILE = $(if $(filter dev,$(PROFILE)),dev,quick)
INTERNAL_FEATURES = internals$(if $(filter dev,$(PROFILE)),$(comma)apicheck)
comma = ,

internal: | $(BUILD)
	$(CARGO) build -p perilune-internals --locked --profile $(INTERNAL_PROFILE) --target-dir $(TARGET) \
	  --features $(INTERNAL_FEATURES)
	cp -f $(TARGET)/$(INTERNAL_PROFILE:dev=debug)/lua-internal $(BUILD)/lua-internal

HEADERS_TOOL = $(CARGO) run --quiet --locked --manifest-path tools/headers/Cargo.toml --target-dir target/headers --

check-headers:
	$(HEADERS_TOOL) --check .

headers:
	$(HEADERS_TOOL) .

HEADERS = lua.h luaconf.h lauxlib.h lualib.h lua.hpp perilune.h

install: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir) $(DESTDIR)$(includedir) $(DESTDIR)$(pkgconfigdir) $(DESTDIR)$(mandir)/man1
	$(INSTALL) -m 755 $(BUILD)/$(SONAME) $(BUILD)/$(CXX_SONAME) $(DESTDIR)$(libdir)
	ln -sf $(SONAME) $(DESTDIR)$(libdir)/liblua5.4.so
	ln -sf $(CXX_SONAME) $(DESTDIR)$(libdir)/liblua5.4-c++.so
	$(INSTALL) -m 644 $(BUILD)/liblua5.4.a $(BUILD)/liblua5.4-c++.a $(DESTDIR)$(libdir)
	$(INSTALL) -m 755 $(BUILD)/lua $(BUILD)/luac $(DESTDIR)$(bindir)
	ln -sf lua $(DESTDIR)$(bindir)/lua5.4
	ln -sf luac $(DESTDIR)$(bindir)/luac5.4
	$(INSTALL) -m 644 packaging/man/lua.1 packaging/man/luac.1 $(DESTDIR)$(mandir)/man1
	ln -sf lua.1 $(DESTDIR)$(mandir)/man1/lua5.4.1
	ln -sf luac.1 $(DESTDIR)$(mandir)/man1/luac5.4.1
	cd include && $(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(includedir)
	$(call pc) > $(DESTDIR)$(pkgconfigdir)/lua5.4.pc
	$(call pc,-c++) > $(DESTDIR)$(pkgconfigdir)/lua5.4-c++.pc
	for name in lua-5.4 lua54 lua; do ln -sf lua5.4.pc $(DESTDIR)$(pkgconfigdir)/$$name.pc; done
	for name in lua-5.4 lua54; do ln -sf lua5.4-c++.pc $(DESTDIR)$(pkgconfigdir)/$$name-c++.pc; done

packages:
	OUT=$(abspath $(BUILD))/packages tools/packages

sbom:
	tools/dependencies write

doc:
	tools/api-reference write

test: all
	BUILD=$(abspath $(BUILD)) tests/run

test-heavy: all
	BUILD=$(abspath $(BUILD)) puc-suite/heavy

test-all: all
	BUILD=$(abspath $(BUILD)) tests/run tests/suites/* tests/long/*

clean:
	rm -rf build build-apicheck build-debug build-stress target tools/headers/target
