package app

import (
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"reflect"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store/redisstore"
	"github.com/minitill/minitill/internal/logs"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// config is the configuration file. minitill.yaml, which init writes, explains each
// setting.
type config struct {
	PublicURL string                  `json:"publicUrl" validate:"omitempty,http_url"`
	Insecure  bool                    `json:"insecure"` // whether PublicURL may be http beyond this machine
	Listen    string                  `json:"listen" validate:"required"`
	Data      filePath                `json:"data" validate:"required"`
	Store     storeConfig             `json:"store"`
	Redis     redisstore.Config       `json:"redis"`
	Keys      signing.Secret          `json:"keys"` // a keyring document
	Apps      map[string]appConfig    `json:"apps"`
	Wallets   map[string]walletConfig `json:"wallets"`
	Limits    limitsConfig            `json:"limits"`
	Server    serverConfig            `json:"server"`
	Console   consoleConfig           `json:"console"`
	Notices   backendConfig           `json:"notices"` // to the operator
	Retention retentionConfig         `json:"retention"`
	Log       logConfig               `json:"log"`
	Traces    tracesConfig            `json:"traces"`
	Sandbox   bool                    `json:"sandbox"`
	// DemoWallet is where the demo shop pays; empty: at the sandbox wallet.
	DemoWallet string `json:"demoWallet"`

	warnings []string // dangerous settings, which are logged at each start
}

// storeConfig is the database of the orders. The zero value is minitill.db in the data
// directory.
type storeConfig struct {
	Path filePath       `json:"path"` // of an SQLite file
	URL  signing.Secret `json:"url"`  // of a PostgreSQL database
}

// appConfig is one mini program and its merchant.
type appConfig struct {
	Title         string        `json:"title" validate:"max=100"`
	Wallets       []string      `json:"wallets" validate:"required"`
	Catalog       filePath      `json:"catalog"`
	Guests        bool          `json:"guests"`
	Hold          bool          `json:"hold"`
	Expiry        time.Duration `json:"expiry" validate:"min=1m,max=720h"`
	ReturnURL     string        `json:"returnUrl" validate:"omitempty,http_url"`
	ReturnOrigins []string      `json:"returnOrigins"`
	Origins       []string      `json:"origins"`
	Accent        string        `json:"accent" validate:"omitempty,hexcolor,len=7"`
	TimeZone      string        `json:"timeZone" validate:"omitempty,timezone"` // of the console's pages
	Quote         backendConfig `json:"quote"`
	Webhook       backendConfig `json:"webhook"`

	Approvals approvalsConfig `json:"approvals"`

	pricer *pricing.Catalog // the content of Catalog
}

// backendConfig is a URL of an app's backend, or of the operator's, and the keys that sign
// calls to it. The zero value is none.
type backendConfig struct {
	URL      string         `json:"url" validate:"omitempty,http_url"`
	Secret   signing.Secret `json:"secret"`
	Previous signing.Secret `json:"previousSecret"` // signs too while the secret is rotated
	Private  bool           `json:"private"`
}

// walletConfig is one account at one provider: the kind of the wallet, and the settings of
// that kind.
type walletConfig struct {
	Type     string
	Settings wallet.Opener
}

type limitsConfig struct {
	SessionsPerMinute int `json:"sessionsPerMinute" validate:"min=1,max=1000000"`
	OrdersPerMinute   int `json:"ordersPerMinute" validate:"min=1,max=1000000"`
	// GuestOrdersPerMinute are of all guests at one address.
	GuestOrdersPerMinute int   `json:"guestOrdersPerMinute" validate:"min=1,max=1000000"`
	RequestsPerMinute    int   `json:"requestsPerMinute" validate:"min=1,max=1000000"` // of an API key
	FailuresPerMinute    int   `json:"failuresPerMinute" validate:"min=1,max=1000000"` // of one kind, at one address
	Closed               bool  `json:"closed"`                                         // whether requests are refused while Redis is unavailable
	Body                 int64 `json:"body" validate:"min=1024,max=65536"`             // bytes of a request
	// Concurrent connections and waits; zero derives them from the file descriptors.
	Connections           int `json:"connections" validate:"omitempty,min=16,max=500000"`
	ConnectionsPerAddress int `json:"connectionsPerAddress" validate:"omitempty,min=4,max=500000"`
	Waits                 int `json:"waits" validate:"omitempty,min=1,max=500000"`
	WaitsPerAddress       int `json:"waitsPerAddress" validate:"omitempty,min=1,max=500000"`
	WaitsPerOrder         int `json:"waitsPerOrder" validate:"min=1,max=1000"`
	WaitsPerToken         int `json:"waitsPerToken" validate:"min=1,max=1000"`
}

type serverConfig struct {
	TrustedProxies []string `json:"trustedProxies" validate:"dive,ip|cidr"`
	FrameAncestors []string `json:"frameAncestors"`
	// PrivateWebhooks allows webhook endpoints in private networks.
	PrivateWebhooks bool `json:"privateWebhooks"`
	// Admin is where metrics are served; empty: nowhere. Without a host it is this machine.
	Admin      string   `json:"admin"`
	AdminHosts []string `json:"adminHosts" validate:"dive,hostname_rfc1123"`
	Profiling  bool     `json:"profiling"` // whether profiles are served there, too
	// Heap is how many megabytes the heap may grow by between two garbage collections;
	// zero derives it from the store, see headroom.
	Heap int `json:"heap" validate:"omitempty,min=1,max=65536"`
	// Drain is how long a stopping node still serves after /readyz has begun to answer 503.
	Drain time.Duration `json:"drain" validate:"min=0,max=5m"`
}

// consoleConfig is the operator's console.
type consoleConfig struct {
	Listen    string   `json:"listen"`                                   // apart from the server; empty: below /console/ of it
	PublicURL string   `json:"publicUrl"  validate:"omitempty,http_url"` // of Listen
	Networks  []string `json:"networks" validate:"dive,ip|cidr"`         // that may open it; none: all
	// SecondFactor are the roles that need one to sign in by password.
	SecondFactor []string      `json:"secondFactor" validate:"dive,oneof=viewer support finance admin"`
	Idle         time.Duration `json:"idle" validate:"min=1m,max=12h"`
	Life         time.Duration `json:"life" validate:"min=5m,max=12h"`
	OIDC         oidcConfig    `json:"oidc"`
	Index        filePath      `json:"index"` // an SQLite file; empty: beside the database
}

// oidcConfig is a provider at which operators sign in. The zero value is none.
type oidcConfig struct {
	Issuer       string         `json:"issuer" validate:"omitempty,http_url"`
	Name         string         `json:"name" validate:"max=100"`
	ClientID     string         `json:"clientId"`
	ClientSecret signing.Secret `json:"clientSecret"`
	Claim        string         `json:"claim"`
	Scopes       []string       `json:"scopes"`
	Roles        []oidcRole     `json:"roles"`
}

// oidcRole gives a role to a group or to a person of the provider.
type oidcRole struct {
	Group  string `json:"group"`
	Person string `json:"person"`
	App    string `json:"app" validate:"required"`
	Role   string `json:"role" validate:"oneof=viewer support finance admin"`
}

type logConfig struct {
	Level  string `json:"level" validate:"oneof=debug info warn error"`
	Format string `json:"format" validate:"oneof=text json"`
	Access bool   `json:"access"` // whether each request is logged, at info
}

// tracesConfig is the collector that spans are sent to. The zero value is none.
type tracesConfig struct {
	Endpoint string         `json:"endpoint" validate:"omitempty,http_url"`
	Percent  int            `json:"percent" validate:"min=0,max=100"` // of the traces are recorded
	Header   string         `json:"header"`                           // that has Secret
	Secret   signing.Secret `json:"secret"`
}

// filePath is a setting that names a file. A relative path in a configuration file is
// relative to the directory of that file, not to the working directory.
type filePath string

// defaultConfig returns the defaults of all settings.
func defaultConfig() config {
	return config{
		Listen: "127.0.0.1:8080",
		Data:   "data",
		Limits: limitsConfig{
			SessionsPerMinute: 1200, OrdersPerMinute: 60, GuestOrdersPerMinute: 1200, RequestsPerMinute: 30_000,
			FailuresPerMinute: 60, Body: 65536, WaitsPerOrder: 32, WaitsPerToken: 16,
		},
		Server:    serverConfig{Drain: 5 * time.Second},
		Console:   consoleConfig{SecondFactor: []string{"support", "finance", "admin"}, Idle: 30 * time.Minute, Life: 12 * time.Hour, OIDC: oidcConfig{Claim: "groups"}},
		Retention: retentionConfig{Answers: 48 * time.Hour, RefundWindow: 8760 * time.Hour},
		Log:       logConfig{Level: "info", Format: "text"},
		Traces:    tracesConfig{Percent: 100, Header: "Authorization"},
	}
}

// sandboxConfig returns the configuration that is used without a file.
func sandboxConfig() config {
	c := defaultConfig()
	c.Data = "./data"
	c.Sandbox = true
	c.Server.PrivateWebhooks = true // a first receiver listens on this machine
	c.Server.Drain = 0              // no load balancer polls its readiness
	return c
}

// shared reports whether several nodes may use the store. What they must agree on is then
// configured, and not generated by one of them.
func (c *config) shared() bool { return !c.Store.URL.IsZero() }

// keepsFiles reports whether the data directory is written to.
func (c *config) keepsFiles() bool { return !c.shared() || c.Sandbox }

// decode decodes an app over its defaults.
func (c *appConfig) decode(d *decoder, n ast.Node, path string) {
	c.Expiry, c.Approvals = 15*time.Minute, defaultApprovals()
	d.object(n, reflect.ValueOf(c).Elem(), path)
}

// database returns the path of the SQLite file.
func (c *config) database() string {
	if c.Store.Path != "" {
		return string(c.Store.Path)
	}
	return filepath.Join(string(c.Data), "minitill.db")
}

// repeatEvery is how often a warning is logged that repeats itself.
const repeatEvery = time.Minute

// logger returns a logger that writes to w as configured.
func (c logConfig) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // checked by its validate tag
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: maskCards}
	var form slog.Handler = slog.NewTextHandler(w, options)
	if c.Format == "json" {
		form = slog.NewJSONHandler(w, options)
	}
	return slog.New(logs.Requests(logs.Repeats(form, repeatEvery), problem.RequestOf))
}

