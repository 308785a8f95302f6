package app

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// release, commit and date are set by the linker where the build has more information than the
// toolchain notes: -X github.com/minitill/minitill/internal/app.commit=…
var release, commit, date string

// build is what a binary was built from.
type build struct{ version, commit, date string }

// thisBuild prefers the values set by the linker to those recorded by the toolchain.
func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return buildOf(info, build{release, commit, date})
}

func buildOf(info *debug.BuildInfo, linked build) build {
	noted := build{version: moduleVersion(info)}
	for _, s := range info.Settings {
		switch {
		case info.Main.Path != modulePath: // of a binary that adds wallets, and not of this module
		case s.Key == "vcs.revision":
			noted.commit = s.Value
		case s.Key == "vcs.time":
			noted.date = s.Value
		}
	}
	return build{
		version: cmp.Or(linked.version, noted.version),
		commit:  cmp.Or(linked.commit, noted.commit),
		date:    cmp.Or(linked.date, noted.date),
	}
}

const (
	modulePath   = "github.com/minitill/minitill"
	develVersion = "(devel)"
)

// moduleVersion is the version of this module, which is a dependency of a binary that adds
// wallets.
func moduleVersion(info *debug.BuildInfo) string {
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path != modulePath {
			continue
		}
		if m.Replace != nil {
			m = m.Replace
		}
		return cmp.Or(m.Version, develVersion)
	}
	return develVersion
}

func (b build) String() string {
	parts := []string{"minitill " + b.version}
	if b.commit != "" {
		parts = append(parts, "commit "+b.commit)
	}
	if b.date != "" {
		parts = append(parts, "built from sources of "+b.date)
	}
	return strings.Join(append(parts, runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH), ", ")
}

func version() string { return thisBuild().version }

type versionCommand struct{}

// Run prints what the binary was built from.
func (versionCommand) Run(env Env) error {
	_, err := fmt.Fprintln(env.Out, thisBuild())
	return err
}
