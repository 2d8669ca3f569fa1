# What developers and CI run. Tools and downloads go to .cache/, which git ignores; nothing is installed elsewhere.
# "make" without a target lists them.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

GO  ?= go
BIN := $(CURDIR)/.cache/bin

# One set of flags for everything that is built without the race detector (the program, vet, lint, demo, bench), so that a fresh clone compiles it once.
export CGO_ENABLED := 0
export GOFLAGS     := $(filter-out -trimpath,$(GOFLAGS)) -trimpath

# Versions of tools. They are built from source through the Go module proxy, beside go.mod, so that they add nothing to what users download.
GOLANGCI_VERSION    := v2.15.0
GOVULNCHECK_VERSION := v1.9.0
GORELEASER_VERSION  := v2.15.1
CYCLONEDX_VERSION   := v1.10.0

# How many inputs each fuzz target gets (or how long it runs, as in 30s); TESTFLAGS adds to "go test".
FUZZTIME  ?= 1000x
TESTFLAGS ?=

# How often stress-test runs the tests, and how many busy loops it starts for each core.
RUNS  ?= 5
LOOPS ?= 3

GOLANGCI    := $(BIN)/golangci-lint-$(GOLANGCI_VERSION)
GOVULNCHECK := $(BIN)/govulncheck-$(GOVULNCHECK_VERSION)
GORELEASER  := $(BIN)/goreleaser-$(GORELEASER_VERSION)
CYCLONEDX   := $(BIN)/cyclonedx-$(CYCLONEDX_VERSION)/cyclonedx-gomod

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

.PHONY: build
build: ## build bin/lintel, static
	$(GO) build -o bin/lintel ./cmd/lintel

.PHONY: setup
setup: oracles coverage-tools ## look for what the tests need and fetch what is missing
	@scripts/sandbox.sh install
	@command -v curl >/dev/null || { [[ $$EUID == 0 ]] && apt-get install -y --no-install-recommends curl >/dev/null; } || { echo "setup: curl is not installed; the tests of the actions download with it" >&2; exit 1; }
	@command -v git >/dev/null || { echo "setup: git is not installed; the tests work on real repositories (git 2.39 or newer)" >&2; exit 1; }
	$(GO) mod download

.PHONY: coverage-tools
coverage-tools: ## fetch the coverage tools whose reports the tests compare (npm, Debian)
	@scripts/fetch-coverage-tools.sh

.PHONY: oracles
oracles: ## fetch the documents of GitHub that keep the fake GitHub honest (npm)
	@scripts/fetch-oracles.sh

# The race detector watches our code, River and the rest. What only computes or is C translated to Go is compiled without
# it, or most of the tests' time would go into watching memory that is not ours. A package may be listed only if it uses
# neither sync.Map nor an atomic that orders what others read, or others lose that order (docs/adr/0037, docs/adr/0046).
# encoding/json has a sync.Map, so nothing is inlined into it: what it calls of sync is compiled with the detector then, and
# so is reflect, by which it reads and writes what is not its own (docs/adr/0125).
# The detector needs cgo. A program with it waits a second before it ends, for late reports; with a hundred test programs
# that was more than a minute of nothing.
UNWATCHED := modernc.org/... github.com/open-policy-agent/... regexp/... unicode/... compress/... text/template/parse \
	github.com/santhosh-tekuri/jsonschema/... go.yaml.in/yaml/... github.com/alecthomas/kong github.com/gobwas/glob/...
RACETEST  := CGO_ENABLED=1 GORACE=atexit_sleep_ms=20 $(GO) test -race $(foreach p,$(UNWATCHED),-gcflags=$(p)=-race=false) \
	-gcflags='encoding/json=-race=false -l'

# A race takes two goroutines. Packages whose code and tests start none are tested without the detector, in a fifth of the
# time (docs/adr/0046).
# They are sought once, by the first target that needs them.
TESTED   = $(eval TESTED := $$(or $$(shell scripts/watched.sh),$$(error scripts/watched.sh names no package)))$(TESTED)
WATCHED  = $(patsubst watched:%,%,$(filter watched:%,$(TESTED)))
PLAIN    = $(patsubst plain:%,%,$(filter plain:%,$(TESTED)))

