package app

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/minitill/minitill"

// testdataPackage is imported by tests alone: it has private keys.
const testdataPackage = "testdata"

// The world of tests, and its clock.
const (
	tilltestPackage  = "internal/tilltest"
	testclockPackage = "internal/tilltest/testclock"
)

// may has, for each package, the packages that it may import. Imports go one way: a package
// that is not listed for another may not be imported by it. A pattern ends in * for every package below.
var may = map[string][]string{
	".":       {"bridge/run"},
	"fault":   {},
	"signing": {"fault"},

	"wallet":                       {"fault", "wallet/transport"},
	"wallet/transport":             {"fault"},
	"wallet/wire":                  {"fault", "signing", "wallet", "wallet/transport"},
	"wallet/internal/provider":     {},
	"wallet/internal/provider/*":   {"internal/design", "internal/qrcode"},
	"wallet/wallettest":            {"fault", "wallet"},
	"wallet/sandbox":               {"fault", "signing", "wallet", "wallet/wire"},
	"wallet/sandbox/simulator":     {"signing", "wallet", "wallet/internal/provider*", "internal/design"},
	"wallet/miniprogram":           {"fault", "signing", "wallet", "wallet/wire"},
	"wallet/miniprogram/simulator": {"signing", "wallet", "wallet/internal/provider*", "internal/design"},
	"wallet/ottpay":                {"fault", "signing", "wallet", "wallet/wire"},
	"wallet/ottpay/simulator":      {"signing", "wallet", "wallet/internal/provider*", "internal/design"},
	"wallet/payprotocol":           {"fault", "signing", "wallet", "wallet/wire"},
	"wallet/payprotocol/simulator": {"signing", "wallet/internal/provider*", "internal/design"},
	"wallet/redotpay":              {"fault", "signing", "wallet", "wallet/wire"},
	"wallet/redotpay/direct":       {"fault", "signing", "wallet", "wallet/wire"},
	"wallet/redotpay/simulator":    {"signing", "wallet", "wallet/internal/provider*", "internal/design"},

	"bridge":                           {"fault", "wallet"},
	"bridge/idempotency":               {"fault", "bridge"},
	"bridge/input":                     {"fault", "wallet"},
	"bridge/schedule":                  {"wallet", "bridge"},
	"bridge/refund":                    {"fault", "wallet", "bridge"},
	"bridge/resolution":                {"fault", "wallet", "bridge"},
	"bridge/bridgetest":                {"wallet", "bridge"}, // for tests only
	"bridge/store":                     {"fault", "wallet", "bridge", "bridge/history"},
	"bridge/view":                      {"wallet", "bridge", "bridge/store"},
	"bridge/pricing":                   {"fault", "wallet", "bridge", "bridge/input"},
	"bridge/outbound":                  {"fault", "wallet"},
	"bridge/agreement":                 {"fault", "wallet", "bridge", "bridge/idempotency", "bridge/input", "bridge/outbound", "bridge/schedule", "bridge/view"},
	"bridge/engine":                    {"fault", "wallet", "bridge", "bridge/agreement", "bridge/history", "bridge/idempotency", "bridge/input", "bridge/outbound", "bridge/outbox", "bridge/pricing", "bridge/refund", "bridge/resolution", "bridge/schedule", "bridge/store", "bridge/view"}, // whose dispatcher serves subscriptions
	"bridge/history":                   {"bridge"},
	"bridge/export":                    {"fault", "wallet", "bridge", "bridge/store", "bridge/view"},
	"bridge/limit":                     {"fault"},
	"internal/conns":                   {"fault", "bridge/limit", "bridge/problem"},
	"bridge/merchant":                  {"fault", "signing", "wallet", "bridge", "bridge/agreement", "bridge/console/operator", "bridge/engine", "bridge/export", "bridge/history", "bridge/idempotency", "bridge/input", "bridge/limit", "bridge/outbound", "bridge/pricing", "bridge/problem", "bridge/refund", "bridge/resolution", "bridge/revocation", "bridge/store", "bridge/view", "bridge/web", "bridge/webhook"}, // operators make API keys
	"bridge/metrics":                   {"fault", "wallet", "bridge", "miniapp", "bridge/engine", "bridge/limit", "bridge/outbound", "bridge/retention", "bridge/server", "bridge/store"},
	"bridge/traces":                    {"fault", "bridge", "bridge/engine", "bridge/outbound", "bridge/server", "bridge/store"},
	"bridge/retention":                 {"fault", "wallet", "bridge", "bridge/history", "bridge/store"},
	"bridge/quote":                     {"fault", "wallet", "bridge", "bridge/input", "bridge/pricing", "bridge/webhook"},
	"bridge/console":                   {"fault", "wallet", "bridge", "bridge/console/index", "bridge/console/operator", "bridge/console/saved", "bridge/engine", "bridge/export", "bridge/history", "bridge/idempotency", "bridge/input", "bridge/limit", "bridge/merchant", "bridge/outbound", "bridge/problem", "bridge/refund", "bridge/resolution", "bridge/store", "bridge/view", "bridge/web", "bridge/webhook", "internal/design", "internal/qrcode"}, // merchant makes API keys
	"bridge/console/operator":          {"fault", "bridge/store"},
	"bridge/problem":                   {"fault", "wallet"},
	"bridge/revocation":                {"fault", "signing", "bridge", "bridge/store"},
	"bridge/store/*":                   {"fault", "wallet", "bridge", "bridge/agreement", "bridge/history", "bridge/store", "bridge/store/internal/*"},
	"bridge/store/internal/rows":       {"fault", "wallet", "bridge", "bridge/agreement", "bridge/history", "bridge/store"},
	"bridge/store/internal/rows/*":     {"wallet", "bridge", "bridge/agreement", "bridge/history", "bridge/store", "bridge/store/internal/rows"}, // for tests only
	"bridge/store/sqlitetest":          {"bridge/store/sqlite"},
	"bridge/store/redisstore":          {"fault", "signing", "wallet", "bridge", "bridge/store/internal/*"}, // its URL and passwords are Secrets
	"bridge/store/pgtest":              {"bridge/store/internal/patience", "internal/freeport"},
	"bridge/store/storetest":           {"fault", "wallet", "bridge", "bridge/agreement", "bridge/engine", "bridge/history", "bridge/store"},
	"bridge/server":                    {"fault", "signing", "wallet", "bridge", "bridge/engine", "bridge/input", "bridge/limit", "bridge/merchant", "bridge/problem", "bridge/server/openapi", "bridge/server/pages", "bridge/view", "bridge/web", "miniapp"},
	"bridge/server/openapi":            {"sdk-js", "docs", "bridge/server/guide", "internal/design"}, // shows a file of the helper
	"bridge/server/openapi/*":          {"bridge/webhook"},                                           // an example, which the page shows
	"internal/contract":                {"bridge/server/openapi"},                                    // for tests only
	"bridge/notice":                    {"fault", "wallet", "bridge", "bridge/agreement", "bridge/outbound", "bridge/outbox", "bridge/store", "bridge/webhook"},
	"bridge/outbox":                    {"fault", "bridge", "bridge/schedule", "bridge/store"},
	"bridge/webhook":                   {"fault", "signing", "bridge", "bridge/input", "bridge/outbox", "bridge/store"},
	"bridge/server/guide":              {"internal/design"},
	"docs":                             {},
	"bridge/console/saved":             {"fault", "bridge/store"},
	"bridge/console/index":             {"fault", "wallet", "bridge", "bridge/store"},
	"bridge/console/index/sqlite":      {"fault", "bridge/console/index"},
	"bridge/console/index/postgres":    {"fault", "bridge/console/index", "bridge/store/postgres"},                                      // how it connects
	"bridge/console/index/indextest":   {"fault", "wallet", "bridge", "bridge/console/index", "bridge/store", "bridge/store/storetest"}, // for tests only
	"bridge/server/pages":              {"wallet", "bridge", "bridge/view", "internal/design"},
	"miniapp":                          {"fault", "signing", "wallet", "bridge", "bridge/engine", "bridge/history", "bridge/idempotency", "bridge/limit", "bridge/pricing", "bridge/problem", "bridge/view", "bridge/web"},
	"bridge/web":                       {"fault", "signing", "wallet", "bridge", "bridge/agreement", "bridge/engine", "bridge/idempotency", "bridge/input", "bridge/limit", "bridge/problem", "bridge/store", "bridge/view", "internal/qrcode"},
	"bridge/pins":                      {"fault", "wallet", "bridge", "bridge/store"},
	"internal/design":                  {},
	"internal/freeport":                {}, // for tests only
	"internal/golden":                  {}, // for tests only
	"internal/qrcode":                  {},
	"internal/demo":                    {"fault", "bridge", "bridge/problem", "internal/design"},
	"internal/browsertest":             {"wallet", "bridge", "bridge/server/pages", "internal/design", "internal/demo", "wallet/sandbox/simulator"},
	"internal/browsertest/*":           {"wallet", "bridge", "bridge/server/pages", "internal/design", "internal/demo", "wallet/sandbox/simulator"},
	"sdk-js":                           {},
	testdataPackage:                    {},    // for tests only
	tilltestPackage:                    {"*"}, // for tests only
	testclockPackage:                   {},    // for tests only
	"scripts/mutants":                  {},
	"scripts/release":                  {},
	"examples/tinypay":                 {"fault", "signing", "wallet", "wallet/wire"}, // what a wallet outside this module has
	"bridge/run":                       {"bridge/engine", "internal/app", "sdk-js", "wallet"},
	"examples/ownbinary":               {"bridge/run", "signing", "wallet", "wallet/sandbox", "wallet/sandbox/simulator"},
	"examples/*":                       {"fault", "bridge", "bridge/engine", "bridge/merchant", "bridge/pricing", "bridge/server", "bridge/store", "bridge/store/sqlite", "bridge/store/memstore", "bridge/webhook", "wallet", "wallet/sandbox", "wallet/sandbox/simulator", "signing"},
	"internal/app":                     {"*"},
	"bridge/store/internal/storeurl":   {},
	"bridge/store/internal/patience":   {},
	"internal/bench":                   {"signing", "internal/bench/*"},
	"internal/bench/bare":              {"signing", "bridge", "bridge/store/postgres", "bridge/store/redisstore", "bridge/store/sqlite"},
	"internal/bench/far":               {"signing"},
	"internal/bench/fill":              {}, // it knows no table by name
	"internal/bench/machine":           {"internal/bench/measure"},
	"internal/bench/measure":           {},
	"internal/bench/process":           {},
	"internal/bench/report":            {"internal/bench/machine", "internal/bench/measure"},
	"internal/clients":                 {}, // for tests only
	"internal/backup":                  {},
	"internal/logs":                    {},
	"internal/otlp":                    {"signing"},
	"bridge/console/oidc":              {"fault", "signing", "bridge/console/operator"},
	"bridge/console/oidc/realprovider": {}, // for tests only, a module of its own
}

