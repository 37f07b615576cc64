# gearctl: build, test and install. Every target works with Go alone; what needs gearmand says so.

VERSION    ?= $(shell git describe --tags --always 2>/dev/null || echo development)
PREFIX     ?= /usr/local
TAGS       := urfave_cli_no_docs
GOFUMPT    := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME   ?= 5s

export CGO_ENABLED ?= 0

.PHONY: build test race lint docs fuzz bench soak mutants mutants-sample install clean

build:
	go build -trimpath -tags $(TAGS) -ldflags "-s -w -X main.version=$(VERSION)" -o build/gearctl ./cmd/gearctl

test:
	@.ci/test

# The packages with goroutines, under the race detector (needs a C compiler).
race:
	@CGO_ENABLED=1 .ci/test -race ./wire/... ./commands/... ./output/...

lint:
	@test -z "$$(go run $(GOFUMPT) -l . | tee -a /dev/stderr)"
	go vet ./...
	go vet -tags bench,soak ./...
	go run $(STATICCHECK) ./...
	go mod tidy -diff

# The reference of the commands, from the table that the help is made of.
docs:
	go test -count 1 -run TestReference ./commands -update

# Every fuzz target for FUZZTIME.
fuzz:
	@.ci/fuzz $(FUZZTIME)

# Side by side with gearadmin, gearman and a bare loop, against one real gearmand.
bench: build
	go test -tags bench -count 1 -timeout 30m -run SideBySide -v ./commands

# Long series of crashes and reconnects with real processes.
soak: build
	go test -tags soak -count 1 -timeout 60m -run Soak -v ./...

# Small mistakes in the code, one at a time, and which of them no test notices; docs/testing.md says more.
# PACKAGES=wire/disk tries one package; MUTANTS='-n 10 -v' is for the flags.
mutants:
	@go run ./commands/internal/mutants -argued commands/internal/mutants/argued.txt $(MUTANTS) $(PACKAGES)

# Ten of them, of a package in which none survives that is not argued for; it fails if one does.
mutants-sample:
	@go run ./commands/internal/mutants -argued commands/internal/mutants/argued.txt -strict -v -n 10 -seed 20 -p 2 -users 0 wire/disk

install: build
	install -D -m 0755 build/gearctl $(DESTDIR)$(PREFIX)/bin/gearctl

clean:
	rm -rf build