# Nor does a story in which one thing happens at a time teach the detector what others have not: it says "//race:unwatched"
# above its name and runs in the other half (docs/adr/0114). A package whose tests are all like that says so above its own
# name (docs/adr/0128). "make race" runs every test with the detector.
space    := $(subst ,, )
NIGHT     = $(patsubst night:%,%,$(filter night:%,$(TESTED)))
SPLIT     = $(patsubst split:%,%,$(filter split:%,$(TESTED)))
UNRACED   = $(subst $(space),|,$(strip $(patsubst test:%,%,$(filter test:%,$(TESTED)))))

.PHONY: compile
compile: setup $(GOLANGCI) ## fetch and compile what the other targets need, with the race detector and without: it only warms caches
	@$(GO) vet ./...
	$(RACETEST) -vet=off -run '^$$' $(WATCHED) >/dev/null
	$(GO) test -vet=off -run '^$$' $(SPLIT) $(PLAIN) >/dev/null
	@# What the recipes of ARCHITECTURE.md change is compiled before their first part runs: none is called so.
	$(GO) test -vet=off -run '^TestRecipes$$/^compiled$$' ./internal/floor/recipes >/dev/null

.PHONY: test
test: setup ## all tests, race detector on wherever two goroutines can meet, Rego tests included
	@# Four commands at once keep all cores busy. With twice as many tests at once in each, all took 8 % more of the
	@# processor (docs/adr/0132). The garbage collector runs less often than in the program.
	export GOGC=400
	packages=$$(getconf _NPROCESSORS_ONLN)
	# "go test" keeps what it links until all has run: that stays on the disk.
	export GOTMPDIR=$${GOTMPDIR:-$${TMPDIR:-/tmp}}
	folder='' parts=() logs=()
	# beside runs a command in the background; what it prints comes last: beside NAME COMMAND...
	beside() {
		logs+=("$$TMPDIR/$$1.log")
		(
			trap 'exit 130' INT TERM
			status=0
			"$${@:2}" || status=$$?
			echo "$$SECONDS s: $$1"
			exit "$$status"
		) >"$$TMPDIR/$$1.log" 2>&1 &
		parts+=($$!)
	}
	# Whoever interrupts this ends all of them: a shell lets no SIGINT through to what it runs in the background.
	end() {
		trap - INT TERM
		local part
		for part in "$${parts[@]}"; do { kill "$$part" && wait "$$part"; } 2>/dev/null || :; done
		[[ -z $$folder ]] || { chmod -R u+w "$$folder" 2>/dev/null || :; rm -rf "$$folder"; }
	}
	trap end EXIT
	trap 'exit 130' INT TERM
	folder=$$(scripts/memory-folder.sh lintel-test $$$$)
	export TMPDIR=$$folder
	echo "$(words $(WATCHED)) packages with the race detector; the stories and $(words $(PLAIN)) packages without it come last"
	# The stories take longest, so nothing has to be linked before them.
	beside stories env $(RACETEST) -vet=off -parallel 3 -timeout 40m -skip '^($(UNRACED))$$' $(TESTFLAGS) ./internal/server
	# What has no test must compile, too. "go build" would link every program each time, which other targets do.
	beside compiled sh -c '$(GO) list -export ./... >/dev/null'
	# What of watched packages runs without the detector; the tables with every answer of GitHub at every address: of some
	# it has seen one with it. These take longest, so they begin first.
	beside unraced $(GO) test -vet=off -p $$packages -parallel 4 -timeout 40m -run '^($(UNRACED)|TestEveryAnswer.*)$$' $(TESTFLAGS) \
		./internal/server $(filter-out %/internal/server,$(SPLIT))
	beside plain $(GO) test -vet=off -p $$packages -parallel 3 -timeout 40m $(TESTFLAGS) $(PLAIN)
	status=0
	$(RACETEST) -vet=off -p $$((packages + 1)) -parallel 4 -timeout 40m -skip '^($(UNRACED))$$' $(TESTFLAGS) \
		$(filter-out %/internal/server,$(WATCHED)) || status=$$?
	echo "$$SECONDS s: with the race detector"
	for part in "$${parts[@]}"; do wait "$$part" || status=$$?; done
	parts=()
	cat "$${logs[@]}"
	exit "$$status"

