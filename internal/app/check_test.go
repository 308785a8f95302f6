package app

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/testdata"
)

// family is a configuration without a mistake, with an account at a wallet of the Mini
// Program Platform.
const family = `publicUrl: https://pay.example.com
apps:
  shop: {wallets: [main], catalog: catalog.json}
wallets:
  main:
    type: miniprogram
    profile: generic-v2
    baseUrl: https://wallet.example.com
    clientId: client
    appId: app
    currencies: [USD, EUR]
    privateKeyFile: private.pem
    walletKeys: [{key: "WALLET"}]
`

func familyFiles(t testing.TB) map[string]string {
	private := testdata.Key(t, "client_private.pem")
	utf16 := "\xff\xfe"
	for _, c := range private {
		utf16 += string([]byte{byte(c), 0})
	}
	return map[string]string{
		"private.pem": private, "twice.key": base64.StdEncoding.EncodeToString([]byte(private)), "bom.pem": "\xef\xbb\xbf" + private, "utf16.pem": utf16,
		"public.pem": testdata.Key(t, "client_public.pem"), "locked.pem": strings.ReplaceAll(private, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
		"cut.pem":      private[:200],
		"catalog.json": `{"currency":"USD","items":[{"sku":"latte","name":"Latte","price":"4.50"}]}`,
		"yen.json":     `{"currency":"JPY","items":[{"sku":"latte","name":"Latte","price":"450"}]}`,
		"mixed.json":   `{"items":[{"sku":"a","name":"A","price":"1","currency":"USD"},{"sku":"b","name":"B","price":"1","currency":"JPY"}]}`,
		"bom.json":     "\xef\xbb\xbf" + `{"currency":"USD","items":[]}`,
	}
}

func TestMistakesThatWouldShowAtThePayerOnlyAreFoundByTheCheck(t *testing.T) {
	dir := inDirectory(t, familyFiles(t))
	const (
		ownKey = "wallets.main.walletKeys[0].key: is our own public key, which is for the provider: here goes the one that the provider shows"
		alone  = "publicUrl: means this machine alone, and wallet \"main\" is not on it: give the address at which it is reached from outside, such as a tunnel's"
		blank  = ": contains a blank, or a character that is not visible: type the URL again"
		slash  = ": has two slashes in a row after the host: write one"
	)
	for name, c := range map[string]struct{ replace, by, want string }{
		"nothing":                                 {"", "", ""},
		"no address beside a wallet elsewhere":    {"publicUrl: https://pay.example.com", "", "publicUrl: is required: wallet \"main\" is not on this machine and calls it"},
		"no address beside one on this machine":   {"publicUrl: https://pay.example.com|https://wallet.example.com", "|http://127.0.0.1:9", ""},
		"a loopback address":                      {"https://pay.example.com", "http://127.0.0.1:8080", alone},
		"a loopback address of IPv6":              {"https://pay.example.com", "\"http://[::1]:8080\"", alone},
		"a loopback name":                         {"https://pay.example.com", "http://LocalHost.:8080/till", alone},
		"a name below localhost":                  {"https://pay.example.com", "http://till.localhost:8080", alone},
		"the address of all interfaces":           {"https://pay.example.com", "http://0.0.0.0:8080", alone},
		"a loopback address beside one of ours":   {"https://pay.example.com|https://wallet.example.com", "http://localhost:8080|http://localhost:9", ""},
		"two slashes in the public address":       {"https://pay.example.com", "https://pay.example.com//till", "publicUrl" + slash},
		"two slashes at its end":                  {"https://pay.example.com", "https://pay.example.com//", "publicUrl" + slash},
		"a blank at its end":                      {"https://pay.example.com", "\"https://pay.example.com/ \"", "publicUrl" + blank},
		"a mark that is not seen":                 {"https://pay.example.com", "\"https://pay.example.com/\\u200b\"", "publicUrl" + blank},
		"a blank in a wallet's address":           {"https://wallet.example.com", "\"https://wallet.example.com \"", "wallets.main.baseUrl" + blank},
		"two slashes in a wallet's address":       {"https://wallet.example.com", "https://wallet.example.com//api", "wallets.main.baseUrl" + slash},
		"two slashes in a return address":         {"catalog: catalog.json", "returnUrl: https://shop.example.com//done", "apps.shop.returnUrl" + slash},
		"an address within a return address":      {"catalog: catalog.json", "returnUrl: \"https://shop.example.com/?to=https://a.example//b\"", ""},
		"a blank in a webhook's address":          {"catalog: catalog.json", "webhook: {url: \"https://shop.example.com/a b\", secret: \"${TILL_WEBHOOK}\"}", "apps.shop.webhook.url" + blank},
		"prices that the wallet does not take":    {"catalog.json", "yen.json", "apps.shop.catalog: has prices in JPY, which no wallet of the app takes\napps.shop.wallets[0]: wallet \"main\" takes none of the currencies of the app's catalog (JPY): change its currency, the catalog's, or the app's wallets"},
		"one price that the wallet does not take": {"catalog.json", "mixed.json", "apps.shop.catalog: has prices in JPY, which no wallet of the app takes"},
		"a wallet in another currency":            {"[USD, EUR]", "[EUR]", "apps.shop.catalog: has prices in USD, which no wallet of the app takes\napps.shop.wallets[0]: wallet \"main\" takes none of the currencies of the app's catalog (USD): change its currency, the catalog's, or the app's wallets"},
		"a catalog behind a byte order mark":      {"catalog.json", "bom.json", ""},
		"our own public key":                      {"WALLET", "OURS", ownKey},
		"a key that was encoded twice":            {"private.pem", "twice.key", ""},
		"a key behind a byte order mark":          {"private.pem", "bom.pem", ""},
		"a key in UTF-16":                         {"private.pem", "utf16.pem", ""},
		"a public key in our place":               {"private.pem", "public.pem", "wallets.main.privateKeyFile: The RSA private key cannot be read: a public key or certificate stands where the private key should be."},
		"an encrypted key":                        {"private.pem", "locked.pem", "wallets.main.privateKeyFile: The RSA private key cannot be read: it is encrypted; store it decrypted in a file only the server reads."},
		"half a key":                              {"private.pem", "cut.pem", "wallets.main.privateKeyFile: The RSA private key cannot be read: the PEM has no matching END line."},
		"a wallet's key that is none":             {"WALLET", "MIIB", "wallets.main.walletKeys[0].key: The RSA public key cannot be read: it is neither SubjectPublicKeyInfo nor PKCS#1 nor a certificate, or a part of it is missing."},
	} {
		text := family
		replace, by := strings.Split(c.replace, "|"), strings.Split(c.by, "|")
		for i := range replace {
			text = strings.Replace(text, replace[i], by[i], 1)
		}
		oneLine := strings.NewReplacer("\n", `\n`)
		text = strings.NewReplacer("WALLET", oneLine.Replace(testdata.Key(t, "wallet_public.pem")), "OURS", oneLine.Replace(testdata.Key(t, "client_public.pem"))).Replace(text)
		if got := mistakesIn(t, dir, text); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestAConfigurationBehindAByteOrderMarkIsRead(t *testing.T) {
	dir := inDirectory(t, goodFiles)
	file := filepath.Join(dir, "minitill.yaml")
	if err := os.WriteFile(file, []byte("\ufeff"+good), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (flags{Config: file}).load(); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

// The error of a driver is printed on the terminal, from where people copy it into issues and
// chats.
func TestAnUnavailableStoreIsReportedWithoutItsPassword(t *testing.T) {
	files := familyFiles(t)
	files["minitill.yaml"] = strings.Replace(family, "WALLET", strings.ReplaceAll(testdata.Key(t, "wallet_public.pem"), "\n", `\n`), 1) +
		"listen: 127.0.0.1:0\nstore: {url: \"${TILL_DOWN}\"}\nkeysFile: keys.json\n"
	dir := inDirectory(t, files)
	writeKeys(t, dir)
	for name, url := range map[string]string{
		"refused":                     "postgres://till:" + hush + "@127.0.0.1:1/till",
		"in the parameters":           "postgres://till@127.0.0.1:1/till?password=" + hush,
		"of several hosts":            "postgres://till:" + hush + "@127.0.0.1:1,127.0.0.1:2/till",
		"of a socket":                 "postgres://till:" + hush + "@/till?host=" + dir,
		"with signs in it":            "postgres://till:%23" + hush + "%2F@127.0.0.1:1/till",
		"with a file that is missing": "postgres://till:" + hush + "@127.0.0.1:1/till?sslmode=verify-full&sslrootcert=" + dir + "/none",
		"with a mode that is none":    "postgres://till:" + hush + "@127.0.0.1:1/till?default_query_exec_mode=" + hush,
		"with a number that is one":   "postgres://till:" + hush + "@127.0.0.1:1/till?pool_max_conns=" + hush,
	} {
		t.Setenv("TILL_DOWN", url)
		for _, command := range []string{"serve", "migrate"} {
			var out bytes.Buffer
			code := Main(t.Context(), Env{Args: []string{command, "--config", filepath.Join(dir, "minitill.yaml")}, Out: &out, Err: &out})
			if code == 0 || strings.Contains(out.String(), hush) || !strings.HasPrefix(out.String(), "minitill: ") {
				t.Errorf("%s, %s: got %d and\n%s\nwant a failure without the password", command, name, code, &out)
			}
		}
	}
}
