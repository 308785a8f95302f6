package browsertest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minitill/minitill/internal/app"
	sdkjs "github.com/minitill/minitill/sdk-js"
)

// serveTill runs the till in this process, with a configuration, until the test
// ends. It returns the URL at which it is ready.
func serveTill(t *testing.T, config map[string]any) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	hurried := make(chan struct{})
	close(hurried) // nothing polls readiness here
	env := app.Env{Args: []string{"serve", "--config", writeConfig(t, config)}, Out: in, Err: t.Output(), SDK: sdkjs.Files, Hurry: hurried}
	go func() {
		var err error
		if code := app.Main(ctx, env); code != 0 {
			err = errors.New("the till did not run as configured")
		}
		_ = in.CloseWithError(io.ErrUnexpectedEOF) // for who waits for a greeting
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return greeting(t, out)
}

// greeting is the URL in the first line that the till prints once it is ready.
func greeting(t *testing.T, out io.Reader) string {
	t.Helper()
	output := make([]byte, 4096)
	n, err := out.Read(output)
	if err != nil {
		t.Fatal("the till ended without printing its address")
	}
	_, rest, _ := strings.Cut(string(output[:n]), "minitill is ready at ")
	url, _, _ := strings.Cut(rest, " ")
	return url
}

// writeConfig writes a configuration as JSON, which is YAML too.
func writeConfig(t *testing.T, config map[string]any) string {
	t.Helper()
	return writeJSON(t, filepath.Join(t.TempDir(), "minitill.yaml"), config)
}

func writeJSON(t *testing.T, path string, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
