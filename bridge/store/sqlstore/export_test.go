package sqlstore

import (
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
)

// What the tests outside this package look at.

// BePatient lets databases take their time: two processes that write to one file by turns do
// not take turns, so that on a slow disk one of them may wait for all that the other has.
func BePatient() { patience = time.Minute }

// IntegrityOf is the database's own verdict on itself.
func IntegrityOf(s *Store) (verdict string) {
	if err := s.reader.QueryRow("pragma integrity_check").Scan(&verdict); err != nil {
		return err.Error()
	}
	return verdict
}

// DocOf is an order's row as it is stored.
func DocOf(s *Store, id bridge.OrderID) (doc string) {
	if err := s.reader.QueryRow("select doc from orders where id = ?", string(id)).Scan(&doc); err != nil {
		return err.Error()
	}
	return doc
}

// StoredForm is an order as it would be stored.
func StoredForm(o bridge.Order) string {
	doc, err := encode("test", &o)
	if err != nil {
		return err.Error()
	}
	return doc
}

// ColumnsOf is every column of a store's tables: table, name, type, "not null".
func ColumnsOf(s *Store) (list []string) {
	rows, err := s.reader.Query(`select m.name || ' ' || c.name || ' ' || lower(c.type) ||
		case when c."notnull" or c.pk > 0 then ' not null' else '' end
		from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%'`)
	if err != nil {
		return []string{err.Error()}
	}
	defer rows.Close()
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			return []string{err.Error()}
		}
		list = append(list, column)
	}
	return list
}

// PostgresQueries are all statements, each part of a change in one at least.
func PostgresQueries() []string {
	lists := []string{
		pgReadOrder, pgReadEvents, pgReadOwner, pgReadNextDue, pgReadClaim, pgHasEvent,
		pgClaimDue, pgInsertClaimOfOrder, pgPruneClaims, pgInsertInbox, pgDeleteInbox,
		pgReadInboxItem, pgReadInboxWallet, pgDismissInbox, pgReadOpenWallets, pgReadUnasked, pgReadRestoration, pgUpsertRestoration,
		pgClaimMessages, pgTakeMessage, pgFinishMessage, pgReadMessage, pgReadMessageOfApp, pgUpdatePulse, pgRemoveEndpoint,
		pgReadOrderOfApp, pgReadRefundPlace, pgReadMessagePlace, pgReadFeedPlace, pgReadFeed, pgReadDueEndpoints,
		pgReadEndpoint, pgReadAPIKey, pgReadKeysOfApp, pgRevokeAPIKey, pgUseAPIKey, pgReadDocument,
		pgReadAgreement, pgReadAgreementByReference, pgReadAgreementByToken, pgReadAgreementOfApp,
	}
	for _, q := range []bridge.AgreementQuery{{}, {Status: bridge.AgreementActive}} {
		var text strings.Builder
		number(&text, pgAgreementsSearch(&q, lastID).text.String(), 0)
		lists = append(lists, text.String())
	}
	for _, list := range append(inboxSearches(func(string) string { return "" }), allSearches(pgOrdersSearch, pgRefundsSearch, pgDeliveriesSearch)...) {
		var text strings.Builder
		number(&text, list.text.String(), 0)
		lists = append(lists, text.String())
	}
	for _, first := range [][]part{{{text: partOrder}}, {{text: partClaim}, {text: partClaimedOrder}}, {{text: partUpdate}}, {{text: partSchedule}}} {
		text, _ := compose(append(first, part{text: partEvents}, part{text: partRefunds}, part{text: partMessages}, part{text: partPaymentIDs}, part{text: partAnswer}))
		lists = append(lists, text)
	}
	for _, write := range [][]part{
		{{text: partNothing}, {text: partClaimOfAny}, {text: partEndpoint}},
		{{text: partEndpointAsIs}, {text: partClaimOfAny}, {text: partNextEndpoint}, {text: partRaise}},
		{{text: partMessageDead}, {text: partNoClaim}, {text: partDismiss}},
		{{text: partMessageThere}, {text: partNoClaim}, {text: partReplay}},
		{{text: partNothing}, {text: partClaimOfAny}, {text: partAgreement}},
		{{text: partAgreementAsIs}, {text: partClaimOfAny}, {text: partNextAgreement}, {text: partAnswer}},
	} {
		text, _ := compose(write)
		lists = append(lists, text)
	}
	return lists
}

// inboxSearches are the searches of the inbox.
func inboxSearches(hint func(string) string) []*search {
	wallets := []string{"one", "two"}
	return []*search{
		inboxSearch("o", nil), inboxSearch("", []bridge.PaymentKey{{Wallet: "one", PaymentID: "p"}}),
		inboxSearch("o", []bridge.PaymentKey{{Wallet: "one", PaymentID: "p"}, {Wallet: "two", PaymentID: "q"}}),
		inboxItemsSearch(&bridge.InboxQuery{Wallets: wallets}, hint),
		inboxItemsSearch(&bridge.InboxQuery{Wallets: wallets, Dismissed: true, Before: "n"}, hint),
	}
}

// allSearches are the searches of a dialect, with each filter alone and some together.
func allSearches(
	orders func(*bridge.OrderQuery) *search,
	refunds func(*bridge.RefundQuery, int64) *search,
	deliveries func(*bridge.DeliveryQuery, int64) *search,
) (list []*search) {
	for _, q := range []bridge.OrderQuery{
		{}, {Status: "paid"}, {Wallet: "sandbox"}, {Reference: "R"}, {Attention: bridge.AnyAttention},
		{Attention: "late_payment"}, {WalletPaymentID: "W1"}, {WalletPaymentID: "W1", Attention: "late_payment", Reference: "R"}, {Status: "paid", Wallet: "sandbox", Reference: "R", Attention: "late_payment"},
	} {
		list = append(list, orders(&q))
	}
	for _, q := range []bridge.RefundQuery{{}, {Order: "o"}, {Status: "pending"}, {Status: "succeeded"}, {Order: "o", Status: "failed"}} {
		list = append(list, refunds(&q, newest))
	}
	for _, q := range []bridge.DeliveryQuery{
		{}, {ID: "m"}, {Order: "o"}, {Endpoint: "e"}, {Status: bridge.Delivered}, {Status: bridge.Dead}, {Status: bridge.Dismissed},
		{Status: bridge.Undelivered}, {Status: bridge.Undelivered, Endpoint: "e"}, {Status: bridge.Dead, Endpoint: "e"},
		{ID: "m", Order: "o", Endpoint: "e", Status: bridge.Dead},
	} {
		list = append(list, deliveries(&q, newest))
	}
	return list
}

// MigrationText is the nth migration of a dialect.
func MigrationText(dialect string, n int) string {
	list, err := steps(dialect)
	if err != nil {
		return err.Error()
	}
	return list[n-1].text
}
