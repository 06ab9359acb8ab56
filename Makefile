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
	TURNCOAT_TEST_CLIENTS=required $(GO) test -race -timeout 14m $$($(GO) list ./... | grep -v /scenario/library)
	$(GO) test -timeout 14m ./scenario/library

# What tests need beside Go. The race detector needs a C compiler, which a machine
# that can build Turncoat may lack, for Turncoat itself does not use cgo. The rest
# are clients of other people's: mail programs, Node, and what bin/npm holds. Each
# command stands before the Debian packages that bring it.
TOOLS := gcc:gcc+libc6-dev curl:curl ip:iproute2 unshare:util-linux mutt:mutt mbsync:isync msmtp:msmtp node:nodejs npm:npm

.PHONY: commands
tools: commands bin/npm/.installed

commands:
	@missing=; for tool in $(TOOLS); do \
		command -v $${tool%%:*} >/dev/null || missing="$$missing $$(echo $${tool#*:} | tr + ' ')"; \
	done; \
	test -z "$$missing" || { apt-get update -q && apt-get install -qy --no-install-recommends $$missing; }

bin/npm/.installed: bridge/mcp/testdata/npm/package-lock.json | commands
	mkdir -p bin/npm
	cp bridge/mcp/testdata/npm/package.json bridge/mcp/testdata/npm/package-lock.json bin/npm/
	cd bin/npm && npm ci --no-audit --no-fund --loglevel=error
	touch $@

lint: $(LINT)
	$(LINT) run ./...

$(LINT):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/golangci-lint $(LINT)

bench:
	$(GO) test -run '^$$' -bench . -benchmem -timeout 30m ./...

generate:
	$(GO) generate ./...
