package pgtest

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// attributes let the server run as a user that is not root and owns dir, and end
// with the test.
func attributes(dir string) (*syscall.SysProcAttr, error) {
	a := &syscall.SysProcAttr{Pdeathsig: immediately, Setpgid: true}
	if os.Getuid() != 0 {
		return a, nil
	}
	credential, err := unprivileged()
	if err != nil {
		return nil, err
	}
	a.Credential = credential
	return a, give(dir, a)
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
	}
	return nil, errors.New("there is no user postgres or nobody to run the server as")
}

// give makes a file that of the user the server runs as.
func give(path string, a *syscall.SysProcAttr) error {
	if a.Credential == nil {
		return nil
	}
	return os.Chown(path, int(a.Credential.Uid), int(a.Credential.Gid))
}
