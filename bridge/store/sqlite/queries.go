package sqlite

import "github.com/minitill/minitill/bridge/store/internal/rows"

// statement names one of the prepared statements of the writer.
type statement int

const (
	begin statement = iota
	commit
	rollback
	savepoint
	rollbackTo
	release
	insertOrder
	updateOrder
	updateSchedule
	selectDue
	leaseDue
	insertEvent
	upsertRefund
	insertMessage
	insertClaim
	insertClaimOfOrder
	selectClaim
	answerClaim
	insertPaymentID
	insertTrace
	selectMessages
	leaseMessage
	killMessages
	deleteEndpoint
	raiseRegistry
)

var queries = [...]string{
	begin:      `begin immediate`,
	commit:     `commit`,
	rollback:   `rollback`,
	savepoint:  `savepoint change`,
	rollbackTo: `rollback to change`,
	release:    `release change`,

	insertOrder: `insert into orders (app, reference, currency, amount, created_at, status, wallet, attention, paid,
		refunded, expires_at, due_at, looks, busy_until, doc, id, version)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
	updateOrder: `update orders set status = ?, wallet = ?, attention = ?, paid = ?, refunded = ?, expires_at = ?,
		due_at = ?, looks = ?, busy_until = ?, doc = ?, version = version + 1 where id = ? and version = ?
		and (select version from registry where id = 1) = ?`,
	updateSchedule: `update orders set due_at = ?, looks = ?, busy_until = ?, version = version + 1
		where id = ? and version = ?`,

	selectDue: `select rowid, version, looks, busy_until, doc from orders indexed by orders_due
		where wallet = ? and due_at <= ? order by due_at, rowid limit ?`,
	leaseDue: `update orders set due_at = ?, version = version + 1 where rowid = ?`,

	insertEvent: `insert into events (order_id, sequence, type, at, source, data, app) values (?, ?, ?, ?, ?, ?, ?)`,
	upsertRefund: `insert into refunds (order_id, number, app, status) values (?, ?, ?, ?)
		on conflict (order_id, number) do update set status = excluded.status`,
	insertMessage: `insert into outbox (id, app, endpoint, order_id, sequence, type, body, created_at, run_at, attempts)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,

	insertClaim: `insert into claims (scope, key, digest, order_id, created_at, status, body)
		values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
	insertClaimOfOrder: `insert into claims (scope, key, digest, order_id, created_at, status, body)
		select ?, ?, ?, id, ?, ?, ? from orders where id = ? on conflict do nothing`,
	selectClaim: rows.ReadClaim,
	answerClaim: `insert into answers (claim, status, body)
		select number, ?, ? from claims where scope = ? and key = ? and status is null on conflict do nothing`,

	insertPaymentID: `insert into payment_ids (payment_id, wallet, order_id) values (?, ?, ?) on conflict do nothing`,
	insertTrace:     `insert into event_traces (order_id, sequence, context) values (?, ?, ?)`,

	selectMessages: `select position, id, app, endpoint, order_id, sequence, type, body, created_at, run_at, attempts
		from outbox as m where app = ? and endpoint = ? and run_at <= ? and status = 'undelivered'
		and not exists (select 1 from outbox where app = m.app and endpoint = m.endpoint
			and order_id = m.order_id and position < m.position and status = 'undelivered')
		order by run_at, position limit ?`,
	leaseMessage: `update outbox set run_at = ? where position = ?`,
	killMessages: `update outbox set status = 'dead', run_at = null, note = ? where position in
		(select position from outbox where app = ? and endpoint = ? and status = 'undelivered' limit ?)`,

	deleteEndpoint: `delete from endpoints where app = ? and id = ?`,
	raiseRegistry:  `update registry set version = version + 1 where id = 1`,
}

// The texts that are not among the prepared statements of the writer.
const (
	readOrder         = `select version, due_at, looks, busy_until, doc from orders where id = ?`
	readOrderToChange = `select version, due_at, looks, busy_until, doc, (select version from registry where id = 1)
		from orders where id = ?`
	// Claims are read in the order of their creation, somewhat further than a step, so
	// that those of a clock that was ahead hold up nothing.
	pruneClaims = `delete from claims where number in (select number from claims
		where number < coalesce((select number from claims where number > 0 order by number limit 1 offset 20 * ?2), 1 << 62)
		and created_at < ?1 order by number limit ?2)`

	prunable = `select number from claims indexed by claims_prunable
		where (order_id = '' or status is not null) and created_at < ?1 and order_id `
	stripClaims     = `update claims set status = null, body = null where number in (` + prunable + `<> '' order by created_at limit ?2)`
	pruneBareClaims = `delete from claims where number in (` + prunable + `= '' order by created_at limit ?2)`
	// Answers are looked for through their claims, which are small, from that of the first one.
	pruneAnswers = `delete from answers where claim in (select claim from claims cross join answers on claim = number
		where number >= (select min(claim) from answers)
		and number < coalesce((select number from claims where number >= (select min(claim) from answers)
			order by number limit 1 offset 20 * ?2), 1 << 62)
		and created_at < ?1 order by number limit ?2)`

	addArchive = `insert into archives (app, number, name, digest, bytes, events, first_at, last_at, created_at,
			order_id, sequence, tx, position)
		select ?, ?, ?, ?, ?, ?, ?, ?, ?, order_id, sequence, 0, position from events
		where order_id = ? and sequence = ? and app = ?
		and coalesce((select max(number) from archives where app = ?), 0) + 1 = ? on conflict do nothing`
	readArchivedEvents = `select order_id, sequence, 0, position from events indexed by events_app
		where app = ? and position > ? and app = ?
		and position <= coalesce((select position from archives where app = ? order by number desc limit 1), 0)
		order by position limit ?`
	// The last event of the table stays: the next one would get its position again.
	compactable = `e.position <= (select position from archives where app = ? order by number desc limit 1)
		and e.position < (select max(position) from events)`

	readFeedPlace = `select position from events where order_id = ? and sequence = ? and app = ?`
	readFeed      = `select order_id, sequence, type, at, source, data,
		(select currency from orders where id = e.order_id) from events as e indexed by events_app
		where app = ? and position > ? order by position limit ?`

	// Each step leaps to the next endpoint that has an undelivered message.
	readDueEndpoints = `with recursive first (position) as (
			select (select position from outbox where status = 'undelivered' order by app, endpoint limit 1)
			union all
			select coalesce(
				(select n.position from outbox as n where n.status = 'undelivered'
					and n.app = m.app and n.endpoint > m.endpoint order by n.endpoint limit 1),
				(select n.position from outbox as n where n.status = 'undelivered'
					and n.app > m.app order by n.app, n.endpoint limit 1))
			from first cross join outbox as m on m.position = first.position)
		select m.app, m.endpoint from first cross join outbox as m on m.position = first.position
		where exists (select 1 from outbox as d where d.app = m.app and d.endpoint = m.endpoint
			and d.status = 'undelivered' and d.run_at <= ?)`
)
