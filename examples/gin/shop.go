package main

import (
	"context"
	"crypto/rand"
	"log"
	"maps"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/fault"
)

// shop is what existed before the till: customers, their sessions, and parcels. A real
// one keeps them in its database.
type shop struct {
	mu        sync.Mutex
	customers map[string]string         // by the cookie of their session
	parcels   map[bridge.OrderID]string // to whom an order was shipped
}

func newShop() *shop {
	return &shop{customers: map[string]string{}, parcels: map[bridge.OrderID]string{}}
}

const sessionCookie = "shop_session"

// customerKey is where a request's context has the customer.
type customerKey struct{}

// session is the shop's middleware: it finds the customer of the session cookie.
func (s *shop) session(c *gin.Context) {
	cookie, err := c.Cookie(sessionCookie)
	if err != nil {
		return
	}
	s.mu.Lock()
	customer := s.customers[cookie]
	s.mu.Unlock()
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), customerKey{}, customer))
}

func customerOf(r *http.Request) string {
	customer, _ := r.Context().Value(customerKey{}).(string)
	return customer
}

// login opens a session of the shop. A real one checks a password.
func (s *shop) login(c *gin.Context) {
	customer, cookie := c.PostForm("customer"), rand.Text()
	if customer == "" {
		c.Status(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.customers[cookie] = customer
	s.mu.Unlock()
	http.SetCookie(c.Writer, &http.Cookie{Name: sessionCookie, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	c.Status(http.StatusNoContent)
}

// payer returns the customer of a request as the payer for the till.
func payer(r *http.Request) (bridge.Payer, error) {
	customer := customerOf(r)
	if customer == "" {
		return bridge.Payer{}, fault.New(fault.Unauthenticated, "shop.payer", "Sign in to the shop first.")
	}
	return bridge.Payer{ID: customer}, nil
}

// ship sends an order that was paid. It may be called again for the same order, after an
// error or a crash, and then finds the parcel.
func (s *shop) ship(_ context.Context, e engine.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, done := s.parcels[e.Order.ID]; !done {
		s.parcels[e.Order.ID] = e.Order.Payer.ID
		log.Print("shipped ", e.Order.ID, " to ", e.Order.Payer.ID)
	}
	return nil
}

// showParcels shows the customer what was shipped to them.
func (s *shop) showParcels(c *gin.Context) {
	s.mu.Lock()
	own := maps.Clone(s.parcels)
	s.mu.Unlock()
	maps.DeleteFunc(own, func(_ bridge.OrderID, customer string) bool { return customer != customerOf(c.Request) })
	c.JSON(http.StatusOK, own)
}
