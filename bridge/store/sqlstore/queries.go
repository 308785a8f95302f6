package sqlstore

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
	insertMessage
	insertClaim
	insertClaimOfOrder
	selectClaim
	answerClaim
	pruneClaims
	insertPaymentID
	insertInbox
	deleteInbox
	selectMessages
	leaseMessage
	finishMessage
	updatePulse
)

var queries = [...]string{
	begin:      `begin immediate`,
	commit:     `commit`,
	rollback:   `rollback`,
	savepoint:  `savepoint change`,
	rollbackTo: `rollback to change`,
	release:    `release change`,

	insertOrder: `insert into orders (app, status, wallet, reference, attention, currency, amount, paid, refunded,
		created_at, expires_at, due_at, looks, busy_until, doc, id, version)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
	updateOrder: `update orders set app = ?, status = ?, wallet = ?, reference = ?, attention = ?, currency = ?,
		amount = ?, paid = ?, refunded = ?, created_at = ?, expires_at = ?, due_at = ?, looks = ?, busy_until = ?,
		doc = ?, version = version + 1 where id = ? and version = ?`,
	updateSchedule: `update orders set due_at = ?, looks = ?, busy_until = ?, version = version + 1
		where id = ? and version = ?`,

	selectDue: `select rowid, version, looks, busy_until, doc from orders
		where due_at <= ? order by due_at, rowid limit ?`,
	leaseDue: `update orders set due_at = ?, version = version + 1 where rowid = ?`,

	insertEvent: `insert into events (order_id, sequence, type, at, source, data) values (?, ?, ?, ?, ?, ?)`,
	insertMessage: `insert into outbox (id, app, endpoint, order_id, sequence, type, body, created_at, run_at, attempts)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,

	insertClaim: `insert into claims (scope, key, digest, order_id, created_at, status, body)
		values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
	insertClaimOfOrder: `insert into claims (scope, key, digest, order_id, created_at, status, body)
		select ?, ?, ?, id, ?, ?, ? from orders where id = ? on conflict do nothing`,
	selectClaim: `select digest, order_id, created_at, status, body from claims where scope = ? and key = ?`,
	answerClaim: `update claims set status = ?, body = ? where scope = ? and key = ? and status is null`,
	pruneClaims: `delete from claims where (scope, key) in
		(select scope, key from claims where created_at < ? order by created_at limit ?)`,

	insertPaymentID: `insert into payment_ids (wallet, payment_id, order_id) values (?, ?, ?) on conflict do nothing`,
	insertInbox: `insert into inbox (wallet, event_id, request_id, payment_id, order_id, event, body, received_at)
		values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
	deleteInbox: `delete from inbox where wallet = ? and event_id = ?`,

	selectMessages: `select position, id, app, endpoint, order_id, sequence, type, body, created_at, run_at, attempts
		from outbox as m where app = ? and endpoint = ? and run_at <= ? and status = 'undelivered'
		and not exists (select 1 from outbox where app = m.app and endpoint = m.endpoint
			and order_id = m.order_id and position < m.position and status = 'undelivered')
		order by run_at, position limit ?`,
	leaseMessage:  `update outbox set run_at = ? where position = ?`,
	finishMessage: `update outbox set status = ?, run_at = ?, note = ?, attempts = attempts + 1 where id = ?`,

	updatePulse: `update pulse set at = ? where id = 1`,
}

// The queries of the read handle.
const (
	readOrder    = `select version, due_at, looks, busy_until, doc from orders where id = ?`
	readOrderID  = `select id from orders where id = ?`
	readEvents   = `select sequence, type, at, source, data from events where order_id = ? and sequence > ? order by sequence`
	readOwner    = `select order_id from payment_ids where wallet = ? and payment_id = ?`
	readNextDue  = `select due_at from orders where due_at is not null order by due_at limit 1`
	readMessages = `select id, app, endpoint, order_id, sequence, type, body, created_at, run_at, attempts from outbox
		where position > coalesce((select position from outbox where id = ?), 0) and status = 'undelivered'
		order by position limit ?`
	readInbox = `select wallet, event_id, request_id, payment_id, event, body, received_at from inbox
		where order_id = ? order by received_at, event_id`
)