// maskCards masks payment card numbers in log attributes.
func maskCards(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString, slog.KindAny:
		if text := fmt.Sprint(a.Value.Any()); wallet.HasCardNumber(text) {
			a.Value = slog.StringValue(wallet.MaskCardNumbers(text))
		}
	}
	return a
}

// app returns the app as the engine is configured with it.
func (c *appConfig) app(name string) engine.App {
	app := engine.App{
		Name: name, Title: c.Title, Wallets: c.Wallets, Guests: c.Guests, Hold: c.Hold,
		Expiry: c.Expiry, ReturnURL: c.ReturnURL, ReturnOrigins: c.ReturnOrigins, Accent: c.Accent,
		Origins: append([]string{}, c.Origins...), // no origins are an empty list: nil would allow all
	}
	app.Approvals = c.approvals()
	if c.pricer != nil {
		app.Pricer = c.pricer
	}
	if c.Webhook.URL != "" {
		app.Endpoints = []string{endpointName}
	}
	return app
}

// open returns the wallet. Nothing is called.
func (c *walletConfig) open(env wallet.Env) (wallet.Wallet, error) {
	w, err := c.Settings.Open(env)
	if err != nil {
		return nil, fmt.Errorf("wallet %s: %w", env.Name, err)
	}
	return w, nil
}
