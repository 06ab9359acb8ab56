# make run    the quickstart study
# make test   everything that must hold, with the race detector
# make lint   golangci-lint, in the version that .golangci.yml was written for
# make bench  the figures of docs/performance.md
# make generate   rewrite what is made by a program: golden files

GO            ?= go
LINT_VERSION  := v2.15.0
LINT          := bin/golangci-lint-$(LINT_VERSION)

.PHONY: run test lint bench generate tools

run:
	$(GO) run ./cmd/turncoat run

# The library's tests make ten thousand worlds one after the other, for which the
# race detector has nothing to find and takes six times as long.
test: tools
	$(GO) test -race -timeout 14m $$($(GO) list ./... | grep -v /scenario/library)
	$(GO) test -timeout 14m ./scenario/library

# The race detector needs a C compiler; a machine that can build Turncoat may
# lack one, for Turncoat itself does not use cgo.
tools:
	@command -v gcc >/dev/null || { apt-get update -q && apt-get install -qy gcc libc6-dev; }

lint: $(LINT)
	$(LINT) run ./...

$(LINT):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/golangci-lint $(LINT)

bench:
	$(GO) test -run '^$$' -bench . -benchmem -timeout 30m ./...

generate:
	$(GO) generate ./...
