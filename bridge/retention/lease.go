package retention

import (
	"context"
	"encoding/json"
	"time"
)

const (
	leaseName = "retention"
	leaseFor  = 2 * time.Minute
)

// lease says which node archives and prunes. It saves work: two nodes that do so at once
// change nothing twice.
type lease struct {
	Node  string    `json:"node"`
	Until time.Time `json:"until"`
}

// hold takes or renews the lease. It reports false while another node has it.
func (k *Keeper) hold(ctx context.Context) (held bool, err error) {
	now := k.config.Now()
	if k.until.After(now.Add(leaseFor / 2)) {
		return true, nil
	}
	err = k.config.Store.ChangeDocument(ctx, leaseName, func(doc []byte) ([]byte, error) {
		var l lease
		if doc != nil {
			if err := json.Unmarshal(doc, &l); err != nil {
				return nil, err
			}
		}
		if held = l.Node == k.node || !l.Until.After(now); !held {
			return nil, nil
		}
		return json.Marshal(lease{k.node, now.Add(leaseFor)})
	})
	if err != nil || !held {
		k.until = time.Time{}
		return false, err
	}
	k.until = now.Add(leaseFor)
	return true, nil
}

// release ends the lease, where this node has it.
func (k *Keeper) release(ctx context.Context) error {
	k.until = time.Time{}
	return k.config.Store.ChangeDocument(ctx, leaseName, func(doc []byte) ([]byte, error) {
		var l lease
		if doc == nil || json.Unmarshal(doc, &l) != nil || l.Node != k.node {
			return nil, nil
		}
		return json.Marshal(lease{Node: k.node})
	})
}
