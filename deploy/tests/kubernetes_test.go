package tests

import (
	"maps"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// manifests are the objects of a file, by kind.
type manifests struct {
	config     *corev1.ConfigMap
	deployment *appsv1.Deployment
	service    *corev1.Service
	budget     *policyv1.PodDisruptionBudget
	claim      *corev1.PersistentVolumeClaim
	policy     *networkingv1.NetworkPolicy
}

// decode reads a file strictly: a member that Kubernetes does not know fails the test. That a
// cluster takes it is not run here.
func decode(t *testing.T, name string) *manifests {
	t.Helper()
	m := new(manifests)
	for _, text := range strings.Split(read(t, "kubernetes", name), "\n---\n") {
		var kind metav1.TypeMeta
		if err := yaml.Unmarshal([]byte(text), &kind); err != nil {
			t.Fatal(err)
		}
		var into any
		switch kind.APIVersion + " " + kind.Kind {
		case "v1 ConfigMap":
			m.config = new(corev1.ConfigMap)
			into = m.config
		case "v1 ServiceAccount":
			into = new(corev1.ServiceAccount)
		case "v1 Service":
			m.service = new(corev1.Service)
			into = m.service
		case "v1 PersistentVolumeClaim":
			m.claim = new(corev1.PersistentVolumeClaim)
			into = m.claim
		case "apps/v1 Deployment":
			m.deployment = new(appsv1.Deployment)
			into = m.deployment
		case "policy/v1 PodDisruptionBudget":
			m.budget = new(policyv1.PodDisruptionBudget)
			into = m.budget
		case "networking.k8s.io/v1 NetworkPolicy":
			m.policy = new(networkingv1.NetworkPolicy)
			into = m.policy
		default:
			t.Fatalf("%s has an object of kind %q", name, kind)
		}
		if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
			t.Errorf("%s, %s: %v", name, kind.Kind, err)
		}
	}
	return m
}

func TestTheManifestsStartAConfigurationThatServes(t *testing.T) {
	for _, name := range []string{"postgres.yaml", "sqlite.yaml"} {
		m := decode(t, name)
		checked(t, m.config.Data["minitill.yaml"])
	}
}

func TestThePodsHaveNoPrivilegesAndAllProbes(t *testing.T) {
	for _, name := range []string{"postgres.yaml", "sqlite.yaml"} {
		m := decode(t, name)
		pod := m.deployment.Spec.Template.Spec
		if len(pod.Containers) != 1 {
			t.Fatalf("%s: %d containers", name, len(pod.Containers))
		}
		c := pod.Containers[0]
		security := c.SecurityContext
		if !*pod.SecurityContext.RunAsNonRoot || *pod.SecurityContext.RunAsUser != 65532 || *security.AllowPrivilegeEscalation ||
			!*security.ReadOnlyRootFilesystem || len(security.Capabilities.Drop) != 1 || security.Capabilities.Drop[0] != "ALL" ||
			pod.SecurityContext.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault || *pod.AutomountServiceAccountToken {
			t.Errorf("%s: the pod has privileges", name)
		}
		for probe, want := range map[*corev1.Probe]string{c.StartupProbe: "/healthz", c.LivenessProbe: "/healthz", c.ReadinessProbe: "/readyz"} {
			if probe.HTTPGet.Path != want {
				t.Errorf("%s: a probe calls %s, want %s", name, probe.HTTPGet.Path, want)
			}
		}
		const drain, requests = 5, 30 // server.drain and the time in which requests may end
		if grace := *pod.TerminationGracePeriodSeconds; grace <= drain+requests {
			t.Errorf("%s: the pod is killed after %d s", name, grace)
		}
		checkNames(t, name, m, c)
	}
}

// checkNames compares the names by which the objects refer to each other.
func checkNames(t *testing.T, name string, m *manifests, c corev1.Container) {
	t.Helper()
	labels := m.deployment.Spec.Template.Labels
	for what, selector := range map[string]map[string]string{"service": m.service.Spec.Selector, "deployment": m.deployment.Spec.Selector.MatchLabels} {
		if !maps.Equal(selector, labels) {
			t.Errorf("%s: the %s selects %v, and the pods are %v", name, what, selector, labels)
		}
	}
	ports := map[string]bool{}
	for _, p := range c.Ports {
		ports[p.Name] = true
	}
	for _, p := range m.service.Spec.Ports {
		if !ports[p.TargetPort.StrVal] {
			t.Errorf("%s: the pod has no port %q", name, p.TargetPort.StrVal)
		}
	}
	volumes := map[string]bool{}
	for _, v := range m.deployment.Spec.Template.Spec.Volumes {
		volumes[v.Name] = true
		if v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName != m.claim.Name {
			t.Errorf("%s: the claim is %q", name, v.PersistentVolumeClaim.ClaimName)
		}
		if v.ConfigMap != nil && v.ConfigMap.Name != m.config.Name {
			t.Errorf("%s: the configuration is %q", name, v.ConfigMap.Name)
		}
	}
	for _, mount := range c.VolumeMounts {
		if !volumes[mount.Name] {
			t.Errorf("%s: there is no volume %q", name, mount.Name)
		}
	}
}

func TestARollingUpdateKeepsAllPodsOfPostgreSQL(t *testing.T) {
	m := decode(t, "postgres.yaml")
	rolling := m.deployment.Spec.Strategy.RollingUpdate
	if m.deployment.Spec.Strategy.Type != appsv1.RollingUpdateDeploymentStrategyType || rolling.MaxUnavailable.IntVal != 0 || rolling.MaxSurge.IntVal < 1 {
		t.Errorf("the strategy is %+v", m.deployment.Spec.Strategy)
	}
	if least := m.budget.Spec.MinAvailable.IntVal; least < 1 || least >= *m.deployment.Spec.Replicas {
		t.Errorf("of %d pods %d must stay: nothing could ever be evicted, or everything", *m.deployment.Spec.Replicas, least)
	}
	labels := m.deployment.Spec.Template.Labels
	if !maps.Equal(m.budget.Spec.Selector.MatchLabels, labels) || !maps.Equal(m.policy.Spec.PodSelector.MatchLabels, labels) {
		t.Error("the budget or the policy is for other pods")
	}
}

func TestSQLiteHasOnePodAtATime(t *testing.T) {
	m := decode(t, "sqlite.yaml")
	if m.deployment.Spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType || *m.deployment.Spec.Replicas != 1 {
		t.Errorf("%d pods, strategy %s", *m.deployment.Spec.Replicas, m.deployment.Spec.Strategy.Type)
	}
	if modes := m.claim.Spec.AccessModes; len(modes) != 1 || modes[0] != corev1.ReadWriteOncePod {
		t.Errorf("the volume's modes are %v", modes)
	}
}
