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

// warn notes what is dangerous at a setting and may be wanted all the same.
func (d *decoder) warn(path, format string, args ...any) {
	d.warnings = append(d.warnings, oneLine(path+": "+fmt.Sprintf(format, args...)))
}

// warnOf notes what is dangerous in settings that are right, and hands all warnings to the
// configuration.
func (d *decoder) warnOf(c *config) {
	if c.Insecure {
		d.warn("insecure", "publicUrl may be http: who is on the way reads and alters what payers and wallets send")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Wallets)) {
		if isInsecure(c.Wallets[name].Settings) {
			d.warn(child(child("wallets", name), "insecure"), "the wallet may be called over http: who is on the way reads and alters what is paid")
		}
	}
	if info, err := os.Stat(string(c.Data)); err == nil && c.keepsFiles() && openTo(info, 0o005) {
		d.warn("data", "every user of this machine can read the directory: chmod 700")
	}
	slices.Sort(d.warnings)
	c.warnings = d.warnings
}

// isInsecure says that a wallet's settings do without TLS.
func isInsecure(settings any) bool {
	v := reflect.Indirect(reflect.ValueOf(settings))
	if v.Kind() != reflect.Struct {
		return false
	}
	insecure := v.FieldByName("Insecure")
	return insecure.Kind() == reflect.Bool && insecure.Bool()
}

// checkSecretMode judges who else can read and write the file of a secret. It returns what
// is wrong, or nothing.
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

// openTo says that a file or directory gives rights to every user. Windows knows no such bits.
func openTo(info fs.FileInfo, rights fs.FileMode) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&rights != 0
}

// warnLoudly says at the start what the configuration risks.
func (c *config) warnLoudly(log *slog.Logger) {
	for _, warning := range c.warnings {
		log.Warn("dangerous configuration", "setting", warning)
	}
}
