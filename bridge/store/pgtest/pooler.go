package pgtest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/minitill/minitill/internal/freeport"
)

// Pooler is a PgBouncer of a test's own in front of the shared server, in transaction
// mode: it takes the connections of its server in turn, so that no two transactions of a
// client can rely on the same one.
type Pooler struct {
	process process
	dir     string
	port    int
}

// NewPooler starts a pooler, which ends with t.
func NewPooler(t testing.TB) *Pooler {
	t.Helper()
	bin, err := exec.LookPath("pgbouncer")
	if err != nil {
		bin, err = exec.LookPath("/usr/sbin/pgbouncer") // where Debian puts it, which is in no user's path
	}
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("SKIPPED: no PgBouncer is installed")
	} else if err != nil {
		t.Fatal("pgtest: no PgBouncer is installed")
	}
	shared.Lock()
	defer shared.Unlock()
	s := running(t)
	p := &Pooler{}
	if err := p.start(t, bin, s); err != nil {
		t.Fatalf("pgtest: the pooler: %v", err)
	}
	return p
}

func (p *Pooler) start(t testing.TB, bin string, s *server) (err error) {
	if p.dir, err = os.MkdirTemp("", "minitill-pool"); err != nil {
		return err
	}
	t.Cleanup(func() { _ = os.RemoveAll(p.dir) })
	attributes, err := attributes(p.dir)
	if err != nil {
		return err
	}
	if p.port, err = freeport.Find(); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"users": fmt.Sprintf("%q %q\n", superuser, s.password), "pgbouncer.ini": p.settings(s),
	} {
		path := filepath.Join(p.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
		if err := give(path, attributes); err != nil {
			return err
		}
	}
	log, err := os.Create(p.log())
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(bin, filepath.Join(p.dir, "pgbouncer.ini"))
	cmd.SysProcAttr, cmd.Dir, cmd.Stdout, cmd.Stderr = attributes, p.dir, log, log
	if err := p.process.run(cmd); err != nil {
		return err
	}
	t.Cleanup(func() { _ = p.process.stop(syscall.SIGTERM) })
	return p.process.await(t.Context(), p.Through(t, s.url("postgres")), p.log())
}

// settings are those of a fresh installation, but for where it listens and whom it serves,
// the mode, that connections of the server are used in turn, and that a server that was
// down is tried again after a second instead of fifteen.
func (p *Pooler) settings(s *server) string {
	return fmt.Sprintf(`[databases]
* = host=127.0.0.1 port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = plain
auth_file = %s
pool_mode = transaction
server_round_robin = 1
server_login_retry = 1
`, s.port, p.port, filepath.Join(p.dir, "users"))
}

func (p *Pooler) log() string { return filepath.Join(p.dir, "log") }

// URL is that of an empty database through the pooler.
func (p *Pooler) URL(t testing.TB) string {
	t.Helper()
	return p.Through(t, URL(t))
}

// Through is the URL of a database of the shared server through the pooler.
func (p *Pooler) Through(t testing.TB, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port))
	return u.String()
}
