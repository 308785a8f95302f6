package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/signing"
)

// remote is a running server, reached by its merchant API, so that commands move money in
// the same way as merchants' backends.
type remote struct {
	flags
	Server  string `env:"MINITILL_SERVER" placeholder:"URL" help:"The running server; where the configuration says it is reached, unless given."`
	KeyFile string `name:"api-key-file" env:"MINITILL_API_KEY_FILE" placeholder:"FILE" help:"A file with the API key; or MINITILL_API_KEY holds it. Without a configuration: the demo's."`
	JSON    bool   `name:"json" help:"Print the server's answer as it is."`
}

// apiKeyFile is where the sandbox writes a key for commands on this machine.
const apiKeyFile = "api.key"

const (
	remoteTimeout = time.Minute // longer than a wallet may take
	mostOfAnswer  = 16 << 20
)

// connect returns a client of the server, with its API key.
func (r *remote) connect() (*apiClient, error) {
	c, err := r.load()
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(r.Server, "/")
	if base == "" {
		base = c.reachedAt()
	}
	key, err := r.key(c)
	if err != nil {
		return nil, err
	}
	return &apiClient{base: base + "/v1", key: key, operator: person(), http: &http.Client{Timeout: remoteTimeout}}, nil
}

// reachedAt returns the URL at which this machine reaches the configured server.
func (c *config) reachedAt() string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	host, port, _ := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func (r *remote) key(c *config) (signing.Secret, error) {
	if key := os.Getenv("MINITILL_API_KEY"); key != "" {
		return signing.NewSecret(key), nil
	}
	path := r.KeyFile
	if path == "" && c.Sandbox {
		path = filepath.Join(string(c.Data), apiKeyFile)
	}
	if path == "" {
		return signing.Secret{}, errors.New("an API key is needed: --api-key-file or MINITILL_API_KEY; minitill keys create makes one")
	}
	return signing.ReadSecretFile(path)
}

// apiClient calls a server's merchant API.
type apiClient struct {
	base     string
	key      signing.Secret
	operator string // who runs the command
	http     *http.Client
}

// get decodes the answer to GET path into v.
func (c *apiClient) get(ctx context.Context, path string, query url.Values, v any) ([]byte, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.send(ctx, http.MethodGet, path, "", nil, v)
}

// post sends a request under an idempotency key.
func (c *apiClient) post(ctx context.Context, path, key string, body, v any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return c.send(ctx, http.MethodPost, path, key, text, v)
}

func (c *apiClient) send(ctx context.Context, method, path, key string, body []byte, v any) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+string(c.key.Reveal()))
	if method == http.MethodPost {
		req.Header.Set(merchant.OperatorHeader, c.operator)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, mostOfAnswer))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return nil, problemOf(resp.StatusCode, answer)
	}
	if err := json.Unmarshal(answer, v); err != nil {
		return nil, fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return answer, nil
}

// apiError is a problem document, as printed to an operator.
type apiError struct {
	status     int
	Title      string `json:"title"`
	Detail     string `json:"detail"`
	Code       string `json:"code"`
	WalletCode string `json:"walletCode"`
	RequestID  string `json:"requestId"`
	Errors     []struct {
		Field  string `json:"field"`
		Detail string `json:"detail"`
	} `json:"errors"`
}

func (e *apiError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%d %s", strings.TrimSuffix(e.Detail, "."), e.status, e.Code)
	for _, part := range []string{e.WalletCode, e.RequestID} {
		if part != "" {
			b.WriteString(", " + part)
		}
	}
	b.WriteString(")")
	for _, field := range e.Errors {
		fmt.Fprintf(&b, "\n  %s: %s", field.Field, field.Detail)
	}
	return b.String()
}

func problemOf(status int, body []byte) error {
	e := &apiError{status: status}
	if err := json.Unmarshal(body, e); err != nil || e.Detail == "" {
		return fmt.Errorf("the server answered %d and no problem document: is it Minitill's address?", status)
	}
	return e
}
