package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTheImageServesAndKnowsItsHealth builds the image without pulling anything, and starts
// its command in its root as its user. A read-only root and volumes of an engine are not run
// here.
func TestTheImageServesAndKnowsItsHealth(t *testing.T) {
	buildah := tool(t, "buildah")
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: only root may change the root folder")
	}
	dir := t.TempDir()
	context := filepath.Join(dir, "context")
	output(t, shipped("image", "build"), "-b", minitill, context)
	storage := []string{"--root", filepath.Join(dir, "storage"), "--runroot", filepath.Join(dir, "run"), "--storage-driver", "vfs"}
	run := func(args ...string) string { return strings.TrimSpace(output(t, buildah, append(storage, args...)...)) }
	run("bud", "--isolation", "chroot", "--format", "docker", "--pull-never", "--quiet", "--tag", "minitill", context)
	container := run("from", "--pull-never", "minitill")
	checkImage(t, run("inspect", "--type", "image", "minitill"))
	files := run("mount", container)
	defer run("umount", container)
	checkFiles(t, files)
	serveIn(t, files)
}

// checkImage reads what the image says about itself.
func checkImage(t *testing.T, text string) {
	t.Helper()
	var image struct {
		Docker struct {
			Config struct {
				User        string
				Env         []string
				Entrypoint  []string
				Cmd         []string
				Volumes     map[string]any
				Healthcheck struct{ Test []string }
			} `json:"config"`
		}
	}
	if err := json.Unmarshal([]byte(text), &image); err != nil {
		t.Fatal(err)
	}
	c := image.Docker.Config
	got := fmt.Sprint(c.User, c.Entrypoint, c.Cmd, c.Healthcheck.Test, c.Volumes)
	if want := "65532:65532[/minitill] [serve] [CMD /minitill health] map[/data:map[]]"; got != want {
		t.Errorf("the image is %s, want %s", got, want)
	}
}

// checkFiles compares the files of the image: no shell, and what the binary needs.
func checkFiles(t *testing.T, files string) {
	t.Helper()
	entries, err := os.ReadDir(files)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "data etc licenses minitill" {
		t.Errorf("the image has %s", got)
	}
	info, err := os.Stat(filepath.Join(files, "data"))
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 65532 || owner.Gid != 65532 {
		t.Errorf("the volume is of %d:%d", owner.Uid, owner.Gid)
	}
	for name, words := range map[string]string{
		"etc/ssl/certs/ca-certificates.crt": "BEGIN CERTIFICATE", "licenses/LICENSE": "Apache License", "licenses/THIRD_PARTY_LICENSES": "gin-gonic/gin",
		"minitill": "America/Toronto", // the time zones, from the build tag
	} {
		text, err := os.ReadFile(filepath.Join(files, name))
		if err != nil || !strings.Contains(string(text), words) {
			t.Errorf("%s has no %q (%v)", name, words, err)
		}
	}
}

// serveIn starts the image's command in its root, as its user, and reads its health.
func serveIn(t *testing.T, files string) {
	t.Helper()
	port := freePort(t)
	env := []string{"MINITILL_LISTEN=127.0.0.1:" + port, "MINITILL_DATA=/data", "SQLITE_TMPDIR=/data"}
	inside := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), "/minitill", args...)
		cmd.Dir, cmd.Env = "/", env
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: files, Credential: &syscall.Credential{Uid: 65532, Gid: 65532, NoSetGroups: true}}
		return cmd
	}
	if text, err := inside("health").CombinedOutput(); err == nil {
		t.Errorf("before the start it is well: %s", text)
	}
	server := inside("serve")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Wait() }()
	defer func() { _ = server.Process.Signal(syscall.SIGTERM) }()
	await(t, "the container is well", func() bool { return inside("health").Run() == nil })
	if text, err := inside("health").CombinedOutput(); err != nil || !strings.HasPrefix(string(text), "ok, redis ok, store ok") {
		t.Errorf("its health is %s (%v)", text, err)
	}
}
