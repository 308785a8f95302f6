package simulator

import (
	"net/url"
	"strconv"
	"time"
)

// The limits of a list.
const (
	mostSize  = 500
	usualSize = 10
)

// filter has the parameters of a list.
type filter struct {
	page, size    int
	status, chain string
	hash          string
	from, to      int64
}

func readFilter(q url.Values) (f filter, usable bool) {
	f = filter{page: 1, size: usualSize, status: q.Get("orderStatus"), chain: q.Get("chainId"), hash: q.Get("transactionHash")}
	usable = true
	number := func(name string, into *int, least, most int) {
		if text := q.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			usable = usable && err == nil && n >= least && n <= most
			*into = n
		}
	}
	number("page", &f.page, 1, 1_000_000)
	number("size", &f.size, 1, mostSize)
	seconds := func(name string, into *int64) {
		if text := q.Get(name); text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			usable = usable && err == nil
			*into = n
		}
	}
	seconds("startTime", &f.from)
	seconds("endTime", &f.to)
	return f, usable
}

// takes reports whether an entry is wanted.
func (f *filter) takes(status, chain int, hash string, created time.Time) bool {
	at := created.Unix()
	return (f.status == "" || f.status == strconv.Itoa(status)) && (f.chain == "" || f.chain == strconv.Itoa(chain)) &&
		(f.hash == "" || f.hash == hash) && at >= f.from && (f.to == 0 || at <= f.to)
}

// cut returns the page of a list, as the API answers it.
func (f *filter) cut(all []object) answer {
	from := min((f.page-1)*f.size, len(all))
	list := append([]object{}, all[from:min(from+f.size, len(all))]...)
	return ok(object{}.with("count", len(all)).with("page", f.page).with("size", f.size).with("list", list))
}

func (p *Provider) list(r request) answer {
	f, usable := readFilter(r.query)
	if !usable {
		return refuse(400, "parameter error")
	}
	var all []object
	for _, o := range p.orders.All() {
		p.pass(o, r.now)
		status, there := p.shown(paymentList, o.status, o.before, o.changed, o.created, r.now)
		if there && f.takes(status, o.chain, o.hash, o.created) {
			all = append(all, o.json(p.cfg.OrgID, status, r.bend))
		}
	}
	return f.cut(all)
}

func (p *Provider) refundList(r request) answer {
	f, usable := readFilter(r.query)
	if !usable {
		return refuse(400, "parameter error")
	}
	var all []object
	for _, one := range p.refunds {
		p.passRefund(one, r.now)
		status, there := p.shown(refundList, one.status, one.before, one.changed, one.created, r.now)
		if there && f.takes(status, one.order.paidIn.chain, one.hash, one.created) {
			all = append(all, one.json(status, r.bend))
		}
	}
	return f.cut(all)
}
