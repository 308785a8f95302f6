package agreement

import (
	"io"
	"log/slog"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
)

// Once ties an operation on an agreement to its caller's idempotency key.
type Once = idempotency.Once[Agreement]

// Outcome is the result of a request about an agreement.
type Outcome = idempotency.Outcome[Agreement]

// Service creates, signs, resolves and ends agreements. All its methods may be called by many
// goroutines at once.
type Service struct {
	store   Store
	wallets outbound.Wallets
	sealer  bridge.Sealer // nil: there are no agreements
	app     func(name string) (app string, wallets []string, err error)
	public  string
	clock   func() time.Time
	random  io.Reader
	timeout time.Duration
	log     *slog.Logger
}

// Config configures a service. All fields but Sealer are required.
type Config struct {
	Store   Store
	Wallets outbound.Wallets // may still be filled when the service is made
	Sealer  bridge.Sealer
	// App returns the name of an app and its wallets, the default first. An empty name means
	// the only app.
	App       func(name string) (app string, wallets []string, err error)
	PublicURL string           // without a slash at the end
	Clock     func() time.Time // in UTC and milliseconds
	Random    io.Reader
	Timeout   time.Duration // of one call to a wallet
	Log       *slog.Logger
}

// New returns the service. Engine.New calls it; programs use the engine's. Engine.New calls it; programs use the engine's.
func New(c Config) *Service {
	return &Service{
		store: c.Store, wallets: c.Wallets, sealer: c.Sealer, app: c.App, public: c.PublicURL,
		clock: c.Clock, random: c.Random, timeout: c.Timeout, log: c.Log,
	}
}

// Charges is the part of the service with which the engine charges orders and applies
// notifications. It returns tokens in clear, so it is for the engine only.
type Charges struct{ service *Service }

// ChargesOf returns the Charges of a service.
func ChargesOf(s *Service) Charges { return Charges{s} }
