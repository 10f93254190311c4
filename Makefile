# Perilune: liblua5.4 in Rust.
#
#   make                 libraries, lua, luac, headers, pkg-config file, in build/
#   make test            every test suite, one summary
#   make test-all        the same and the long ones
#   make test-heavy      the suite's heavy.lua, not part of 'make test': up to 8 GiB of memory (HEAVY_MEMORY=<KiB> gives
#                        another limit) and many minutes
#   make install         into $(DESTDIR)$(PREFIX)
#   make headers         writes include/*.h anew from the templates and the Rust sources
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
DESTDIR ?=

CC ?= cc
CARGO ?= cargo
PROFILE ?= release
INSTALL ?= install
OBJCOPY ?= objcopy

SONAME = liblua5.4.so.0
VERSION = 5.4.9

ifdef APICHECK
BUILD ?= build-apicheck
FEATURES = --features apicheck
TARGET = target/apicheck
else ifdef STRESS
BUILD ?= build-stress
FEATURES = --features gc-stress
TARGET = target/stress
else ifeq ($(PROFILE),dev)
BUILD ?= build-debug
FEATURES =
TARGET = target
else
BUILD ?= build
FEATURES =
TARGET = target
endif

OUT = $(TARGET)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
SYSLIBS = -lgcc_s -lpthread -ldl -lm -lc

.PHONY: all cargo internal check-headers headers install test test-all test-heavy clean

all: check-headers $(BUILD)/$(SONAME) $(BUILD)/liblua5.4.so $(BUILD)/liblua5.4.a $(BUILD)/lua $(BUILD)/luac $(BUILD)/lua5.4.pc

cargo:
	$(CARGO) build --workspace --locked --profile $(PROFILE) --target-dir $(TARGET) $(FEATURES)

$(OUT)/libperilune.a $(OUT)/lua $(OUT)/luac: cargo ;

$(BUILD):
	mkdir -p $@

$(BUILD)/version.map: include/exports.list | $(BUILD)
	{ echo 'LUA_5.4 {'; echo 'global:'; sed -n '/;$$/p' $< | sed '/^}/d'; echo 'local: *;'; echo '};'; } > $@

$(BUILD)/$(SONAME): $(OUT)/libperilune.a $(BUILD)/version.map
	$(CC) -shared -o $@ -Wl,-soname,$(SONAME) -Wl,--version-script=$(BUILD)/version.map \
	  -Wl,--whole-archive $(OUT)/libperilune.a -Wl,--no-whole-archive \
	  -Wl,--gc-sections -Wl,-O1 -Wl,-z,relro,-z,now -Wl,--as-needed $(SYSLIBS)

$(BUILD)/liblua5.4.so: $(BUILD)/$(SONAME)
	ln -sf $(SONAME) $@

# One relocatable object in which only the names of the API are global. (The LLVM plugin of binutils cannot read the
# bitcode that std's objects carry.)
$(BUILD)/exports.txt: include/exports.list | $(BUILD)
	sed -n 's/^  \(.*\);$$/\1/p' $< > $@

$(BUILD)/liblua5.4.a: $(OUT)/libperilune.a $(BUILD)/exports.txt
	sed 's/^/-u /' $(BUILD)/exports.txt > $(BUILD)/undefined.txt
	$(LD) -r --gc-sections @$(BUILD)/undefined.txt -o $(BUILD)/lua.o $(OUT)/libperilune.a
	$(OBJCOPY) --strip-debug --remove-section .llvmbc --remove-section .llvmcmd \
	  --keep-global-symbols=$(BUILD)/exports.txt $(BUILD)/lua.o
	rm -f $@
	$(AR) rcs $@ $(BUILD)/lua.o
	rm -f $(BUILD)/lua.o $(BUILD)/undefined.txt

$(BUILD)/lua $(BUILD)/luac: $(BUILD)/%: $(OUT)/% | $(BUILD)
	cp -f $< $@

$(BUILD)/lua5.4.pc: pkgconfig/lua5.4.pc.in Makefile | $(BUILD)
	sed -e 's|@prefix@|$(PREFIX)|g' -e 's|@libdir@|$(libdir)|g' -e 's|@includedir@|$(includedir)|g' \
	  -e 's|@version@|$(VERSION)|g' $< > $@

# In a target folder of its own: its features must not reach the library that is shipped.
INTERNAL_TARGET = target/internal
INTERNAL_FEATURES = internals$(if $(filter dev,$(PROFILE)),$(comma)apicheck)
comma = ,

internal: | $(BUILD)
	$(CARGO) build -p perilune-internals --locked --profile $(PROFILE) --target-dir $(INTERNAL_TARGET) \
	  --features $(INTERNAL_FEATURES)
	cp -f $(INTERNAL_TARGET)/$(notdir $(OUT))/lua-internal $(BUILD)/lua-internal

HEADERS_TOOL = $(CARGO) run --quiet --locked --manifest-path tools/headers/Cargo.toml --target-dir target/headers --

check-headers:
	$(HEADERS_TOOL) --check .

headers:
	$(HEADERS_TOOL) .

HEADERS = lua.h luaconf.h lauxlib.h lualib.h lua.hpp

install: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir) $(DESTDIR)$(includedir) $(DESTDIR)$(pkgconfigdir)
	$(INSTALL) -m 755 $(BUILD)/$(SONAME) $(DESTDIR)$(libdir)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(libdir)/liblua5.4.so
	$(INSTALL) -m 644 $(BUILD)/liblua5.4.a $(DESTDIR)$(libdir)/liblua5.4.a
	$(INSTALL) -m 755 $(BUILD)/lua $(BUILD)/luac $(DESTDIR)$(bindir)
	ln -sf lua $(DESTDIR)$(bindir)/lua5.4
	ln -sf luac $(DESTDIR)$(bindir)/luac5.4
	cd include && $(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(includedir)
	$(MAKE) --no-print-directory -B $(BUILD)/lua5.4.pc
	$(INSTALL) -m 644 $(BUILD)/lua5.4.pc $(DESTDIR)$(pkgconfigdir)/lua5.4.pc
	for name in lua-5.4 lua54 lua; do ln -sf lua5.4.pc $(DESTDIR)$(pkgconfigdir)/$$name.pc; done

test: all
	BUILD=$(abspath $(BUILD)) tests/run

test-heavy: all
	BUILD=$(abspath $(BUILD)) puc-suite/heavy

test-all: all
	BUILD=$(abspath $(BUILD)) tests/run tests/suites/* tests/long/*

clean:
	rm -rf build build-apicheck build-debug build-stress target tools/headers/target
