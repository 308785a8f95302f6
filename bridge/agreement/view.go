package agreement

import (
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

// View is an agreement as the contract shows it to its merchant.
type View struct {
	ID          bridge.AgreementID `json:"id"`
	App         string             `json:"app"`
	Wallet      string             `json:"wallet"`
	Status      Status             `json:"status"`
	Payer       view.Payer         `json:"payer"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Limit       *wallet.Money      `json:"limit"`
	// Attention lists the reasons that stood when the view was made.
	Attention   []Attention  `json:"attention"`
	Resolutions []Resolution `json:"resolutions"`
	CreatedAt   time.Time    `json:"createdAt"`
	SignedAt    *time.Time   `json:"signedAt"`
	EndedAt     *time.Time   `json:"endedAt"`
}

// View returns the agreement as the contract shows it to its merchant at a time.
func (a *Agreement) View(now time.Time) View {
	v := View{
		ID: a.ID, App: a.App, Wallet: a.Wallet, Status: a.Status, Payer: view.Payer{ID: a.Payer.ID},
		Title: a.Title, Description: a.Description, CreatedAt: a.CreatedAt,
		SignedAt: orNull(a.SignedAt), EndedAt: orNull(a.EndedAt),
		Attention: a.Attention(now), Resolutions: a.Resolutions,
	}
	if v.Resolutions == nil {
		v.Resolutions = []Resolution{}
	}
	if a.Limit.Positive() {
		v.Limit = &a.Limit
	}
	return v
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
