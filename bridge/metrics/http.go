package metrics

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/miniapp"
)

type answers struct {
	total    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	sessions *prometheus.CounterVec
	signIns  *prometheus.CounterVec
}

func (m *Metrics) newAnswers() answers {
	a := answers{
		total: m.counter("http_requests_total", "HTTP requests answered, by route template.", "route", "method", "code"),
		took: m.histogram("http_request_duration_seconds", "Time to answer an HTTP request, without long polls and event streams.",
			[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}, "route"),
		refused:  m.counter("http_refused_total", "Requests and connections that a limit refused.", "reason"),
		sessions: m.counter("sessions_total", "Sessions opened for payers.", "app", "kind"),
	}
	a.signIns = m.counter("sign_ins_total", "Attempts of payers to sign in, by outcome: ok, or the fault.", "method", "outcome")
	start(a.signIns, miniapp.SignIns, append([]string{ok}, kinds()...))
	start(a.refused, texts(limit.Names))
	start(a.sessions, m.apps, []string{guest, payer})
	return a
}

// The kinds of sessions.
const (
	guest = "guest"
	payer = "payer"
)

// Answered counts an answer; it is server.Config.Observe.
func (m *Metrics) Answered(a server.Answer) {
	m.answers.total.WithLabelValues(a.Route, a.Method, strconv.Itoa(a.Status)).Inc()
	if !a.Held {
		m.answers.took.WithLabelValues(a.Route).Observe(a.Took.Seconds())
	}
}

// Opened counts a session; it is server.Config.Opened.
func (m *Metrics) Opened(app string, isGuest bool) {
	kind := payer
	if isGuest {
		kind = guest
	}
	m.answers.sessions.WithLabelValues(m.app(app), kind).Inc()
}

// SignedIn counts an attempt of a payer to sign in; it is server.Config.SignedIn.
func (m *Metrics) SignedIn(method string, err error) {
	if !slices.Contains(miniapp.SignIns, method) {
		method = other
	}
	m.answers.signIns.WithLabelValues(method, outcomeOf(err)).Inc()
}

// Refused counts what a limit has refused; Metrics is a limit.Counter.
func (m *Metrics) Refused(name limit.Name) {
	label := other
	if slices.Contains(limit.Names, name) {
		label = string(name)
	}
	m.answers.refused.WithLabelValues(label).Inc()
}

// Server is what WatchServer needs of a *server.Server.
type Server interface {
	Held() (polls, streams int)
	Routes() gin.RoutesInfo
}

// startCodes are the status codes with which the counters of a route start.
var startCodes = []int{http.StatusOK, http.StatusInternalServerError, http.StatusServiceUnavailable}

// WatchServer adds the answers that a server holds back, and starts the counters of its
// routes. It is called once.
func (m *Metrics) WatchServer(s Server) {
	const help = "Answers that are held back until an order changes."
	m.watch("http_waits", help, prometheus.Labels{"kind": "poll"}, func() float64 { polls, _ := s.Held(); return float64(polls) })
	m.watch("http_waits", help, prometheus.Labels{"kind": "stream"}, func() float64 { _, streams := s.Held(); return float64(streams) })
	for _, route := range s.Routes() {
		for _, code := range startCodes {
			m.answers.total.WithLabelValues(route.Path, route.Method, strconv.Itoa(code))
		}
	}
}
