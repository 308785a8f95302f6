package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/minitill/minitill/signing"
)

// keyringFile is our own keyring in the data directory.
const keyringFile = "keys.json"

// loadKeyring reads the keys of our tokens from the data directory, or makes them where
// they may be made: at the first start. They outlive a restart, so that tokens stay valid.
func loadKeyring(dir string, mayMake bool) (signing.Keyring, error) {
	path := filepath.Join(dir, keyringFile)
	ring, err := readKeyring(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && mayMake:
		ring = signing.GenerateKeyring()
		return ring, writeKeyring(path, ring)
	case err != nil:
		return signing.Keyring{}, err
	}
	ring, grown := ring.WithSealing()
	if grown { // made before there was anything to seal
		err = writeKeyring(path, ring)
	}
	return ring, err
}

func readKeyring(path string) (signing.Keyring, error) {
	document, err := os.ReadFile(path)
	if err != nil {
		return signing.Keyring{}, err
	}
	ring, err := signing.DecodeKeyring(document)
	if err != nil {
		return signing.Keyring{}, fmt.Errorf("%s: %w", path, err)
	}
	return ring, nil
}

// writeKeyring puts a keyring in the place of the one that was, whole or not at all.
func writeKeyring(path string, ring signing.Keyring) error {
	document, err := signing.EncodeKeyring(ring)
	if err != nil {
		return err
	}
	return writeSecret(path, document)
}

// loadSecret reads a secret that only this machine uses, or makes it.
func loadSecret(path string) (signing.Secret, error) {
	secret, err := signing.ReadSecretFile(path)
	if err == nil {
		return secret, nil
	}
	if _, missing := os.Stat(path); !errors.Is(missing, fs.ErrNotExist) {
		return signing.Secret{}, err
	}
	text := []byte(rand.Text() + rand.Text())
	if err := writeSecret(path, text); err != nil {
		return signing.Secret{}, err
	}
	return signing.NewSecret(string(text)), nil
}

// writeSecret makes a file that only its owner reads, whole or not at all.
func writeSecret(path string, data []byte) error {
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
