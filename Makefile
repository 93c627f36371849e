# Every workflow of onair. `make` alone prints what there is.

BUILD ?= build
NGX_SRC ?= /usr/share/nginx/src
CXX = g++
CLANGXX ?= clang++
SANITIZE ?= address,undefined
FUZZ_SECONDS ?= 60
DEBUG ?=
PORT ?=
SOURCE ?=
NGINX ?=

JOBS ?= $(shell nproc)
# A make that this one calls has its jobs from it.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(JOBS)
endif

OUT := $(abspath $(BUILD))$(if $(DEBUG),/debug)
MODULE := $(OUT)/ngx_http_onair_module.so
export ONAIR_BUILD := $(OUT)
export ONAIR_MODULE ?= $(MODULE)

CORE_SRCS := $(sort $(wildcard src/*/*.cc))
GLUE_SRCS := $(sort $(wildcard ngx_module/*/*.cc))
UNIT_SRCS := $(sort $(wildcard t/unit/*/*_test.cc))
FUZZ_SRCS := $(sort $(wildcard t/fuzz/*_fuzz.cc))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:
CHAOS_SECONDS ?=
SOAK_SECONDS ?=
KEPT_SECONDS ?=
KEPT_SEED ?=
SUITES ?=
export CHAOS_SECONDS SOAK_SECONDS KEPT_SECONDS KEPT_SEED

.PHONY: help install-deps build unit check tidy tidy-short format fuzz \
    fuzz-short prove test run asan asan-build asan-short kept chaos bench matrix soak model fronts \
    dist deb deb-try player browser clean FORCE

help:  ## this list
	@echo 'onair, what is on air right now, pushed from nginx. Targets:'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | \
	    awk -F'\t' '{ printf "  make %-13s %s\n", $$1, $$2 }'
	@echo
	@echo 'Variables: BUILD=dir (build), NGX_SRC=an nginx tree, DEBUG=1,'
	@echo '  SANITIZE=list or nothing (unit), UNIT=stage/file (unit),'
	@echo '  FUZZ_SECONDS=n, FUZZ=name (fuzz),'
	@echo '  T="t/some.t" (prove, matrix), FILES="src/...cc" (tidy), PORT=n and'
	@echo '  SOURCE=url (run), CHAOS_SECONDS, SOAK_SECONDS, KEPT_SECONDS, NGINX="versions", CXXS="g++"'
	@echo '  and BUILD_ONLY=1 (matrix), JOBS=n'

install-deps:  ## install what building and testing need, by apt
	t/tools/deps.sh build unit check fuzz test run

# The module -----------------------------------------------------------------
# nginx's own configure and Makefile build it; configure runs again only when
# the list of files, config, config.make or the flags change.

NGX_CC_OPT := -g -O2 -fstack-protector-strong -Wformat \
    -Werror=format-security -D_FORTIFY_SOURCE=2
NGX_LD_OPT := -Wl,-z,relro -Wl,-z,now
# The library's headers are read once (config.make); `make matrix` reads them in
# each file, as an operator's build does.
export ONAIR_PCH ?= 1
# Checks of the library's containers and views: not in what is shipped.
ASSERTIONS := -D_GLIBCXX_ASSERTIONS
# Lines for a backtrace; what a debugger wants besides is in DEBUG=1.
export ONAIR_CXXFLAGS := $(if $(DEBUG),-Og -UNDEBUG $(ASSERTIONS),-g1)
OBJS := $(OUT)/module/objs
BUILD_STAMP := $(OUT)/module/sources

build: $(OBJS)/Makefile  ## the module, build/ngx_http_onair_module.so
	@t/tools/quiet.sh $(OUT)/module/make.log $(MAKE) --no-print-directory \
	    -C $(OUT)/module -f objs/Makefile modules
	@cmp -s $(OBJS)/ngx_http_onair_module.so $(MODULE) || \
	    { cp $(OBJS)/ngx_http_onair_module.so $(MODULE).new && \
	    mv $(MODULE).new $(MODULE) && echo "made $(MODULE)"; }

$(OBJS)/Makefile: config config.make $(BUILD_STAMP) t/tools/configure.sh
	@mkdir -p $(OUT)/module
	@t/tools/quiet.sh $(OUT)/module/configure.log t/tools/configure.sh \
	    $(NGX_SRC) $(OUT)/module \
	    --with-cc-opt='$(NGX_CC_OPT)' --with-ld-opt='$(NGX_LD_OPT)'
	@touch $@

$(BUILD_STAMP): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(CURDIR) $(CORE_SRCS) $(GLUE_SRCS) '$(NGX_SRC)' \
	    '$(ONAIR_CXXFLAGS) $(ONAIR_PCH)' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The core on its own, with no path to nginx ---------------------------------

CORE_FLAGS := -std=c++20 -fno-exceptions -fno-rtti -Isrc -Wall -Wextra \
    -Wshadow -Werror -g -MMD -MP
UNIT_FLAGS := $(CORE_FLAGS) -iquote t $(ASSERTIONS) -O1 -fno-omit-frame-pointer \
    $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all)
FUZZ_FLAGS := $(CORE_FLAGS) $(ASSERTIONS) -O1 -fno-omit-frame-pointer \
    -fno-sanitize-recover=all
CORE_LIBS := -lz -lcrypto

UNIT_OUT := $(OUT)/unit$(if $(SANITIZE),,-plain)
UNIT_OBJS := $(CORE_SRCS:src/%.cc=$(UNIT_OUT)/core/%.o)
UNITS := $(UNIT_SRCS:t/unit/%.cc=$(UNIT_OUT)/%)
UNIT ?=
ifneq ($(UNIT),)
ifeq ($(wildcard t/unit/$(UNIT)_test.cc),)
$(error there is no t/unit/$(UNIT)_test.cc)
endif
UNITS := $(UNIT_OUT)/$(UNIT)_test
endif

unit: $(UNITS)  ## the core's unit tests (cmocka), or UNIT=stage/file alone
	@t/tools/unit.sh $(UNITS)

$(UNIT_OUT)/core/%.o: src/%.cc
	@mkdir -p $(@D)
	$(CXX) $(UNIT_FLAGS) -c -o $@ $<

$(UNIT_OUT)/libonair.a: $(UNIT_OBJS)
	@rm -f $@
	ar rcs $@ $^

# To optimise a test takes the compiler longer than all of its runs, and half of
# the rest is the library's headers: they are read once for all tests.
TEST_FLAGS := $(UNIT_FLAGS) -O0 -g1
TEST_STD := $(UNIT_OUT)/std.h

$(TEST_STD): Makefile
	@mkdir -p $(@D)
	@printf '#include <%s>\n' algorithm array atomic cstddef cstdint cstring \
	    iterator optional span string string_view utility vector >$@

$(TEST_STD).gch: $(TEST_STD)
	$(CXX) $(TEST_FLAGS) -x c++-header -o $@ $<

$(UNIT_OUT)/%_test.o: t/unit/%_test.cc $(TEST_STD).gch
	@mkdir -p $(@D)
	$(CXX) $(TEST_FLAGS) -include $(TEST_STD) -Winvalid-pch -c -o $@ $<

$(UNIT_OUT)/%_test: $(UNIT_OUT)/%_test.o $(UNIT_OUT)/libonair.a
	$(CXX) $(UNIT_FLAGS) -o $@ $^ -lcmocka $(CORE_LIBS)

FUZZ_OUT := $(OUT)/fuzz
FUZZ_OBJS := $(CORE_SRCS:src/%.cc=$(FUZZ_OUT)/core/%.o)
FUZZERS := $(FUZZ_SRCS:t/fuzz/%.cc=$(FUZZ_OUT)/%)
FUZZ ?=
ifneq ($(FUZZ),)
ifeq ($(wildcard t/fuzz/$(FUZZ)_fuzz.cc),)
$(error there is no t/fuzz/$(FUZZ)_fuzz.cc)
endif
FUZZERS := $(FUZZ_OUT)/$(FUZZ)_fuzz
endif

fuzz: $(FUZZERS)  ## every fuzzer for FUZZ_SECONDS (60), or FUZZ=name alone
	@t/tools/fuzz.sh $(FUZZ_OUT) $(FUZZ_SECONDS) \
	    $(patsubst %_fuzz,%,$(notdir $(FUZZERS)))

# The same fuzzers over the objects of the unit tests, which have the sanitizers
# but tell libFuzzer nothing of the ways they take: soon built, for a first look.
SHORT_OUT := $(UNIT_OUT)/fuzz
SHORTS := $(FUZZ_SRCS:t/fuzz/%.cc=$(SHORT_OUT)/%)

fuzz-short: $(SHORTS)  ## every fuzzer for a second, built in a minute
	@t/tools/fuzz.sh $(SHORT_OUT) 1 \
	    $(patsubst %_fuzz,%,$(notdir $(SHORTS)))

$(SHORT_OUT)/%_fuzz: t/fuzz/%_fuzz.cc $(UNIT_OUT)/libonair.a
	@mkdir -p $(@D)
	$(CLANGXX) $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -o $@ \
	    $(filter %.cc %.a,$^) $(CORE_LIBS)

$(FUZZ_OUT)/core/%.o: src/%.cc
	@mkdir -p $(@D)
	$(CLANGXX) $(FUZZ_FLAGS) \
	    -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

$(FUZZ_OUT)/libonair.a: $(FUZZ_OBJS)
	@rm -f $@
	ar rcs $@ $^

$(FUZZ_OUT)/%_fuzz: t/fuzz/%_fuzz.cc $(FUZZ_OUT)/libonair.a
	$(CLANGXX) $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -o $@ \
	    $(filter %.cc %.a,$^) $(CORE_LIBS)

UNIT_DEPS := $(UNIT_OBJS) $(UNITS:=.o)
-include $(UNIT_DEPS:.o=.d) $(FUZZ_OBJS:.o=.d) $(FUZZERS:=.d) $(SHORTS:=.d)

# The targets above are absolute: a relative name would be a file without a
# rule, and always up to date.
ifneq ($(BUILD),$(abspath $(BUILD)))
$(BUILD)/%: FORCE
	@$(MAKE) --no-print-directory $(CURDIR)/$@
endif

# Checks ---------------------------------------------------------------------

check: build  ## layers, names, docs, format, exports: nothing is run
	@t/tools/check.sh $(MODULE)

tidy: $(OBJS)/Makefile  ## clang-tidy over src/ and ngx_module/, or FILES="..."
	@t/tools/tidy.sh $(OBJS) $(FILES)

tidy-short: $(OBJS)/Makefile  ## clang-tidy for a minute, what changed last first
	@TIDY_SECONDS=60 t/tools/tidy.sh $(OBJS)

format:  ## write the C++ sources as .clang-format has them
	t/tools/check_format.sh fix

# The whole, on a running nginx ----------------------------------------------
# Each of these needs the module; what it runs is its own script.

ASAN_TESTS := t/greeting.t t/polling.t t/publish.t t/beside.t t/room.t

T ?=

prove: build  ## the tests in t/*.t on the distribution's nginx, or T="t/x.t"
	t/tools/prove.sh $(T)

test:  ## everything that a change must pass
	t/tools/deps.sh build unit check fuzz test browser model asan
	$(MAKE) --no-print-directory build
	$(MAKE) --no-print-directory check
	t/tools/test.sh

run:  ## a station to try: Icecast, nginx, the page; or SOURCE=url; MACHINES=3
	@t/tools/deps.sh build run $(if $(MACHINES),machines)
	@$(MAKE) --no-print-directory build
	@PORT='$(PORT)' SOURCE='$(SOURCE)' MACHINES='$(MACHINES)' \
	    perl t/run/run.pl

# The core is that of the unit tests.
asan: $(UNIT_OUT)/libonair.a  ## tests and chaos on an nginx built with ASan and UBSan, module inside
	ONAIR_CORE=$< t/asan/run.sh

asan-build: $(UNIT_OUT)/libonair.a
	@ONAIR_CORE=$< t/asan/build.sh

asan-short: $(UNIT_OUT)/libonair.a  ## a handful of them
	ASAN_SHORT=1 DIALOGUE_SECONDS=10 ONAIR_CORE=$< t/asan/run.sh $(ASAN_TESTS)

kept: $(UNIT_OUT)/libonair.a  ## requests that others keep or end, under ASan: KEPT_SECONDS, KEPT_SEED
	KEPT_ONLY=1 ONAIR_CORE=$< t/asan/run.sh

chaos: build  ## workers killed, reloads, broken sources, for CHAOS_SECONDS
	t/chaos/run.sh

bench: build  ## speed and size against the floor and a peer
	t/bench/run.sh

matrix:  ## the module built for and tested on other versions, NGINX="..."
	T='$(T)' t/matrix/run.sh $(NGINX)

soak: build  ## hours of a station's life, with memory watched
	t/soak/run.sh

model:  ## the zone's and the lease's protocols, model-checked
	t/model/run.sh

dist:  ## the sources as build/onair-VERSION.tar.gz
	@t/tools/dist.sh $(OUT)

deb:  ## the Debian package for this release's nginx, or SUITES="bookworm trixie"
	t/tools/deps.sh build deb
	$(if $(SUITES),t/package/build.sh $(OUT)/deb $(SUITES),t/tools/deb.sh $(OUT)/deb)

deb-try:  ## the packages of SUITES, on clean roots: installed, used, purged
	t/package/try.sh $(OUT)/deb $(or $(SUITES),bookworm trixie)

fronts: build  ## every front of docs/fronts, from Debian's packages
	t/tools/deps.sh test fronts
	ONAIR_FRONTS=all t/tools/prove.sh t/fronts.t t/signalling_fronts.t

player:  ## the player as a site serves it, without what only readers need
	t/tools/deps.sh player
	t/tools/player.sh $(OUT)/player

browser: build player  ## the page in a headless browser, and its elements as served
	t/browser/run.sh
	ONAIR_PLAYER=$(OUT)/player t/browser/run.sh \
	    --test-name-pattern='what is on and|forty pages|to talk in' client.test.js

clean:  ## forget everything that was built
	rm -rf $(OUT)
