package simulator

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// card is a transaction of the direct dialect's card calls.
type card struct {
	id       string
	state    string // authorized, captured, refunded, voided or reversed
	amount   wallet.Money
	captured int64
	refunded int64
}

// cardAnswer is the answer to every card call, a convention.
type cardAnswer struct {
	TransactionID string `json:"transaction_id"`
	Status        string `json:"status"`
	Amount        string `json:"amount"`
}

// cardEvent is the webhook of a card call, without an id and a signature.
type cardEvent struct {
	Event  string `json:"event"`
	Amount string `json:"amount"`
}

// cardCalls are the card calls by their verbs.
var cardCalls = map[string]func(*Provider, json.RawMessage, time.Time) reply{
	"authorize": (*Provider).authorize, "capture": (*Provider).capture, "refund": (*Provider).refundCard,
	"void": (*Provider).void, "reversal": (*Provider).reversal,
}

type cardRequest struct {
	TransactionID string `json:"transaction_id"`
	Amount        string `json:"amount"`
	Currency      string `json:"currency"`
	CardNumber    string `json:"card_number"`
}

// money is a request's amount: text in major units with all digits of the currency.
func (p *Provider) money(text string) (wallet.Money, bool) {
	m, err := wallet.ParseDecimal(p.cfg.Currencies[0], text)
	return m, err == nil && m.Positive() && m.Decimal() == text
}

func (p *Provider) authorize(body json.RawMessage, _ time.Time) reply {
	var req cardRequest
	if no := decode(body, &req); no != nil {
		return reply{no: no}
	}
	amount, ok := p.money(req.Amount)
	switch {
	case !ok || !strings.HasPrefix(req.CardNumber, "tok_"):
		return reply{no: refuse("PARAM_ERROR", "a parameter is wrong")}
	case strings.Contains(req.CardNumber, "declined"):
		return reply{no: refuse("DECLINED", "the issuer declined")}
	}
	p.made++
	c := &card{id: strconv.Itoa(100_000 + p.made), state: "authorized", amount: amount}
	p.cards[c.id] = c
	return p.charged(c, amount)
}

// charged answers a card call and notifies of it.
func (p *Provider) charged(c *card, amount wallet.Money) reply {
	p.dispatch.Send(&provider.Notice[*news]{
		URL: p.cfg.Direct.CardWebhook, RequestID: c.id, News: &news{event: &cardEvent{"payment.success", amount.Decimal()}},
	})
	return reply{data: cardAnswer{c.id, c.state, amount.Decimal()}}
}

// cardOf returns the transaction of a request that is in one of these states.
func (p *Provider) cardOf(body json.RawMessage, states ...string) (*card, cardRequest, *refusal) {
	var req cardRequest
	if no := decode(body, &req); no != nil {
		return nil, req, no
	}
	c := p.cards[req.TransactionID]
	if c == nil {
		return nil, req, refuse("ORDER_NOT_FOUND", "there is no such transaction")
	}
	for _, state := range states {
		if c.state == state {
			return c, req, nil
		}
	}
	return nil, req, refuse("ORDER_STATUS_ERROR", "the transaction's state does not allow this")
}

func (p *Provider) capture(body json.RawMessage, _ time.Time) reply {
	c, req, no := p.cardOf(body, "authorized")
	if no != nil {
		return reply{no: no}
	}
	amount, ok := p.money(req.Amount)
	if !ok || req.Currency != string(amount.Currency) || amount.Minor > c.amount.Minor || amount != c.amount && !p.cfg.Direct.PartCaptures {
		return reply{no: refuse("PARAM_ERROR", "the amount is wrong")}
	}
	c.state, c.captured = "captured", amount.Minor
	return p.charged(c, amount)
}

func (p *Provider) refundCard(body json.RawMessage, _ time.Time) reply {
	c, req, no := p.cardOf(body, "captured", "refunded")
	if no != nil {
		return reply{no: no}
	}
	amount, ok := p.money(req.Amount)
	if !ok || amount.Minor > c.captured-c.refunded {
		return reply{no: refuse("PARAM_ERROR", "the amount is wrong")}
	}
	c.state, c.refunded = "refunded", c.refunded+amount.Minor
	return p.charged(c, amount)
}

func (p *Provider) void(body json.RawMessage, _ time.Time) reply {
	c, _, no := p.cardOf(body, "authorized")
	if no != nil {
		return reply{no: no}
	}
	c.state = "voided"
	return p.charged(c, c.amount)
}

// reversal undoes a whole capture of which nothing was refunded, once.
func (p *Provider) reversal(body json.RawMessage, _ time.Time) reply {
	c, _, no := p.cardOf(body, "captured")
	if no != nil {
		return reply{no: no}
	}
	c.state, c.refunded = "reversed", c.captured
	return p.charged(c, wallet.Money{Minor: c.captured, Currency: c.amount.Currency})
}

// CardBooks are the provider's records of a card's transaction.
type CardBooks struct {
	State                          string
	Authorized, Captured, Refunded int64
}

// CardBooks returns the provider's records of a transaction, and how many there are.
func (p *Provider) CardBooks(transaction string) (books CardBooks, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.cards[transaction]; c != nil {
		books = CardBooks{c.state, c.amount.Minor, c.captured, c.refunded}
	}
	return books, len(p.cards)
}
