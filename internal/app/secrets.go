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

// A secret never stands in the file. Its setting `key` is given in one of two ways:
//
//	keyFile: secrets/shop.key    the content of a file, without one newline at its end
//	key: ${SHOP_KEY}             a variable of the environment
//
// A setting called url is the exception that is none: a URL without a password is no
// secret, and may be written out.

// secret reads a secret that the environment holds.
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

// claim notes at which setting the secret of a path is given; there may be one.
func (d *decoder) claim(path, at string) bool {
	if _, twice := d.given[path]; twice {
		d.found.add(path, "is there twice: give %s or %sFile", last(path), last(path))
		return false
	}
	d.given[path] = at
	return true
}

// spelled is where a person finds the secret at a path: the setting that gave it, or
// that of its file when there is none.
func (d *decoder) spelled(path string) string {
	if at, ok := d.given[path]; ok {
		return at
	}
	return path + "File"
}

// reference is the variable that a value names, "${NAME}".
func reference(text string) (variable string, ok bool) {
	inner, opened := strings.CutPrefix(text, "${")
	variable, closed := strings.CutSuffix(inner, "}")
	return variable, opened && closed && variable != "" && strings.Trim(variable, variableLetters) == ""
}

const variableLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// expand replaces a value that is a variable's name by what the variable holds. A
// variable inside a longer text is left alone.
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

// isOpenURL says that a text is a URL in which no password stands.
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

// fileFault says why a file cannot be read, without its name: somebody may have
// written the secret where its file belongs.
func fileFault(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return "cannot be read: " + at.Err.Error()
	}
	return strings.TrimSuffix(strings.Replace(fault.Of(err).Detail, "The secret file", "the file", 1), ".")
}

// last is the name of the setting at a path.
func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