.PHONY: race
race: setup ## every test of packages with goroutines under the race detector
	$(RACETEST) -vet=off -p $$(($$(getconf _NPROCESSORS_ONLN) + 1)) -parallel 4 -timeout 60m $(TESTFLAGS) ./internal/server $(WATCHED) $(NIGHT)

.PHONY: sandbox-podman
sandbox-podman: ## attack the docker backend on a podman of its own (Debian, root; half a minute)
	@scripts/sandbox.sh podman $(GO) test -tags podman -count=1 ./internal/sandbox/docker

.PHONY: attacks
attacks: ## attack bubblewrap, with a tree of 200,000 files among the attacks (CI has 5,000)
	@TEST_SANDBOX=1 TEST_SANDBOX_FILES=200000 $(GO) test -count=1 -timeout 60m -run '^TestAttacks$$' ./internal/sandbox/bwrap

.PHONY: kube-proof
kube-proof: ## hold the kubernetes backend and the chart's rights to a real API server (Debian's etcd; compiles Kubernetes once, 10 to 60 minutes)
	@scripts/kube-proof.sh $(TESTFLAGS)

.PHONY: torture
torture: ## kill, cut off and misdate seven processes on PostgreSQL for about 2,000 deliveries (DELIVERIES=2000, TORTURE_SEED=n repeats a run)
	@scripts/torture.sh $(or $(DELIVERIES),2000)

.PHONY: drill
drill: build ## lose a running server's database and restore its backup, by the commands of the documentation, on SQLite and PostgreSQL (about 20 s)
	@scripts/drill.sh

.PHONY: pgbouncer
pgbouncer: build ## run the record's promises and a story through PgBouncer in session mode, and be refused in transaction mode (Debian)
	@scripts/pgbouncer.sh

.PHONY: growth
growth: ## fill a record with a million pull requests (GROWTH=1000000), and write plans and times of its statements to docs/growth.md
	@scripts/postgres.sh run $(GO) test -tags growth -count=1 -timeout 12h -v -run '^TestGrowth$$' ./internal/store

.PHONY: stress-test
stress-test: setup ## "make test" five times beside busy loops (RUNS=5 LOOPS=3)
	@scripts/stress-test.sh $(RUNS) $(LOOPS) $(MAKE) --no-print-directory test TESTFLAGS="-count=1 $(TESTFLAGS)"

.PHONY: test-fast
test-fast: ## all tests without the race detector, for the inner loop
	$(GO) test $(TESTFLAGS) ./...

# Each generated file is written by the test that compares it, so the test and the generator cannot differ.
.PHONY: generate
generate: ## write the generated pages, parts of pages and JSON Schemas under docs/ anew
	$(GO) test -count=1 -run '^(TestPublished.*|TestDocsAreGenerated|TestSchema)$$' \
		./cmd/bench/capacity ./internal/backtest ./internal/config ./internal/cli ./internal/facts ./internal/flow/definition ./internal/metrics ./internal/policy ./internal/render ./internal/settings -args -update
	$(GO) test -count=1 -run '^TestPublishedParts$$' ./internal/pages -args -update
	$(GO) test -count=1 -run '^TestPublishedIndex$$' ./internal/pages -args -update

.PHONY: check-generated
check-generated: ## refuse generated files that differ from what the code says
	@before=$$(mktemp -d); trap 'rm -rf "$$before"' EXIT
	cp -R docs "$$before/docs"
	$(MAKE) --no-print-directory generate
	diff -r "$$before/docs" docs || { echo "check-generated: the files above were stale and are now written anew: commit them" >&2; exit 1; }

