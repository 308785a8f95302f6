package app

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/minitill/minitill/signing"
	miniprogram "github.com/minitill/minitill/wallet/miniprogram/simulator"
	sandbox "github.com/minitill/minitill/wallet/sandbox/simulator"
)

// simulateCommand runs a provider's server that moves no money, for development against
// that provider, with this till or without.
type simulateCommand struct {
	Miniprogram simulateMiniprogram `cmd:"" help:"A wallet of the Mini Program Platform family: GCash, TNG, Super Qi, …"`
	Redotpay    simulateRedotpay    `cmd:"" help:"RedotPay Connect, or with --direct the direct dialect."`
	Ottpay      simulateOttpay      `cmd:"" name:"ottpay" help:"OTT Pay: the encrypted checkout, and the REST generation."`
	Payprotocol simulatePayprotocol `cmd:"" help:"The server of Pay Protocol."`
	Sandbox     simulateSandbox     `cmd:"" help:"The provider of the sandbox wallet."`

	kong.Plugins // the simulators that a binary adds
}

// simulated has the options of every simulator.
type simulated struct {
	Listen    string `default:"127.0.0.1:8090" placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one."`
	PublicURL string `placeholder:"URL" help:"How merchants and payers reach it, where that is another address."`
	Data      string `default:"./simulator" placeholder:"DIR" help:"Where its keys are kept."`
	Verbose   bool   `short:"v" help:"Log every request."`
}

type simulateMiniprogram struct {
	simulated
	Profile      string `default:"generic-v2" help:"The dialect: generic-v1, generic-v2, gcash, tng, superqi, rebell, vodapay, alipayplus or ams."`
	ClientID     string `default:"TEST_MERCHANT" help:"The merchant's Client-Id."`
	MerchantKey  string `placeholder:"FILE" help:"The merchant's public key; without one a pair is made, and merchant.pem is its private half."`
	AppID        string `default:"3333010000000001" help:"The mini program's id."`
	AuthClientID string `default:"2020010000000001" help:"The id its users sign in for."`
	PartnerID    string `default:"P000000000000001" help:"The merchant's partner id, in dialects that have one."`
	Async        bool   `name:"async-refunds" help:"Let refunds wait until /control decides about them."`
	Scale        int    `default:"60" help:"Divides the pauses between attempts of a notification: 60 makes minutes of hours."`
}

// Run serves the provider until ctx ends.
func (c *simulateMiniprogram) Run(ctx context.Context, env Env) error {
	private, public, err := c.rsaKey("wallet.pem")
	if err != nil {
		return err
	}
	merchant, err := c.merchantKey(c.MerchantKey)
	if err != nil {
		return err
	}
	return c.serve(ctx, env, func(url string, log *slog.Logger) (provider, string, error) {
		p, err := miniprogram.New(miniprogram.Config{
			PublicURL: url, Profile: c.Profile, ClientID: c.ClientID, ClientKeys: map[int]string{1: merchant},
			Key: private, AppID: c.AppID, AuthClientID: c.AuthClientID, PartnerID: c.PartnerID,
			AsyncRefunds: c.Async, TimeScale: c.Scale, Control: true, Log: log,
		})
		return p, c.settings(url, public), err
	})
}

// settings returns a till's settings for the simulator.
func (c *simulateMiniprogram) settings(url, public string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "    type: miniprogram\n    profile: %s\n    baseUrl: %s\n    clientId: %s\n", c.Profile, url, c.ClientID)
	if c.MerchantKey == "" {
		fmt.Fprintf(&b, "    privateKeyFile: %s\n", c.path(merchantKeyFile))
	}
	fmt.Fprintf(&b, "    walletKeys: [{key: %s}]\n", public)
	fmt.Fprintf(&b, "    appId: %q\n    authClientId: %q\n    partnerId: %q\n", c.AppID, c.AuthClientID, c.PartnerID)
	return b.String()
}

