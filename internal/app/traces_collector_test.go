package app

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector is a collector of OTLP over HTTP. It decodes what it receives as the protocol's
// own messages.
type collector struct {
	*testing.T
	URL string

	mu       sync.Mutex
	spans    []*tracepb.Span
	resource map[string]string
	raw      strings.Builder // all that was received
	secret   string          // of the last request
}

func startCollector(t *testing.T) *collector {
	c := &collector{T: t, resource: map[string]string{}}
	far := httptest.NewServer(c)
	t.Cleanup(far.Close)
	c.URL = far.URL
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var data tracepb.TracesData
	if err == nil {
		err = proto.UnmarshalOptions{}.Unmarshal(body, &data)
	}
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		c.Errorf("the collector received %s %s as %q: %v", r.Method, r.URL, r.Header.Get("Content-Type"), err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	c.secret = r.Header.Get("X-Team")
	for _, of := range data.ResourceSpans {
		for _, a := range of.Resource.Attributes {
			c.resource[a.Key] = a.Value.GetStringValue()
		}
		for _, scope := range of.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// named returns the spans of a name that have an attribute with a value; an empty key selects
// for none.
func (c *collector) named(name, key, value string) (found []*tracepb.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if s.Name == name && (key == "" || attributeOf(s.Attributes, key) == value) {
			found = append(found, s)
		}
	}
	return found
}

// one returns the only span of a name with an attribute.
func (c *collector) one(name, key, value string) *tracepb.Span {
	c.Helper()
	found := c.named(name, key, value)
	if len(found) != 1 {
		c.Fatalf("the collector has %d spans %q with %s=%s, want 1; it has %q", len(found), name, key, value, c.names())
	}
	return found[0]
}

func (c *collector) names() (list []string) {
	for _, s := range c.spans {
		list = append(list, s.Name)
	}
	return list
}

// children returns the names of the spans below one, those of the webhooks apart.
func (c *collector) children(of *tracepb.Span) (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if string(s.ParentSpanId) == string(of.SpanId) && !strings.HasPrefix(s.Name, "webhook ") {
			names = append(names, s.Name)
		}
	}
	return names
}

// childOf checks that a span is a child of another, in the same trace.
func (c *collector) childOf(s, parent *tracepb.Span) {
	c.Helper()
	if string(s.ParentSpanId) != string(parent.SpanId) || string(s.TraceId) != string(parent.TraceId) {
		c.Errorf("%q is below %x of trace %x, want %q, %x of %x", s.Name, s.ParentSpanId, s.TraceId, parent.Name, parent.SpanId, parent.TraceId)
	}
}

// isRoot checks that a span begins a trace, and has one link, of a kind, to a span.
func (c *collector) isRoot(s *tracepb.Span, kind, traceID, spanID string) {
	c.Helper()
	if len(s.ParentSpanId) != 0 {
		c.Errorf("%q has the parent %x, want none", s.Name, s.ParentSpanId)
	}
	if len(s.Links) != 1 {
		c.Fatalf("%q has %d links, want 1", s.Name, len(s.Links))
	}
	link := s.Links[0]
	if attributeOf(link.Attributes, "minitill.link") != kind || hex.EncodeToString(link.TraceId) != traceID || hex.EncodeToString(link.SpanId) != spanID {
		c.Errorf("%q is linked to %x of %x as %v, want %s of %s as %s", s.Name, link.SpanId, link.TraceId, link.Attributes, spanID, traceID, kind)
	}
}

func attributeOf(list []*commonpb.KeyValue, key string) string {
	for _, a := range list {
		switch v := a.Value.Value.(type) {
		case *commonpb.AnyValue_StringValue:
			if a.Key == key {
				return v.StringValue
			}
		case *commonpb.AnyValue_IntValue:
			if a.Key == key {
				return itoa(int(v.IntValue))
			}
		}
	}
	return ""
}

func traceOf(s *tracepb.Span) string { return hex.EncodeToString(s.TraceId) }
func spanOf(s *tracepb.Span) string  { return hex.EncodeToString(s.SpanId) }
