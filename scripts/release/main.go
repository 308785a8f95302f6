// Command release builds the archives of a release from a commit, the same bytes each time.
// Run it from the module's root:
//
//	go run ./scripts/release -version v0.2.0 [-commit HEAD] [-out dist] [-targets linux/amd64,…] [-sbom=false]
//
// It exports the commit into a folder of its own, so nothing uncommitted enters, and builds
// there. It writes an archive and an SBOM for each target, THIRD_PARTY_LICENSES and
// SHA256SUMS. The same commit and the same Go give the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
)

// targets are the platforms of a release.
var targets = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// options are what a release is built from.
type options struct {
	version, commit, out string
	targets              []string
	sbom                 bool
}

func main() {
	var o options
	var list string
	var printOnly bool
	flag.StringVar(&o.version, "version", "", "the version, such as v0.2.0; the tag of the commit unless given")
	flag.StringVar(&o.commit, "commit", "HEAD", "the commit to build")
	flag.StringVar(&o.out, "out", "dist", "the folder of the results")
	flag.StringVar(&list, "targets", strings.Join(targets, ","), "the platforms, separated by commas")
	flag.BoolVar(&o.sbom, "sbom", true, "whether to write an SBOM for each target")
	flag.BoolVar(&printOnly, "licences", false, "only print the licences of what the tree links, for the targets")
	flag.Parse()
	o.targets = strings.Split(list, ",")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	do := run
	if printOnly {
		do = printLicences
	}
	if err := do(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// printLicences prints the licences of what the tree links as it is.
func printLicences(ctx context.Context, o options) error {
	text, err := (&source{dir: "."}).licences(ctx, o.targets)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}

// run builds the release into o.out.
func run(ctx context.Context, o options) error {
	for _, t := range o.targets {
		if !slices.Contains(targets, t) {
			return fmt.Errorf("%q is not one of %s", t, strings.Join(targets, ", "))
		}
	}
	work, err := os.MkdirTemp("", "minitill-release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	s, err := export(ctx, o, work)
	if err != nil {
		return err
	}
	return s.release(ctx, o)
}

// versionShape is a semantic version as Go wants it in a tag.
var versionShape = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
