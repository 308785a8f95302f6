package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/wallet"
)

func TestEachMistakeHasItsLine(t *testing.T) {
	dir := inDirectory(t, goodFiles)
	for name, c := range map[string]struct{ replace, by, want string }{
		"a setting that does not exist":        {"", "colour: red\n", "colour: there is no such setting"},
		"a setting in another case":            {"publicUrl:", "publicURL:", "publicURL: there is no such setting; it is written publicUrl"},
		"one inside an app":                    {"catalog: catalog.json", "catalogue: catalog.json", "apps.shop.catalogue: there is no such setting"},
		"one inside a wallet":                  {"keyId: k1", "keyId: k1\n    pin: 1", "wallets.main.pin: there is no such setting"},
		"one of another kind of wallet's name": {"main:\n", "\"ma in\":\n", "apps.shop.wallets[0]: there is no wallet \"main\"\nwallets.\"ma in\": a name is 1 to 40 of a-z, 0-9, - and _"},
		"a setting twice":                      {"", "apps: {}\n", `line 12: this is not YAML: mapping key "apps" already defined at [2:1]`},
		"no YAML":                              {"apps:", "\"apps", `line 2: this is not YAML: could not find end character of double-quoted text`},
		"two documents":                        {"", "---\nsandbox: true\n", "line 13: a second document; there is one only"},
		"a list instead of settings":           {"", "log: [text]\n", "log: must be settings, a line each"},
		"a text instead of a list":             {"[main]", "main", "apps.shop.wallets: must be a list"},
		"a list instead of a text":             {"k1", "[k1]", "wallets.main.keyId: must be a single value"},
		"a number instead of a text":           {"k1", "007", "wallets.main.keyId: must be text: put it in quotes"},
		"a text instead of a number":           {"", "limits: {ordersPerMinute: many}\n", "limits.ordersPerMinute: must be a whole number"},
		"a number in quotes":                   {"", "limits: {ordersPerMinute: \"60\"}\n", "limits.ordersPerMinute: must be a whole number"},
		"a number that is too small":           {"", "limits: {ordersPerMinute: 0}\n", "limits.ordersPerMinute: must be at least 1"},
		"a body larger than the API's":         {"", "limits: {body: 1000000}\n", "limits.body: must be at most 65536"},
		"neither true nor false":               {"", "sandbox: maybe\n", "sandbox: must be true or false"},
		"a time without a unit":                {"catalog:", "expiry: 15\n    catalog:", "apps.shop.expiry: must be text: put it in quotes"},
		"a time that is none":                  {"catalog:", "expiry: soon\n    catalog:", `apps.shop.expiry: must be a time such as "15m"`},
		"a time that is too short":             {"catalog:", "expiry: 5s\n    catalog:", "apps.shop.expiry: must be at least 1m"},
		"a webhook that is not https":          {"catalog:", "webhook: {url: \"http://shop.example\", secret: \"${TILL_KEY}\"}\n    catalog:", "apps.shop.webhook.secret: A webhook secret is whsec_ and base64 of 24 to 64 bytes.\napps.shop.webhook.url: must be https, unless private is true"},
		"a webhook without a secret":           {"catalog:", "webhook: {url: \"https://shop.example\"}\n    catalog:", "apps.shop.webhook.secretFile: is required; or write secret: ${NAME} for a variable of the environment"},
		"a webhook secret without an address":  {"catalog:", "webhook: {secret: \"${TILL_KEY}\"}\n    catalog:", "apps.shop.webhook.url: is required where there is a secret"},
		"a quote beside a catalog":             {"catalog:", "quote: {url: \"https://shop.example/price\"}\n    catalog:", "apps.shop.quote.secretFile: is required; or write secret: ${NAME} for a variable of the environment\napps.shop.quote.url: cannot go with a catalog: one of them says what an order costs"},
		"an alias":                             {"[main]", "*main", "apps.shop.wallets: must be a list"},
		"no address for wallets":               {"publicUrl: https://pay.example.com", "listen: :8080", "publicUrl: is required, since others than this machine call"},
		"an address that is none":              {"https://pay.example.com", "pay.example.com", "publicUrl: must be an http:// or https:// URL"},
		"an address with a query":              {"https://pay.example.com", "https://pay.example.com?x=1", "publicUrl: must have no user, query or fragment"},
		"a port alone":                         {"", "listen: \"8080\"\n", "listen: must be HOST:PORT"},
		"no app":                               {"apps:\n  shop:\n    wallets: [main]\n    catalog: catalog.json", "apps:", "apps: is required: one app at least, or sandbox: true\nwallets.main: belongs to no app: list it in an app's wallets"},
		"an app without a wallet":              {"wallets: [main]", "title: Shop", "apps.shop.wallets: is required"},
		"a wallet that is not there":           {"[main]", "[main, x]", `apps.shop.wallets[1]: there is no wallet "x"`},
		"a wallet twice":                       {"[main]", "[main, main]", `apps.shop.wallets[1]: wallet "main" is there twice`},
		"a wallet of two apps":                 {"wallets:\n", "  cafe: {wallets: [main]}\nwallets:\n", `apps.shop.wallets[0]: wallet "main" belongs to app "cafe", and a wallet has one app`},
		"a name in capitals":                   {"  shop:", "  Shop:", "apps.Shop: a name is 1 to 40 of a-z, 0-9, - and _"},
		"a catalog that is not there":          {"catalog.json", "nowhere.json", "apps.shop.catalog: cannot be read: no such file or directory"},
		"a catalog with mistakes": {"catalog.json", "wrong.json", "apps.shop.catalog: items[0] \"a\": the price must be more than zero\n" +
			"apps.shop.catalog: items[1] \"\": a sku of its own and a name are required"},
		"a colour that is none":                           {"catalog:", "accent: red\n    catalog:", `apps.shop.accent: must be a colour such as "#1a7f5a"`},
		"an origin with a path":                           {"catalog:", "origins: [\"*\", https://shop.example/]\n    catalog:", "apps.shop.origins[1]: must be an origin such as https://shop.example, without a path"},
		"any origin to return to":                         {"catalog:", "returnOrigins: [\"*\"]\n    catalog:", "apps.shop.returnOrigins[0]: must be an origin such as https://shop.example, without a path"},
		"a return address that is none":                   {"catalog:", "returnUrl: /thanks\n    catalog:", "apps.shop.returnUrl: must be an http:// or https:// URL"},
		"a limit in no currency":                          {"catalog:", "approvals: {order: {usd: 100}, day: {Dollar: 5}}\n    catalog:", "apps.shop.approvals.day.Dollar: must be a currency such as USD, JPY or USDT\napps.shop.approvals.order.usd: must be a currency such as USD, JPY or USDT"},
		"a limit of nothing":                              {"catalog:", "approvals: {order: {USD: 0}}\n    catalog:", "apps.shop.approvals.order[USD]: must be at least 1"},
		"a limit with a point":                            {"catalog:", "approvals: {order: {USD: 1.50}}\n    catalog:", "apps.shop.approvals.order.USD: must be a whole number\napps.shop.approvals.order[USD]: must be at least 1"},
		"a kind that does not exist":                      {"type: sandbox", "type: gold", "wallets.main.type: there is no such kind of wallet: " + kindNames(kinds)},
		"no kind":                                         {"type: sandbox", "", "wallets.main.type: is required: " + kindNames(kinds)},
		"a wallet's own rule":                             {"k1", "\"k 1\"", "wallets.main.keyId: must be letters, digits and - _ . only"},
		"no secret":                                       {"keyFile: main.key", "", "wallets.main.keyFile: is required; or write key: ${NAME} for a variable of the environment"},
		"an empty file setting":                           {"keyFile: main.key", "keyFile: \"\"", "wallets.main.keyFile: is empty"},
		"a secret file that is not there":                 {"main.key", hush, "wallets.main.keyFile: cannot be read: no such file or directory"},
		"a secret file that is empty":                     {"main.key", "empty.key", "wallets.main.keyFile: the file is empty"},
		"a placeholder in the file":                       {"main.key", "weak.key", "wallets.main.keyFile: The HMAC secret is a placeholder, not a secret."},
		"a secret in the file itself":                     {"keyFile: main.key", "key: " + hush, "wallets.main.key: a secret is not written here: name its file in keyFile, or write ${NAME} for a variable of the environment"},
		"an empty secret":                                 {"keyFile: main.key", "key: \"\"", "wallets.main.key: is empty"},
		"a secret twice":                                  {"keyFile: main.key", "keyFile: main.key\n    key: ${TILL_KEY}", "wallets.main.key: is there twice: give key or keyFile"},
		"a variable that is not set":                      {"keyFile: main.key", "key: ${TILL_NONE}", "wallets.main.key: the environment has no TILL_NONE"},
		"a variable that is empty":                        {"keyFile: main.key", "key: ${TILL_EMPTY}", "wallets.main.key: the environment has no TILL_EMPTY"},
		"a variable that is no number":                    {"", "limits: {body: \"${TILL_KEY}\"}\n", "limits.body: must be a whole number"},
		"two stores":                                      {"", "store: {path: a.db, url: \"${TILL_POSTGRES}\"}\nkeysFile: keys.json\n", "store.path: must be empty when there is a url"},
		"a password in the store's URL":                   {"", "store: {url: postgres://till:" + hush + "@db/till}\n", "store.url: a secret is not written here: name its file in urlFile, or write ${NAME} for a variable of the environment"},
		"a # in the store's password":                     {"", "store: {url: \"${TILL_HASH}\"}\nkeysFile: keys.json\n", "store.url: has a #, which ends a URL: " + inPassword},
		"a / in the store's password":                     {"", "store: {url: \"${TILL_SLASH}\"}\nkeysFile: keys.json\n", "store.url: has an @ behind its host: " + inPassword},
		"a % in the store's password":                     {"", "store: {url: \"${TILL_PERCENT}\"}\nkeysFile: keys.json\n", "store.url: has a % that begins no escape: " + inPassword},
		"settings for a PostgreSQL URL":                   {"", "store: {url: \"${TILL_WORDS}\"}\nkeysFile: keys.json\n", "store.url: must be a postgres:// URL"},
		"a parameter that does not exist":                 {"", "store: {url: \"${TILL_MODE}\"}\nkeysFile: keys.json\n", "store.url: must be a postgres:// URL whose parameters exist and can be used: sslmode, sslrootcert, pool_max_conns and the like"},
		"a # in the password of Redis":                    {"", "redis: {url: \"${TILL_REDIS_HASH}\"}\n", "redis.url: has a #, which ends a URL: " + inPassword},
		"no PostgreSQL URL":                               {"", "store: {url: \"${TILL_HTTP}\"}\nkeysFile: keys.json\n", "store.url: must be a postgres:// URL"},
		"PostgreSQL without keys":                         {"", "store: {url: postgres://till@db/till}\n", "keysFile: is required with PostgreSQL, whose nodes share their keys: minitill keyring create FILE makes them"},
		"keys that are none":                              {"", "keysFile: notkeys.json\n", "keysFile: The keyring is not the JSON document it should be."},
		"no Redis URL":                                    {"", "redis: {url: \"${TILL_HTTP}\"}\n", "redis.url: must be a redis://, rediss:// or unix:// URL"},
		"a password in the URL of Redis":                  {"", "redis: {url: redis://:" + hush + "@cache}\n", "redis.url: a secret is not written here: name its file in urlFile, or write ${NAME} for a variable of the environment"},
		"a user of the embedded Redis":                    {"", "redis: {username: till}\n", "redis.urlFile: is required, or addresses, since there are settings of a server"},
		"a proxy that is none":                            {"", "server: {trustedProxies: [10.0.0.0/8, proxy]}\n", "server.trustedProxies[1]: must be an address or a network such as 10.0.0.0/8"},
		"a frame that breaks the policy":                  {"", "server: {frameAncestors: [\"https://a; script-src *\"]}\n", "server.frameAncestors[0]: must be an origin such as https://shop.example"},
		"a level that does not exist":                     {"", "log: {level: loud}\n", "log.level: must be one of debug, info, warn, error"},
		"the sandbox's own wallet":                        {"", "sandbox: true\n", ""},
		"a wallet named as the sandbox's":                 {"main", "sandbox", "see below"},
		"an archive that nodes do not share":              {"", "retention: {events: 720h}\nstore: {url: \"${TILL_POSTGRES}\"}\nkeysFile: keys.json\n", "retention.archive: is required with retention.events on PostgreSQL: name a directory that all nodes share"},
		"deliveries that are kept no longer than retries": {"", "retention: {messages: 24h}\n", "retention.messages: must be at least 96h"},
	} {
		text := strings.Replace(good, c.replace, c.by, 1)
		if c.replace == "" {
			text = good + c.by
		}
		if c.want == "see below" {
			text = strings.NewReplacer("[main]", "[sandbox]", "  main:", "  sandbox:").Replace(good) + "sandbox: true\n"
			c.want = "wallets.sandbox: the sandbox brings its own of that name: choose another, or leave out sandbox"
		}
		if strings.Contains(text, "keys.json") && !strings.Contains(text, "notkeys") {
			writeKeys(t, dir)
		}
		if got := mistakesIn(t, dir, text); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestAllMistakesAreReportedTogether(t *testing.T) {
	const text = `publicUrl: nowhere
apps:
  shop:
    wallets: [main, x]
    prices: catalog.json
    expiry: soon
wallets:
  main:
    type: sandbox
    baseURL: https://sandbox.example.com
    keyId: 1
  other:
    type: gold
limits: {ordersPerMinute: -1}
log: {format: xml}
`
	want := `apps.shop.expiry: must be a time such as "15m"
apps.shop.prices: there is no such setting
apps.shop.wallets[1]: there is no wallet "x"
limits.ordersPerMinute: must be at least 1
log.format: must be one of text, json
publicUrl: must be an http:// or https:// URL
wallets.main.baseURL: there is no such setting; it is written baseUrl
wallets.main.baseUrl: is required
wallets.main.keyFile: is required; or write key: ${NAME} for a variable of the environment
wallets.main.keyId: must be text: put it in quotes
wallets.other.type: there is no such kind of wallet: ` + kindNames(kinds)
	dir := inDirectory(t, map[string]string{"minitill.yaml": text})
	if got := mistakesIn(t, dir, text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	file := filepath.Join(dir, "minitill.yaml")
	for _, args := range [][]string{{"serve", "--config", file}, {"serve", "--check", "--config", file}, {"migrate", "--config", file}} {
		var out, faults bytes.Buffer
		code := Main(context.Background(), Env{Args: args, Out: &out, Err: &faults})
		if code != 2 || out.Len() > 0 || faults.String() != "minitill: "+file+" has 11 mistakes:\n"+want+"\n" {
			t.Errorf("%v: exit code %d, out %q, err\n%s", args, code, &out, &faults)
		}
	}
}

func TestAFileIsReadIntoTheConfiguration(t *testing.T) {
	dir := inDirectory(t, goodFiles)
	writeKeys(t, dir)
	text := good + `listen: 127.0.0.1:1
data: var
store: {url: "${TILL_POSTGRES}"}
redis: {url: "${TILL_REDIS}", tls: true}
keysFile: keys.json
limits: {ordersPerMinute: "${TILL_LIMIT}"}
sandbox: ${TILL_YES}
`
	text = strings.Replace(text, "catalog:", "title: ${TILL_TITLE}\n    expiry: 1h30m\n    timeZone: Asia/Manila\n    approvals: {order: {USD: 20000}, day: {USD: 90000, JPY: 7}}\n    origins: [https://a.example]\n    catalog:", 1)
	c, err := flags{Config: filepath.Join(dir, "minitill.yaml"), Data: "elsewhere"}.read([]byte(text), environment)
	if err != nil {
		t.Fatal(err)
	}
	shop := c.Apps["shop"]
	for what, ok := range map[string]bool{
		"the option goes before the file":   c.Data == "elsewhere",
		"the store's URL":                   string(c.Store.URL.Reveal()) == "postgres://till:"+hush+"@db/till" && c.shared(),
		"the number from the environment":   c.Limits.OrdersPerMinute == 7,
		"the default beside it":             c.Limits.SessionsPerMinute == 1200,
		"the truth from the environment":    c.Sandbox,
		"the title from the environment":    shop.Title == "Shop",
		"the time":                          shop.Expiry == 90*time.Minute,
		"the time of approvals":             shop.approvals().Expiry == 72*time.Hour && shop.approvals().Day.String() == "Asia/Manila",
		"the limits of refunds":             maps.Equal(shop.approvals().Limits, map[wallet.Currency]refund.Limit{"USD": {Order: 20000, Day: 90000}, "JPY": {Day: 7}}),
		"the catalog, relative to the file": shop.pricer != nil && string(shop.Catalog) == filepath.Join(dir, "catalog.json"),
		"the default level":                 c.Log.Level == "info",
	} {
		if !ok {
			t.Errorf("%s is wrong", what)
		}
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{fmt.Sprintf("%v", c), fmt.Sprintf("%+v", *c), fmt.Sprintf("%#v", c), string(encoded), c.describe()} {
		if strings.Contains(printed, hush) {
			t.Errorf("a secret is printed: %s", printed)
		}
	}
}

func TestCheckReportsAValidConfiguration(t *testing.T) {
	dir := inDirectory(t, goodFiles)
	var out, faults bytes.Buffer
	args := []string{"serve", "--check", "--config", filepath.Join(dir, "minitill.yaml")}
	if code := Main(context.Background(), Env{Args: args, Out: &out, Err: &faults}); code != 0 {
		t.Fatalf("exit code %d: %s", code, &faults)
	}
	if want := "Serving shop with main, on SQLite and the embedded Redis.\n"; out.String() != want {
		t.Errorf("got %q, want %q", &out, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("a check has made the data directory")
	}
}

func FuzzConfig(f *testing.F) {
	dir := inDirectory(f, goodFiles)
	f.Add(good)
	f.Add(string(template))
	f.Add(string(uncommented()))
	for _, text := range []string{"", "a: *a", "<<: {}", "apps: {a: {wallets: [~, 1, x]}}", "wallets: {a: &a {type: sandbox, key: [*a]}}", "? [a]\n: b", "--- a\n--- b", "x: |\n  y\n", "!!map {}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for line := range strings.Lines(mistakesIn(t, dir, text)) {
			if path, detail, ok := strings.Cut(line, ": "); !ok || path == "" || detail == "" {
				t.Errorf("a mistake without its place: %q", line)
			}
		}
	})
}
