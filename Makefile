# make test   everything, as CI runs it; installs what is missing where it may
# make check  the quick part, for every commit
# make browser  the pages in Chromium, and a screenshot of each in screenshots/
# make bench  the hot paths, alone and beside a bare reference (minitill bench)
# make fuzz   a minute for each fuzz target
# make years  ten thousand simulated orders on a virtual clock; a million with ORDERS=1000000
# make explore  every interleaving of a small world, to the depth of its table; deeper with DEPTH=8 FAULTS=3
# make chaos  kill -9 at random moments under load, on both databases, for some minutes; KILLS=200 SEED=1
# make release  the archives of VERSION=v0.2.0, or of the tag of this commit, into dist/
# make release-check  build one of them twice, and compare the bytes
# make deploy  what is in deploy/, with the servers that it is for
# make mutants  break guards one at a time and see tests fail; some with RUN=refund

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
SECONDS_PER_TARGET ?= 60

.PHONY: test compile check bench fuzz setup lint race years explore chaos mutants sdk clients browser build verify release release-check deploy

# What tests build has nothing that only debuggers read, and not the codec of gin that releases leave out.
LEAN := -tags=nomsgpack -gcflags=all=-dwarf=false -ldflags=-s
# With the race detector, code of others, and of ours what does little in tests, is compiled without
# inlining, which takes less time. SQLite's own code, translated from C, runs without the detector: it has
# its own locks, and would take nine tenths of the time.
RACE := -race '-gcflags=all=-dwarf=false -l' -gcflags=std=-dwarf=false -gcflags=github.com/minitill/...=-dwarf=false \
	'-gcflags=github.com/minitill/minitill/internal/...=-dwarf=false -l' \
	'-gcflags=github.com/minitill/minitill/bridge/console/...=-dwarf=false -l' \
	'-gcflags=modernc.org/...=-race=false -dwarf=false'
FLAGS := $(filter-out $(LEAN) $(RACE),$(GOFLAGS)) $(LEAN)
# A fresh machine compiles for minutes. So lint and the helper's tests use what the race detector's run
# has compiled; tools, the explorer and the simulation, which do one thing at a time and much of it, are
# built without it. BUILD has the flags of the detector under make test, which alone compiles beside setup.
BUILD ?=
test: export BUILD := $(RACE)
# Screenshots are for people, and take a seventh of the browsers' time: make browser takes them.
test: export MINITILL_SCREENSHOTS :=
check clients years explore chaos mutants: export GOFLAGS := $(FLAGS)
lint sdk: export GOFLAGS := $(FLAGS) $(BUILD)
race browser compile: export GOFLAGS := $(FLAGS) $(RACE)

# Two at a time, in this order: the race detector's run waits for databases at times, and what only needs
# a processor fits beside it. The browsers come last, since they can use all processors.
test:
	@scripts/setup compiler
	@scripts/together race verify clients lint explore years sdk browser
	@echo "make test: everything passed"

# All but the explorer wait until everything is compiled: make passes by what waits, and would begin with
# whatever does not, in another order than the one above.
ifneq ($(BUILD),)
race verify clients lint sdk years browser: setup compile
endif

# Compiles the packages and their tests, and links nothing. What does not compile is reported by race.
compile:
	@go list -export -test -deps -f '' $$(go list ./... | grep -v /internal/clients) >/dev/null 2>&1 || true

check: lint
	go test -short ./...

setup:
	@scripts/setup

build:
	go build -trimpath -tags nomsgpack,timetzdata -ldflags "-s -w" -o minitill .

# Linux, macOS and Windows, on amd64 and arm64, with checksums, SBOMs and licences.
release:
	go run ./scripts/release -version '$(VERSION)'

release-check:
	MINITILL_RELEASE=1 go test -count=1 -timeout 30m -run TestTheSameCommit ./scripts/release

# Images, manifests, proxies, alerts: needs buildah, prometheus, haproxy, nginx and systemd, which are
# installed where they may be. It is no part of make test, since it takes minutes.
deploy:
	@scripts/setup deploy
	cd deploy/tests && go vet ./... && MINITILL_DEPLOY=1 go test -v -count=1 -timeout 20m ./...

# A module of its own: a real OpenID provider, which the console's sign-in is tested with.
PROVIDER := bridge/console/oidc/realprovider

# The checks of go vet and staticcheck.
lint:
	@scripts/format
	go mod tidy -diff
	lint=$$(go env GOCACHE)/minitill-lint && GOFLAGS='$(FLAGS)' go -C tools build -o $$lint ./lint && $$lint ./... ./testdata && cd $(PROVIDER) && $$lint ./...

# lint vets every package, with more checks than go test has.
TEST := go test -vet=off

# Databases of tests lie in memory where there is enough, and what the go command builds on the disk.
INMEMORY := dir=$$(scripts/inmemory) && GOTMPDIR=$${GOTMPDIR:-$${TMPDIR:-/tmp}} TMPDIR=$$dir

# The packages that take longest begin first, so that at the end none of them runs alone.
SLOW := ./internal/app ./bridge/engine ./bridge/store/postgres ./internal/bench

# Three packages at once, since those of the stores mostly wait for their databases.
race:
	$(INMEMORY) $(TEST) -p 3 -timeout 15m $(SLOW) $$(go list ./... | grep -v -e /browsertest -e /internal/clients)
	cd $(PROVIDER) && $(TEST) -count=1 ./...
	@scripts/covered

# Orders live through everything that can go wrong, at the sandbox and at each wallet; and all the races of
# two refunds, of which the race detector's run has a part.
ORDERS ?= 10000
years:
	$(INMEMORY) $(TEST) -count=1 -timeout 0 -run 'TestSimulatedYears|TestEveryOrderEnds|TestOnEachStore/.*/two_refunds_of_most' ./bridge/engine -sim.orders $(ORDERS)

# Every interleaving of a small world, to a fixed depth.
DEPTH ?= 0
FAULTS ?= 1048576
explore:
	nice $(TEST) -count=1 -timeout 0 ./bridge/explore -explore.depth $(DEPTH) -explore.faults $(FAULTS)

# Two hundred kills of real processes, clocks that are off, a wallet that hangs, Redis gone, a failover and full disks.
KILLS ?= 200
SEED ?=
chaos:
	MINITILL_CHAOS_KILLS=$(KILLS) MINITILL_CHAOS_SEED=$(SEED) go test -count=1 -timeout 0 -v -run 'TestChaos' ./internal/app

mutants:
	go run ./scripts/mutants $(if $(RUN),-match '$(RUN)')

sdk: verify
	cd sdk-js && npm run package && npm test
	cd sdk-js/recipes && npm ci --loglevel=error && npm run types && npm test
	node --test wallet/*/witness/*.test.mjs

# The committed dist/ is what the sources build to, and is ES5, small and typed.
verify:
	cd sdk-js && npm ci --loglevel=error && npm run types && npm run verify

# Clients generated from the OpenAPI document compile and are typed.
clients:
	cd internal/clients && npm ci --loglevel=error
	MINITILL_CLIENTS=1 $(TEST) -count=1 ./internal/clients

browser:
	cd internal/browsertest && npm ci --loglevel=error
	MINITILL_BROWSER=1 $(TEST) -count=1 -parallel 4 -timeout 15m ./internal/browsertest

bench:
	go test -run '^$$' -bench . -benchmem ./signing ./wallet/... ./bridge/engine ./bridge/store/... ./miniapp/...
	go run . bench --only create,notify,status,rsa

fuzz:
	@scripts/fuzz $(SECONDS_PER_TARGET)
