package simulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// openJournal replays the file, writes it anew with only what is left, and opens it
// for appending.
func (p *Provider) openJournal(path string) (*journal, error) {
	if err := p.replayFile(path); err != nil {
		return nil, fmt.Errorf("simulator: journal: %w", err)
	}
	file, err := p.compact(path)
	if err != nil {
		return nil, fmt.Errorf("simulator: journal: %w", err)
	}
	return &journal{file: file}, nil
}

func (p *Provider) replayFile(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if err := p.replay(file); err != nil {
		return err
	}
	for _, pay := range p.payments {
		p.wakeUp(pay)
	}
	return nil
}

// replay applies line by line. The last line may be torn, since its change was never
// answered; a broken line elsewhere is damage, and refused.
func (p *Provider) replay(r io.Reader) error {
	lines := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if err != nil { // without its LF the line is torn
			return ignoreEOF(err)
		}
		var e entry
		if err := json.Unmarshal(bytes.TrimSpace(line), &e); err != nil {
			if _, err := lines.Peek(1); err == io.EOF {
				return nil
			}
			return fmt.Errorf("line %d: %w", number, err)
		}
		if err := p.apply(e); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

var errOrder = errors.New("a record before the one it belongs to")

func (p *Provider) apply(e entry) error {
	if e.Payment != nil {
		if err := p.putPayment(e.Payment); err != nil {
			return err
		}
	}
	if e.Refund != nil {
		if err := p.putRefund(e.Refund); err != nil {
			return err
		}
	}
	if e.Notice != nil {
		if int(e.Notice.Payment) >= len(p.payments) {
			return errOrder
		}
		pay := p.payments[e.Notice.Payment]
		pay.extra().notices = append(pay.extra().notices, e.Notice.notice(pay))
	}
	if e.Done != nil && int(e.Done.Payment) < len(p.payments) {
		p.payments[e.Done.Payment].forget(e.Done.Event)
	}
	return nil
}

// putPayment files a payment, or replaces what is known of it but its notices.
func (p *Provider) putPayment(e *paymentEntry) error {
	pay := e.payment()
	switch n := int(e.Number); {
	case n == len(p.payments):
		p.payments = append(p.payments, pay)
		p.byID[pay.request] = pay
	case n < len(p.payments):
		old := p.payments[n]
		if old.more != nil && len(old.more.notices) > 0 {
			pay.extra().notices = old.more.notices
		}
		*old = *pay
	default:
		return errOrder
	}
	return nil
}

func (p *Provider) putRefund(e *refundEntry) error {
	if int(e.Payment) >= len(p.payments) {
		return errOrder
	}
	r := e.refund(p.payments[e.Payment])
	switch n := int(e.Number); {
	case n == len(p.refunds):
		p.refunds = append(p.refunds, r)
		p.refundBy[r.request] = r
	case n < len(p.refunds):
		*p.refunds[n] = *r
	default:
		return errOrder
	}
	return nil
}

func (p *payment) forget(event string) {
	if p.more == nil {
		return
	}
	for _, n := range p.more.notices {
		if n.event == event {
			p.more.remove(n)
			return
		}
	}
}

// wakeUp puts a replayed payment's future on the agenda.
func (p *Provider) wakeUp(pay *payment) {
	p.remind(pay)
	if pay.more != nil && len(pay.more.notices) > 0 {
		p.schedule(pay.more.earliest(), pay)
	}
	pay.shrink()
}

// compact writes the state into a new file that takes the old one's place at once.
func (p *Provider) compact(path string) (*os.File, error) {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(p.dump(file), file.Sync(), os.Rename(file.Name(), path), syncDir(path)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (p *Provider) dump(w io.Writer) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	for _, pay := range p.payments {
		if err := lines.Encode(entry{Payment: pay.entry()}); err != nil {
			return err
		}
		if pay.more == nil {
			continue
		}
		for _, n := range pay.more.notices {
			if err := lines.Encode(entry{Notice: n.entry()}); err != nil {
				return err
			}
		}
	}
	for _, r := range p.refunds {
		if err := lines.Encode(entry{Refund: r.entry()}); err != nil {
			return err
		}
	}
	return out.Flush()
}

func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