func TestImportsFollowTheArrows(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		ownTestdata := d.Name() == testdataPackage && file != filepath.Join(root, testdataPackage)
		if d.IsDir() && (d.Name() == "node_modules" || ownTestdata || d.Name() == "tools" || strings.HasPrefix(d.Name(), ".") && file != root) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		checkFile(t, file, filepath.ToSlash(rel))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkFile(t *testing.T, file, rel string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	from := path.Dir(rel)
	allowed, known := allowedFor(from)
	if !known {
		t.Errorf("%s: list in imports_test.go which packages %s may import", rel, from)
		return
	}
	for _, spec := range parsed.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		to, ours := strings.CutPrefix(to, module+"/")
		if ours && to != from && !slices.ContainsFunc(allowed, func(p string) bool { return matches(p, to) }) {
			t.Errorf("%s imports %s, which %s may not", rel, to, from)
		}
		if ours && slices.Contains([]string{testdataPackage, tilltestPackage, testclockPackage}, to) && from != tilltestPackage {
			t.Errorf("%s imports %s, which is for tests", rel, to)
		}
		if !ours && strings.HasPrefix(to, "github.com/prometheus/") && from != "bridge/metrics" {
			t.Errorf("%s imports %s: only bridge/metrics uses Prometheus", rel, to)
		}
		if !ours && strings.HasPrefix(to, "go.opentelemetry.io/") && from != "internal/otlp" && (from != "bridge/traces" || strings.Contains(to, "/sdk")) {
			t.Errorf("%s imports %s: bridge/traces uses OpenTelemetry's API, and internal/otlp its SDK", rel, to)
		}
		if !ours && strings.HasPrefix(to, "github.com/gin-gonic/") && slices.Contains([]string{"bridge", "bridge/engine", "bridge/agreement", "bridge/outbound", "wallet", "signing", "fault"}, from) {
			t.Errorf("%s imports %s: the engine uses no router", rel, to)
		}
	}
}

func allowedFor(from string) ([]string, bool) {
	if list, ok := may[from]; ok {
		return list, true
	}
	for pattern, list := range may {
		if strings.HasSuffix(pattern, "/*") && matches(pattern, from) {
			return list, true
		}
	}
	return nil, false
}

func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}
