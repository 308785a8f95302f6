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
	upsertRefund
	insertMessage
	insertClaim
	insertClaimOfOrder
	selectClaim
	answerClaim
	pruneClaims
	insertPaymentID
	insertInbox
	deleteInbox
	selectInboxItem
	dismissInbox
	selectMessages
	leaseMessage
	takeMessage
	finishMessage
	selectMessage
	selectMessageOfApp
	replayMessage
	dismissMessage
	killMessages
	insertEndpoint
	updateEndpoint
	deleteEndpoint
	raiseRegistry
	insertAPIKey
	revokeAPIKey
	useAPIKey
	upsertDocument
	insertAgreement
	updateAgreement
	upsertRestoration
	selectRestoration
	updatePulse
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

	selectDue: `select rowid, version, looks, busy_until, doc from orders
		where due_at <= ? order by due_at, rowid limit ?`,
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
	selectClaim: `select digest, order_id, created_at, status, body from claims where scope = ? and key = ?`,
	answerClaim: `update claims set status = ?, body = ? where scope = ? and key = ? and status is null`,
	pruneClaims: `delete from claims where (scope, key) in
		(select scope, key from claims where created_at < ? order by created_at limit ?)`,

	insertPaymentID: `insert into payment_ids (payment_id, wallet, order_id) values (?, ?, ?) on conflict do nothing`,
	insertInbox: `insert into inbox (id, wallet, event_id, request_id, payment_id, order_id, event, body, reason, confirm,
		received_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (wallet, event_id) do nothing`,
	deleteInbox:     `delete from inbox where wallet = ? and event_id = ?`,
	selectInboxItem: readInbox + ` where id = ?`,
	dismissInbox: `update inbox set dismissed_by = ?, dismissed_note = ?, dismissed_at = ?
		where id = ? and dismissed_at is null`,

	selectMessages: `select position, id, app, endpoint, order_id, sequence, type, body, created_at, run_at, attempts
		from outbox as m where app = ? and endpoint = ? and run_at <= ? and status = 'undelivered'
		and not exists (select 1 from outbox where app = m.app and endpoint = m.endpoint
			and order_id = m.order_id and position < m.position and status = 'undelivered')
		order by run_at, position limit ?`,
	leaseMessage: `update outbox set run_at = ? where position = ?`,
	takeMessage: `update outbox set status = 'delivered', run_at = null, note = ?, tried_at = ?, attempts = attempts + 1,
		dismissed_by = '', dismissed_note = '', dismissed_at = null where id = ? and status <> 'delivered'`,
	finishMessage: `update outbox set status = ?, run_at = ?, note = ?, tried_at = ?, attempts = attempts + 1
		where id = ? and attempts = ? and status = 'undelivered'`,
	selectMessage:      `select status from outbox where id = ?`,
	selectMessageOfApp: `select status from outbox where app = ? and id = ?`,
	replayMessage: `update outbox set status = 'undelivered', run_at = ?, created_at = ?, attempts = 0, note = '',
		tried_at = null, dismissed_by = '', dismissed_note = '', dismissed_at = null where app = ? and id = ?`,
	dismissMessage: `update outbox set status = 'dismissed', dismissed_by = ?, dismissed_note = ?, dismissed_at = ?
		where app = ? and id = ? and status = 'dead'`,
	killMessages: `update outbox set status = 'dead', run_at = null, note = ? where position in
		(select position from outbox where app = ? and endpoint = ? and status = 'undelivered' limit ?)`,

	insertEndpoint: `insert into endpoints (url, description, events, secret, previous, previous_until, disabled,
		disabled_reason, failing_since, created_at, app, id, version) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
	updateEndpoint: `update endpoints set url = ?, description = ?, events = ?, secret = ?, previous = ?,
		previous_until = ?, disabled = ?, disabled_reason = ?, failing_since = ?, version = version + 1
		where app = ? and id = ? and version = ?`,
	deleteEndpoint: `delete from endpoints where app = ? and id = ?`,
	raiseRegistry:  `update registry set version = version + 1 where id = 1`,

	insertAPIKey: `insert into api_keys (id, app, name, digest, scopes, networks, created_by, created_at, expires_at,
		used_at, revoked_by, revoked_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	revokeAPIKey: `update api_keys set revoked_by = case when revoked_at is null then ? else revoked_by end,
		revoked_at = coalesce(revoked_at, ?) where id = ?`,
	useAPIKey: `update api_keys set used_at = ? where id = ? and (used_at is null or used_at <= ?)`,

	upsertDocument: `insert into documents (name, version, doc) values (?, ? + 1, ?)
		on conflict (name) do update set version = excluded.version, doc = excluded.doc
		where documents.version = excluded.version - 1`,

	insertAgreement: `insert into agreements (app, wallet, reference, status, token_digest, doc, id, version)
		values (?, ?, ?, ?, ?, ?, ?, 1)`,
	updateAgreement: `update agreements set status = ?, token_digest = ?, doc = ?, version = version + 1
		where id = ? and version = ?`,

	upsertRestoration: `insert into restoration (id, doc) values (1, ?)
		on conflict (id) do update set doc = excluded.doc`,
	selectRestoration: `select doc from restoration where id = 1`,

	updatePulse: `update pulse set at = ? where id = 1`,
}

