package app

import (
	"errors"
	"io/fs"
	"net/url"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// The configuration file contains no secret. Its setting `key` is given in one of two ways:
//
//	keyFile: secrets/shop.key    the content of a file, without one newline at its end
//	key: ${SHOP_KEY}             a variable of the environment
//
// A setting called url may be written out when the URL has no password.

// secret reads a secret from the environment.
func (d *decoder) secret(n ast.Node, into *signing.Secret, path string) {
	text, _, ok := scalar(n)
	_, refers := reference(text)
	switch {
	case !d.claim(path, path):
	case !ok:
		d.found.add(path, "must be a single value")
	case text == "":
		d.found.add(path, "is empty")
	case !refers && !(last(path) == "url" && isOpenURL(text)):
		d.found.add(path, "a secret is not written here: name its file in %sFile, or write ${NAME} for a variable of the environment", last(path))
	default:
		if text, ok = d.expand(text, path); ok {
			*into = signing.NewSecret(text)
		}
	}
}

// secretFile reads a secret from the file that a setting names.
func (d *decoder) secretFile(n ast.Node, into *signing.Secret, parent, setting string) {
	path := child(parent, setting)
	at := path + "File"
	if isNull(n) || !d.claim(path, at) {
		return
	}
	d.text(n, at, func(file string) string {
		if file == "" {
			return "is empty"
		}
		secret, err := signing.ReadSecretFile(d.resolve(file))
		if err != nil {
			return fileFault(err)
		}
		*into = secret
		return d.checkSecretMode(at, d.resolve(file))
	})
}

// claim records which setting gives the secret of a path, and reports a second one.
func (d *decoder) claim(path, at string) bool {
	if _, twice := d.given[path]; twice {
		d.found.add(path, "is there twice: give %s or %sFile", last(path), last(path))
		return false
	}
	d.given[path] = at
	return true
}

// spelled returns the setting that gave the secret of a path, or that of its file when none
// did.
func (d *decoder) spelled(path string) string {
	if at, ok := d.given[path]; ok {
		return at
	}
	return path + "File"
}

// reference returns the environment variable that a value names, as ${NAME}.
func reference(text string) (variable string, ok bool) {
	inner, opened := strings.CutPrefix(text, "${")
	variable, closed := strings.CutSuffix(inner, "}")
	return variable, opened && closed && variable != "" && strings.Trim(variable, variableLetters) == ""
}

const variableLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// expand replaces a value that is a reference by the variable's value. A reference inside a
// longer text is not replaced.
func (d *decoder) expand(text, path string) (string, bool) {
	variable, ok := reference(text)
	if !ok {
		return text, true
	}
	value, set := d.env(variable)
	if !set || value == "" {
		d.found.add(path, "the environment has no %s", variable)
		return "", false
	}
	return value, true
}

// isOpenURL reports whether a text is a URL without a password.
func isOpenURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" && u.Path == "" {
		return false
	}
	_, hasPassword := u.User.Password()
	for name := range u.Query() {
		hasPassword = hasPassword || strings.Contains(strings.ToLower(name), "pass")
	}
	return !hasPassword && u.Opaque == "" && strings.Contains(text, "://")
}

// fileFault returns why a file cannot be read, without its name: the secret itself may have
// been written there.
func fileFault(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return "cannot be read: " + at.Err.Error()
	}
	return strings.TrimSuffix(strings.Replace(fault.Of(err).Detail, "The secret file", "the file", 1), ".")
}

// last returns the name of the setting at a path.
func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
