package pages

import (
	"strings"

	"github.com/minitill/minitill/internal/design"
)

// text is the text of the pages in one language. {merchant} is replaced by the merchant's
// name.
type text struct {
	States map[state]said

	Merchant        string // where the merchant has no name
	PayTo           string
	Amount          string
	What            string // the label of the description
	Items           string
	OrderNumber     string
	Reference       string
	Refunded        string
	RefundPending   string
	TimeLeft        string
	Minutes         string // %d of them
	LessThanAMinute string

	OpenWallet   string // a button to a wallet's page
	OpenApp      string // a button to a wallet's app
	Scan         string
	ScanOther    string // on the phone itself, which cannot scan itself
	QRLabel      string
	ChooseMethod string
	InApp        string // there is nothing to press here

	Attention string // with a paid order that a person looks at

	Back       string // a button to the shop
	Close      string // where there is no shop to go to
	Leaving    string // {seconds} until we do
	Stay       string
	Offline    string
	Refreshing string // a page without scripts
	Languages  string // the label of the list of languages
	Developers string // a link to the documentation
}

// said is the text of a state: the fact, what it means, and what comes next.
type said struct{ Title, Body, Next string }

var texts = map[design.Language]*text{
	design.English:           &english,
	design.SimplifiedChinese: &simplifiedChinese,
	design.Arabic:            &arabic,
}

// say is the text of a state with the merchant's name.
func (t *text) say(s state, merchant string) said {
	words := t.States[s]
	return said{t.named(words.Title, merchant), t.named(words.Body, merchant), t.named(words.Next, merchant)}
}

// named inserts the merchant's name into a text, with bidirectional isolation.
func (t *text) named(words, merchant string) string {
	if merchant == "" {
		return strings.ReplaceAll(words, "{merchant}", t.Merchant)
	}
	return strings.ReplaceAll(words, "{merchant}", "\u2068"+merchant+"\u2069")
}
