package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// healthCommand checks whether the server of this machine it is ready, for health checks of
// containers, where there is no shell and no curl.
type healthCommand struct {
	flags
	Live    bool          `help:"Check only whether the process answers (/healthz), also while it drains or the store is unavailable."`
	Timeout time.Duration `default:"3s" help:"How long to wait for the answer."`
}

// Run prints the state, and fails unless the server answers 200. Also a mistake in the
// configuration is exit code 1: Docker reserves 2.
func (c *healthCommand) Run(ctx context.Context, env Env) error {
	config, err := c.load()
	if err != nil {
		return errors.New(err.Error())
	}
	url, err := config.healthURL(c.Live)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	state, err := readHealth(ctx, url)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.Out, state)
	return err
}

// healthURL is where the configured server answers on this machine. The public URL may lead
// to another node.
func (c *config) healthURL(live bool) (string, error) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil || port == "" || port == "0" {
		return "", fmt.Errorf("listen is %q: name the port with --listen", c.Listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	path := "/readyz"
	if live {
		path = "/healthz"
	}
	return "http://" + net.JoinHostPort(host, port) + path, nil
}

// readHealth returns what the server says about its state. It uses no proxy of the
// environment and no connection twice.
func readHealth(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", problemOf(resp.StatusCode, body)
	}
	var state struct {
		Status     string
		Components map[string]string
	}
	if err := json.Unmarshal(body, &state); err != nil || state.Status == "" {
		return "", errors.New("the answer is not that of Minitill: does another program listen there?")
	}
	parts := []string{state.Status}
	for _, name := range slices.Sorted(maps.Keys(state.Components)) {
		parts = append(parts, name+" "+state.Components[name])
	}
	return strings.Join(parts, ", "), nil
}
