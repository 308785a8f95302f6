package signing

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenKeyring reads the keyring of a file, and makes both at the first start, when there is
// no such file. Keys outlive a restart, so that tokens stay valid. A keyring of an older
// version gets the key for sealing that it lacks.
//
// The directory exists, and is not that of another process that may start at the same time:
// nodes share a file that one command has made.
func OpenKeyring(path string) (Keyring, error) {
	ring, err := ReadKeyring(path)
	if errors.Is(err, fs.ErrNotExist) {
		ring = GenerateKeyring()
		return ring, WriteKeyring(path, ring)
	}
	if err != nil {
		return Keyring{}, err
	}
	ring, grown := ring.WithSealing()
	if grown {
		err = WriteKeyring(path, ring)
	}
	return ring, err
}

// ReadKeyring reads the keyring of a file. The error is fs.ErrNotExist when there is none.
func ReadKeyring(path string) (Keyring, error) {
	document, err := os.ReadFile(path)
	if err != nil {
		return Keyring{}, err
	}
	ring, err := DecodeKeyring(document)
	if err != nil {
		return Keyring{}, fmt.Errorf("%s: %w", path, err)
	}
	return ring, nil
}

// WriteKeyring writes a keyring as WriteSecretFile does.
func WriteKeyring(path string, ring Keyring) error {
	document, err := EncodeKeyring(ring)
	if err != nil {
		return err
	}
	return WriteSecretFile(path, document)
}

// WriteSecretFile makes a file that only its owner reads, or replaces one, whole or not at
// all.
func WriteSecretFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
