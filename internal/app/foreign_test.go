package app

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// acme is an account of a kind that a binary adds. It uses the sandbox's protocol.
type acme struct {
	BaseURL string         `json:"baseUrl" validate:"required,http_url"`
	Key     signing.Secret `json:"key" validate:"required"`
	Region  string         `json:"region" validate:"oneof=north south"`
	Lag     time.Duration  `json:"lag" validate:"min=1s"`
	Shop    acmeShop       `json:"shop"`
	Tips    bool           `json:"tips"`
}

type acmeShop struct {
	Name  string   `json:"name"`
	Tills []string `json:"tills"`
}

func (c *acme) Open(env wallet.Env) (wallet.Wallet, error) {
	return sandbox.Config{BaseURL: c.BaseURL, KeyID: "k1", Key: c.Key, Lag: c.Lag}.Open(env)
}

func newAcme() wallet.Opener { return &acme{Region: "north", Lag: time.Minute} }

// withAcme runs a command of a binary that adds acme.
func withAcme(args ...string) (code int, output string) {
	var out bytes.Buffer
	env := Env{Args: args, Out: &out, Err: &out, Wallets: []Wallet{{Kind: "acme", New: newAcme}}}
	return Main(context.Background(), env), out.String()
}

const acmeFile = `
apps:
  shop: {wallets: [main]}
wallets:
  main:
    type: acme
    baseUrl: http://127.0.0.1:9
    keyFile: main.key
`

func TestAnAddedKindIsConfiguredAsTheBuiltInOnes(t *testing.T) {
	for name, c := range map[string]struct {
		replace, by string
		mistakes    []string
	}{
		"nothing is wrong":        {"", "", nil},
		"a required setting":      {"    baseUrl: http://127.0.0.1:9\n", "", []string{"publicUrl: is required: wallet \"main\" is not on this machine and calls it", "wallets.main.baseUrl: is required"}},
		"a secret in the file":    {"keyFile: main.key", "key: " + hush, []string{"wallets.main.key: a secret is not written here: name its file in keyFile, or write ${NAME} for a variable of the environment"}},
		"a rule of a tag":         {"keyFile: main.key", "keyFile: main.key\n    region: east", []string{"wallets.main.region: must be one of north, south"}},
		"an unknown setting":      {"keyFile: main.key", "keyFile: main.key\n    shop: {Name: x}", []string{"wallets.main.shop.Name: there is no such setting; it is written name"}},
		"a mistake of its wallet": {"keyFile: main.key", "keyFile: short.key", []string{"wallets.main.keyFile: The HMAC secret is shorter than 16 bytes."}},
		"a kind that is unknown":  {"type: acme", "type: acmes", []string{"wallets.main.type: there is no such kind of wallet: there are acme, miniprogram, ottpay, payprotocol, redotpay, redotpay_direct, sandbox"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := inDirectory(t, map[string]string{"main.key": hush, "short.key": "x7", "minitill.yaml": strings.Replace(acmeFile, c.replace, c.by, 1)})
			code, output := withAcme("serve", "--check", "--config", filepath.Join(dir, "minitill.yaml"))
			_, list, _ := strings.Cut(strings.TrimSpace(output), ":\n")
			var got []string
			if list != "" {
				got = strings.Split(list, "\n")
			}
			if want := map[bool]int{true: 0, false: 2}[c.mistakes == nil]; code != want || !reflect.DeepEqual(got, c.mistakes) {
				t.Errorf("got %d and\n%s\nwant %d and %q", code, output, want, c.mistakes)
			}
		})
	}
}

func TestAKindThatCannotBeAddedIsRefused(t *testing.T) {
	simulator := func(Simulation) (Provider, error) { return nil, nil }
	for name, c := range map[string]struct {
		env  Env
		want string
	}{
		"a built-in kind":           {Env{Wallets: []Wallet{{"sandbox", newAcme}}}, `there is already a wallet kind "sandbox": choose another name`},
		"a kind twice":              {Env{Wallets: []Wallet{{"acme", newAcme}, {"acme", newAcme}}}, `there is already a wallet kind "acme": choose another name`},
		"a name with a dot":         {Env{Wallets: []Wallet{{"a.b", newAcme}}}, `wallet kind "a.b": a name is 1 to 40 of a-z, 0-9, - and _`},
		"no function":               {Env{Wallets: []Wallet{{"acme", nil}}}, `wallet kind "acme": its function must return a pointer to a struct of settings`},
		"a struct":                  {Env{Wallets: []Wallet{{"acme", func() wallet.Opener { return sandbox.Config{} }}}}, `wallet kind "acme": its function must return a pointer to a struct of settings`},
		"nil settings":              {Env{Wallets: []Wallet{{"acme", func() wallet.Opener { return (*acme)(nil) }}}}, `wallet kind "acme": its function must return a pointer to a struct of settings`},
		"a simulator that is there": {Env{Simulators: []Simulator{{"sandbox", simulator}}}, `there is already a simulator "sandbox"`},
		"a simulator of no kind":    {Env{Simulators: []Simulator{{"acme", simulator}}}, `simulator "acme": there is no wallet of that kind`},
		"a simulator without code":  {Env{Wallets: []Wallet{{"acme", newAcme}}, Simulators: []Simulator{{"acme", nil}}}, `simulator "acme": its function is nil`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c.env.Args, c.env.Out, c.env.Err = []string{"version"}, &out, &out
			if code := Main(t.Context(), c.env); code != 1 || out.String() != "minitill: "+c.want+"\n" {
				t.Errorf("got %d and %q, want 1 and %q", code, out.String(), c.want)
			}
		})
	}
}

