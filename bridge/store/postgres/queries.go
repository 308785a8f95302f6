package postgres

import (
	"strconv"
	"strings"
)

// The statements of PostgreSQL that stand alone.
const (
	readOrder = `select version, due_at, looks, busy_until, doc, (select version from registry where id = 1)
		from orders where id = $1`
	hasEvent = `select exists (select 1 from events where order_id = $1 and sequence = $2 and type = $3
		and at is not distinct from $4 and source = $5 and data = $6)`

	// $2 and $3 are the wallets and how many of each.
	claimDue = `with due as (select o.id, o.due_at from unnest($2::text[], $3::bigint[]) as w (wallet, most)
			cross join lateral (select id, due_at from orders where wallet = w.wallet and due_at <= $1
				order by due_at limit w.most for update skip locked) as o)
		update orders set due_at = $4, version = version + 1 from due where orders.id = due.id
		returning orders.wallet, due.due_at, orders.id, orders.version, orders.looks, orders.busy_until, orders.doc`

	insertClaimOfOrder = `insert into claims (scope, key, digest, order_id, created_at, status, body)
		select $1, $2, $3, id, $4, $5, $6 from orders where id = $7 on conflict do nothing`
	pruneClaims = `with gone as (delete from claims where (scope, key) in
			(select scope, key from claims where created_at < ? order by created_at limit ? for update skip locked)
			returning number),
		a as (delete from answers using gone where claim = number)
		select 1 from gone`

	prunable    = `select scope, key from claims where (order_id = '' or status is not null) and created_at < ? and order_id `
	stripClaims = `update claims set status = null, body = null where (scope, key) in
		(` + prunable + `<> '' order by created_at limit ? for update skip locked)`
	pruneBareClaims = `with gone as (delete from claims where (scope, key) in
			(` + prunable + `= '' order by created_at limit ? for update skip locked) returning number),
		a as (delete from answers using gone where claim = number)
		select 1 from gone`
	// Claims are numbered as they are made, nearly: the numbers are those of the server, the
	// times those of the nodes. The last of the old claims ends the range, not the first of the
	// young ones: one that is as young may have a lower number.
	pruneAnswers = `delete from answers where claim in (select claim from answers
		where claim <= (select number from claims where created_at < ? order by created_at desc limit 1)
		order by claim limit ? for update skip locked)`

	addArchive = `insert into archives (app, number, name, digest, bytes, events, first_at, last_at, created_at,
			order_id, sequence, tx, position)
		select ?, ?, ?, ?, ?, ?, ?, ?, ?, order_id, sequence, tx, position from events
		where order_id = ? and sequence = ? and app = ?
		and coalesce((select max(number) from archives where app = ?), 0) + 1 = ? on conflict do nothing`
	// The condition on tx alone ends the range of the index.
	readArchivedEvents = `select order_id, sequence, tx, position from events
		where app = ? and (tx, position) > (?, ?)
		and tx <= (select tx from archives where app = ? order by number desc limit 1)
		and (tx, position) <= (select tx, position from archives where app = ? order by number desc limit 1)
		order by tx, position limit ?`
	compactable = `(e.tx, e.position) <= (select tx, position from archives where app = ? order by number desc limit 1)`

	// An outbox that has filled within a minute has no statistics, and without them the planner takes any
	// index that begins with app and endpoint for as good as another, or reads it once for each message.
	// So the oldest message of an order is looked up by a range in the order of the one index that it
	// must use, and messages are claimed in the order of theirs.
	claimMessages = `with due as (select position, run_at from outbox as m
		where app = $1 and endpoint = $2 and run_at <= $3 and status = 'undelivered'
		and position = (select position from outbox
			where (app, endpoint, order_id) >= (m.app, m.endpoint, m.order_id) and status = 'undelivered'
			order by app, endpoint, order_id, position limit 1)
		order by run_at, position limit $4 for update of m skip locked)
		update outbox as m set run_at = $5 from due where m.position = due.position
		returning due.run_at, due.position, m.id, m.app, m.endpoint, m.order_id, m.sequence, m.type, m.body,
		m.created_at, m.run_at, m.attempts`

	// $4 bounds the messages. The endpoint is removed when there were fewer.
	removeEndpoint = `with m as (update outbox set status = 'dead', run_at = null, note = $1
			where position = any(array(select position from outbox
				where app = $2 and endpoint = $3 and status = 'undelivered' limit $4)) returning 1),
		o as (delete from endpoints where app = $2 and id = $3 and (select count(*) from m) < $4 returning 1),
		v as (update registry set version = version + 1 from o where registry.id = 1)
		select (select count(*) from m), (select count(*) from o)`
)

