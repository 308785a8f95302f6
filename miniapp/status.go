package miniapp

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
)

// MaxWait is the longest that an answer is held back.
const MaxWait = 30 * time.Second

// showOrder answers with an order: at once when it is final or no wait is asked for,
// else when it changes or the wait ends.
//
// Faults: Unauthenticated; NotFound; Invalid for a wait that is no duration; RateLimited
// and Unavailable when too many answers are held back.
func (a *API) showOrder(c *gin.Context) error {
	wait, err := ParseWait(c.Query("wait"))
	if err != nil {
		return err
	}
	who, err := a.authenticate(c.Request)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	order, err := a.order(ctx, who, c.Param("id"))
	if err == nil && wait > 0 && !order.Final() {
		order, err = a.waitFor(c, order, wait)
	}
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, a.status(ctx, &order))
}

// waitFor holds the answer back until an order changes or wait ends.
//
// Faults: RateLimited and Unavailable when too many answers are held back.
func (a *API) waitFor(c *gin.Context, o bridge.Order, wait time.Duration) (bridge.Order, error) {
	release, err := a.hold(c, o.ID, wait)
	if err != nil {
		return o, err
	}
	defer release()
	return a.engine.Wait(c.Request.Context(), o.ID, o.Sequence, wait)
}

// ParseWait reads a wait such as "25s" or, in seconds, "25". Empty is none; more than
// MaxWait is MaxWait.
//
// Faults: Invalid for anything else.
func ParseWait(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	if seconds, err := strconv.ParseUint(s, 10, 63); err == nil {
		return time.Duration(min(seconds, uint64(MaxWait/time.Second))) * time.Second, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fault.InvalidField("miniapp.wait", "wait", `must be a duration such as "25s"`)
	}
	return min(d, MaxWait), nil
}

type resultBody struct {
	ResultCode string `json:"resultCode" validate:"required,max=64"`
	Detail     string `json:"detail" validate:"max=4096"`
}

// takeResult notes what the cashier told the client and answers with what the wallet
// says, as far as it is known within three seconds.
func (a *API) takeResult(c *gin.Context) error {
	who, err := a.authenticate(c.Request)
	if err != nil {
		return err
	}
	var body resultBody
	if _, err := problem.Decode(c.Writer, c.Request, &body); err != nil {
		return err
	}
	ctx := c.Request.Context()
	order, err := a.order(ctx, who, c.Param("id"))
	if err != nil {
		return err
	}
	order, err = a.engine.Result(ctx, order.ID, bridge.Hint{Code: body.ResultCode, Detail: body.Detail})
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, a.status(ctx, &order))
}