// The queries of the read handle.
const (
	readOrder         = `select version, due_at, looks, busy_until, doc from orders where id = ?`
	readOrderToChange = `select version, due_at, looks, busy_until, doc, (select version from registry where id = 1)
		from orders where id = ?`
	readOrderID     = `select id from orders where id = ?`
	readEvents      = `select sequence, type, at, source, data from events where order_id = ? and sequence > ? order by sequence`
	readOwner       = `select order_id from payment_ids where payment_id = ? and wallet = ?`
	readNextDue     = `select due_at from orders where due_at is not null order by due_at limit 1`
	readOpenWallets = `select distinct wallet from orders indexed by orders_due
		where due_at is not null and wallet <> '' order by wallet`
	readUnasked = `select count(*) from orders where looks = -1`
	readInbox   = `select id, wallet, event_id, order_id, request_id, payment_id, event, body, reason, confirm, received_at,
		dismissed_by, dismissed_note, dismissed_at from inbox`
	readInboxWallet = `select wallet from inbox where id = ?`

	readOrderOfApp   = `select 1 from orders where id = ? and app = ?`
	readRefundPlace  = `select position from refunds where order_id = ? and number = ? and app = ?`
	readMessagePlace = `select position from outbox where id = ? and app = ?`
	readFeedPlace    = `select position from events where order_id = ? and sequence = ? and app = ?`
	readFeed         = `select order_id, sequence, type, at, source, data,
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

	readRegistry  = `select version from registry where id = 1`
	readEndpoints = readEndpointColumns + ` order by position`
	readEndpoint  = readEndpointColumns + ` where app = ? and id = ?`

	readEndpointColumns = `select id, app, version, url, description, events, secret, previous, previous_until,
		disabled, disabled_reason, failing_since, created_at from endpoints`

	readAPIKeys = `select id, app, name, digest, scopes, networks, created_by, created_at, expires_at,
		used_at, revoked_by, revoked_at from api_keys`
	readAPIKey = readAPIKeys + ` where digest = ?`

	// Of the version that is known the text stays where it is.
	readDocument = `select version, case when version = ? then '' else doc end from documents where name = ?`

	readAgreements           = `select version, doc from agreements`
	readAgreement            = readAgreements + ` where id = ?`
	readAgreementByReference = readAgreements + ` where wallet = ? and reference = ?`
	readAgreementByToken     = readAgreements + ` where wallet = ? and token_digest = ? and token_digest <> ''
		order by id desc limit 1`
	readAgreementOfApp = `select 1 from agreements where id = ? and app = ?`
)