// The statements of lists and of the feed that stand alone.
const (
	readFeedPlace = `select tx, position from events where order_id = ? and sequence = ? and app = ?`
	readFeed      = `select order_id, sequence, type, at, source, data,
		(select currency from orders where id = e.order_id) from events as e
		where app = ? and (tx, position) > (?, ?)
		and tx < (select base from feed where id = 1) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
		order by tx, position limit ?`

	// The highest number of all events, when transactions have not come that far. Each
	// step leaps to the next app.
	futureOfFeed = `with recursive apps (app) as (
			select (select min(app) from events)
			union all
			select (select min(app) from events where app > apps.app) from apps where apps.app is not null),
		last (tx) as (select greatest(max((select max(tx) from events where events.app = apps.app)), (select max(tx) from archives)) from apps)
		select case when last.tx >= feed.base + pg_snapshot_xmax(pg_current_snapshot())::text::bigint then last.tx end
		from last, feed where feed.id = 1`
	raiseFeed = `alter table events alter column tx set default (pg_current_xact_id()::text::bigint + `
	noteFeed  = `update feed set base = $1 where id = 1`

	// Each step leaps to the next endpoint that has an undelivered message.
	readDueEndpoints = `with recursive e (app, endpoint) as (
			(select app, endpoint from outbox where status = 'undelivered' order by app, endpoint limit 1)
			union all
			select n.app, n.endpoint from e cross join lateral (select app, endpoint from outbox
				where status = 'undelivered' and (app, endpoint) > (e.app, e.endpoint) order by app, endpoint limit 1) as n)
		select app, endpoint from e where (select min(run_at) from outbox as d
			where d.app = e.app and d.endpoint = e.endpoint and d.status = 'undelivered') <= ?`
)

// part is one write of a change. Together they are one statement, in which all but
// the first hang on o, the order's row: when its guard finds no row, none is written.
type part struct {
	text string // each ? is one of args
	args []any
}

// The parts of a change.
const (
	partClaim = `k as (insert into claims (scope, key, digest, order_id, created_at, status, body)
		values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing returning order_id)`
	partOrder = `o as (insert into orders (app, reference, currency, amount, created_at, status, wallet, attention,
		paid, refunded, expires_at, due_at, looks, busy_until, doc, id, version)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) returning id, app)`
	partClaimedOrder = `o as (insert into orders (app, reference, currency, amount, created_at, status, wallet, attention,
		paid, refunded, expires_at, due_at, looks, busy_until, doc, id, version)
		select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1 from k returning id, app)`
	partUpdate = `o as (update orders set status = ?, wallet = ?, attention = ?, paid = ?, refunded = ?, expires_at = ?,
		due_at = ?, looks = ?, busy_until = ?, doc = ?, version = version + 1
		where id = ? and version = ? and (select version from registry where id = 1) = ? returning id, app)`
	partSchedule = `o as (update orders set due_at = ?, looks = ?, busy_until = ?, version = version + 1
		where id = ? and version = ? returning id, app)`

	partNothing    = `t as (select 1)`
	partNoClaim    = `k as (select 1 from t)`
	partClaimOfAny = `k as (insert into claims (scope, key, digest, order_id, created_at, status, body)
		select ?, ?, ?, ?, ?, ?, ? from t on conflict do nothing returning 1)`
	partRaise = `v as (update registry set version = version + 1 from o where registry.id = 1)`

	partEvents = `e as (insert into events (order_id, sequence, type, at, source, data, app)
		select n.*, o.app from o, unnest(?::text[], ?::bigint[], ?::text[], ?::bigint[], ?::text[], ?::text[])
		as n (order_id, sequence, type, at, source, data) order by n.sequence)`
	partRefunds = `r as (insert into refunds (order_id, number, app, status)
		select o.id, n.number, o.app, n.status from o, unnest(?::bigint[], ?::text[]) as n (number, status)
		order by n.number on conflict (order_id, number) do update set status = excluded.status)`
	partMessages = `m as (insert into outbox (id, app, endpoint, order_id, sequence, type, body, created_at, run_at, attempts)
		select n.id, n.app, n.endpoint, n.order_id, n.sequence, n.type, n.body, n.created_at, n.run_at, n.attempts
		from o, unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::bytea[], ?::bigint[],
		?::bigint[], ?::bigint[]) with ordinality as n (id, app, endpoint, order_id, sequence, type, body, created_at,
		run_at, attempts, place) order by n.place)`
	partPaymentIDs = `p as (insert into payment_ids (wallet, payment_id, order_id)
		select n.wallet, n.payment_id, o.id from o, unnest(?::text[], ?::text[]) as n (wallet, payment_id)
		on conflict do nothing)`
	partTraces = `s as (insert into event_traces (order_id, sequence, context)
		select o.id, n.sequence, ?::text from o, unnest(?::bigint[]) as n (sequence))`
	partAnswer = `a as (insert into answers (claim, status, body) select k.number, ?::bigint, ?::bytea
		from o, claims as k where k.scope = ? and k.key = ? and k.status is null on conflict do nothing)`
)

// compose makes one statement of parts. It returns a row when the order was written.
func compose(parts []part) (text string, args []any) {
	var b strings.Builder
	b.Grow(1536)
	join, n := "with ", 0
	for _, p := range parts {
		b.WriteString(join)
		n = number(&b, p.text, n)
		args = append(args, p.args...)
		join = ", "
	}
	b.WriteString(" select 1 from o")
	return b.String(), args
}

// number writes text with every ? as the next parameter after the nth.
func number(b *strings.Builder, text string, n int) int {
	for {
		before, after, found := strings.Cut(text, "?")
		b.WriteString(before)
		if !found {
			return n
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		text = after
	}
}