func TestInitShowsTheSettingsOfAnAddedKind(t *testing.T) {
	dir := inDirectory(t, map[string]string{"secret.key": hush})
	file := filepath.Join(dir, "minitill.yaml")
	if code, output := withAcme("init", file); code != 0 {
		t.Fatal(output)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const want = `
wallets:
  # An account of kind acme, which this binary adds.
  #acme:
    #type: acme
    #baseUrl:  # FILL IN
    #keyFile:  # FILL IN
    #region: "north"
    #lag: 1m0s
    #shop:
      #name:
      #tills:
    #tips: false
  main:
`
	if !strings.Contains(string(text), want) {
		t.Errorf("the file does not have%s\nbut\n%s", want, text)
	}
	_, sample, _ := strings.Cut(want, "  #acme:\n")
	sample, _, _ = strings.Cut(sample, "  main:\n")
	sample = string(commentedOut.ReplaceAll([]byte(sample), []byte("$1$2")))
	sample = strings.Replace(sample, "baseUrl:  # FILL IN", "baseUrl: http://127.0.0.1:9", 1)
	sample = strings.Replace(sample, "keyFile:  # FILL IN", "keyFile: secret.key", 1)
	if err := os.WriteFile(file, []byte("apps: {shop: {wallets: [acme]}}\nwallets:\n  acme:\n"+sample), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, output := withAcme("serve", "--check", "--config", file); code != 0 {
		t.Errorf("filled in, it is refused: %s", output)
	}
}

func TestWithoutAddedKindsInitWritesTheTemplate(t *testing.T) {
	if !bytes.Equal((Env{}).template(), template) {
		t.Error("the file is not the template")
	}
	if bytes.Count(template, []byte(walletsHeading)) != 1 {
		t.Errorf("the template has no one line %q", walletsHeading)
	}
}

// acmeServer is a provider that only answers.
type acmeServer struct{ http.Handler }

func (acmeServer) Run(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
func (acmeServer) Close() error                  { return nil }
func (acmeServer) Settings() string              { return "region: south\nlag: 2s\n" }

func TestAnAddedSimulatorServesAndPrintsSettings(t *testing.T) {
	data := filepath.Join(t.TempDir(), "acme")
	opened := make(chan Simulation, 1)
	env := Env{
		Wallets: []Wallet{{"acme", newAcme}},
		Simulators: []Simulator{{"acme", func(s Simulation) (Provider, error) {
			opened <- s
			return acmeServer{http.NotFoundHandler()}, nil
		}}},
		Args: []string{"simulate", "acme", "--listen", "127.0.0.1:0", "--data", data},
	}
	if got, want := settingsPrintedBy(t, env), "    type: acme\n    region: south\n    lag: 2s\n"; got != want {
		t.Errorf("it prints\n%s\nwant\n%s", got, want)
	}
	s := <-opened
	if info, err := os.Stat(s.Data); err != nil || !info.IsDir() || s.Data != data || s.Log == nil {
		t.Errorf("it is opened with %+v, want a log and the directory %s", s, data)
	}
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("it answers %d, want what the provider answers", resp.StatusCode)
	}
}

func TestTheVersionIsThatOfTheModule(t *testing.T) {
	till := func(version string, by *debug.Module) *debug.Module {
		return &debug.Module{Path: modulePath, Version: version, Replace: by}
	}
	own := debug.Module{Path: "example.com/shop", Version: "v9.9.9"}
	for name, c := range map[string]struct {
		info debug.BuildInfo
		want string
	}{
		"the main module":          {debug.BuildInfo{Main: *till("v1.2.3", nil)}, "v1.2.3"},
		"a working tree":           {debug.BuildInfo{Main: *till("", nil)}, develVersion},
		"a dependency":             {debug.BuildInfo{Main: own, Deps: []*debug.Module{till("v1.2.3", nil)}}, "v1.2.3"},
		"a dependency in a folder": {debug.BuildInfo{Main: own, Deps: []*debug.Module{till("v1.2.3", &debug.Module{Path: "../till"})}}, develVersion},
		"neither":                  {debug.BuildInfo{Main: own}, develVersion},
	} {
		if got := moduleVersion(&c.info); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}
