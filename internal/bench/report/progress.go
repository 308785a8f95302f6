package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// Progress is a bar on a terminal. The zero value shows nothing.
type Progress struct {
	Out   io.Writer // nil: nothing is shown
	Total int       // steps of the run

	mu   sync.Mutex
	done int
	wide int // characters of the last line
}

// SetTotal sets how many steps the run has.
func (p *Progress) SetTotal(n int) {
	if p != nil {
		p.Total = n
	}
}

const barWidth = 24

// Step shows that the next step began.
func (p *Progress) Step(what string) {
	if p == nil || p.Out == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(what)
	p.done++
}

// Note shows how far the step has come that began last.
func (p *Progress) Note(what string) {
	if p == nil || p.Out == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(what)
}

func (p *Progress) show(what string) {
	filled := 0
	if p.Total > 0 {
		filled = min(barWidth, barWidth*p.done/p.Total)
	}
	line := fmt.Sprintf("[%s%s] %d/%d %s", strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), p.done, p.Total, what)
	fmt.Fprintf(p.Out, "\r%-*s", p.wide, line)
	p.wide = len(line)
}

// Clear removes the bar, so that the report begins at the start of a line.
func (p *Progress) Clear() {
	if p == nil || p.Out == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.Out, "\r%*s\r", p.wide, "")
}
