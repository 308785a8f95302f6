package bare

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/redisstore"
	"github.com/minitill/minitill/signing"
)

// Config says where the rows go and whom the server calls.
type Config struct {
	Path, URL string         // an SQLite file, or a PostgreSQL database
	Wallet    string         // the address of the wallet
	KeyID     string         // of the key that is shared with it
	Key       signing.Secret // that key
	Log       *slog.Logger
}

// Server is the bare handler.
type Server struct {
	rows   rows
	tokens *signing.Tokens
	key    *signing.HMAC
	redis  *redisstore.Store
	client *http.Client
	wallet string
	keyID  string
	log    *slog.Logger
	router *gin.Engine
}

// perMinute is the limit of the benchmark's configuration.
const perMinute = 1_000_000

// Open opens the store and makes the server.
func Open(ctx context.Context, c Config) (*Server, error) {
	s := &Server{wallet: c.Wallet, keyID: c.KeyID, log: c.Log, client: &http.Client{Transport: &http.Transport{
		MaxIdleConns: 256, MaxIdleConnsPerHost: 256, DisableCompression: true,
	}}}
	var err error
	if s.key, err = signing.NewHMAC(c.KeyID, c.Key); err != nil {
		return nil, err
	}
	if s.tokens, err = signing.NewTokens(signing.GenerateKeyring().Config("reference")); err != nil {
		return nil, err
	}
	if s.redis, err = redisstore.Open(ctx, redisstore.Config{Log: c.Log}); err != nil {
		return nil, err
	}
	if s.rows, err = openRows(ctx, c); err != nil {
		return nil, errors.Join(err, s.redis.Close())
	}
	s.routes()
	return s, nil
}

func openRows(ctx context.Context, c Config) (rows, error) {
	if c.URL != "" {
		return openPostgres(ctx, c.URL)
	}
	return openSQLite(ctx, c.Path)
}

// routes serves the paths of a till, so that the load generator sends both the same.
func (s *Server) routes() {
	s.router = gin.New()
	s.router.POST("/miniapp/v1/sessions", s.session)
	s.router.POST("/miniapp/v1/orders", s.create)
	s.router.GET("/miniapp/v1/orders/:id", s.status)
	s.router.POST("/notify/"+wallet, s.notify)
}

// ServeHTTP serves the bare handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }

// Close closes the store, when no request runs any more.
func (s *Server) Close() error { return errors.Join(s.rows.close(), s.redis.Close()) }

func (s *Server) session(c *gin.Context) {
	token, _, err := s.tokens.IssueSession(signing.Session{App: app, Wallet: wallet, Payer: "guest_1", Guest: true})
	if err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(http.StatusCreated, gin.H{"token": token})
}

var errLimited = errors.New("the limit is reached")

// enter checks the session and the limits of one request.
func (s *Server) enter(c *gin.Context, limits ...string) error {
	if _, err := s.tokens.ParseSession(strings.TrimPrefix(c.GetHeader("Authorization"), "Bearer ")); err != nil {
		return err
	}
	for _, name := range limits {
		ok, _, err := s.redis.Allow(c.Request.Context(), name, redisstore.Limit{N: perMinute, Per: time.Minute})
		if err != nil {
			return err
		}
		if !ok {
			return errLimited
		}
	}
	return nil
}

func (s *Server) create(c *gin.Context) {
	if err := s.enter(c, "guest:127.0.0.1", "order:guest_1"); err != nil {
		s.fail(c, err)
		return
	}
	body, err := io.ReadAll(c.Request.Body)
	if err == nil {
		err = s.createOrder(c, body)
	}
	if err != nil {
		s.fail(c, err)
	}
}

