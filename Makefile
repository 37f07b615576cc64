# gearctl: build, test and install. Every target works with Go alone; what needs gearmand says so.

VERSION    ?= $(shell git describe --tags --always 2>/dev/null || echo development)
PREFIX     ?= /usr/local
SYSTEMD    ?= $(PREFIX)/lib/systemd/system
SYSCONFDIR ?= /etc
TAGS       := urfave_cli_no_docs
GOFUMPT    := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME   ?= 2s
OLD_NAMES  := gearadmin gearman gearman_top check_gearman send_gearman send_multi \
	nagios-gearman-top nagios-check-gearman nagios-send-gearman nagios-send-multi

export CGO_ENABLED ?= 0
# Every build, test and check has the flags of a release, so that all share the cache. Nothing needs the tables of debuggers,
# which are a sixth of the time of compiling: stack traces do without, and "dlv test" makes its own.
export GOFLAGS := $(shell go env GOFLAGS) -trimpath -tags=$(TAGS) -gcflags=all=-dwarf=false

.PHONY: build test race lint cross docs fuzz bench soak page-check mutants mutants-sample dist dist-check dist-quick install install-files clean

build:
	go build -ldflags "-s -w -X main.version=$(VERSION)" -o build/gearctl ./cmd/gearctl

test:
	@.ci/test

# The packages that start goroutines under the race detector (needs a C compiler), without helpers of tests; of series over every
# point, some points.
race:
	@CGO_ENABLED=1 .ci/test -race -short $$(grep -rlE '^\s*go |\.Go\(' --include='*.go' --exclude='*_test.go' wire commands output | \
		xargs -n1 dirname | sort -u | grep -v test | sed 's#^#./#')

lint:
	@test -z "$$(go run $(GOFUMPT) -l . | tee -a /dev/stderr)"
	go vet -tags bench,soak,browser,$(TAGS) ./...
	go run $(STATICCHECK) ./...
	go mod tidy -diff

# For macOS, FreeBSD and Linux on arm64: vets and builds, but runs nothing.
cross:
	@.ci/cross

# The reference of the commands, from the table that the help is made of.
docs:
	go test -count 1 -run TestReference ./commands -update

# Every fuzz target for FUZZTIME.
fuzz:
	@.ci/fuzz $(FUZZTIME)

# Side by side with gearadmin, gearman and a bare loop, against one real gearmand.
bench: build
	go test -tags bench,$(TAGS) -count 1 -timeout 30m -run SideBySide -v ./commands

# Long series of crashes and reconnects with real processes.
soak: build
	go test -tags soak,$(TAGS) -count 1 -timeout 60m -run Soak -v ./...

# The status page of the exporter in headless Chromium: two widths, two colour schemes, keyboard, no script, contrast, axe. Needs
# chromium and chromium-driver, and npm for axe.
page-check:
	@.ci/page-check

# Small mistakes in the code, one at a time, and which of them no test notices; docs/testing.md says more.
# PACKAGES=wire/disk tries one package; MUTANTS='-n 10 -v' is for the flags.
mutants:
	@go run ./commands/internal/mutants -argued commands/internal/mutants/argued.txt $(MUTANTS) $(PACKAGES)

# Ten of them, of a package in which none survives that is not argued for; it fails if one does.
mutants-sample:
	@go run ./commands/internal/mutants -argued commands/internal/mutants/argued.txt -strict -v -n 10 -seed 20 -p 2 -users 0 wire/disk

# deb, rpm and tar.gz, an SBOM and checksums, in dist/.
dist:
	@packaging/dist

# What a release has to pass besides .ci/run, and the part of it that is in .ci/run. As root, with lintian, rpmlint, rpm and systemd.
dist-check:
	@.ci/packages

dist-quick:
	@.ci/packages quick

# The binary, the manual, completions, units and commented examples. The user of the units is not made: docs/how-to/install.md.
install: build
	go run ./cmd/gearctl/manpages build/man "$(VERSION)" "$$(date -u +%F)"
	gzip -9nf build/man/*.1
	@$(MAKE) -s install-files BINARY=build/gearctl MAN=build/man

install-files:
	install -D -m 0755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/gearctl
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(SYSTEMD) $(DESTDIR)$(SYSCONFDIR)/gearctl
	install -m 0644 $(MAN)/*.gz $(DESTDIR)$(PREFIX)/share/man/man1/
	install -D -m 0644 completions/gearctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/gearctl
	install -D -m 0644 completions/gearctl.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_gearctl
	install -D -m 0644 completions/gearctl.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/gearctl.fish
	install -d $(DESTDIR)$(PREFIX)/lib/gearctl/compat
	for name in $(OLD_NAMES); do ln -sf ../../../bin/gearctl $(DESTDIR)$(PREFIX)/lib/gearctl/compat/$$name; done
	for unit in packaging/systemd/*; do \
		sed 's#/usr/bin/gearctl#$(PREFIX)/bin/gearctl#' $$unit > $(DESTDIR)$(SYSTEMD)/$${unit##*/}; chmod 0644 $(DESTDIR)$(SYSTEMD)/$${unit##*/}; done
	for file in packaging/etc/*; do \
		test -e $(DESTDIR)$(SYSCONFDIR)/gearctl/$${file##*/} || install -m 0644 $$file $(DESTDIR)$(SYSCONFDIR)/gearctl/; done

clean:
	rm -rf build dist
