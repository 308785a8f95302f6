package index

import "time"

// zoneName names a zone whose days have sums of their own; empty for UTC, whose days have them
// in any case.
func zoneName(zone *time.Location) string {
	if zone == nil || zone == time.UTC || zone.String() == "UTC" {
		return ""
	}
	return zone.String()
}

// zone returns the zone of an app's local days, which is that of when the index was begun. A
// zone that is not known any more is given up, since its days would lack what follows.
func (x *Index) zone(app string, p *progress) *time.Location {
	if p.zone == "" {
		return nil
	}
	configured := x.config.Zones[app]
	if zoneName(configured) == p.zone {
		return configured
	}
	if found, err := time.LoadLocation(p.zone); err == nil {
		return found
	}
	x.config.Log.Warn("the time zone of the console's index is not known; days are added up from hours", "app", app, "zone", p.zone)
	p.zone = ""
	return nil
}
