package redisstore

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/minitill/minitill/bridge/store/internal/storeurl"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// Config names which Redis to use. The zero value runs one inside the process.
//
// A server is named by URL or by Addresses: one address is a server, several are a
// cluster, and with MasterName they are the sentinels that know the server.
type Config struct {
	// URL is redis://, rediss:// or unix://, and may hold user, password and database.
	// It may hold a password, hence a Secret.
	URL        signing.Secret `json:"url"`
	Addresses  []string       `json:"addresses"` // host:port
	MasterName string         `json:"masterName"`
	// Username and Password, where they are set, go before those of the URL.
	Username         string         `json:"username"`
	Password         signing.Secret `json:"password"`
	SentinelUsername string         `json:"sentinelUsername"`
	SentinelPassword signing.Secret `json:"sentinelPassword"`
	Database         int            `json:"database" validate:"min=0,max=1023"`
	TLS              bool           `json:"tls"`
	// CAFile holds the PEM certificates that vouch for the server, if the system's
	// do not.
	CAFile string `json:"caFile"`
	// Now is the clock of the embedded Redis and of the pause after a failure;
	// time.Now when nil.
	Now func() time.Time `json:"-"`
	// Log records when Redis becomes unavailable and when it is back; nil: nothing is logged.
	Log *slog.Logger `json:"-"`

	timeout time.Duration // for one answer; tests on a busy machine have more of it
}

func (c Config) wait() time.Duration { return cmp.Or(c.timeout, timeout) }

// Embedded reports whether no Redis is named, so that one runs inside the process.
func (c Config) Embedded() bool { return c.URL.IsZero() && len(c.Addresses) == 0 }

// Check describes what is wrong with the settings, without dialing. Neither URL
// nor password is repeated.
//
// Faults: Invalid, with all fields.
func (c Config) Check() error {
	var fields fault.Fields
	wrong := func(is bool, name, detail string) {
		if is {
			fields.Add(name, detail)
		}
	}
	if !c.URL.IsZero() {
		detail := checkURL(string(c.URL.Reveal()))
		wrong(detail != "", "url", detail)
		wrong(len(c.Addresses) > 0, "addresses", "must be empty when there is a url")
	}
	for _, address := range c.Addresses {
		host, port, err := net.SplitHostPort(address)
		if err != nil || host == "" || port == "" {
			wrong(true, "addresses", "must be host:port each")
			break
		}
	}
	wrong(c.MasterName != "" && len(c.Addresses) == 0, "masterName", "needs the sentinels' addresses")
	wrong(c.MasterName == "" && (c.SentinelUsername != "" || !c.SentinelPassword.IsZero()), "masterName", "is required, since there are settings of sentinels")
	wrong(c.MasterName == "" && len(c.Addresses) > 1 && c.Database != 0, "database", "must be 0 in a cluster")
	wrong(c.Embedded() && (c.TLS || c.CAFile != "" || c.Username != "" || !c.Password.IsZero() || c.Database != 0),
		"url", "is required, or addresses, since there are settings of a server")
	wrong(c.CAFile != "" && !c.secure(), "caFile", "needs tls or a rediss:// URL")
	if _, err := c.roots(); err != nil {
		wrong(true, "caFile", "must be a file of PEM certificates")
	}
	if fields == nil {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Op: "redisstore.Open", Detail: "Redis is not configured.", Fields: fields}
}

// checkURL reports what is wrong with the URL of a server; nothing is dialed.
func checkURL(text string) string {
	const form = "a redis://, rediss:// or unix:// URL"
	if detail := storeurl.Check(text, form, "redis", "rediss", "unix"); detail != "" {
		return detail
	}
	u, _ := url.Parse(text) // it has been parsed already
	switch {
	case u.Scheme == "unix" && u.Host != "":
		return "must be unix:///PATH, without a host"
	case u.Scheme != "unix" && u.Host == "":
		return "must name a host: without one it would mean this machine"
	case strings.Contains(u.Host, ","):
		return "must name one host: several are addresses"
	}
	if o, err := redis.ParseURL(text); err != nil || o.DB < 0 {
		return "must be " + form + ", with the number of a database behind the host, if any, and options that exist"
	}
	return ""
}

func (c Config) secure() bool {
	u, err := url.Parse(string(c.URL.Reveal()))
	return c.TLS || err == nil && u.Scheme == "rediss"
}

// roots are the certificates of CAFile; nil for those of the system.
func (c Config) roots() (*x509.CertPool, error) {
	if c.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fault.InvalidField("redisstore.Open", "caFile", "must be a file of PEM certificates")
	}
	return pool, nil
}

// connect returns a client of the server, the cluster or the sentinels that c names. It dials
// at the first command.
func connect(c Config) (redis.UniversalClient, error) {
	roots, err := c.roots()
	if err != nil {
		return nil, err
	}
	var security *tls.Config
	if c.TLS {
		security = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if c.URL.IsZero() {
		if security != nil {
			security.RootCAs = roots
		}
		return redis.NewUniversalClient(universal(c, security)), nil
	}
	o, err := redis.ParseURL(string(c.URL.Reveal()))
	if err != nil {
		// The error would repeat the URL, and with it the password.
		return nil, fault.InvalidField("redisstore.Open", "url", checkURL(string(c.URL.Reveal())))
	}
	override(c, o, security)
	if o.TLSConfig != nil {
		o.TLSConfig.RootCAs = roots
	}
	return redis.NewClient(bounded(c, o)), nil
}

// override puts what is set in c before what the URL says.
func override(c Config, o *redis.Options, security *tls.Config) {
	if c.Username != "" {
		o.Username = c.Username
	}
	if !c.Password.IsZero() {
		o.Password = string(c.Password.Reveal())
	}
	if c.Database != 0 {
		o.DB = c.Database
	}
	if o.TLSConfig == nil && security != nil {
		o.TLSConfig = security
	}
}

// bounded sets short timeouts, and disables commands that old servers and the embedded
// one do not know.
func bounded(c Config, o *redis.Options) *redis.Options {
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = c.wait(), c.wait(), c.wait(), c.wait()
	o.ContextTimeoutEnabled = true
	o.MaxRetries, o.DialerRetries = -1, 1
	o.DisableIdentity = true
	o.MaintNotificationsConfig = noNotices
	return o
}

var noNotices = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

// universal is bounded for a client of several addresses. A cluster still follows redirects.
func universal(c Config, security *tls.Config) *redis.UniversalOptions {
	return &redis.UniversalOptions{
		Addrs: c.Addresses, MasterName: c.MasterName, DB: c.Database, TLSConfig: security,
		Username: c.Username, Password: string(c.Password.Reveal()),
		SentinelUsername: c.SentinelUsername, SentinelPassword: string(c.SentinelPassword.Reveal()),
		DialTimeout: c.wait(), ReadTimeout: c.wait(), WriteTimeout: c.wait(), PoolTimeout: c.wait(),
		ContextTimeoutEnabled: true, MaxRetries: -1, DialerRetries: 1,
		DisableIdentity: true, MaintNotificationsConfig: noNotices,
	}
}
