package postgres

import (
	"github.com/minitill/minitill/bridge/store/internal/rows/rowstest"
)

// What the tests outside this package read.

// The statements of the methods.
var (
	ClaimMessages = claimMessages
	DueEndpoints  = numbered(readDueEndpoints)
)

// Queries are all statements, each part of a change in one at least.
func Queries() []string {
	list := []string{
		readOrder, hasEvent, claimDue, insertClaimOfOrder,
		claimMessages, removeEndpoint,
	}
	for _, first := range [][]part{{{text: partOrder}}, {{text: partClaim}, {text: partClaimedOrder}}, {{text: partUpdate}}, {{text: partSchedule}}} {
		text, _ := compose(append(first, part{text: partEvents}, part{text: partRefunds}, part{text: partMessages}, part{text: partPaymentIDs}, part{text: partAnswer}))
		list = append(list, text)
	}
	sent := rowstest.Statements(dialect)
	for _, text := range sent.Texts {
		list = append(list, numbered(text))
	}
	for _, w := range sent.Writes {
		text, _ := compose(writeParts(w))
		list = append(list, text)
	}
	return list
}