func (s *Server) createOrder(c *gin.Context, body []byte) error {
	now := time.Now()
	id, err := bridge.NewOrderID(now, rand.Reader)
	if err != nil {
		return err
	}
	o := &order{id: string(id), key: c.GetHeader("Idempotency-Key"), version: 1, now: now.UnixMilli()}
	if err := s.rows.create(o); err != nil {
		return err
	}
	request := id.RequestID(bridge.OpPayment, 1, 0)
	answer, err := s.call(c.Request.Context(), fmt.Appendf(nil, `{"requestId":"%s","amount":{"currency":"USD","value":"450"},"x":%s}`, request, body))
	if err != nil {
		return err
	}
	var opened struct{ PaymentID, PaymentURL string }
	if err := json.Unmarshal(answer, &opened); err != nil {
		return err
	}
	o.payment, o.answer = opened.PaymentID, answerOf(o.id, opened.PaymentURL)
	if err := s.rows.open(o); err != nil {
		return err
	}
	s.changed(id)
	c.Data(http.StatusCreated, "application/json", o.answer)
	return nil
}

// orderToken and rest make the answer as long as the till's.
var (
	orderToken = strings.Repeat("t", 560)
	rest       = strings.Repeat("y", 960)
)

func answerOf(id, paymentURL string) []byte {
	return fmt.Appendf(nil, `{"order":{"id":"%s","status":"pending","x":"%s"},"action":{"type":"paymentUrl","paymentUrl":"%s"},"orderToken":"%s"}`,
		id, rest, paymentURL, orderToken)
}

// call sends one signed request to the wallet and checks the signature of its answer.
func (s *Server) call(ctx context.Context, body []byte) ([]byte, error) {
	const path = "/v1/payments"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.wallet+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	mac, err := s.key.Sign(ctx, []byte(stamp+"\nPOST\n"+path+"\n"+string(body)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Sandbox-Signature", base64.StdEncoding.EncodeToString(mac))
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return answer, s.verify(ctx, resp.Header, path+"\n200", answer)
}

// verify checks the signature of a message of the wallet.
func (s *Server) verify(ctx context.Context, h http.Header, path string, body []byte) error {
	signature, err := base64.StdEncoding.DecodeString(h.Get("Sandbox-Signature"))
	if err != nil {
		return err
	}
	return s.key.Verify(ctx, s.keyID, []byte(h.Get("Sandbox-Timestamp")+"\nPOST\n"+path+"\n"+string(body)), signature)
}

func (s *Server) notify(c *gin.Context) {
	ctx := c.Request.Context()
	body, err := io.ReadAll(c.Request.Body)
	if err == nil {
		err = s.verify(ctx, c.Request.Header, c.Request.URL.Path, body)
	}
	if err == nil {
		err = s.pay(ctx, body)
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Data(http.StatusOK, "application/json", []byte(`{"code":"OK"}`))
}

var errNoOrder = errors.New("the notification names no order")

func (s *Server) pay(ctx context.Context, body []byte) error {
	var news struct {
		Payment struct{ RequestID string }
	}
	if err := json.Unmarshal(body, &news); err != nil {
		return err
	}
	id, _, _, ok := bridge.ParseRequestID(news.Payment.RequestID)
	if !ok {
		return errNoOrder
	}
	version, _, err := s.rows.read(ctx, string(id))
	if err != nil {
		return err
	}
	if err := s.rows.pay(&order{id: string(id), version: version, now: time.Now().UnixMilli()}); err != nil {
		return err
	}
	s.changed(id)
	return nil
}

// changed publishes and logs the change of an order.
func (s *Server) changed(id bridge.OrderID) {
	s.redis.Publish(id)
	s.log.Debug("changed", "order", id)
}

func (s *Server) status(c *gin.Context) {
	if err := s.enter(c); err != nil {
		s.fail(c, err)
		return
	}
	_, doc, err := s.rows.read(c.Request.Context(), c.Param("id"))
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Data(http.StatusOK, "application/json", doc)
}

func (s *Server) fail(c *gin.Context, err error) {
	s.log.Error("request failed", "path", c.Request.URL.Path, "fault", err)
	c.Status(http.StatusInternalServerError)
}
