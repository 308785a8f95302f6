package tests

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// rules are the alerts that are shipped.
type rules struct {
	Groups []struct {
		Rules []struct {
			Alert, Expr, For string
			Labels           map[string]string
			Annotations      map[string]string
		}
	}
}

func alerts(t *testing.T) *rules {
	t.Helper()
	r := new(rules)
	if err := yaml.Unmarshal([]byte(read(t, "prometheus", "minitill.rules.yml")), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// dashboard are the members of Grafana's model that are used. That Grafana shows it is not
// run here.
type dashboard struct {
	UID, Title    string
	SchemaVersion int
	Templating    struct{ List []struct{ Name, Type string } }
	Panels        []struct {
		ID          int
		Type, Title string
		Description string
		GridPos     struct{ X, Y, W, H int }
		Targets     []struct{ Expr string }
	}
}

func panels(t *testing.T) *dashboard {
	t.Helper()
	d := new(dashboard)
	if err := json.Unmarshal([]byte(read(t, "grafana", "minitill.json")), d); err != nil {
		t.Fatal(err)
	}
	return d
}

// expressions are those of alerts and panels, by where they stand.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{}
	for _, r := range alerts(t).Groups[0].Rules {
		list["alert "+r.Alert] = r.Expr
	}
	for _, p := range panels(t).Panels {
		for i, target := range p.Targets {
			list[fmt.Sprintf("panel %s %d", p.Title, i)] = target.Expr
		}
	}
	return list
}

// measured are the names of the till's metrics: the texts in the sources of bridge/metrics.
func measured(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(root(), "bridge", "metrics", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no sources of metrics", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
				name, _ := strconv.Unquote(text.Value)
				names[name] = true
			}
			return true
		})
	}
	return names
}

var ours = regexp.MustCompile(`\bminitill_([a-z_]+)`)

func TestEveryMetricThatIsNamedExists(t *testing.T) {
	names := measured(t)
	for where, expr := range expressions(t) {
		for _, m := range ours.FindAllStringSubmatch(expr, -1) {
			name := m[1]
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				name = strings.TrimSuffix(name, suffix)
			}
			if !names[name] {
				t.Errorf("%s: there is no metric %s", where, name)
			}
		}
	}
}

// TestEveryExpressionIsValid has promtool read the panels' expressions, as rules.
func TestEveryExpressionIsValid(t *testing.T) {
	promtool := tool(t, "promtool")
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var list []rule
	for _, expr := range expressions(t) {
		expr = strings.NewReplacer("$__rate_interval", "5m", "$app", "shop", "$wallet", "main").Replace(expr)
		list = append(list, rule{fmt.Sprintf("panel:%d", len(list)), expr})
	}
	text, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "panels", "rules": list}}})
	if err != nil {
		t.Fatal(err)
	}
	output(t, promtool, "check", "rules", write(t, t.TempDir(), "panels.json", string(text)))
}

func TestTheAlertsFireWhenTheyShould(t *testing.T) {
	promtool := tool(t, "promtool")
	output(t, promtool, "check", "config", shipped("prometheus", "prometheus.yml"))
	output(t, promtool, "check", "rules", shipped("prometheus", "minitill.rules.yml"))
	output(t, promtool, "test", "rules", shipped("prometheus", "minitill.test.yml"), shipped("prometheus", "minitill.slow.test.yml"))
	tests := read(t, "prometheus", "minitill.test.yml") + read(t, "prometheus", "minitill.slow.test.yml")
	for _, r := range alerts(t).Groups[0].Rules {
		if !regexp.MustCompile(`alertname: ` + r.Alert + `\n +exp_alerts:`).MatchString(tests) {
			t.Errorf("no test has %s fire", r.Alert)
		}
	}
}

func TestEachAlertHasItsRunbook(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root(), "docs", "alerts.md"))
	if err != nil {
		t.Fatal(err)
	}
	list := alerts(t).Groups[0].Rules
	if len(list) != 10 {
		t.Errorf("there are %d alerts, want 10", len(list))
	}
	for _, r := range list {
		if want := "https://github.com/minitill/minitill/blob/main/docs/alerts.md#" + strings.ToLower(r.Alert); r.Annotations["runbook_url"] != want {
			t.Errorf("%s: the runbook is %q, want %q", r.Alert, r.Annotations["runbook_url"], want)
		}
		if !strings.Contains(string(page), "\n## "+r.Alert+"\n") {
			t.Errorf("docs/alerts.md says nothing about %s", r.Alert)
		}
		if s := r.Labels["severity"]; s != "page" && s != "ticket" || r.Annotations["summary"] == "" {
			t.Errorf("%s: severity %q, summary %q", r.Alert, s, r.Annotations["summary"])
		}
	}
}

func TestTheDashboardsPanelsAreOfOneGrid(t *testing.T) {
	d := panels(t)
	seen, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if seen[p.ID] || p.ID == 0 {
			t.Errorf("%s: the id %d is taken", p.Title, p.ID)
		}
		seen[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s lies upon %q", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
	for _, p := range d.Panels {
		if alert, ok := strings.CutPrefix(p.Description, "Alert "); ok && !strings.Contains(read(t, "prometheus", "minitill.rules.yml"), "alert: "+alert+"\n") {
			t.Errorf("%s names the alert %q", p.Title, alert)
		}
	}
}

// TestPrometheusScrapesTheTill runs both, with the shipped rules.
func TestPrometheusScrapesTheTill(t *testing.T) {
	prometheus := tool(t, "prometheus")
	till, admin, dir := "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t), t.TempDir()
	start(t, nil, minitill, "serve", "--listen", till, "--admin", admin, "--data", t.TempDir())
	await(t, "the till is ready", func() bool { return answers("http://" + admin + "/readyz") })
	config := replaced(t, read(t, "prometheus", "prometheus.yml"), `"till:9091"`, `"`+admin+`"`, "interval: 15s", "interval: 1s",
		"minitill.rules.yml", shipped("prometheus", "minitill.rules.yml"))
	web := "127.0.0.1:" + freePort(t)
	start(t, nil, prometheus, "--config.file="+write(t, dir, "prometheus.yml", config), "--web.listen-address="+web, "--storage.tsdb.path="+filepath.Join(dir, "data"))
	await(t, "Prometheus is ready", func() bool { return answers("http://" + web + "/-/ready") })
	await(t, "the till is scraped", func() bool {
		return strings.Contains(fetch(t, "http://"+web+"/api/v1/query?query=minitill_ready%3D%3D1+and+up%3D%3D1"), `"__name__":"minitill_ready"`)
	})
	targets := fetch(t, "http://"+web+"/api/v1/targets")
	if !strings.Contains(targets, `"lastError":""`) || !strings.Contains(targets, `"health":"up"`) {
		t.Errorf("the targets are %s", targets)
	}
	var known struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	await(t, "all alerts are evaluated", func() bool {
		if err := json.Unmarshal([]byte(fetch(t, "http://"+web+"/api/v1/rules")), &known); err != nil || len(known.Data.Groups) != 1 {
			return false
		}
		for _, r := range known.Data.Groups[0].Rules {
			if r.LastError != "" {
				t.Fatalf("%s: %s", r.Name, r.LastError)
			}
			if r.Health != "ok" {
				return false
			}
		}
		return len(known.Data.Groups[0].Rules) == 10
	})
}
