package app

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// warningsIn are those of a configuration in a directory.
func warningsIn(t *testing.T, dir, text string) []string {
	t.Helper()
	c, err := (flags{Config: filepath.Join(dir, "minitill.yaml")}).read([]byte(text), environment)
	if err != nil {
		t.Fatal(err)
	}
	return c.warnings
}

func TestTheStartWarnsOfFilesThatOthersCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("its files have no such modes")
	}
	dir := inDirectory(t, goodFiles)
	if got := warningsIn(t, dir, good); len(got) != 0 {
		t.Errorf("files of their owner alone: got %q", got)
	}
	data := filepath.Join(dir, "data")
	if err := errors.Join(os.Chmod(filepath.Join(dir, "main.key"), 0o644), os.Mkdir(data, 0o700), os.Chmod(data, 0o755)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"data: every user of this machine can read the directory: chmod 700",
		"wallets.main.keyFile: every user of this machine can read the file: chmod 600",
	}
	got := warningsIn(t, dir, good)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	var log bytes.Buffer
	(&config{warnings: got}).warnLoudly(logConfig{}.logger(&log))
	for _, warning := range want {
		if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), warning) {
			t.Errorf("the log has no %q: %s", warning, &log)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "main.key"), 0o602); err != nil {
		t.Fatal(err)
	}
	if got := mistakesIn(t, dir, good); got != "wallets.main.keyFile: can be written by every user of this machine: chmod 600" {
		t.Errorf("got %q for a secret that everybody may change", got)
	}
}

func TestConnectionsWithoutTLSNeedASettingAndAreWarnedOf(t *testing.T) {
	dir := inDirectory(t, goodFiles)
	plain := strings.Replace(good, "https://pay.example.com", "http://pay.example.com", 1)
	local := strings.Replace(plain, "https://sandbox.example.com", "http://127.0.0.1:8090", 1) // the provider too
	wallet := strings.Replace(good, "https://sandbox.example.com", "http://sandbox.example.com", 1)
	for text, want := range map[string]string{
		plain:  "publicUrl: must be https, since payers and wallets come over the network; insecure: true allows http",
		wallet: "wallets.main.baseUrl: must be an https URL without credentials, query, escapes or fragment; http is for this machine, or with insecure: true",
		strings.Replace(local, "http://pay.example.com", "http://127.0.0.1:8080", 1):         "",
		strings.Replace(local, "http://pay.example.com", "http://localhost:8080", 1):         "",
		strings.Replace(wallet, "http://sandbox.example.com", "http://127.0.0.1:8090/a", 1):  "",
		strings.Replace(plain, "http://pay.example.com", "http://localhost.evil.example", 1): "publicUrl: must be https, since payers and wallets come over the network; insecure: true allows http",
	} {
		if got := mistakesIn(t, dir, text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if got := warningsIn(t, dir, plain+"insecure: true\n"); len(got) != 1 || !strings.HasPrefix(got[0], "insecure: ") {
		t.Errorf("got %q, want a warning", got)
	}
	if got := warningsIn(t, dir, strings.Replace(wallet, "keyId: k1", "keyId: k1\n    insecure: true", 1)); len(got) != 1 || !strings.HasPrefix(got[0], "wallets.main.insecure: ") {
		t.Errorf("got %q, want a warning", got)
	}
}

func TestNoNetworkWithCallersInItIsTakenForProxies(t *testing.T) {
	dir := inDirectory(t, goodFiles)
	for network, taken := range map[string]bool{
		"0.0.0.0/0": false, "::/0": false, "0.0.0.0/1": false, "128.0.0.0/1": false, "2000::/3": false,
		"10.0.0.0/8": true, "172.16.0.0/12": true, "192.0.2.1": true, "fc00::/7": true, "2001:db8::/32": true, "::1": true, "173.245.48.0/20": true,
	} {
		got := mistakesIn(t, dir, good+"server: {trustedProxies: [\""+network+"\"]}\n")
		if (got == "") != taken || !taken && !strings.HasPrefix(got, "server.trustedProxies[0]: ") {
			t.Errorf("%s: got %q, want it taken: %v", network, got, taken)
		}
	}
}

func TestNoCardNumberIsLogged(t *testing.T) {
	const number = "4111111111111111"
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log := logConfig{Format: format}.logger(&out)
		log.Error("the payer sent "+number, "fault", errors.New("refused: 4111 1111 1111 1111"), "reference", number, "order", "ord_01KAF4242424242424242Q2Z", "at", 1763631000123)
		log.With("note", number).WithGroup("g").Warn("x", "n", []string{number})
		if got := out.String(); strings.Contains(got, number) || strings.Contains(got, "4111 1111") || !strings.Contains(got, "************1111") {
			t.Errorf("the log has a card number: %s", got)
		} else if !strings.Contains(got, "ord_01KAF4242424242424242Q2Z") || !strings.Contains(got, "1763631000123") {
			t.Errorf("the log has lost an id or a time: %s", got)
		}
	}
}