type simulateSandbox struct {
	simulated
	Merchant      string `default:"Test merchant" help:"The name at the cashier."`
	ManualRefunds bool   `help:"Let refunds wait until /control decides about them."`
}

// Run serves the provider until ctx ends.
func (c *simulateSandbox) Run(ctx context.Context, env Env) error {
	path, key, err := c.secret("sandbox.key")
	if err != nil {
		return err
	}
	return c.serve(ctx, env, func(url string, log *slog.Logger) (provider, string, error) {
		p, err := sandbox.New(sandbox.Config{
			PublicURL: url, KeyID: sandboxKey, Key: key, Merchant: c.Merchant, ManualRefunds: c.ManualRefunds,
			Journal: filepath.Join(c.Data, "sandbox.journal"), Control: true, Log: log,
		})
		return p, fmt.Sprintf("    type: sandbox\n    baseUrl: %s\n    keyId: %s\n    keyFile: %s\n", url, sandboxKey, path), err
	})
}

// merchantKeyFile has the private half of the merchant's key where none is configured.
const merchantKeyFile = "merchant.pem"

// path returns the path of a file in Data, which does not depend on the working directory.
func (c *simulated) path(name string) string {
	path := filepath.Join(c.Data, name)
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}

// secret reads a secret of Data, or generates it.
func (c *simulated) secret(name string) (path string, secret signing.Secret, err error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return "", signing.Secret{}, err
	}
	path = c.path(name)
	secret, err = loadSecret(path)
	return path, secret, err
}

// rsaKey reads an RSA key of Data, or generates it.
func (c *simulated) rsaKey(name string) (private signing.Secret, public string, err error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return signing.Secret{}, "", err
	}
	return loadRSAKey(c.path(name))
}

// merchantKey returns the merchant's public key: that of file, or without one that of the key
// in Data.
func (c *simulated) merchantKey(file string) (string, error) {
	if file != "" {
		text, err := os.ReadFile(file)
		return string(text), err
	}
	_, public, err := c.rsaKey(merchantKeyFile)
	return public, err
}

// serve runs the provider that open returns for the URL at which it is reached.
func (c *simulated) serve(ctx context.Context, env Env, open func(url string, log *slog.Logger) (provider, string, error)) (err error) {
	level := "info"
	if c.Verbose {
		level = "debug"
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", c.Listen, err)
	}
	url := strings.TrimSuffix(c.PublicURL, "/")
	if url == "" {
		url = "http://" + reachable(listener.Addr())
	}
	p, settings, err := open(url, logConfig{Level: level, Format: "text"}.logger(env.Err))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	_, _ = io.WriteString(env.Out, "the simulator is ready at "+url+"\n\nA wallet's settings for it:\n\n"+settings+
		"\nNo money moves. Stop with Ctrl-C.\n")
	return c.run(ctx, listener, p)
}

func (c *simulated) run(ctx context.Context, listener net.Listener, p provider) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	srv := &http.Server{
		Handler: p, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 90 * time.Second, IdleTimeout: 2 * time.Minute,
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var err error
	if srv.Shutdown(closing) != nil { // a connection is held open; no payment is lost
		err = srv.Close()
	}
	<-served
	if ranOut := <-ended; !errors.Is(ranOut, context.Canceled) {
		err = errors.Join(err, ranOut)
	}
	return err
}

const rsaBits = 2048

// loadRSAKey reads an RSA key that only this machine uses, or generates it. The public half
// is Base64 in one line, as providers' consoles show it.
func loadRSAKey(path string) (private signing.Secret, public string, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = newRSAKey(path)
	}
	if err != nil {
		return signing.Secret{}, "", err
	}
	key, err := signing.ParseRSAPrivateKey(text)
	if err != nil {
		return signing.Secret{}, "", fmt.Errorf("%s: %w", path, err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return signing.NewSecret(string(text)), base64.StdEncoding.EncodeToString(der), err
}

func newRSAKey(path string) ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return text, signing.WriteSecretFile(path, text)
}
