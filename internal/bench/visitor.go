package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/minitill/minitill/internal/bench/process"
)

// signInSettings let the benchmark's operator sign in with a password alone.
const signInSettings = "console: {secondFactor: [support]}\n"

const (
	operatorName     = "bench"
	operatorPassword = "opens one page after another"
)

// addOperator adds an operator who may see every page of the app, and returns the token of the
// invitation. The server need not run.
func (s *side) addOperator(ctx context.Context) (token string, err error) {
	link, err := process.Output(ctx, s.program, "operators", "add", operatorName, "--config", s.config, "--app", app,
		"--role", "viewer", "--role", "finance", "--role", "admin")
	if err != nil {
		return "", err
	}
	_, token, found := strings.Cut(link, "token=")
	if !found {
		return "", fmt.Errorf("there is no link in %q", link)
	}
	token, err = url.QueryUnescape(strings.Fields(token)[0])
	return token, err
}

// visitor is a browser that is signed in to a console.
type visitor struct {
	base   string
	client *http.Client
}

// join opens an invitation and signs in.
func (s *side) join(ctx context.Context, token string) (*visitor, error) {
	v := s.visitor()
	form := url.Values{"token": {token}, "password": {operatorPassword}, "again": {operatorPassword}}
	if _, err := v.post(ctx, "join", form); err != nil {
		return nil, err
	}
	return v, v.signIn(ctx)
}

func (s *side) visitor() *visitor {
	jar, _ := cookiejar.New(nil) // without options it does not fail
	client := newClient()
	client.Jar = jar
	return &visitor{s.base + "/console/", client}
}

var errSignedOut = errors.New("the console wants a sign-in")

func (v *visitor) signIn(ctx context.Context) error {
	_, err := v.post(ctx, "sign-in", url.Values{"name": {operatorName}, "password": {operatorPassword}})
	return err
}

func (v *visitor) post(ctx context.Context, path string, form url.Values) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r)
}

// open returns the page at a path below the console's.
func (v *visitor) open(ctx context.Context, path string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return "", err
	}
	return v.do(r)
}

func (v *visitor) do(r *http.Request) (string, error) {
	answer, err := v.client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return "", err
	case answer.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%s of the console was answered %s", r.URL.RequestURI(), answer.Status)
	case strings.HasSuffix(answer.Request.URL.Path, "/sign-in"):
		return "", errSignedOut
	}
	return string(body), nil
}

// indexPoll is how often it is looked whether the index is complete.
const indexPoll = time.Second

// awaitIndex waits until the console's index of a running server has every event.
func (s *side) awaitIndex(ctx context.Context) error {
	for {
		// Until the index was opened there is none, which is no fault.
		lines, _ := process.Output(ctx, s.program, "index", "status", "--config", s.config)
		_, last, _ := strings.Cut(lines, "\n")
		fields := strings.Fields(last) // app, events, last event, behind, state
		if n := len(fields); n >= 2 && fields[n-1] == "complete" && fields[n-2] == "0s" {
			return nil
		}
		if err := pause(ctx, indexPoll); err != nil {
			return err
		}
	}
}