$(GOLANGCI):
	@mkdir -p $(BIN); work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT
	cd "$$work" && GOFLAGS= GOBIN="$$work" $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv "$$work/golangci-lint" $@

# It reads the modules that tests of our modules need as well, which no build does. Where the module proxy cannot be reached nothing is known, which is
# said and is no failure.
.PHONY: tidy
tidy: ## refuse a go.mod or go.sum that "go mod tidy" would change
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT
	if $(GO) mod tidy -diff >"$$work/diff" 2>"$$work/log"; then exit 0; fi
	if [[ -s "$$work/diff" ]]; then
		cat "$$work/diff"
		echo 'tidy: go.mod or go.sum is not tidy: run "go mod tidy" and commit them' >&2
		exit 1
	fi
	tail -n 3 "$$work/log"
	grep -qE 'dial tcp|no such host|connection refused|i/o timeout|module lookup disabled' "$$work/log"
	echo "tidy: a module cannot be had here, so nothing was compared"

.PHONY: lint
lint: tidy $(GOLANGCI) ## golangci-lint with the linters of .golangci.yml, the policies' own lint, CHANGELOG.md and go.mod
	$(GOLANGCI) run --allow-parallel-runners ./...
	$(GO) run ./cmd/lintel policy lint
	$(GO) run ./cmd/lintel settings check docs/settings.example.yml
	$(GO) run ./cmd/lintel settings check
	scripts/check-changelog.sh

# The tool comes through the Go module proxy, the database of vulnerabilities from vuln.go.dev (GOVULNDB names a mirror). Where either cannot be reached
# nothing is known, which is said and is no failure.
.PHONY: vuln
vuln: ## look for known vulnerabilities that the code reaches
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT
	if ! [[ -x $(GOVULNCHECK) ]]; then
		if ! (cd "$$work" && GOFLAGS= GOBIN="$$work" $(GO) install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)) 2>"$$work/log"; then
			tail -n 3 "$$work/log"
			echo "vuln: govulncheck cannot be built here, so nothing was looked up"
			exit 0
		fi
		mkdir -p $(BIN) && mv "$$work/govulncheck" $(GOVULNCHECK)
	fi
	if $(GOVULNCHECK) ./... >"$$work/out" 2>&1; then cat "$$work/out"; exit 0; fi
	cat "$$work/out"
	if grep -qE 'fetching vulnerabilities|no such host|connection refused|i/o timeout|Forbidden' "$$work/out"; then
		echo "vuln: the database of vulnerabilities cannot be reached from here, so nothing was looked up"
		exit 0
	fi
	exit 1

.PHONY: fuzz
fuzz: ## 1,000 inputs for each fuzz target (FUZZTIME=30s: half a minute for each)
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: ## print one table: latency, throughput, API calls, memory, beside the bars
	$(GO) run ./cmd/bench

.PHONY: bench-small
bench-small: ## the same table from less: that every part still measures
	$(GO) run ./cmd/bench -small

.PHONY: smoke
smoke: build ## the built program from pull request to merge, with a GitHub that others wrote (npm)
	@scripts/fetch-emulate.sh
	$(GO) run ./cmd/smoke

.PHONY: smoke-model
smoke-model: build ## the built program and a language model with every fault, served by others (npm)
	@scripts/fetch-aimock.sh
	$(GO) run ./cmd/smoke -aimock .cache/aimock/node_modules/@copilotkit/aimock/dist/cli.js

.PHONY: pages
pages: ## have axe-core look at every page in headless Chromium: light, dark, wide, narrow; and at paper (npm, chromium)
	@browser=$$(scripts/fetch-axe.sh)
	pages=$$(mktemp -d); trap 'rm -rf "$$pages"' EXIT
	LINTEL_GALLERY="$$pages" $(GO) test -count=1 -run '^TestGallery$$' ./internal/fake/github
	LINTEL_PAGES="$$pages" LINTEL_CHROMIUM="$$browser" LINTEL_AXE="$(CURDIR)/.cache/axe/node_modules/axe-core/axe.min.js" $(GO) test -count=1 -tags pages -run '^Test(Axe|Enhanced|Printed)$$' ./internal/web

