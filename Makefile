# Phố Hiến. A newcomer needs two lines of this file: make run, make test.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

GO := go
# The same build wherever the clone lies: what another clone has built is not built
# again.
export GOFLAGS := -trimpath $(GOFLAGS)
# DuckDB hands over whole columns (Arrow) only when built with this tag.
TAGS := duckdb_arrow
# Test programs are linked without what debuggers read, by the quicker linker if it is
# there, and collect garbage less often than a server does.
TESTING = GOGC=400 tools/with-postgres $(GO) test -tags $(TAGS) -count=1 \
	-ldflags='-s -w $(if $(shell command -v ld.gold),-extldflags=-fuse-ld=gold)'
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
TEMPL = github.com/a-h/templ/cmd/templ@$(shell $(GO) list -m -f '{{.Version}}' github.com/a-h/templ)

# Commits whose programs make the data folders of make upgrade-test.
FROM := 42e9f2e 3bd782b fb6b525

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# Packages that make race watches: those that share memory between goroutines
# of ours, without hours in DuckDB. Others: make race RACE=./internal/core/...
RACE := ./odcs/... ./viet/... ./internal/foundation/...

DIST := internal/channels/ui/assets/dist
TEMPLATES := $(shell find internal -name '*.templ' 2>/dev/null)
TEMPLATES_GO := $(TEMPLATES:.templ=_templ.go)
WEB := $(shell find web/src web/build web/licences -type f) web/leave-out.txt
# All that goes into the binary: our code and what it embeds.
CODE = $(shell find cmd internal odcs viet packs -type f -not -path '*/testdata/*' -not -name '*_test.go' 2>/dev/null)

.PHONY: help
help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: build ## start a province with real data at http://localhost:8080
	@exec env PHOHIEN_DATA="$${PHOHIEN_DATA:-./data-demo}" bin/phohien demo

.PHONY: test
test: setup assets ## install what tests need, run every test
	$(TESTING) -timeout 80m ./...

.PHONY: build
build: setup-build bin/phohien ## make bin/phohien

.PHONY: assets
assets: setup-build $(DIST)/manifest.json $(TEMPLATES_GO) ## make what pages load and show, before Go builds

.PHONY: setup
setup: ## install what building and testing need (Debian)
	@tools/setup test

.PHONY: setup-build
setup-build:
	@tools/setup build

.PHONY: soak
soak: setup assets ## kill it 300 times on each engine (a quarter of an hour), then an hour of work
	PHOHIEN_SOAK=300 tools/with-postgres $(GO) test -tags $(TAGS) -count=1 -timeout 6h -v -run 'Crash|Soak|Shortcut|FollowersEnd' ./internal/core/corridor
	PHOHIEN_SOAK=1 $(TESTING) -timeout 2h -v -run 'TestAcceptance_oneWrongID|TestAxe_everyPage|TestBrowser_walks|TestHostile$$|TestMatrix_postgres' ./internal/app
	PHOHIEN_SOAK=1 $(TESTING) -timeout 2h ./internal/channels/...
	PHOHIEN_SOAK_MINUTES=60 $(GO) test -tags $(TAGS) -count=1 -timeout 2h -v -run 'TestSoak$$|TestInside$$' ./cmd/phohien

.PHONY: scale
scale: setup build ## ten million rows, fifty viewers, a thousand data sets (half an hour, 12 GB of disk); writes bench/scale.json
	$(GO) run -tags $(TAGS) ./bench/scale

.PHONY: clients
clients: setup assets ## open what we write with programs of others (LibreOffice)
	@tools/setup clients
	PHOHIEN_CLIENTS=1 $(GO) test -tags $(TAGS) -count=1 -v -run Clients ./internal/core/ingest/xlsx ./internal/core/workbook ./internal/foundation/paper

.PHONY: race
race: setup assets ## run tests under the race detector: RACE=packages
	tools/with-postgres $(GO) test -race -tags $(TAGS) -count=1 -timeout 60m $(RACE)

.PHONY: bench
bench: setup build ## measure against the engines alone; writes bench/latest.json
	tools/with-postgres $(GO) run -tags $(TAGS) ./bench

.PHONY: lint
lint: assets ## gofmt, vet, staticcheck, TypeScript, known vulnerabilities, rules of the house
	@unformatted=$$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 -r gofmt -l); \
	if [[ -n $$unformatted ]]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet -tags $(TAGS) ./...
	$(GO) run $(STATICCHECK) -tags $(TAGS) ./...
	cd web && node node_modules/typescript/bin/tsc --noEmit -p .
	$(GO) test -count=1 ./tools/house
	tools/vulncheck -tags $(TAGS) ./...

.PHONY: release
release: setup-build assets ## make dist/phohien-….tar.gz for a place without Internet, and try it
	tools/vulncheck -tags $(TAGS) ./cmd/phohien
	tools/try-release "$$($(GO) run ./tools/release -version '$(VERSION)' -out dist)"
	@ls -l dist

.PHONY: upgrade-test
upgrade-test: setup-build assets ## build older programs (FROM=commits), open their data with this one
	PHOHIEN_UPGRADE_FROM='$(FROM)' $(GO) test -tags $(TAGS) -count=1 -timeout 30m -v -run Upgrade ./cmd/phohien

.PHONY: clean
clean: ## remove what was built (not a province's data)
	rm -rf bin dist .make $(DIST) web/node_modules
	find internal -name '*_templ.go' -delete

# --- files -----------------------------------------------------------------

# The version goes into a file that changes only when the version does, so that
# the binary is linked again then, and only then.
.make/version: FORCE
	@mkdir -p .make
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' >$@

.PHONY: FORCE
FORCE:

bin/phohien: $(DIST)/manifest.json $(TEMPLATES_GO) $(CODE) go.mod go.sum .make/version
	$(GO) build -tags $(TAGS) -buildvcs=false -ldflags '-X main.version=$(VERSION)' -o $@ ./cmd/phohien

# npm's own record of what it has installed is the stamp.
web/node_modules/.package-lock.json: web/package.json web/package-lock.json web/.npmrc
	cd web && npm ci --no-fund --no-audit
	@touch $@

$(DIST)/manifest.json: web/node_modules/.package-lock.json $(WEB)
	$(GO) run ./web/build -web web -out $(DIST)

ifneq ($(TEMPLATES),)
$(TEMPLATES_GO) &: $(TEMPLATES) go.mod
	$(GO) run $(TEMPL) generate -path internal
	@touch $(TEMPLATES_GO)
endif
