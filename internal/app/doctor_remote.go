package app

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/transport"
)

const (
	probeTimeout  = 10 * time.Second
	mostOffset    = 30 * time.Second // wallets refuse signed times that are further off
	certificateIn = 14 * 24 * time.Hour
)

// nonePayment is a request id in the form of ours that no order has: the time in it is 1970.
const nonePayment = "00000000000000000000000000P1"

// probedWallet is a wallet that was queried about a payment that does not exist. The answer that
// it does not exist proves that the wallet is reached and accepts our signature; no money moves.
type probedWallet struct {
	name string
	can  bool // it supports queries
	err  error
	seen sighting
}

// sighting is what an answer shows beside its content.
type sighting struct {
	mu      sync.Mutex
	host    string
	date    time.Time // the server's clock; zero when the answer has no Date
	at      time.Time // the middle of the round trip
	expires time.Time // of the certificate; zero without TLS
}

// watched is a client whose answers are seen.
func (s *sighting) watched(now func() time.Time) *http.Client {
	client := transport.Client()
	client.Timeout = probeTimeout
	client.Transport = &watcher{client.Transport, s, now}
	return client
}

type watcher struct {
	next http.RoundTripper
	seen *sighting
	now  func() time.Time
}

func (w *watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	before := w.now()
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	w.seen.note(resp, before.Add(w.now().Sub(before)/2))
	return resp, nil
}

func (s *sighting) note(resp *http.Response, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.host, s.at = resp.Request.URL.Host, at
	s.date, _ = http.ParseTime(resp.Header.Get("Date"))
	if resp.TLS != nil {
		s.expires = earliest(resp.TLS.PeerCertificates)
	}
}

func earliest(chain []*x509.Certificate) (at time.Time) {
	for _, c := range chain {
		if at.IsZero() || c.NotAfter.Before(at) {
			at = c.NotAfter
		}
	}
	return at
}

// probeAll queries every configured wallet once, all at the same time.
func (d *doctor) probeAll(ctx context.Context) []probedWallet {
	d.probed.Do(func() {
		names := slices.Sorted(maps.Keys(d.config.Wallets))
		d.results = make([]probedWallet, len(names))
		var running sync.WaitGroup
		for i, name := range names {
			running.Go(func() { d.probe(ctx, name, &d.results[i]) })
		}
		running.Wait()
	})
	return d.results
}

func (d *doctor) probe(ctx context.Context, name string, p *probedWallet) {
	p.name = name
	settings := d.config.Wallets[name]
	w, err := settings.open(wallet.Env{Name: name, HTTP: p.seen.watched(d.now), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		p.can, p.err = true, err
		return
	}
	querier, can := wallet.As[wallet.Querier](w)
	if !can {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	p.can = true
	_, p.err = querier.QueryPayment(ctx, wallet.Ref{RequestID: nonePayment})
}

// eachWallet is a check with a finding for each wallet.
func (d *doctor) eachWallet(ctx context.Context, judge func(*probedWallet) diagnosis) (found []diagnosis) {
	probed := d.probeAll(ctx)
	if len(probed) == 0 {
		return one(skipped, "no wallet is configured", "")
	}
	for i := range probed {
		finding := judge(&probed[i])
		finding.Detail = probed[i].name + ": " + finding.Detail
		found = append(found, finding)
	}
	return found
}

func (d *doctor) wallets(ctx context.Context) []diagnosis { return d.eachWallet(ctx, judgeAnswer) }

func judgeAnswer(p *probedWallet) diagnosis {
	kind := fault.KindOf(p.err)
	switch {
	case !p.can:
		return diagnosis{State: skipped, Detail: "it has no status query for payments, so that the first payment is the test"}
	case p.err == nil || kind == fault.NotFound:
		return diagnosis{State: fine, Detail: "it answers at " + p.seen.host + " and accepts our signature"}
	case p.seen.host == "":
		return diagnosis{State: broken, Detail: "it is not reached: " + plain(p.err).Error(), Do: "Check baseUrl, DNS, the firewall and the proxy (HTTPS_PROXY)."}
	case kind == fault.Unavailable:
		return diagnosis{State: risky, Detail: "it is reached, and not available: " + plain(p.err).Error(), Do: "Try again later, and read the wallet's status page."}
	}
	return diagnosis{State: broken, Detail: "it does not accept our signature, or its signature is wrong: " + plain(p.err).Error(), Do: "Compare keys, account ids and allowed addresses with the wallet's portal."}
}

func (d *doctor) clock(ctx context.Context) []diagnosis {
	return d.eachWallet(ctx, func(p *probedWallet) diagnosis { return judgeClock(p.seen.date, p.seen.at) })
}

// judgeClock compares our time with that of an answer, which has whole seconds.
func judgeClock(theirs, ours time.Time) diagnosis {
	if theirs.IsZero() {
		return diagnosis{State: skipped, Detail: "it has not told its time"}
	}
	off := ours.Sub(theirs).Round(time.Second)
	if off.Abs() > mostOffset {
		return diagnosis{State: broken, Detail: fmt.Sprintf("this machine's clock is off by %v from the wallet's", off), Do: "Synchronize the clock (chrony, systemd-timesyncd): signed times that are off are refused."}
	}
	return diagnosis{State: fine, Detail: fmt.Sprintf("this machine's clock is off by %v from the wallet's", off)}
}

func (d *doctor) certificates(ctx context.Context) []diagnosis {
	found := d.eachWallet(ctx, func(p *probedWallet) diagnosis { return judgeCertificate(p.seen.expires, d.now()) })
	if !strings.HasPrefix(d.config.PublicURL, "https:") {
		return found
	}
	var seen sighting
	_ = d.get(ctx, d.config.PublicURL, &seen) // the check notify reports a fault
	ours := judgeCertificate(seen.expires, d.now())
	ours.Detail = "publicUrl: " + ours.Detail
	return append(found, ours)
}

func judgeCertificate(expires, now time.Time) diagnosis {
	switch left := expires.Sub(now); {
	case expires.IsZero():
		return diagnosis{State: skipped, Detail: "no certificate was seen"}
	case left < certificateIn:
		return diagnosis{State: risky, Detail: "the certificate ends " + when(expires), Do: "Renew it, or ask who does; payments stop when it ends."}
	default:
		return diagnosis{State: fine, Detail: "the certificate is valid until " + when(expires)}
	}
}

// notify requests the health of this till at its public address, as wallets reach it to
// notify. From this machine: a firewall may still keep others out.
func (d *doctor) notify(ctx context.Context) []diagnosis {
	public := strings.TrimSuffix(d.config.PublicURL, "/")
	if public == "" {
		return one(skipped, "publicUrl is not set: only wallets on this machine can notify", "")
	}
	if err := d.get(ctx, public+"/healthz", new(sighting)); err != nil {
		return one(broken, "wallets cannot notify: "+err.Error(), "Start the till, and check publicUrl, DNS, the proxy and the firewall.")
	}
	return one(fine, "the till answers at "+public+"; wallets notify "+public+"/notify/…", "")
}

// get returns an error unless a server answers with success.
func (d *doctor) get(ctx context.Context, url string, seen *sighting) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := seen.watched(d.now).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, mostOfAnswer))
	if resp.StatusCode/100 != 2 {
		return cmp.Or(err, fmt.Errorf("%s answers %s", url, resp.Status))
	}
	return err
}
