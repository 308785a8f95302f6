package merchant

import (
	"context"
	"fmt"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// feedFault names the archive to a reader of the feed who is before its horizon, and the event
// after which the feed has no gap. It returns any other fault as it is.
func (a *API) feedFault(ctx context.Context, app string, err error) error {
	if fault.KindOf(err) != fault.Expired {
		return err
	}
	last, horizonErr := a.store.Horizon(ctx, app)
	if horizonErr != nil {
		return horizonErr
	}
	return a.archivedFault("The events up to "+last.Last.ID()+" were moved to the archive", last.Last, err)
}

// orderFault is feedFault for the events of one order.
func (a *API) orderFault(ctx context.Context, id bridge.OrderID, err error) error {
	if fault.KindOf(err) != fault.Expired {
		return err
	}
	h, historyErr := a.engine.History(ctx, id)
	if historyErr != nil {
		return historyErr
	}
	last := bridge.EventKey{Order: id, Sequence: h.Archived()}
	return a.archivedFault(fmt.Sprintf("The events 1 to %d of this order were moved to the archive", last.Sequence), last, err)
}

func (a *API) archivedFault(what string, last bridge.EventKey, err error) error {
	if a.archive != "" {
		what += " at " + a.archive
	}
	return &fault.Error{
		Kind: fault.Expired, Op: "merchant.events", Err: err,
		Detail: what + ". Read on after " + last.ID() + ".",
		Fields: []fault.Field{{Name: "after", Detail: "must be " + last.ID() + " or a later event"}},
	}
}
