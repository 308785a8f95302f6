package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/internal/freeport"
)

// The ways to stop a server.
const (
	immediately = syscall.SIGQUIT
	politely    = syscall.SIGINT
)

const superuser = "minitill"

// server is a private PostgreSQL. Its data outlive stop and start.
type server struct {
	process
	bin, dir, password string
	port               int
	sessions           map[string]*pgx.Conn // by database; see reset
	attributes         *syscall.SysProcAttr
}

// binaries is the folder of the newest server installed.
func binaries() (string, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
			return folder, nil
		}
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errors.New("no PostgreSQL server is installed")
}

func version(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	return n
}

// newServer starts a server whose folder is below another one; empty: that of temporary files.
func newServer(ctx context.Context, bin, below string) (_ *server, err error) {
	s := &server{bin: bin, password: rand.Text()}
	if s.dir, err = os.MkdirTemp(below, "minitill-pg"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(s.dir)
		}
	}()
	if s.attributes, err = attributes(s.dir); err != nil {
		return nil, err
	}
	if err := s.initialize(ctx); err != nil {
		return nil, err
	}
	if s.port, err = freeport.Find(); err != nil {
		return nil, err
	}
	return s, s.start(ctx)
}

// initialize makes the data folder. The user of the test reaches the server with a
// password that only the test knows.
func (s *server) initialize(ctx context.Context) error {
	secret, err := s.passwordFile()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "--pgdata="+s.data(), "--username="+superuser,
		"--pwfile="+secret, "--auth=password", "--encoding=UTF8", "--locale=C", "--no-sync") // tests outlive no crash of the machine
	cmd.SysProcAttr, cmd.Dir = s.attributes, s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return os.Remove(secret)
}

func (s *server) passwordFile() (string, error) {
	path := filepath.Join(s.dir, "password")
	if err := os.WriteFile(path, []byte(s.password+"\n"), 0o600); err != nil {
		return "", err
	}
	return path, give(path, s.attributes)
}

// start starts the server and returns when it answers.
func (s *server) start(ctx context.Context) error {
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "shared_buffers=64MB")
	cmd.SysProcAttr, cmd.Dir, cmd.Stdout, cmd.Stderr = s.attributes, s.dir, log, log
	if err := s.run(cmd); err != nil {
		return err
	}
	return s.await(ctx, s.url("postgres"), s.log())
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }
func (s *server) log() string  { return filepath.Join(s.dir, "log") }

func (s *server) url(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, s.password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: database, RawQuery: "sslmode=disable",
	}
	return u.String()
}
