package app

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// readmeBlock is the program between two marks of the README.
func readmeBlock(t *testing.T, mark, language string) string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "<!-- "+mark+" -->\n```"+language+"\n")
	text, _, found := strings.Cut(rest, "```\n<!-- /"+mark+" -->")
	if !found {
		t.Fatalf("the README has no program %q", mark)
	}
	return text
}

// TestTheGoExampleCompilesAlone builds it in a module of its own, as a reader does who
// copies it.
func TestTheGoExampleCompilesAlone(t *testing.T) {
	compilesAlone(t, map[string]string{"main.go": readmeBlock(t, "embedded", "go")})
}

func TestABinaryWithAFurtherWalletCompilesAlone(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{"main.go", "simulate.go"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", "ownbinary", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	compilesAlone(t, files)
}

// compilesAlone compiles files in a module of their own.
func compilesAlone(t *testing.T, files map[string]string) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	// What go mod tidy would write, without a proxy: our own requirements.
	module := strings.Replace(string(ours), "module github.com/minitill/minitill\n", "module shop.example/shop\n", 1) +
		"\nrequire github.com/minitill/minitill v0.0.0\nreplace github.com/minitill/minitill => " + root + "\n"
	files["go.mod"], files["go.sum"] = module, string(sums)
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.CommandContext(t.Context(), "go", "list", "-export", ".")
	build.Dir = folder
	build.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod", "GOPROXY=off", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// container runs the README's page in a mini program's container: one that signs in with
// a code of its own, and whose payer pays.
const container = `
import { createTill } from 'HELPER';

const my = {
  request: ({ url, method = 'GET', headers, data, success, fail }) => {
    fetch(url, { method, headers, body: data && JSON.stringify(data) })
      .then(async (answer) => success({ status: answer.status, data: await answer.json() }), () => fail({ error: 12 }));
  },
  getAuthCode: ({ success }) => success({ authCode: '281010033AB2F588D14B43238637264FCA5AAF35' }),
  tradePay: ({ paymentUrl, success }) => {
    fetch(paymentUrl, { method: 'POST', body: new URLSearchParams({ outcome: 'pay' }), redirect: 'manual' }).then(() => success({ resultCode: '9000' }));
  },
  getStorageSync: () => ({ data: null }), setStorageSync: () => {}, removeStorageSync: () => {},
  alert: ({ content }) => { console.log(content); process.exit(); }, showToast: ({ content }) => { console.log(content); process.exit(1); },
};
const Page = (page) => { page.onLoad(); setTimeout(() => page.buy()); };
`

func TestTheMiniProgramOfTheREADMEPaysAtAFreshTill(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is missing")
		}
		t.Skip("node is missing")
	}
	helper, err := filepath.Abs(filepath.Join("..", "..", "sdk-js", "dist", "minitill.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	r := startNode(t, t.TempDir())
	page := readmeBlock(t, "miniprogram", "js")
	const importing, address = "import { createTill } from '/utils/minitill';\n", "'http://127.0.0.1:8080'"
	if !strings.Contains(page, importing) || !strings.Contains(page, address) {
		t.Fatal("the README's mini program begins otherwise")
	}
	page = strings.Replace(page, importing, strings.Replace(container, "HELPER", helper, 1), 1)
	program := filepath.Join(t.TempDir(), "page.mjs")
	if err := os.WriteFile(program, []byte(strings.Replace(page, address, "'"+r.base+"'", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := exec.CommandContext(t.Context(), node, program).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(output), "Thank you! ord_") {
		t.Errorf("the page shows %q, %v", output, err)
	}
}

func TestAPageOfThisMachineWorksAtAFreshTill(t *testing.T) {
	r := startNode(t, t.TempDir())
	for origin, want := range map[string]string{
		"http://localhost:5173": "http://localhost:5173", "http://127.0.0.1:3000": "http://127.0.0.1:3000", "http://[::1]:3000": "http://[::1]:3000",
		"https://shop.example": "", "http://localhost.example": "", "http://127.0.0.1.example:3000": "", "null": "",
	} {
		if got := r.allowed(origin); got != want {
			t.Errorf("%s: got %q, want %q", origin, got, want)
		}
	}
}

func TestAConfiguredTillLetsInNoPageOfThisMachine(t *testing.T) {
	r := startWith(t, "--config", twoApps(t, ""))
	if got := r.allowed("http://localhost:5173"); got != "" {
		t.Errorf("a page of this machine is let in: %q", got)
	}
}

func TestABrowserGetsAPageWhereAFreshTillHasNothing(t *testing.T) {
	r := startNode(t, t.TempDir())
	for path, want := range map[string]string{"/nothing": "There is nothing here", "/demo/nothing": "There is nothing here", "/sandbox/nothing": "link does not work"} {
		req, err := http.NewRequest(http.MethodGet, r.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html,*/*;q=0.8")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(string(body), want) {
			t.Errorf("%s: got %d %.200s", path, resp.StatusCode, body)
		}
	}
}

// The README mentions the settings and commands that a newcomer needs.
func TestTheREADMENamesSettingsForTheNextSteps(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"/sandbox/control/faults", "server.privateWebhooks", "keyring rotate", "rotate-secret", "apps.NAME.origins"} {
		if !strings.Contains(string(readme), word) {
			t.Errorf("the README does not mention %s", word)
		}
	}
	r := startNode(t, t.TempDir())
	body := strings.NewReader(`{"fault":"cut_after","endpoint":"/v1/payments","times":1}`)
	resp, err := http.Post(r.base+"/sandbox/control/faults", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the README's fault switch answers %d", resp.StatusCode)
	}
}
