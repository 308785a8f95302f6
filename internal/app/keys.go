package app

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/minitill/minitill/signing"
)

// keyringFile is the generated keyring in the data directory.
const keyringFile = "keys.json"

// loadKeyring reads the keyring from the data directory, or generates one where that is
// allowed: at the first start. It is kept over restarts, so that tokens stay valid.
func loadKeyring(dir string, mayMake bool) (signing.Keyring, error) {
	path := filepath.Join(dir, keyringFile)
	if _, err := os.Stat(path); err != nil && !mayMake {
		return signing.Keyring{}, err
	}
	return signing.OpenKeyring(path)
}

// loadSecret reads a secret that only this machine uses, or generates it.
func loadSecret(path string) (signing.Secret, error) {
	secret, err := signing.ReadSecretFile(path)
	if err == nil {
		return secret, nil
	}
	if _, missing := os.Stat(path); !errors.Is(missing, fs.ErrNotExist) {
		return signing.Secret{}, err
	}
	text := []byte(rand.Text() + rand.Text())
	if err := signing.WriteSecretFile(path, text); err != nil {
		return signing.Secret{}, err
	}
	return signing.NewSecret(string(text)), nil
}