.PHONY: checks-real
checks-real: $(GOLANGCI) ## run the tools of the catalogue that Debian, npm and Go have, and read what they write (about 30 s when fetched)
	@tools=$$(scripts/fetch-checks.sh)
	PATH="$$tools:$$PATH" $(GO) test -tags checks -count=1 -run '^TestReal$$' ./internal/catalogue

.PHONY: alerts
alerts: ## read the alert rules by the code that promtool check rules runs, and fire them (Go module proxy)
	@scripts/check-alerts.sh

.PHONY: sarif
sarif: build ## hold the SARIF of lintel check to the rules of GitHub code scanning (npm)
	@scripts/check-sarif.sh

# The compiler needs five minutes for a system whose packages are in no cache; this needs five seconds of processor time.
.PHONY: platforms
platforms: ## refuse a program that another system's compiler would refuse (scripts/compile-platforms.sh: compile it)
	cd tools/platforms && $(GO) vet ./... && $(GO) run . ../.. windows/amd64 darwin/arm64

.PHONY: reproducible
reproducible: ## build the program twice at two places and refuse two digests (scripts/reproducible.sh --cold: with two caches)
	@scripts/reproducible.sh

.PHONY: install-proof
install-proof: ## "go install .../cmd/lintel@latest" of HEAD with an empty module cache, from a module proxy of files
	@scripts/prove-install.sh

# It is compiled from a thousand packages, for minutes; only releases need it.
$(GORELEASER):
	@mkdir -p $(BIN); work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT
	cd "$$work" && GOFLAGS= GOBIN="$$work" $(GO) install github.com/goreleaser/goreleaser/v2@$(GORELEASER_VERSION)
	mv "$$work/goreleaser" $@

$(CYCLONEDX):
	@mkdir -p $(@D); cd $(@D) && GOFLAGS= GOBIN="$(@D)" $(GO) install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX_VERSION)

.PHONY: release-snapshot
release-snapshot: $(GORELEASER) $(CYCLONEDX) ## make the files of a release in dist/, without a tag, unsigned
	export PATH="$(dir $(CYCLONEDX)):$$PATH"
	TAP_TOKEN= $(GORELEASER) check
	scripts/compile-platforms.sh
	TAP_TOKEN= $(GORELEASER) release --snapshot --clean --skip=publish,sign --parallelism 1 --timeout 3h

.PHONY: prove-release
prove-release: ## look into what release-snapshot made: archives, packages, checksums, lists of modules (root: install them, too)
	@scripts/prove-release.sh dist

.PHONY: image-proof
image-proof: ## build the Dockerfile and hold the image to its promises (podman or docker; LOCAL_BASES=1: no registry)
	@scripts/prove-image.sh

# The chart lies outside the module, where the cache of go test does not look: -count=1.
.PHONY: charts
charts: ## lint and render the Helm chart by Helm's own code, and read every manifest by Kubernetes' types (Go module proxy)
	cd tools/charts && $(GO) vet ./... && $(GO) test -count=1 $(TESTFLAGS) ./...

.PHONY: demo
demo: ## the whole story on this machine, until Ctrl-C
	$(GO) run ./cmd/lintel demo

.PHONY: demo-once
demo-once: ## the same, ending after the story; fails when it did not go as told
	$(GO) run ./cmd/lintel demo --once
	$(GO) run ./cmd/lintel demo --once --forge gitlab

.PHONY: hooks
hooks: build ## run the snippets of docs/guides/hooks.md by husky and lefthook themselves (npm)
	@scripts/check-hooks.sh

.PHONY: site
site: ## build docs/ as a static site with a search, into .cache/site/out (npm)
	@scripts/site.sh

.PHONY: bare-machine
bare-machine: ## README's two commands in a fresh Debian root without any cache (root, debootstrap; scripts/bare-machine.sh demo: only the demo)
	@scripts/bare-machine.sh

.PHONY: ci
ci: ## what CI runs
	.ci/run

.PHONY: clean
clean: ## remove what was built and fetched
	rm -rf bin dist .cache
