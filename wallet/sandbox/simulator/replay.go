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
	"slices"
)

// replay is a journal being read.
type replay struct {
	*Provider
	waiting map[any][]*notice // not delivered yet, by payment or agreement
}

// openJournal replays the file, writes it anew with only what is left, and opens it
// for appending.
func (p *Provider) openJournal(path string) (*journal, error) {
	r := replay{p, make(map[any][]*notice)}
	if err := r.readFile(path); err != nil {
		return nil, fmt.Errorf("simulator: journal: %w", err)
	}
	file, err := r.compact(path)
	if err != nil {
		return nil, fmt.Errorf("simulator: journal: %w", err)
	}
	for _, pay := range p.books.All() {
		r.resume(pay)
	}
	for _, a := range p.agreements.All() {
		r.notifyAgain(a)
	}
	return &journal{file: file}, nil
}

func (r replay) readFile(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	return r.read(file)
}

// read applies line by line. The last line may be truncated, since its change was never
// answered; a broken line elsewhere is damage, and refused.
func (r replay) read(file io.Reader) error {
	lines := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if err != nil { // without its LF the line is truncated
			return ignoreEOF(err)
		}
		var e entry
		if err := json.Unmarshal(bytes.TrimSpace(line), &e); err != nil {
			if _, err := lines.Peek(1); err == io.EOF {
				return nil
			}
			return fmt.Errorf("line %d: %w", number, err)
		}
		if err := r.apply(e); err != nil {
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

func (r replay) apply(e entry) error {
	if e.Payment != nil {
		if err := r.putPayment(e.Payment); err != nil {
			return err
		}
	}
	if e.Refund != nil {
		if err := r.putRefund(e.Refund); err != nil {
			return err
		}
	}
	if e.Agreement != nil {
		if err := r.putAgreement(e.Agreement); err != nil {
			return err
		}
	}
	if e.Notice != nil {
		if err := r.putNotice(e.Notice); err != nil {
			return err
		}
	}
	if e.Done != nil {
		r.forget(r.subjectOf(e.Done.about), e.Done.Event)
	}
	return nil
}

// putNotice files a notice that is to be delivered.
func (r replay) putNotice(e *noticeEntry) error {
	of := r.subjectOf(e.about)
	if of == nil {
		return errOrder
	}
	r.waiting[of] = append(r.waiting[of], e.notice(of))
	return nil
}

// subjectOf returns a payment or an agreement; nil when there is none yet.
func (r replay) subjectOf(what about) subject {
	switch {
	case what.Agreement > 0 && int(what.Agreement) <= r.agreements.Len():
		return r.agreements.At(int(what.Agreement) - 1)
	case what.Agreement == 0 && int(what.Payment) < r.books.Len():
		return r.books.At(int(what.Payment))
	}
	return nil
}

// putAgreement files an agreement, or replaces the one that is filed.
func (r replay) putAgreement(a *agreement) error {
	switch n := int(a.Number); {
	case n == r.agreements.Len():
		r.agreements.Add(a, a.Reference)
	case n < r.agreements.Len():
		*r.agreements.At(n) = *a
	default:
		return errOrder
	}
	return nil
}

// putPayment files a payment, or replaces the one that is filed.
func (r replay) putPayment(e *paymentEntry) error {
	pay := e.payment()
	switch n := int(e.Number); {
	case n == r.books.Len():
		r.books.Add(pay, pay.request)
	case n < r.books.Len():
		*r.books.At(n) = *pay
	default:
		return errOrder
	}
	return nil
}

func (r replay) putRefund(e *refundEntry) error {
	if int(e.Payment) >= r.books.Len() {
		return errOrder
	}
	refund := e.refund(r.books.At(int(e.Payment)))
	switch n := int(e.Number); {
	case n == r.refunds.Len():
		r.refunds.Add(refund, refund.request)
	case n < r.refunds.Len():
		*r.refunds.At(n) = *refund
	default:
		return errOrder
	}
	return nil
}

func (r replay) forget(of subject, event string) {
	if of != nil {
		r.waiting[of] = slices.DeleteFunc(r.waiting[of], func(n *notice) bool { return n.EventID == event })
	}
}

// notifyAgain sends the undelivered notices of a payment or agreement.
func (r replay) notifyAgain(of any) {
	for _, n := range r.waiting[of] {
		r.news.Send(n)
	}
}

// resume schedules a replayed payment's expiry and completion.
func (r replay) resume(pay *payment) {
	r.remind(pay)
	r.notifyAgain(pay)
	if len(r.waiting[pay]) == 0 {
		pay.shrink()
	}
}

// compact writes the state into a new file that atomically replaces the old one.
func (r replay) compact(path string) (*os.File, error) {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(r.dump(file), file.Sync(), os.Rename(file.Name(), path), syncDir(path)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (r replay) dump(w io.Writer) error {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	for _, pay := range r.books.All() {
		if err := lines.Encode(entry{Payment: pay.entry()}); err != nil {
			return err
		}
		if err := r.dumpNotices(lines, pay); err != nil {
			return err
		}
	}
	for _, a := range r.agreements.All() {
		if err := lines.Encode(entry{Agreement: a}); err != nil {
			return err
		}
		if err := r.dumpNotices(lines, a); err != nil {
			return err
		}
	}
	for _, refund := range r.refunds.All() {
		if err := lines.Encode(entry{Refund: refund.entry()}); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (r replay) dumpNotices(lines *json.Encoder, of any) error {
	for _, n := range r.waiting[of] {
		if err := lines.Encode(entry{Notice: noticeEntryOf(n)}); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
