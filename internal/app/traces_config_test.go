package app

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/minitill/minitill/signing"
)

func TestMistakesInTheSettingsOfTraces(t *testing.T) {
	files := map[string]string{"team.key": "a-secret", "lines.key": "one\ntwo"}
	for name, text := range goodFiles {
		files[name] = text
	}
	dir := inDirectory(t, files)
	for settings, want := range map[string]string{
		`{}`:                                  "",
		`{endpoint: "http://collector:4318"}`: "",
		`{endpoint: "https://collector.example/otlp/v1/traces", header: X-Team, secretFile: team.key}`: "",
		`{endpoint: "http://127.0.0.1:4318", secretFile: team.key}`:                                    "",
		`{endpoint: "collector:4318"}`:                                                                 "traces.endpoint: must be an http:// or https:// URL",
		`{endpoint: "https://till:pass@collector:4318"}`:                                               "traces.endpoint: must have no name, password or fragment: a secret goes into traces.secretFile",
		`{endpoint: "http://collector:4318", secretFile: team.key}`:                                    "traces.endpoint: must be https, since a secret is sent there",
		`{secretFile: team.key}`:                                                                       "traces.endpoint: is required where there is a secret",
		`{endpoint: "https://collector", secretFile: lines.key}`:                                       "traces.secretFile: must be one line",
		`{endpoint: "https://collector", header: "X-Team: x"}`:                                         "traces.header: must be the name of a header: letters, digits and -",
		`{endpoint: "https://collector", percent: 101}`:                                                "traces.percent: must be at most 100",
		`{endpoint: "https://collector", percent: 0.5}`:                                                "traces.percent: must be a whole number",
		`{endpoint: "https://collector", secret: "written-in-the-file"}`:                               "traces.secret: a secret is not written here: name its file in secretFile, or write ${NAME} for a variable of the environment",
	} {
		if got := mistakesIn(t, dir, good+"traces: "+settings+"\n"); got != want {
			t.Errorf("traces: %s: got\n%s\nwant\n%s", settings, got, want)
		}
	}
}

func TestAnEndpointWithoutAPathIsACollectors(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:4318":              "http://127.0.0.1:4318/v1/traces",
		"http://127.0.0.1:4318/":             "http://127.0.0.1:4318/v1/traces",
		"https://otlp.example/ingest?site=1": "https://otlp.example/ingest?site=1",
	} {
		if got := (&tracesConfig{Endpoint: endpoint}).url(); got != want {
			t.Errorf("%s: got %s, want %s", endpoint, got, want)
		}
	}
}

// tracedNode builds a node whose spans go to a collector, which receives them when it is
// closed.
func tracedNode(t *testing.T, c *collector, log *bytes.Buffer) *node {
	t.Helper()
	o := optionsFor(t.TempDir())
	o.config.Log.Access = true
	o.config.Server.Admin = "127.0.0.1:0"
	o.config.Traces = tracesConfig{Endpoint: c.URL, Percent: 100, Header: "X-Team", Secret: signing.NewSecret("team")}
	o.log = o.config.Log.logger(log)
	n, err := newNode(t.Context(), o, "http://127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTheLogNamesTheTraceThatTheCollectorHas, in what the engine logs and in the access log.
func TestTheLogNamesTheTraceThatTheCollectorHas(t *testing.T) {
	c, log := startCollector(t), new(bytes.Buffer)
	n := tracedNode(t, c, log)
	log.Reset()
	n.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/notify/sandbox", strings.NewReader(`{"forged":true}`)))
	n.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/readyz", nil))
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if err := n.close(); err != nil {
		t.Fatal(err)
	}
	of := c.one("POST /notify/:wallet", "", "")
	found := 0
	for _, line := range lines {
		if strings.Contains(line, "trace_id="+traceOf(of)+" span_id="+spanOf(of)) {
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d lines name the trace %s, want the engine's warning and the access log: %q", found, traceOf(of), lines)
	}
	if len(c.spans) != 1 {
		t.Errorf("the collector has %q, want no span of /readyz", c.names())
	}
}

func TestExportedSpansAreCounted(t *testing.T) {
	c := startCollector(t)
	n := tracedNode(t, c, new(bytes.Buffer))
	n.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/nowhere/at/all", nil))
	if err := n.close(); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	n.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if !regexp.MustCompile(`(?m)^minitill_trace_spans_total\{outcome="exported"\} 1$`).MatchString(w.Body.String()) {
		t.Error("the metrics do not count the span that was exported")
	}
	c.one("GET", "http.response.status_code", "404")
}

func TestVariablesThatAreNotReadAreNamed(t *testing.T) {
	var log bytes.Buffer
	warnOfVariables(slog.New(slog.NewTextHandler(&log, nil)), []string{
		"OTEL_SERVICE_NAME=till", "OTEL_EXPORTER_OTLP_HEADERS=authorization=hush", "OTEL_TRACES_SAMPLER=always_on", "PATH=/bin",
	})
	if text := log.String(); !strings.Contains(text, "[OTEL_EXPORTER_OTLP_HEADERS OTEL_TRACES_SAMPLER]") || strings.Contains(text, "hush") {
		t.Errorf("the log is %q, want the names of two variables and no value", text)
	}
	log.Reset()
	if warnOfVariables(slog.New(slog.NewTextHandler(&log, nil)), []string{"OTEL_SERVICE_NAME=till"}); log.Len() > 0 {
		t.Errorf("the log is %q, want nothing", &log)
	}
}
