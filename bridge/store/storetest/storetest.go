package storetest

import (
	"context"
	"testing"
)

// Open returns an empty store and closes it when t ends.
type Open func(t testing.TB) Store

type test struct {
	name string
	run  func(t *testing.T, s Store)
}

// Run tests that a store does what engine.Store promises.
func Run(t *testing.T, open func(t testing.TB) Store) {
	groups := map[string][]test{
		"orders": orderTests, "changes": changeTests, "races": raceTests,
		"claims": claimTests, "due orders": dueTests, "outbox": mailTests, "inbox": inboxTests, "restores": restoreTests, "survey": surveyTests,
		"lists of orders": archiveTests, "refunds": refundTests, "feed": feedTests, "deliveries": deliveryTests, "attempts": attemptTests,
		"endpoints": endpointTests, "API keys": apiKeyTests, "operators": operatorTests, "documents": documentTests, "traces": traceTests, "agreements": agreementTests, "retention": retentionTests,
	}
	for name, tests := range groups {
		t.Run(name, func(t *testing.T) {
			for _, test := range tests {
				t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
			}
		})
	}
	t.Run("closing", func(t *testing.T) { closing(t, open) })
}

func closing(t *testing.T, open Open) {
	s := open(t)
	c := NewOrder(t)
	create(t, s, c)
	if err := s.Close(); err != nil {
		t.Fatalf("Close: got %v, want nil", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("a second Close: got %v, want nil", err)
	}
	if _, err := s.CreateOrder(context.Background(), NewOrder(t)); err == nil {
		t.Error("CreateOrder after Close: got no error, want one")
	}
}
