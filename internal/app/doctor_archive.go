package app

import (
	"context"
	"fmt"
	"os"
)

// archive examines the directory of archived events: by its manifests, and not by the store.
func (d *doctor) archive(ctx context.Context) (found []diagnosis) {
	folder := d.config.archive()
	if folder == nil || d.config.Retention.Events == 0 {
		return one(skipped, "no events are archived", "")
	}
	if _, err := os.Stat(folder.Path()); err != nil {
		return one(skipped, folder.Path()+" is not there yet; the first file makes it", "")
	}
	listed := folder.Manifests()
	for _, app := range d.config.appNames() {
		last, err := listed.Horizon(ctx, app)
		switch {
		case err != nil:
			found = append(found, one(broken, err.Error(), "Restore the archive from its backup; no event is deleted from the store meanwhile.")...)
		case last.Number > 0 && !folder.Present(app, &last):
			found = append(found, one(broken, fmt.Sprintf("%s: %s is missing or has another size", app, last.Name), "Restore it from its backup, or mount the directory that all nodes share; minitill archive verify reads every file.")...)
		default:
			found = append(found, one(fine, fmt.Sprintf("%s: %d files in %s", app, last.Number, folder.Path()), "")...)
		}
	}
	return found
}
