//go:build !linux

package process

import "time"

// CPU returns ErrUnknown.
func (p *Process) CPU() (time.Duration, error) { return 0, ErrUnknown }

// Anonymous returns ErrUnknown.
func (p *Process) Anonymous() (int64, error) { return 0, ErrUnknown }

// Suspend does nothing.
func (p *Process) Suspend() {}

// Resume does nothing.
func (p *Process) Resume() {}
