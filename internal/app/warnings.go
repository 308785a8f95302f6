package app

import (
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"runtime"
	"slices"
)

// warn adds a warning about a dangerous setting that is accepted.
func (d *decoder) warn(path, format string, args ...any) {
	d.warnings = append(d.warnings, oneLine(path+": "+fmt.Sprintf(format, args...)))
}

// warnOf adds warnings about dangerous settings that are valid, and stores all warnings in
// the configuration.
func (d *decoder) warnOf(c *config) {
	if c.Insecure {
		d.warn("insecure", "publicUrl may be http: everyone on the network path can read and alter what payers and wallets send")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Wallets)) {
		if isInsecure(c.Wallets[name].Settings) {
			d.warn(child(child("wallets", name), "insecure"), "the wallet may be called over http: everyone on the network path can read and alter payments")
		}
	}
	if info, err := os.Stat(string(c.Data)); err == nil && c.keepsFiles() && openTo(info, 0o005) {
		d.warn("data", "every user of this machine can read the directory: chmod 700")
	}
	slices.Sort(d.warnings)
	c.warnings = d.warnings
}

// isInsecure reports whether a wallet's settings allow http.
func isInsecure(settings any) bool {
	v := reflect.Indirect(reflect.ValueOf(settings))
	if v.Kind() != reflect.Struct {
		return false
	}
	insecure := v.FieldByName("Insecure")
	return insecure.Kind() == reflect.Bool && insecure.Bool()
}

// checkSecretMode checks the permissions of a secret's file. It returns what is wrong, or
// an empty text.
func (d *decoder) checkSecretMode(at, path string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil || !info.Mode().IsRegular():
	case openTo(info, 0o002):
		return "can be written by every user of this machine: chmod 600"
	case openTo(info, 0o004):
		d.warn(at, "every user of this machine can read the file: chmod 600")
	}
	return ""
}

// openTo reports whether a file or directory gives rights to every user. Windows has no such
// bits.
func openTo(info fs.FileInfo, rights fs.FileMode) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&rights != 0
}

// warnLoudly logs the warnings of the configuration.
func (c *config) warnLoudly(log *slog.Logger) {
	for _, warning := range c.warnings {
		log.Warn("dangerous configuration", "setting", warning)
	}
}
