package web_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

// parker is a connection that parks the request of its first call.
type parker struct{ asked, again limit.Parked }

func (p *parker) Park(of limit.Parked) bool {
	if p.again != nil {
		return false
	}
	p.asked = of
	return true
}

func (p *parker) Parking() bool        { return p.asked != nil }
func (p *parker) Parked() limit.Parked { return p.again }

type waiter func(ctx context.Context, call int) (*bridge.Order, error)

type valueKey struct{}

// parked sends a long poll that is parked, and returns its answer and how often its handler
// began. ended ends the context of the wait.
func parked(t *testing.T, ended bool, wait waiter) (answer *httptest.ResponseRecorder, begun int) {
	t.Helper()
	gin.SetMode(gin.TestMode)
	held, calls, p := web.NewHeld(limit.NewPlaces(limit.PlaceLimits{}, nil)), 0, &parker{}
	router := gin.New()
	router.GET("/", web.Handle(problem.Renderer{Log: slog.New(slog.DiscardHandler)}, func(c *gin.Context) error {
		begun++
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), valueKey{}, "kept"))
		return held.Wait(c, waiting(func(ctx context.Context) (*bridge.Order, error) {
			calls++
			return wait(ctx, calls)
		}), &bridge.Order{ID: "ord_1"}, "token", time.Second, func(c *gin.Context, o *bridge.Order) error {
			c.String(http.StatusOK, string(o.ID))
			return nil
		})
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r = r.WithContext(limit.WithParker(r.Context(), p))
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("the first call ended with %v", v)
			}
		}()
		router.ServeHTTP(httptest.NewRecorder(), r)
	}()
	if held.Polls() != 1 || calls != 0 {
		t.Errorf("%d polls are held and the engine was called %d times, want 1 and 0", held.Polls(), calls)
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	if ended {
		end()
	}
	p.asked.Wait(ctx)
	p.asked, p.again = nil, p.asked
	answer = httptest.NewRecorder()
	router.ServeHTTP(answer, r)
	if held.Polls() != 0 {
		t.Errorf("%d polls are held at the end", held.Polls())
	}
	return answer, begun
}

type waiting func(context.Context) (*bridge.Order, error)

func (w waiting) Wait(ctx context.Context, _ bridge.OrderID, _ int64, _ time.Duration) (*bridge.Order, error) {
	return w(ctx)
}

func TestAParkedPollIsAnswered(t *testing.T) {
	for name, x := range map[string]struct {
		ended  bool
		wait   waiter
		status int
		body   string
		begun  int
	}{
		"with the order": {false, func(ctx context.Context, _ int) (*bridge.Order, error) {
			if ctx.Value(valueKey{}) != "kept" || ctx.Err() != nil {
				return nil, errors.New("the context has lost its values, or has ended with the first call")
			}
			return &bridge.Order{ID: "ord_2"}, nil
		}, 200, "ord_2", 1},
		"with a fault": {false, func(context.Context, int) (*bridge.Order, error) {
			return nil, fault.New(fault.Unavailable, "test", "The store is away.")
		}, 503, "The store is away.", 1},
		"with a fault for a panic": {false, func(context.Context, int) (*bridge.Order, error) { panic("secret") }, 500, `"internal"`, 1},
		"afresh when its context ended without an order": {true, func(ctx context.Context, call int) (*bridge.Order, error) {
			if call == 1 {
				return nil, ctx.Err()
			}
			return &bridge.Order{ID: "ord_3"}, nil
		}, 200, "ord_3", 2},
	} {
		t.Run(name, func(t *testing.T) {
			got, begun := parked(t, x.ended, x.wait)
			if body := got.Body.String(); got.Code != x.status || !strings.Contains(body, x.body) || strings.Contains(body, "secret") || begun != x.begun {
				t.Errorf("got %d %s after %d calls, want %d with %s after %d", got.Code, body, begun, x.status, x.body, x.begun)
			}
		})
	}
}
