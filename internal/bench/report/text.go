package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteJSON writes the report for programs.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, in %s\n%s\n", r.At.UTC().Format(time.RFC3339), r.Took, r.Machine.String())
	for _, side := range slices.Sorted(maps.Keys(r.Builds)) {
		fmt.Fprintf(&b, "%s: %s\n", side, r.Builds[side])
	}
	for i := range r.Rows {
		r.Rows[i].write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Row) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s on %s: %s\n", r.Name, r.Store, r.What)
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, f := range r.Figures {
		fmt.Fprintf(table, "  %s\t%.0f/s\t%s\t%s\t%s\t\n", f.Side, f.PerSecond, f.spread(), f.latency(), cpuText(f.CPUMicros))
	}
	_ = table.Flush() // to a strings.Builder
	for _, c := range r.Checks {
		fmt.Fprintf(b, "  %s\n", c.String())
	}
	for _, fact := range r.Facts {
		fmt.Fprintf(b, "  %s\n", fact)
	}
}

func (f *Figure) spread() string {
	if f.Rounds < 2 {
		return "(one round)"
	}
	return fmt.Sprintf("(%.0f to %.0f)", f.Low, f.High)
}

func (f *Figure) latency() string {
	if f.P99Millis == 0 {
		return "\t"
	}
	return fmt.Sprintf("p50 %.2f ms\tp99 %.2f ms", f.P50Millis, f.P99Millis)
}

func cpuText(micros *float64) string {
	if micros == nil {
		return "CPU unknown"
	}
	return fmt.Sprintf("CPU %.0f µs", *micros)
}

// String is a line for people.
func (c Check) String() string {
	sign, verdict := "≥", "missed"
	if c.AtMost {
		sign = "≤"
	}
	if c.Binds && c.Unit == Count {
		sign = "="
	}
	switch {
	case c.Value == nil:
		return fmt.Sprintf("unknown  %s (%s %s)", c.What, sign, number(c.Goal, c.Unit))
	case c.Met:
		verdict = "reached"
	case !c.Binds:
		verdict = "not here" // another machine may reach it
	}
	return fmt.Sprintf("%-8s %s: %s (%s %s)", verdict, c.What, number(*c.Value, c.Unit), sign, number(c.Goal, c.Unit))
}

// number writes a figure with as many digits as its unit needs.
func number(v float64, unit string) string {
	switch unit {
	case Times:
		return fmt.Sprintf("%.2f ×", v)
	case PerS:
		return fmt.Sprintf("%.0f/s", v)
	case Count:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}
