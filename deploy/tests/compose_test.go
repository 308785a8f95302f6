package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// composition are the members of compose.yaml that are used. Another one fails the test:
// it would be a mistake, or a setting that is not checked here.
type composition struct {
	Name     string             `yaml:"name"`
	Services map[string]service `yaml:"services"`
	Networks map[string]struct {
		Internal bool `yaml:"internal"`
	} `yaml:"networks"`
	Volumes map[string]struct{}              `yaml:"volumes"`
	Secrets map[string]struct{ File string } `yaml:"secrets"`
}

type service struct {
	Image       string            `yaml:"image"`
	Restart     string            `yaml:"restart"`
	User        string            `yaml:"user"`
	ReadOnly    bool              `yaml:"read_only"`
	CapDrop     []string          `yaml:"cap_drop"`
	SecurityOpt []string          `yaml:"security_opt"`
	Environment map[string]string `yaml:"environment"`
	Command     []string          `yaml:"command"`
	Tmpfs       []string          `yaml:"tmpfs"`
	ShmSize     string            `yaml:"shm_size"`
	Secrets     []string          `yaml:"secrets"`
	Ports       []string          `yaml:"ports"`
	Networks    []string          `yaml:"networks"`
	DependsOn   any               `yaml:"depends_on"`
	Grace       string            `yaml:"stop_grace_period"`
	Volumes     []struct {
		Type, Source, Target string
		ReadOnly             bool `yaml:"read_only"`
	} `yaml:"volumes"`
	Healthcheck struct {
		Test        []string `yaml:"test"`
		Interval    string   `yaml:"interval"`
		Timeout     string   `yaml:"timeout"`
		StartPeriod string   `yaml:"start_period"`
		Retries     int      `yaml:"retries"`
	} `yaml:"healthcheck"`
}

// composed reads compose.yaml. That Docker starts it is not run here.
func composed(t *testing.T) *composition {
	t.Helper()
	c := new(composition)
	if err := yaml.UnmarshalWithOptions([]byte(read(t, "compose", "compose.yaml")), c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatTheComposeFileNamesIsThere(t *testing.T) {
	c := composed(t)
	for name, s := range c.Services {
		for _, secret := range s.Secrets {
			if c.Secrets[secret].File == "" {
				t.Errorf("%s: there is no secret %q", name, secret)
			}
		}
		for _, network := range s.Networks {
			if _, ok := c.Networks[network]; !ok {
				t.Errorf("%s: there is no network %q", name, network)
			}
		}
		for _, v := range s.Volumes {
			switch _, named := c.Volumes[v.Source]; {
			case v.Type == "volume" && !named:
				t.Errorf("%s: there is no volume %q", name, v.Source)
			case v.Type == "bind":
				if _, err := os.Stat(shipped("compose", v.Source)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: port %s is open to other machines", name, port)
			}
		}
		if s.Restart != "unless-stopped" || len(s.Networks) == 0 || !strings.Contains(s.Image, ":") {
			t.Errorf("%s: %+v", name, s)
		}
	}
	for _, name := range []string{"till", "postgres", "redis", "prometheus", "grafana"} {
		if _, ok := c.Services[name]; !ok {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestTheTillOfTheComposeFileHasNoPrivileges(t *testing.T) {
	till := composed(t).Services["till"]
	if !till.ReadOnly || till.User != "65532:65532" || strings.Join(till.CapDrop, " ") != "ALL" || strings.Join(till.SecurityOpt, " ") != "no-new-privileges:true" {
		t.Errorf("got %+v", till)
	}
	if strings.Join(till.Healthcheck.Test, " ") != "CMD /minitill health" {
		t.Errorf("the health check is %v", till.Healthcheck.Test)
	}
	text := read(t, "compose", "minitill.yaml")
	checked(t, text)
	for _, secret := range till.Secrets {
		if !strings.Contains(text, "/run/secrets/"+secret) {
			t.Errorf("the configuration does not use the secret %q", secret)
		}
	}
	if target := "targets: [\"till:9091\"]"; !strings.Contains(read(t, "prometheus", "prometheus.yml"), target) || !strings.Contains(text, "adminHosts: [till]") {
		t.Error("Prometheus does not scrape the till by the name that it answers to")
	}
}

func TestGrafanaFindsItsDashboardAndItsSource(t *testing.T) {
	grafana := composed(t).Services["grafana"]
	mounted := map[string]bool{}
	for _, v := range grafana.Volumes {
		mounted[filepath.Dir(v.Target)] = true
	}
	var providers struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct{ Options struct{ Path string } }
	}
	if err := yaml.Unmarshal([]byte(read(t, "grafana", "provisioning", "dashboards", "minitill.yaml")), &providers); err != nil {
		t.Fatal(err)
	}
	if len(providers.Providers) != 1 || !mounted[providers.Providers[0].Options.Path] {
		t.Errorf("dashboards are read from %+v, and %v is mounted", providers, mounted)
	}
	var sources struct {
		Datasources []struct{ UID, URL, Type string }
	}
	if err := yaml.Unmarshal([]byte(read(t, "grafana", "provisioning", "datasources", "prometheus.yaml")), &sources); err != nil {
		t.Fatal(err)
	}
	if len(sources.Datasources) != 1 || sources.Datasources[0].URL != "http://prometheus:9090" {
		t.Errorf("the sources are %+v", sources)
	}
}
